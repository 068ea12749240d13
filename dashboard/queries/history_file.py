"""The history as a file: every act, or every changed row, that a filter finds."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, QuerySet

from dashboard.queries.diffs import Changed, readable
from dashboard.queries.history import HistoryFilter
from dashboard.queries.keyset import page_of
from dashboard.queries.story_changes import who
from wrapups.domain.masking import Mask
from wrapups.models import Organization

MOST_LINES = 50_000
AT_ONCE = 500

ACTS = ("When (UTC)", "Who", "What", "Reason", "From", "Changed rows", "Act")
CHANGES = ("When (UTC)", "Who", "What", "Reason", "From", "Act", "Operation", "Of what", "Which", "Changes")

Cells = Callable[[Sequence[Any]], Iterator[Sequence[str]]]


class TooMuch(ValueError):
    """The filter finds more than a file may have; the text says what to do."""


def file_of_acts(asked: HistoryFilter, organization: Organization) -> Iterator[Sequence[str]]:
    """Return the heading, and then every act, the newest first. Raises TooMuch."""
    return _lines(ACTS, asked.acts(organization).annotate(changed=Count("entries")), _of_acts)


def file_of_changes(asked: HistoryFilter, organization: Organization, mask: Mask) -> Iterator[Sequence[str]]:
    """Return the heading, and then every changed row in words, the newest first. Raises TooMuch."""
    return _lines(
        CHANGES,
        asked.entries(organization),
        lambda rows: (_of_change(each) for each in readable(rows, organization, mask)),
    )


def _lines(heading: Sequence[str], rows: QuerySet[Any], cells: Cells) -> Iterator[Sequence[str]]:
    if rows.order_by()[: MOST_LINES + 1].count() > MOST_LINES:
        raise TooMuch(f"More than {MOST_LINES:,} lines fit this filter. Narrow it, and take them in several files.")
    return _paged(heading, rows, cells)


def _paged(heading: Sequence[str], rows: QuerySet[Any], cells: Cells) -> Iterator[Sequence[str]]:
    yield heading
    before = None
    while True:
        page = page_of(rows, before=before, size=AT_ONCE)
        yield from cells(page.rows)
        if page.older is None:
            return
        before = page.older


def _of_acts(acts: Sequence[Any]) -> Iterator[Sequence[str]]:
    for act in acts:
        yield [_moment(act.at), who(act), act.verb, act.reason, act.origin, str(act.changed), str(act.pk)]


def _of_change(changed: Changed) -> Sequence[str]:
    entry = changed.entry
    act = entry.act
    did = [who(act), act.verb, act.reason, act.origin, str(act.pk)] if act else [entry.actor, "", "", "", ""]
    columns = "; ".join(f"{each.label}: {each.before or '-'} → {each.after or '-'}" for each in changed.changes)
    return [_moment(entry.at), *did, entry.operation, changed.kind, changed.name or entry.row, columns]


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
