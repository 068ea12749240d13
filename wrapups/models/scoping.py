"""Rows that belong to an organization, and the only way pages may reach them.

`Assignment.objects.of(organization)` is the one door for views; `Assignment.objects.filter(...)` raises. The
second manager, `everywhere`, is for services, which hold an organization's id from a task or walk them all;
a test refuses it under `dashboard/`. It is the default manager, so Django's own machinery is not scoped.
"""

from typing import Any, NoReturn, Self

from django.db import models


class UnscopedQuery(RuntimeError):
    """Rows of an organization were asked for without saying which organization."""


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
    """Opens only by `of(organization)`."""

    def get_queryset(self) -> NoReturn:
        raise UnscopedQuery(f"Say whose: {self.model.__name__}.objects.of(organization).")

    def of(self, organization: models.Model | int) -> Any:
        return super().get_queryset().of(organization)


class Owned(models.Model):
    """A row that belongs to one organization."""

    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+")

    everywhere = EveryonesManager()
    objects = ScopedManager()

    class Meta:
        abstract = True
