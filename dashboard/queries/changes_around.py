"""What was changed shortly before something began: releases, the catalogue, what a probe found, holds, settings.

What changes in Genesys Cloud is noticed when the catalogue is read next, which may be after the failures it causes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from wrapups.models import Act, DriftNotice, Organization, Release

BEFORE = timedelta(hours=1)
MOST = 200
"""So many changes of a kind are looked at for one page, the latest ones."""
SHOWN = 5
TOLD = Q(verb__in=["keep what a probe found", "change the policies", "change the OAuth client", "change the roll-out"])
HOLDS = (Q(verb__startswith="pause ") | Q(verb__startswith="resume ")) & ~Q(verb__contains="webhook")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed: when, what in words, and where it is told; the address may be empty.

    `late` is how long after it was done it may have been noticed, which is when `at` is.
    """

    at: datetime
    words: str
    url: str = ""
    late: timedelta = timedelta(0)


def changes_around(begins: Mapping[int, datetime], organization: Organization) -> dict[int, list[Change]]:
    """Return, for each of these moments by its key, what may have been changed in the hour before it, latest first.

    Three queries, however many moments.
    """
    changes = sorted(_changes(organization, set(begins.values())), key=lambda change: change.at, reverse=True)
    return {key: _before(changes, began)[:SHOWN] for key, began in begins.items()}


def _before(changes: Sequence[Change], began: datetime) -> list[Change]:
    return [change for change in changes if began - BEFORE <= change.at <= began + change.late]


def _changes(organization: Organization, moments: Iterable[datetime]) -> Iterable[Change]:
    releases = _within(Release.objects.of(organization), "published_at", moments)
    for number, at in releases.values_list("number", "published_at")[:MOST]:
        yield Change(at, f"Release {number} was published", reverse("release-detail", args=[number]))
    # The read that would have noticed it may itself fail once.
    late = 2 * timedelta(seconds=settings.CATALOGUE_EVERY_S)
    drift = DriftNotice.objects.of(organization).select_related("wrapup_code", "queue")
    for notice in _within(drift, "noticed_at", moments, late)[:MOST]:
        yield Change(notice.noticed_at, _drift(notice), reverse("catalogue-drift"), late)
    acts = _within(Act.objects.filter(TOLD | HOLDS, organization=organization), "at", moments)
    for act in acts.select_related("person")[:MOST]:
        yield Change(act.at, f"{act.person or 'The system'}: {act.verb}")


def _within(
    rows: QuerySet[Any], column: str, moments: Iterable[datetime], late: timedelta = timedelta(0)
) -> QuerySet[Any]:
    """Return the rows of the hours before these moments, or so late after, latest first; of no moment none."""
    hours = [Q(**{f"{column}__gte": moment - BEFORE, f"{column}__lte": moment + late}) for moment in moments]
    return rows.filter(reduce(or_, hours, Q(pk__in=[]))).order_by(f"-{column}", "-pk")


def _drift(notice: DriftNotice) -> str:
    if notice.kind == DriftNotice.Kind.RENAMED:
        return f"The code “{notice.old_name}” was renamed “{notice.new_name}”"
    if notice.kind == DriftNotice.Kind.DELETED:
        return f"The code “{notice.wrapup_code}” was deleted in Genesys"
    return f"The code “{notice.wrapup_code}” was taken off the queue {notice.queue}"
