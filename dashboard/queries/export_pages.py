"""Exports as their pages show them: one's own list, and how one stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.queries.exports import exports_of
from dashboard.queries.keyset import Page, page_of
from dashboard.templatetags.badges import Look
from wrapups.models import Export, Organization
from wrapups.models.clock import app_now

State = Export.State

STATES: Mapping[str, Look] = {
    State.RUNNING: Look("waiting", "clock", "A worker writes it; it goes on when this page is closed."),
    State.DONE: Look("good", "circle-check", "The file can be taken until it expires."),
    State.CANCELLED: Look("quiet", "circle-slash", "Somebody ended it; nothing of it was kept."),
    State.FAILED: Look("bad", "circle-x", "It could not be written; its page says why."),
    State.EXPIRED: Look("quiet", "clock-alert", "Its file was removed."),
}


@dataclass(frozen=True, slots=True)
class ExportShown:
    """One export as a page shows it; `mine` says whether whoever looks may take and cancel it."""

    export: Any
    mine: bool

    @property
    def look(self) -> Look:
        return STATES[self.export.state]

    @property
    def moves(self) -> bool:
        """Whether a worker is to go on with it, so that the page asks again."""
        return bool(self.export.state == State.RUNNING)

    @property
    def is_ready(self) -> bool:
        """Whether the file is there to be taken."""
        return bool(self.export.state == State.DONE and self.export.expires_at > app_now())

    @property
    def per_second(self) -> float:
        """How many rows were written a second, since it was asked for."""
        until = self.export.finished_at or app_now()
        return float(self.export.done / max(0.001, (until - self.export.created_at).total_seconds()))

    @property
    def finishes_at(self) -> datetime | None:
        """About when all rows will be read, at the pace so far; None while that is not known."""
        if not (self.moves and self.export.done and self.export.total):
            return None
        left = max(0, self.export.total - self.export.done)
        return app_now() + timedelta(seconds=left / self.per_second)


def export_page(organization: Organization, person: Any, *, before: int | None, after: int | None) -> Page:
    """Return a page of this person's exports, newest first: `rows` are `ExportShown`."""
    page = page_of(exports_of(organization, person), before=before, after=after)
    return Page([ExportShown(each, mine=True) for each in page.rows], page.newer, page.older)
