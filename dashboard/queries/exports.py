"""What an export holds: its columns, and the rows of the search it was asked with, as text."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.queries.assignments import AssignmentFilter, count_by_status, total
from dashboard.queries.bounded import Bounded
from dashboard.queries.keyset import Branches, page_of
from dashboard.queries.names import Names
from dashboard.queries.orders import NEWEST, OLDEST, ORDERS, place_in
from dashboard.queries.owners import owner_of
from dashboard.queries.rows import listed
from dashboard.query_bar.moments import Ago
from wrapups.domain.masking import MASKED, OPEN, Mask
from wrapups.domain.vocabulary import MEDIA_TYPES
from wrapups.models import Assignment, Export, Organization
from wrapups.services.export_tables import Stretch
from wrapups.services.exporting import sight_at


@dataclass(frozen=True, slots=True)
class Line:
    """One assignment, and what its cells need to be written."""

    assignment: Any
    names: Names
    mask: Mask
    zone: ZoneInfo

    @property
    def communication(self) -> Any:
        return self.assignment.communication

    @property
    def conversation(self) -> Any:
        return self.assignment.communication.conversation

    def time(self, moment: datetime | None) -> str:
        """Return a time to the second with its distance from UTC, as ISO 8601 has it."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds") if moment else ""

    @property
    def attributes(self) -> str:
        """The participant attributes as JSON; their names are shown to whoever may not see their values."""
        known = self.conversation.attributes
        shown = {name: self.mask.text(str(value)) for name, value in known.items()} if known else {}
        return json.dumps(shown, ensure_ascii=False, sort_keys=True) if shown else ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, its cell of a line, and whether it is about the customer."""

    label: str
    cell: Callable[[Line], str]
    personal: bool = False
    is_number: bool = False
    is_time: bool = False


COLUMNS: Mapping[str, Column] = {
    "conversation_id": Column("Conversation", lambda line: line.conversation.conversation_id),
    "communication_id": Column("Communication", lambda line: line.communication.communication_id),
    "ended": Column("Ended", lambda line: line.time(line.assignment.ended_at), is_time=True),
    "queue": Column("Queue", lambda line: line.names("queue", line.communication.queue_id)),
    "agent": Column("Agent", lambda line: line.names("agent", line.communication.agent_id)),
    "media": Column(
        "Media", lambda line: MEDIA_TYPES.get(line.communication.media_type, line.communication.media_type)
    ),
    "found": Column("Code found", lambda line: line.names("code", line.assignment.found_code_id)),
    "wanted": Column("Code wanted", lambda line: str(line.assignment.wrapup_code or "")),
    "status": Column("Status", lambda line: line.assignment.status),
    "reason": Column("Reason", lambda line: line.assignment.get_reason_display()),
    "owner": Column("Handed to", lambda line: owner_of(line.assignment)),
    "rule": Column("Rule", lambda line: str(line.assignment.rule or "")),
    "release": Column(
        "Release", lambda line: str(line.assignment.release.number) if line.assignment.release else "", is_number=True
    ),
    "now": Column("Code now", lambda line: line.names("code", line.communication.code_id)),
    "read": Column("Code read at", lambda line: line.time(line.communication.read_at), is_time=True),
    "started": Column("Conversation started", lambda line: line.time(line.conversation.started_at), is_time=True),
    "connected": Column("Connected", lambda line: line.time(line.communication.connected_at), is_time=True),
    "direction": Column("Direction", lambda line: line.communication.direction),
    "participant_id": Column("Participant", lambda line: line.communication.participant_id),
    "queue_id": Column("Queue id", lambda line: line.communication.queue_id),
    "agent_id": Column("Agent id", lambda line: line.communication.agent_id),
    "found_id": Column("Code found, id", lambda line: line.assignment.found_code_id),
    "wanted_id": Column(
        "Code wanted, id", lambda line: line.assignment.wrapup_code.genesys_id if line.assignment.wrapup_code else ""
    ),
    "now_id": Column("Code now, id", lambda line: line.communication.code_id),
    "decided": Column("Decided", lambda line: line.time(line.assignment.created_at), is_time=True),
    "due": Column("Due", lambda line: line.time(line.assignment.due_at), is_time=True),
    "changed": Column("Last changed", lambda line: line.time(line.assignment.updated_at), is_time=True),
    "written": Column("Last written", lambda line: line.time(line.assignment.written_at), is_time=True),
    "finished": Column("Finished", lambda line: line.time(line.assignment.finished_at), is_time=True),
    "writes": Column("Writes", lambda line: str(line.assignment.write_count), is_number=True),
    "reads": Column("Reads", lambda line: str(line.assignment.read_count), is_number=True),
    "error_code": Column("Error code", lambda line: line.assignment.error_code),
    "error": Column("Error", lambda line: line.assignment.error_message),
    "notes": Column("Notes", lambda line: line.mask.text(line.assignment.notes), personal=True),
    "agent_notes": Column("Agent's notes", lambda line: line.mask.text(line.communication.code_notes), personal=True),
    "ani": Column("ANI", lambda line: line.mask.address(line.conversation.ani), personal=True),
    "dnis": Column("DNIS", lambda line: line.mask.address(line.conversation.dnis), personal=True),
    "attributes": Column("Participant attributes", lambda line: line.attributes, personal=True),
}
"""Every column there is, in the order of the file."""

KNOWN_BY = "conversation_id"
"""The column that a list always has, whichever else somebody chose."""


class AssignmentTable:
    """The rows that one export asks for, exactly as its filter found them."""

    def __init__(self, export: Export) -> None:
        self._organization = copy(export.organization)
        self._organization.sight = sight_at(export)
        self._export = export
        self._columns = [COLUMNS[name] for name in COLUMNS if name in export.columns]
        self._mask = OPEN if export.with_customers else MASKED

    @property
    def heading(self) -> Sequence[str]:
        return [f"{each.label} ({self._export.zone})" if each.is_time else each.label for each in self._columns]

    @property
    def numbers(self) -> Collection[int]:
        return {place for place, each in enumerate(self._columns) if each.is_number}

    def stretch(self, after: str, *, most: int) -> Stretch:
        """Return the rows that follow a place: their keys by indexes alone, then those that still are what was asked.

        Rows are of one moment, since one statement reads them. What changes keeps its place: the file is in the order
        in which they ended, also where the list is in another.
        """
        page = page_of(self._keys, before=place_in(self._order, after), size=most, order=ORDERS[self._order])
        wanted = [place.pk for place in page.rows]
        found = listed(self._matching.filter(pk__in=wanted)).select_related("release").in_bulk()
        shown = [found[pk] for pk in wanted if pk in found]
        names, zone = _names(self._organization, shown), ZoneInfo(self._export.zone)
        lines = (Line(each, names, self._mask, zone) for each in shown)
        cells = [[column.cell(line) for column in self._columns] for line in lines]
        return Stretch(cells, str(page.older or after), page.older is not None)

    def count(self, *, bound: int) -> int:
        return int(self._matching.order_by().values("pk")[:bound].count())

    @property
    def _order(self) -> str:
        return OLDEST if self._asked.order == OLDEST else NEWEST

    @cached_property
    def _asked(self) -> AssignmentFilter:
        return restored(self._export.asked)

    @cached_property
    def _conditions(self) -> list[Q]:
        known = self._asked.conditions(self._organization)
        return [*known, Q(created_at__lte=self._export.created_at)]

    @property
    def _keys(self) -> Branches:
        branches = self._asked.branches(self._organization, self._conditions)
        return branches.only(*ORDERS[self._order].columns)

    @property
    def _matching(self) -> QuerySet[Assignment]:
        rows = Assignment.objects.of(self._organization)
        return rows.filter(*self._conditions, status__in=self._asked.statuses)


def stored(asked: AssignmentFilter) -> dict[str, object]:
    """Return a filter as JSON, to be asked again later just as it is: what an address means depends on who reads it,
    and "7d" on when."""
    found = {field.name: getattr(asked, field.name) for field in fields(asked)}
    return {name: _as_json(value) for name, value in found.items() if value}


def restored(kept: Mapping[str, Any]) -> AssignmentFilter:
    """Return the filter that `stored` gave this for."""
    return AssignmentFilter(**{name: _from_json(value) for name, value in kept.items()})


def _as_json(value: object) -> object:
    if isinstance(value, Ago):
        value = value.at(timezone.localtime())
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return list(value) if isinstance(value, tuple) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["at"])
    return tuple(value) if isinstance(value, list) else value


def total_of(asked: AssignmentFilter, organization: Organization) -> Bounded:
    """Return how many rows the list has under this filter."""
    counts = count_by_status(asked, organization)
    return total(counts, asked.statuses)


def exports_of(organization: Organization, person: Any) -> QuerySet[Export]:
    """Return what this person asked for: theirs to take, to cancel and to list."""
    return Export.objects.of(organization).select_related("person", "organization").filter(person=person)


def exports_seen_by(person: Any, organization: Organization) -> QuerySet[Export]:
    """Return the exports whose pages this person may see: all, since only the file is secret, unless divisions limit
    them."""
    rows = Export.objects.of(organization).select_related("person", "organization")
    return rows.filter(person=person) if organization.sight.is_limited else rows


def _names(organization: Organization, rows: Sequence[Any]) -> Names:
    return Names(
        organization,
        {
            "queue": {each.communication.queue_id for each in rows},
            "agent": {each.communication.agent_id for each in rows},
            "code": {code for each in rows for code in (each.found_code_id, each.communication.code_id)},
        },
    )
