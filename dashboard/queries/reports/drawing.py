"""Charts of reports: a column for each bucket, made of what is counted in it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from dashboard.charts import Chart, Column, Marker, Part, stacked
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.reports.period import Period
from wrapups.models import Organization, Release

WIDTH, HEIGHT = 960, 220
ROOM = 48
"""So much of the width a marker's word needs."""

Kind = tuple[str, str, Callable[[AssignmentFilter], AssignmentFilter] | None]
"""A tone, what it means, and how the filter narrows to it; None where no filter can."""


def drawn(
    period: Period,
    asked: AssignmentFilter,
    kinds: Mapping[Any, Kind],
    numbers: Mapping[tuple[int, Any], int],
    *,
    markers: Sequence[Marker] = (),
) -> Chart:
    """Return a chart of the numbers by a bucket's place and kind, the kinds from the bottom up."""
    columns = []
    for place, bucket in enumerate(period.buckets):
        within = bucket.of(asked)
        parts = tuple(
            Part(tone, words, numbers.get((place, kind), 0), listing(narrow(within)) if narrow else "")
            for kind, (tone, words, narrow) in kinds.items()
        )
        columns.append(Column(bucket.label, bucket.mark, parts, listing(within)))
    return stacked(columns, markers=markers, width=WIDTH, height=HEIGHT)


def by_bucket(period: Period, sums: Mapping[tuple[Any, Any], int]) -> dict[tuple[int, Any], int]:
    """Return what is counted by day and kind, by the bucket's place and kind."""
    numbers: dict[tuple[int, Any], int] = {}
    for (day, kind), number in sums.items():
        place = period.bucket_of(day)
        if place is not None:
            numbers[place, kind] = numbers.get((place, kind), 0) + number
    return numbers


def listing(asked: AssignmentFilter) -> str:
    """Return the address that lists what is asked for."""
    return reverse("conversation-list") + asked.query_string()


def releases_within(organization: Organization, period: Period) -> QuerySet[Release]:
    """Return the releases that were published in this time, oldest first."""
    whole = period.whole
    found: QuerySet[Release] = (
        Release.objects.of(organization)
        .filter(published_at__gte=whole.since, published_at__lt=whole.until)
        .order_by("published_at", "pk")
    )
    return found


def markers_of(releases: Iterable[Release], period: Period) -> list[Marker]:
    """Return a marker for each release, in the column in which it was published; one for those too near to be read."""
    apart = ROOM * len(period.buckets) / WIDTH
    groups: list[list[tuple[int, int]]] = []
    for release in releases:
        at = release.published_at
        place = next((place for place, each in enumerate(period.buckets) if at and each.since <= at < each.until), None)
        if place is not None:
            if not groups or place - groups[-1][0][0] >= max(1, apart):
                groups.append([])
            groups[-1].append((place, release.number))
    return [_marker(group, period) for group in groups]


def _marker(group: Sequence[tuple[int, int]], period: Period) -> Marker:
    """Return the marker of some releases, each by its column and number; several lead to the list of them."""
    (place, first), (_, last) = group[0], group[-1]
    said = "; ".join(f"Release {number} was published, {period.buckets[at].label}" for at, number in group)
    if first == last:
        return Marker(place, str(first), said, reverse("release-detail", args=[first]))
    return Marker(place, f"{first}-{last}", said, reverse("release-list"))
