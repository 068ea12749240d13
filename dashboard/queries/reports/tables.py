"""A report as it is shown: figures, charts, and tables whose numbers lead to what they count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from dashboard.charts import Chart
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.reports.asked import ReportFilter


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, or words. `listing` is what lists just these conversations; `address` leads elsewhere."""

    words: str
    number: int | None = None
    listing: AssignmentFilter | None = None
    elsewhere: str = ""

    @property
    def address(self) -> str:
        """Where it leads; empty for what leads nowhere, as nothing does."""
        if self.listing is not None and self.number:
            return reverse("conversation-list") + self.listing.query_string()
        return self.elsewhere

    @property
    def right(self) -> bool:
        """Whether it is a number or a share, and so stands right."""
        return self.number is not None or self.words[-1:] == "%" or self.words[-2:] == "pp"


@dataclass(frozen=True, slots=True)
class Row:
    """What a row is about, and its cells."""

    head: Cell
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """`heads` are of the first column and the others; `more` are words and addresses of its other pages."""

    name: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Row]
    said: str = ""
    more: Sequence[tuple[str, str]] = ()

    def lines(self) -> Iterable[Sequence[str]]:
        """Return it as lines of a file, heads first."""
        yield self.heads
        for row in self.rows:
            yield [row.head.words, *(cell.words if cell.number is None else str(cell.number) for cell in row.cells)]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with its title and what its colours mean."""

    title: str
    chart: Chart
    legend: Sequence[tuple[str, str]]
    said: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report says. `figures` are words and a number each; days that are `missing` are in no number."""

    figures: Sequence[tuple[str, Cell]]
    drawings: Sequence[Drawing]
    tables: Sequence[Table]
    total: int
    missing: Sequence[date] = ()

    def table(self, name: str) -> Table | None:
        """Return the table of this name, the first one where none is asked for."""
        return next((each for each in self.tables if name in ("", each.name)), None)


PAGE = 50


def page_of(totals: Mapping[Any, int], asked: ReportFilter) -> tuple[list[Any], list[tuple[str, str]]]:
    """Return what is on the page that is asked for, most first, and words and addresses of the pages beside it."""
    ordered = sorted((key for key in totals if totals[key]), key=lambda key: (-totals[key], str(key)))
    page = min(asked.page, max(1, -(-len(ordered) // PAGE)))
    beside = []
    if page > 1:
        beside.append(("More of what is most", asked.query_string(page=page - 1)))
    if page * PAGE < len(ordered):
        beside.append((f"{len(ordered) - page * PAGE} more", asked.query_string(page=page + 1)))
    return ordered[(page - 1) * PAGE : page * PAGE], beside


def number(count: int, listing: AssignmentFilter | None = None) -> Cell:
    """Return a cell that leads to what it counts."""
    return Cell(f"{count:,}", count, listing)


def share(part: int, of: int) -> Cell:
    """Return a part of a whole in a hundred, to a tenth; a dash of nothing."""
    return Cell(f"{100 * part / of:.1f} %" if of else "–")
