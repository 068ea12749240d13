"""The columns of a list of assignments: which there are, and which somebody wants to see.

The choice is kept in a cookie, as light or dark is: it goes with the screen that it was made on. The conversation
is always there, since it is what a row leads to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from dashboard.queries.orders import CHANGED, DUE, NEWEST, OLDEST

COOKIE = "columns"
BETWEEN = "."
A_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `orders` are those that its head offers, the first one first."""

    name: str
    label: str
    orders: tuple[str, ...] = ()


COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column("ended", "Ended", (NEWEST, OLDEST)),
        Column("queue", "Queue"),
        Column("agent", "Agent"),
        Column("media", "Media"),
        Column("found", "Code found"),
        Column("wanted", "Code wanted"),
        Column("status", "Status"),
        Column("reason", "Reason"),
        Column("owner", "Handed to"),
        Column("rule", "Rule"),
        Column("release", "Release"),
        Column("due", "Due", (DUE,)),
        Column("changed", "Last changed", (CHANGED,)),
        Column("error", "Error"),
        Column("notes", "Notes"),
    )
}
USUAL = ("ended", "queue", "agent", "media", "found", "wanted", "status", "rule")


def chosen(request: HttpRequest) -> list[Column]:
    """Return the columns to show, in their order; a cookie is anybody's text, so what is no column is left out."""
    names = request.COOKIES.get(COOKIE, "").split(BETWEEN)
    return [column for name, column in COLUMNS.items() if name in names] or [COLUMNS[name] for name in USUAL]


def keep(response: HttpResponse, names: Iterable[str]) -> None:
    """Show these columns from the next page on; none, or the usual ones, is no choice."""
    wanted = [name for name in COLUMNS if name in set(names)]
    if not wanted or is_usual(wanted):
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    response.set_cookie(
        COOKIE,
        BETWEEN.join(wanted),
        max_age=A_YEAR_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def is_usual(names: Sequence[str]) -> bool:
    """Whether these are the columns that are shown to whoever chose none."""
    return tuple(names) == USUAL
