"""Pages of a long list, newest first, at the same cost however far back: by key, never by offset."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list. `newer` and `older` are the keys to go on from, None where nothing lies beyond."""

    rows: list[Any]
    newer: int | None = None
    older: int | None = None


def page_of(rows: QuerySet[Any], *, before: int | None = None, after: int | None = None, size: int = PAGE_SIZE) -> Page:
    """Return the page of rows with keys below `before`, or above `after`, or else the first one.

    A page above `after` that is not full is the top of the list: the first page is given instead, full.
    """
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        if len(found) > size:
            shown = found[size - 1 :: -1]
            return Page(shown, newer=shown[0].pk, older=shown[-1].pk)
        before = None
    reachable = rows if before is None else rows.filter(pk__lt=before)
    found = list(reachable.order_by("-pk")[: size + 1])
    shown = found[:size]
    return Page(
        shown,
        newer=shown[0].pk if before is not None and shown else None,
        older=shown[-1].pk if len(found) > size else None,
    )
