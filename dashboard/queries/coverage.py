"""Queue by disposition: how often each came in the last 30 days, and whether a rule asks for it there.

Volumes are those of the tallies; the rules are those in force and of the draft, as they are now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.dispositions import make_rule_address
from dashboard.queries.hits import month_began
from dashboard.queries.standings import Asking, Standing
from wrapups.domain.knowing import Saying
from wrapups.domain.operators import fold
from wrapups.domain.status import SkipReason
from wrapups.models import DecisionTally, Division, Organization, Queue

MOST_QUEUES, MOST_DISPOSITIONS = 40, 60
MOST_READ = 5000
"""How many queues, and dispositions, are put in order at all."""

UNMATCHED = Q(
    rule_identity=None,
    reason__in=[SkipReason.NO_RULE, SkipReason.AGENT_CHOSE, SkipReason.ALREADY_CODED, SkipReason.OTHER_LEG],
)
"""No rule matched. What else has no rule was excluded before rules were asked."""


@dataclass(frozen=True, slots=True)
class CoverageFilter:
    """What is shown: queues whose name holds `queue`, of one division, what one source said; and which page of each."""

    queue: str = ""
    division: str = ""
    source: str = ""
    rows: int = 1
    columns: int = 1

    def query_string(self, **changes: Any) -> str:
        """Return the address's part from "?" on, with something of it changed."""
        asked = replace(self, **changes)
        kept = {"queue": asked.queue, "division": asked.division, "source": asked.source}
        pages = {name: getattr(asked, name) for name in ("rows", "columns") if getattr(asked, name) > 1}
        return "?" + urlencode({name: value for name, value in kept.items() if value} | pages)

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.queue or self.division or self.source)


@dataclass(frozen=True, slots=True)
class Head:
    """A row or a column: what it is called, how much came in it, and where it leads."""

    key: tuple[str, ...]
    name: str
    volume: int
    address: str = ""

    @property
    def said_by(self) -> str:
        """A column's source, in words."""
        return self.key[0] or "any source"


@dataclass(frozen=True, slots=True)
class Cell:
    """One disposition on one queue. `unmatched` of its `volume` matched no rule."""

    queue: Head
    disposition: Head
    volume: int
    unmatched: int
    standing: Standing
    address: str

    @property
    def words(self) -> str:
        """What the cell says, for those who do not see its place."""
        return f"{self.disposition.name}, said by {self.disposition.said_by}, on {self.queue.name}"


@dataclass(frozen=True, slots=True)
class Line:
    """A queue with its cells, in the order of the columns."""

    queue: Head
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The part of the map that is shown. `volume` and `unmatched` are of the whole of it, under the filter."""

    asked: CoverageFilter
    columns: Sequence[Head]
    lines: Sequence[Line]
    volume: int
    unmatched: int
    queues: int
    dispositions: int

    @property
    def pages(self) -> list[tuple[str, str]]:
        """Where else to look: words and address."""
        asked, pages = self.asked, []
        for name, most, total, what in (
            ("rows", MOST_QUEUES, self.queues, "queues"),
            ("columns", MOST_DISPOSITIONS, self.dispositions, "dispositions"),
        ):
            page = getattr(asked, name)
            if page > 1:
                pages.append((f"Previous {what}", asked.query_string(**{name: page - 1})))
            if page * most < total:
                pages.append((f"More {what}", asked.query_string(**{name: page + 1})))
        return pages


def coverage(organization: Organization, asked: CoverageFilter, *, may_change: bool) -> Coverage:
    """Return the map under this filter, in nine queries at most. Without `may_change` no cell leads to a new rule."""
    tallies = tallied(organization, asked)
    asking = Asking.of(organization)
    queues, dispositions = _queues(organization, asked, tallies, asking), _dispositions(asked, tallies, asking)
    rows = _page(queues, asked.rows, MOST_QUEUES)
    columns = _page(dispositions, asked.columns, MOST_DISPOSITIONS)
    counts = _counts(tallies, rows, columns)
    cells: dict[Head, list[Cell]] = {row: [] for row in rows}
    for column in columns:
        askers = asking.about(Saying(*column.key))
        for row in rows:
            volume, unmatched = counts.get((*row.key, *column.key), (0, 0))
            saying = Saying(*column.key, *row.key)
            standing = askers.standing(saying, volume=volume, unmatched=unmatched, never_came=not column.volume)
            address = _address(saying, standing, may_change=may_change)
            cells[row].append(Cell(row, column, volume, unmatched, standing, address))
    lines = [Line(row, of_row) for row, of_row in cells.items()]
    totals = tallies.aggregate(volume=Sum("count", default=0), unmatched=Sum("count", filter=UNMATCHED, default=0))
    return Coverage(asked, columns, lines, **totals, queues=len(queues), dispositions=len(dispositions))


def tallied(organization: Organization, asked: CoverageFilter) -> QuerySet[Any]:
    """Return the tallies of dispositions on queues, of the last 30 days, that the filter leaves."""
    rows = DecisionTally.objects.of(organization).filter(day__gte=month_began(organization).date())
    rows = rows.exclude(source="").exclude(queue_id="").order_by()
    rows = rows.filter(source=asked.source) if asked.source else rows
    found: QuerySet[Any] = rows
    if asked.queue or asked.division:
        found = rows.filter(queue_id__in=_catalogued(organization, asked).values("genesys_id"))
    return found


def cell_address(saying: Saying) -> str:
    """Return the address of the page about one cell, or, without a queue, about a disposition."""
    said = {"source": saying.source, "disposition": saying.code, "queue": saying.queue_id}
    return f"{reverse('coverage-cell')}?{urlencode({name: value for name, value in said.items() if value})}"


def conversations_of(saying: Saying, queue: str, *, since: datetime) -> str:
    """Return the address's part that lists what a cell counts from a day on; `queue` is its name."""
    asked = AssignmentFilter(source=saying.source, disposition=saying.code, queue=queue, since=since)
    return asked.query_string()


def _catalogued(organization: Organization, asked: CoverageFilter) -> QuerySet[Any]:
    rows: QuerySet[Any] = Queue.objects.of(organization)
    if asked.queue:
        rows = rows.filter(name__icontains=asked.queue)
    if asked.division:
        divisions = Division.objects.of(organization).filter(name=asked.division)
        rows = rows.filter(division_id__in=divisions.values("genesys_id"))
    return rows


def _queues(organization: Organization, asked: CoverageFilter, tallies: QuerySet[Any], asking: Asking) -> list[Head]:
    """Return the queues by volume, and after them those that rules name though nothing came there."""
    summed = tallies.values("queue_id").annotate(volume=Sum("count")).order_by("-volume", "queue_id")[:MOST_READ]
    volumes = {row["queue_id"]: row["volume"] for row in summed}
    rows = _catalogued(organization, asked)
    names = dict(rows.filter(genesys_id__in=volumes).values_list("genesys_id", "name"))
    heads = [Head((key,), names.get(key, key), volume) for key, volume in volumes.items()]
    if asking.queue_ids:
        named = rows.filter(genesys_id__in=asking.queue_ids).exclude(genesys_id__in=volumes).order_by("name")
        heads += [Head((queue.genesys_id,), queue.name, 0) for queue in named[:MOST_READ]]
    return heads


def _dispositions(asked: CoverageFilter, tallies: QuerySet[Any], asking: Asking) -> list[Head]:
    """Return the dispositions by volume, and after them those that rules name and that never came."""
    columns = ("source", "disposition")
    summed = tallies.values(*columns).annotate(volume=Sum("count")).order_by("-volume", *columns)[:MOST_READ]
    heads = [_column(row["source"], row["disposition"], row["volume"]) for row in summed]
    came = {(head.key[0], fold(head.name)) for head in heads} | {("", fold(head.name)) for head in heads}
    never = {key for key in asking.named if (key[0], fold(key[1])) not in came}
    wanted = sorted(key for key in never if not asked.source or key[0] in ("", asked.source))
    return heads + [_column(*key, 0) for key in wanted[: MOST_READ - len(heads)]]


def _column(source: str, code: str, volume: int) -> Head:
    return Head((source, code), code or "(empty)", volume, cell_address(Saying(source, code)))


def _page(heads: Sequence[Head], number: int, size: int) -> Sequence[Head]:
    return heads[(number - 1) * size : number * size]


def _counts(
    tallies: QuerySet[Any], rows: Sequence[Head], columns: Sequence[Head]
) -> Mapping[tuple[str, ...], tuple[int, int]]:
    shown = tallies.filter(
        queue_id__in=[head.key[0] for head in rows], disposition__in={head.key[1] for head in columns}
    )
    summed = shown.values("queue_id", "source", "disposition").annotate(
        volume=Sum("count"), unmatched=Sum("count", filter=UNMATCHED, default=0)
    )
    return {(row["queue_id"], row["source"], row["disposition"]): (row["volume"], row["unmatched"]) for row in summed}


def _address(saying: Saying, standing: Standing, *, may_change: bool) -> str:
    if may_change and standing in (Standing.UNMAPPED, Standing.NONE):
        return make_rule_address(saying.source, saying.code, saying.queue_id)
    return "" if standing is Standing.NONE else cell_address(saying)
