"""The columns of a list of assignments, and its heads that sort."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django import template

from dashboard.columns import COLUMNS, Column, chosen
from dashboard.masks import mask_of
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.orders import ORDERS
from dashboard.queries.rows import Row

register = template.Library()

WORDS: Mapping[str, Callable[[Row], object]] = {
    "queue": attrgetter("queue"),
    "agent": attrgetter("agent"),
    "media": attrgetter("media"),
    "found": attrgetter("found"),
    "reason": lambda row: row.assignment.get_reason_display(),
    "owner": attrgetter("owner"),
    "rule": attrgetter("assignment.rule"),
    "error": attrgetter("assignment.error_message"),
}
"""What stands in the cells that hold words and nothing else."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column. `address` lists in the order that a click chooses; empty where none is offered."""

    column: Column
    address: str = ""
    sorts: str = ""
    """How the list is sorted by this column now, as `aria-sort` says it; empty where it is not."""


@register.simple_tag(takes_context=True)
def shown_columns(context: Mapping[str, Any]) -> list[Column]:
    """Return the columns that the person wants to see."""
    return chosen(context["request"])


@register.simple_tag
def all_columns() -> list[Column]:
    """Return the columns there are."""
    return list(COLUMNS.values())


@register.simple_tag
def heads(columns: list[Column], asked: AssignmentFilter | str) -> list[Head]:
    """Return the heads of these columns; those of a list with a filter sort it."""
    return [_head(column, asked) if isinstance(asked, AssignmentFilter) else Head(column) for column in columns]


@register.simple_tag
def reason_beside_status(row: Row, columns: list[Column]) -> str:
    """Return the reason in words; empty where it has a column of its own."""
    return "" if COLUMNS["reason"] in columns else row.assignment.get_reason_display()


@register.simple_tag
def owner_beside_status(row: Row, columns: list[Column]) -> str:
    """Return who holds it; empty where nobody does, or where that has a column of its own."""
    return "" if COLUMNS["owner"] in columns else row.owner


@register.simple_tag(takes_context=True)
def cell(context: Mapping[str, Any], row: Row, name: str) -> str:
    """Return the words in a row's cell of this column; notes only to whoever may see what is about customers."""
    if name == "notes":
        return mask_of(context["request"]).text(row.assignment.notes)
    return str(WORDS[name](row) or "")


def _head(column: Column, asked: AssignmentFilter) -> Head:
    if not column.orders:
        return Head(column)
    now = asked.listed_in
    first, *others = column.orders
    following = others[0] if now == first and others else first
    sorts = ("ascending" if ORDERS[now].rise else "descending") if now in column.orders else ""
    return Head(column, asked.but(order=following).query_string(), sorts)
