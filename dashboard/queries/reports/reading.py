"""One report as it is asked for: its days, its charts and tables, and the release it is compared around."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.queries.reports.asked import ReportFilter
from dashboard.queries.reports.comparison import comparison, releases_to_compare
from dashboard.queries.reports.period import Period, period_of
from dashboard.queries.reports.registry import Kind
from dashboard.queries.reports.tables import Report
from wrapups.models import Organization, Release
from wrapups.services.tallying import today_in


@dataclass(frozen=True, slots=True)
class Read:
    """A report, and what it was made of. `releases` are those that it can be compared around."""

    kind: Kind
    asked: ReportFilter
    period: Period
    report: Report
    releases: Sequence[Release] = ()
    release: Release | None = None


def read(organization: Organization, kind: Kind, asked: ReportFilter) -> Read:
    """Return a report in at most fifteen queries, whatever was counted.

    A code mix is compared around the release that is asked for, or else the newest; its table comes first.
    """
    today = today_in(organization)
    asked = asked.but(**{name: "" for name in ("queue", "division", "rule", "status") if name not in kind.narrowed_by})
    period = period_of(organization, asked, today=today, by_hour=kind.by_hour)
    report = kind.make(organization, asked, period)
    if not kind.compares:
        return Read(kind, asked, period, report)
    releases = releases_to_compare(organization, today=today)
    release = next((each for each in releases if asked.release in (None, each.number)), None)
    if release is not None:
        compared = comparison(organization, asked, release, today=today)
        report = replace(report, tables=[compared, *report.tables])
    return Read(kind, asked, period, report, releases, release)
