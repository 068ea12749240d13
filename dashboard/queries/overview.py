"""What the overview tells: what needs somebody, and what is under way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse

from dashboard.queries.assignments import AssignmentFilter, count_by_status
from dashboard.queries.bounded import Bounded
from dashboard.queries.duties import Duty, duties_of
from dashboard.queries.lag import Lag, lag_of
from wrapups.domain.status import Status
from wrapups.models import Assignment, Organization, Sweep

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


class Overview:
    """The lists of one organization, as of now."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._counts = count_by_status(AssignmentFilter(), organization)

    @property
    def needs(self) -> list[Line]:
        """What somebody must look at; empty when nothing is."""
        return [line for line in map(self._line, NEEDS.items()) if line.count]

    @property
    def under_way(self) -> list[Line]:
        """What goes on by itself."""
        return list(map(self._line, UNDER_WAY.items()))

    def duties(self) -> list[Duty]:
        """Return the recurring duties, each with when it last went well."""
        return duties_of(self._sweeps)

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
        return Line(status, words, self._counts[status], address_of(AssignmentFilter(status=status.value)))


def address_of(asked: AssignmentFilter) -> str:
    """Return where what is asked for is listed."""
    return reverse("conversation-list") + asked.query_string()
