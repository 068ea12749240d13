"""What others have changed since somebody opened a row, so that no stale form overwrites it unseen.

The audit says it: whoever opens a row is given the key of its latest entry, and whoever saves it hands that back.
"""

from collections.abc import Collection, Sequence

from django.db.models import CharField, Model, OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce

from wrapups.models import AuditEntry


class ChangedMeanwhile(ValueError):
    """Somebody has changed it since it was opened; `entries` say what, the oldest first."""

    def __init__(self, entries: Sequence[AuditEntry]) -> None:
        super().__init__("Somebody has changed this since you opened it. Nothing of yours is saved yet.")
        self.entries = entries

    @property
    def latest(self) -> int:
        """What to hand back by whoever has seen these changes, and saves over them."""
        return self.entries[-1].pk


def latest_entry(model: type[Model]) -> Coalesce:
    """Return what annotates rows of this model with the key of their latest audit entry; 0 where there is none.

    It is read by the statement that reads the row: asked afterwards, it could be of a change that the row lacks.
    """
    entries = AuditEntry.objects.filter(table=model._meta.db_table, row=Cast(OuterRef("pk"), CharField()))
    return Coalesce(Subquery(entries.order_by("-id").values("id")[:1]), 0)


def require_unchanged(row: Model, columns: Collection[str], *, opened: int | None) -> None:
    """Raise ChangedMeanwhile where one of these columns has been changed since the entry `opened`.

    Call it with the row, or what guards it, locked. None: whoever asks has opened nothing (a rule file, a program).
    """
    if opened is None:
        return
    later = AuditEntry.objects.filter(table=row._meta.db_table, row=str(row.pk), pk__gt=opened, operation="update")
    found = later.filter(after__has_any_keys=list(columns)).select_related("act__person", "act__api_key")
    if entries := list(found.order_by("pk")):
        raise ChangedMeanwhile(entries)
