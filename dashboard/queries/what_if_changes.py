"""What a what-if found, conversation by conversation: the list, one with both decisions, and all of it as a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from dashboard.queries.bounded import BOUND, Bounded
from dashboard.queries.keyset import page_of
from dashboard.queries.names import Names
from dashboard.queries.what_ifs import KINDS, NO_QUEUE, ChangeFilter, Kind
from dashboard.templatetags.badges import Look
from wrapups.models import Organization, WhatIf, WhatIfChange

EXPORTED_AT_ONCE = 1000
HEADING = (
    *("Conversation", "Communication", "Ended (UTC)", "Queue", "Agent", "Change"),
    *("Code in force", "Code by the draft", "Rule in force", "Rule of the draft"),
)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change with the names of what it is about."""

    change: Any
    names: Names

    @property
    def communication(self) -> Any:
        return self.change.assignment.communication

    @property
    def look(self) -> Look:
        return KINDS[self.change.kind]

    @property
    def queue(self) -> str:
        return self.names("queue", self.change.queue_id)

    @property
    def agent(self) -> str:
        return self.names("agent", self.communication.agent_id)

    @property
    def before(self) -> str:
        return self.names("code", self.change.before_code_id)

    @property
    def after(self) -> str:
        return self.names("code", self.change.after_code_id)

    @property
    def conversation_address(self) -> str:
        """The page of the conversation, at this agent's part."""
        page = reverse("conversation-detail", args=[self.communication.conversation_id])
        return f"{page}#leg-{self.communication.pk}"

    def cells(self) -> list[str]:
        """Return it as a line of the file."""
        ended_at, change = self.change.assignment.ended_at, self.change
        return [
            self.communication.conversation.conversation_id,
            self.communication.communication_id,
            f"{ended_at:%Y-%m-%d %H:%M:%S}",
            self.queue,
            self.agent,
            change.get_kind_display(),
            self.before,
            self.after,
            change.before_rule,
            change.after_rule,
        ]


@dataclass(frozen=True, slots=True)
class Chip:
    """One active part of the filter; `rest` is the address without it."""

    label: str
    words: str
    rest: str


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some changes, those that ended last first; `newer` and `older` are addresses to go on at."""

    rows: Sequence[ChangeRow]
    count: Bounded
    asked: ChangeFilter
    chips: Sequence[Chip]
    newer: str
    older: str


def changes_of(what_if: WhatIf, organization: Organization) -> QuerySet[Any]:
    """Return what a what-if found, with the conversations."""
    rows = WhatIfChange.objects.of(organization).filter(what_if=what_if)
    return rows.select_related("assignment__communication__conversation").defer("assignment__facts")


def change_page(
    what_if: WhatIf, organization: Organization, asked: ChangeFilter, *, before: int | None, after: int | None
) -> ChangePage:
    """Return the page of what a filter asks for, at this place."""
    rows = asked.apply(changes_of(what_if, organization))
    page = page_of(rows, before=before, after=after)
    names = _names(organization, page.rows, asked)
    return ChangePage(
        [ChangeRow(each, names) for each in page.rows],
        Bounded.of(rows.order_by().values("pk")[: BOUND + 1].count()),
        asked,
        list(_chips(asked, names)),
        newer=asked.query_string(after=page.newer) if page.newer else "",
        older=asked.query_string(before=page.older) if page.older else "",
    )


def change_row(change: Any, organization: Organization) -> ChangeRow:
    """Return one change with its names."""
    return ChangeRow(change, _names(organization, [change], ChangeFilter()))


def file_of(what_if: WhatIf, organization: Organization, asked: ChangeFilter) -> Iterator[Sequence[str]]:
    """Yield the heading, and then every change that the filter asks for, those that ended last first."""
    yield HEADING
    rows, before = asked.apply(changes_of(what_if, organization)), None
    while True:
        page = page_of(rows, before=before, size=EXPORTED_AT_ONCE)
        names = _names(organization, page.rows, asked)
        yield from (ChangeRow(each, names).cells() for each in page.rows)
        if page.older is None:
            return
        before = page.older


def _names(organization: Organization, rows: Sequence[Any], asked: ChangeFilter) -> Names:
    return Names(
        organization,
        {
            "queue": {each.queue_id for each in rows} | {asked.queue},
            "agent": {each.assignment.communication.agent_id for each in rows},
            "code": {code for each in rows for code in (each.before_code_id, each.after_code_id)}
            | {asked.from_code, asked.to_code},
        },
    )


def _chips(asked: ChangeFilter, names: Names) -> Iterator[Chip]:
    words = {
        "kind": Kind(asked.kind).label if asked.kind else "",
        "queue": "none" if asked.queue == NO_QUEUE else names("queue", asked.queue),
        "from_code": names("code", asked.from_code),
        "to_code": names("code", asked.to_code),
        "from_rule": asked.from_rule,
        "to_rule": asked.to_rule,
    }
    for name in asked.parameters():
        yield Chip(LABELS[name], words[name], asked.but(**{name: ""}).query_string())


LABELS = {
    "kind": "Change",
    "queue": "Queue",
    "from_code": "Code in force",
    "to_code": "Code by the draft",
    "from_rule": "Rule in force",
    "to_rule": "Rule of the draft",
}
