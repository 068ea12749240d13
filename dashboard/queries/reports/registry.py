"""The reports there are: what each is called and about, what it can be narrowed by, and what makes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboard.queries.reports.agreement import agreement
from dashboard.queries.reports.asked import ReportFilter
from dashboard.queries.reports.mix import mix
from dashboard.queries.reports.outcomes import outcomes
from dashboard.queries.reports.period import Period
from dashboard.queries.reports.tables import Report
from dashboard.queries.reports.timeouts import timeouts
from wrapups.models import Organization


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of report. `narrowed_by` are the fields of `ReportFilter` that it takes."""

    name: str
    title: str
    said: str
    make: Callable[[Organization, ReportFilter, Period], Report]
    narrowed_by: tuple[str, ...] = ("queue", "division")
    by_hour: bool = False
    compares: bool = False


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "outcomes",
            "Volumes and outcomes",
            "How many agent communications ended, and what became of their codes.",
            outcomes,
            by_hour=True,
        ),
        Kind(
            "codes",
            "Code mix",
            "Which wrap-up codes the rules wanted, and what a release changed about that.",
            mix,
            narrowed_by=("queue", "division", "rule", "status"),
            compares=True,
        ),
        Kind(
            "timeouts",
            "Timeouts and repairs",
            "How often a communication ended without a code that a person chose, and how often ours was verified then.",
            timeouts,
        ),
        Kind(
            "agreement",
            "Agreement",
            "How often agents had chosen what the rules choose.",
            agreement,
            narrowed_by=("queue", "division", "rule"),
        ),
    )
}
"""By the name that stands in their address, in the order of the tabs."""
