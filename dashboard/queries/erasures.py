"""Erasures as their pages show them: the list, how one stands, and in which tables the customer was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from dashboard.queries.keyset import Page, page_of
from dashboard.templatetags.badges import Look
from wrapups.models import Erasure, Organization
from wrapups.services.erasing_tables import Table, tables

State = Erasure.State

STATES: Mapping[str, Look] = {
    State.FINDING: Look("waiting", "clock", "A worker looks through every table. Nothing is changed."),
    State.READY: Look("warning", "hand", "It waits for an admin's word."),
    State.RUNNING: Look("waiting", "clock", "A worker erases; it goes on when this page is closed."),
    State.DONE: Look("good", "circle-check", "Nothing of the customer is left here."),
    State.CANCELLED: Look("quiet", "circle-slash", "Somebody gave it up before anything was erased."),
    State.FAILED: Look("bad", "circle-x", "It could not go on; its page says why."),
}

WORDS: Mapping[str, str] = {
    "conversation": "Conversations",
    "communication": "Agents' notes",
    "assignment": "Assignments",
    "attempt": "Calls to Genesys Cloud",
    "disposition": "Dispositions",
    "inboundevent": "Events",
    "upload": "Files",
    "uploadline": "Lines of files",
    "auditentry": "Entries of the history",
    "act": "Reasons in the history",
    "idempotentanswer": "Answers to programs",
    "notice": "Webhook deliveries",
    "delivery": "Tries to deliver",
    "rulecase": "Cases",
    "whatif": "What-ifs",
    "mappingrule": "Rules that ask for the customer",
    "dispositionseen": "Kinds of dispositions",
    "decisiontally": "Counts of decisions",
    "export": "Exports",
    "savedview": "Saved views",
}
"""What the rows of a table are to people; others are called as their model is."""


@dataclass(frozen=True, slots=True)
class Found:
    """One table in which the customer stands, or stood."""

    words: str
    found: int
    erased: int
    fixed: bool


@dataclass(frozen=True, slots=True)
class ErasureShown:
    """One erasure as its page shows it."""

    erasure: Any

    @property
    def look(self) -> Look:
        return STATES[self.erasure.state]

    @property
    def moves(self) -> bool:
        """Whether a worker is to go on with it, so that the page asks again."""
        return self.erasure.state in Erasure.MOVES_BY_ITSELF

    @property
    def tables_in_all(self) -> int:
        return len(tables())

    @property
    def tables_done(self) -> int:
        """How many tables have been gone through this time."""
        names = [table.name for table in tables()]
        return names.index(self.erasure.table) if self.erasure.table in names else 0

    @property
    def erases(self) -> bool:
        """Whether it has come to erasing, so that there is something to be said of it."""
        return bool(self.erasure.erased)

    @property
    def rows(self) -> Sequence[Found]:
        """The tables in which something was found or erased."""
        lines = (self._line(table) for table in tables())
        return [line for line in lines if line.found or line.erased]

    @property
    def rules(self) -> int:
        """How many rules ask for the customer, which only people can change."""
        return sum(line.found for line in self.rows if line.fixed)

    def _line(self, table: Table) -> Found:
        words = WORDS.get(str(table.model._meta.model_name), table.words.capitalize())
        found, erased = (kept.get(table.name, 0) for kept in (self.erasure.found, self.erasure.erased))
        return Found(words, found, erased, table.fixed)


def erasures_of(organization: Organization) -> QuerySet[Any]:
    """Return erasures with what their pages show; whom they are about is not among it."""
    return Erasure.objects.of(organization).select_related("person", "organization").defer("sealed", "digests")


def erasure_page(organization: Organization, *, before: int | None, after: int | None) -> Page:
    """Return a page of the list, newest first: `rows` are `ErasureShown`."""
    page = page_of(erasures_of(organization), before=before, after=after)
    return Page([ErasureShown(each) for each in page.rows], page.newer, page.older)
