"""What the overview tells: what needs somebody, what is under way, and the outcomes of the last day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils import timezone

from dashboard.charts import Chart, Column, Part, stacked
from dashboard.queries.assignments import AssignmentFilter, count_by_status
from dashboard.queries.bounded import Bounded
from dashboard.queries.lag import Lag, lag_of
from dashboard.templatetags.badges import LOOKS
from wrapups.domain.status import Status
from wrapups.models import Assignment, Organization, Sweep

HOURS = 24
MARK_EVERY_H = 4

BOTTOM_UP = (
    Status.VERIFIED,
    Status.APPLIED,
    Status.SENDING,
    Status.PENDING,
    Status.UNKNOWN,
    Status.CONFLICT,
    Status.FAILED,
    Status.SKIPPED,
    Status.OVERRIDDEN,
    Status.CANCELLED,
)
"""The statuses of a list, in the order in which a column stacks them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A count that leads to what it counts."""

    status: Status
    words: str
    count: Bounded
    url: str


NEEDS: Mapping[Status, str] = {
    Status.FAILED: "will not go on by themselves",
    Status.CONFLICT: "carry a code not ours to replace",
}
UNDER_WAY: Mapping[Status, str] = {
    Status.PENDING: "to be sent when due",
    Status.SENDING: "being sent now",
    Status.APPLIED: "accepted, to be read back",
    Status.UNKNOWN: "unclear, to be read first",
}


DUTIES: Mapping[str, str] = {
    Sweep.Kind.DISCOVER: "Look for ended conversations",
    Sweep.Kind.REFRESH: "Read again what was not ready",
    Sweep.Kind.VERIFY: "Read codes back",
    Sweep.Kind.CATALOGUE: "Copy the catalogue",
    Sweep.Kind.WATCH: "See whether people chose other codes",
    Sweep.Kind.RECONCILE: "Compare a whole day with Genesys",
    Sweep.Kind.CHECK: "Check what our client may do",
    Sweep.Kind.CATCH_UP: "Catch up on what ended while nobody looked",
    Sweep.Kind.TALLY: "Count what rules decide",
    Sweep.Kind.PUBLISH: "Publish what is due",
    Sweep.Kind.TIDY: "Remove what is past its time",
    Sweep.Kind.PREDICT: "Ask what Copilot predicted",
    Sweep.Kind.ALERT: "Look for what somebody must be told of",
}


@dataclass(frozen=True, slots=True)
class Duty:
    """One recurring duty, in words: when it last went well, and what stopped it the last time."""

    words: str
    succeeded_at: datetime | None
    problem: str


class Overview:
    """The lists and charts of one organization, as of now."""

    def __init__(self, organization: Organization, *, now: datetime) -> None:
        self._organization = organization
        self._counts = count_by_status(AssignmentFilter(), organization)
        self._hours = list(_hours(now))

    @property
    def needs(self) -> list[Line]:
        """What somebody must look at; empty when nothing is."""
        return [line for line in map(self._line, NEEDS.items()) if line.count]

    @property
    def under_way(self) -> list[Line]:
        """What goes on by itself."""
        return list(map(self._line, UNDER_WAY.items()))

    def outcomes(self) -> Chart:
        """Return what became of the communications that ended in each of the last 24 hours."""
        return self._chart(AssignmentFilter(), BOTTOM_UP)

    def timeouts(self) -> Chart:
        """Return the same for those whose after-call work had timed out, so that Genesys had filled in its own code."""
        return self._chart(AssignmentFilter(found="system"), BOTTOM_UP)

    def duties(self) -> list[Duty]:
        """Return the recurring duties, each with when it last went well."""
        return [Duty(DUTIES[sweep.kind], sweep.succeeded_at, sweep.problem) for sweep in self._sweeps]

    def lag(self) -> Lag | None:
        """Return how far looking for ended conversations is behind; None where it is not."""
        behind = next((sweep for sweep in self._sweeps if sweep.kind == Sweep.Kind.CATCH_UP), None)
        return lag_of(behind, self._organization) if behind else None

    def verified_at(self) -> datetime | None:
        """Return when the verified assignment whose communication ended last was verified."""
        verified = Assignment.objects.of(self._organization).filter(status=Status.VERIFIED)
        at: datetime | None = verified.order_by("-ended_at", "-pk").values_list("finished_at", flat=True).first()
        return at

    @cached_property
    def _sweeps(self) -> list[Sweep]:
        return list(Sweep.objects.filter(organization=self._organization).order_by("pk"))

    def _line(self, item: tuple[Status, str]) -> Line:
        status, words = item
        return Line(status, words, self._counts[status], _address(AssignmentFilter(status=status.value)))

    def _chart(self, asked: AssignmentFilter, statuses: tuple[Status, ...]) -> Chart:
        numbers = self._numbers(asked.but(since=self._hours[0]))
        return stacked([self._column(asked, hour, statuses, numbers) for hour in self._hours])

    def _numbers(self, asked: AssignmentFilter) -> dict[tuple[datetime, str], int]:
        rows = asked.apply(self._organization).annotate(hour=TruncHour("ended_at"))
        counted = rows.values_list("hour", "status").annotate(number=Count("pk"))
        return {(hour, status): number for hour, status, number in counted}

    def _column(
        self,
        asked: AssignmentFilter,
        hour: datetime,
        statuses: tuple[Status, ...],
        numbers: Mapping[tuple[datetime, str], int],
    ) -> Column:
        within = asked.but(since=hour, until=hour + timedelta(hours=1))
        parts = tuple(
            Part(
                LOOKS[status].tone,
                status.value,
                numbers.get((hour, status.value), 0),
                _address(within.but(status=status.value)),
            )
            for status in statuses
        )
        return Column(f"{hour:%H:%M}", f"{hour:%H:%M}" if hour.hour % MARK_EVERY_H == 0 else "", parts)


def _hours(now: datetime) -> Iterable[datetime]:
    """Return the starts of the last 24 hours in the person's zone, this one included, oldest first."""
    this = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    return (timezone.localtime(this - timedelta(hours=back)) for back in range(HOURS - 1, -1, -1))


def _address(asked: AssignmentFilter) -> str:
    return reverse("conversation-list") + asked.query_string()
