"""Rows that belong to an organization, and the only way pages may reach them.

`Assignment.objects.of(organization)` is the one door for views; `Assignment.objects.filter(...)` raises. The
second manager, `everywhere`, is for services, which hold an organization's id from a task or walk them all;
a test refuses it under `dashboard/`. It is the default manager, so Django's own machinery is not scoped.

The organization of a request carries what its person may see of it, its `sight`, so the same door narrows every page's
query, and none can forget to.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NoReturn, Self

from django.db import models


class UnscopedQuery(RuntimeError):
    """Rows of an organization were asked for without saying which organization."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may see of an organization: what belongs to these queues (Genesys ids); None for everything.

    Whoever may not see `customers` sees what is about them masked, and so cannot search it either. `person_pk` is who
    sees it so, for what is asked of "me"; None where no person asks.
    """

    queue_ids: tuple[str, ...] | None = None
    customers: bool = True
    person_pk: int | None = None

    @property
    def is_limited(self) -> bool:
        return self.queue_ids is not None

    def within(self, other: "Sight") -> bool:
        """Whether the other one shows every queue that this one shows."""
        if other.queue_ids is None:
            return True
        return self.queue_ids is not None and set(self.queue_ids) <= set(other.queue_ids)


EVERYTHING = Sight()


class OwnedQuerySet(models.QuerySet[Any]):
    """A query over rows of an organization."""

    def of(self, organization: "models.Model | int") -> Self:
        """Return only the rows of this organization (or organization id)."""
        key = organization if isinstance(organization, int) else organization.pk
        return self.filter(organization_id=key)


class EveryonesManager(models.Manager[Any]):
    """The rows of all organizations, for services and for Django's own machinery."""

    queryset_class: type[OwnedQuerySet] = OwnedQuerySet

    def get_queryset(self) -> Any:
        return self.queryset_class(self.model, using=self._db)

    def of(self, organization: models.Model | int) -> Any:
        """Return this organization's rows."""
        return self.get_queryset().of(organization)


class ScopedManager(EveryonesManager):
    """Opens only by `of(organization)`, and shows no more than that organization's `sight`."""

    def get_queryset(self) -> NoReturn:
        raise UnscopedQuery(f"Say whose: {self.model.__name__}.objects.of(organization).")

    def of(self, organization: models.Model | int) -> Any:
        rows = super().get_queryset().of(organization)
        sight: Sight = getattr(organization, "sight", EVERYTHING)
        return rows if sight.queue_ids is None else rows.filter(self.model.on_queues(sight.queue_ids))


class Owned(models.Model):
    """A row that belongs to one organization."""

    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+")

    everywhere = EveryonesManager()
    objects = ScopedManager()

    class Meta:
        abstract = True

    @classmethod
    def on_queues(cls, queue_ids: Collection[str]) -> models.Q:  # noqa: ARG003 (most models have no queue)
        """Return which rows belong to these queues. All of them, unless a model is about conversations."""
        return models.Q()
