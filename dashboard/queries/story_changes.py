"""What people and the engine changed about a conversation's codes, who was told, and what comes next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from dashboard.queries.history import HistoryFilter
from dashboard.queries.holds import hold_on, holds_of
from dashboard.queries.story_events import Event, Leg, Link, Window
from dashboard.queries.words import ACT_WORDS, MOVE_WORDS, NEXT_WORDS
from wrapups.domain.roles import Right
from wrapups.domain.status import Status
from wrapups.models import Act, Assignment, AuditEntry, Handover, Notice, Organization

ASSIGNMENTS, HANDOVERS = Assignment._meta.db_table, Handover._meta.db_table


def entries_of(assignments: Sequence[Assignment], organization: Organization, window: Window) -> list[AuditEntry]:
    """Return the changes of these rows, and of who holds them, newest first; of new rows those that a person made."""
    entries = AuditEntry.objects.filter(
        organization_id=organization.pk,
        table__in=[ASSIGNMENTS, HANDOVERS],
        row__in=[str(assignment.pk) for assignment in assignments],
    )
    entries = entries.exclude(operation="insert", act=None)
    return list(window.of(entries.select_related("act__person", "act__api_key"), "at"))


def who(act: Act) -> str:
    """Return the name of whoever acted."""
    if act.person:
        return act.person.get_full_name() or act.person.username
    return f"API key {act.api_key.name}" if act.api_key else "The system"


def acts_that_made(entries: Sequence[AuditEntry]) -> dict[int, Act]:
    """Return, by assignment, the act of the person who had it made."""
    made = (entry for entry in entries if entry.table == ASSIGNMENTS and entry.operation == "insert")
    return {int(entry.row): entry.act for entry in made if entry.act}


def changed(entries: Sequence[AuditEntry], codes: Mapping[int, str], *, legs: Mapping[int, str]) -> Iterator[Event]:
    """Yield what people did, each act once, and the statuses that the engine reached.

    `codes` names the code of each assignment, `legs` whose it is. A status on the way to another is in the attempts.
    """
    entries = [entry for entry in entries if entry.table == ASSIGNMENTS]
    made = {entry.act_id: codes.get(int(entry.row), "") for entry in entries if entry.operation == "insert"}
    told: set[int] = set()
    for entry in entries:
        leg = legs.get(int(entry.row), "")
        if entry.act is None:
            yield from _reached(entry, leg)
        elif entry.act.pk not in told:
            told.add(entry.act.pk)
            yield _acted(entry.act, entry.at, made.get(entry.act.pk, ""), leg)


def _acted(act: Act, at: datetime, code: str, leg: str) -> Event:
    history = reverse("history-changes") + HistoryFilter(act=act.pk).query_string()
    words, icon = ACT_WORDS.get(act.verb, ("", "user"))
    did = f"{who(act)} {words}" if words else f"{who(act)}: {act.verb}"
    title = f"{did}: {code}" if code else did
    link = Link(history, "In the history", Right.VIEW_HISTORY)
    return Event(at, icon, title, act.reason, leg=leg, link=link)


def _reached(entry: AuditEntry, leg: str) -> Iterator[Event]:
    after: Mapping[str, Any] = entry.after or {}
    words = MOVE_WORDS.get(after.get("status", ""))
    if words:
        said = str(after.get("error_message") or "")
        yield Event(entry.at, words.icon, words.title, said, tone=words.tone, leg=leg)


def told(assignments: Sequence[Assignment], organization: Organization, window: Window) -> Iterator[Event]:
    """Yield which webhooks were told of these, in one query."""
    notices = Notice.objects.of(organization).filter(assignment__in=assignments).select_related("subscription")
    for notice in window.of(notices, "created_at"):
        state = Notice.State(notice.state)
        title = f"Webhook {notice.subscription.name}: {notice.event}"
        answer = f" It answered {notice.http_status}." if notice.http_status else ""
        yield Event(
            notice.finished_at or notice.created_at,
            "webhook",
            title,
            f"{state.label.capitalize()}.{answer} {notice.problem}".strip(),
            tone="bad" if state == Notice.State.GIVEN_UP else "quiet",
            link=Link(reverse("notice-detail", args=[notice.pk]), "The delivery"),
        )


def coming(legs: Sequence[Leg], organization: Organization) -> Iterator[Event]:
    """Yield what happens next by itself, or waits for a person, with when it is due; and what a pause keeps waiting."""
    several = len(legs) > 1
    waits = any(leg.row and leg.row.assignment.status == Status.PENDING for leg in legs)
    holds = holds_of(organization) if waits else []
    for leg in legs:
        if leg.row is None:
            continue
        assignment = leg.row.assignment
        held, agent = hold_on(assignment, holds), leg.whose if several else ""
        if held:
            yield Event(assignment.due_at, "pause", held.waits, held.reason, tone="warning", leg=agent)
            continue
        words = NEXT_WORDS.get(assignment.status)
        watched = assignment.status == Status.VERIFIED and assignment.watch_at
        if words and (watched or assignment.status != Status.VERIFIED):
            at = assignment.watch_at if watched else assignment.due_at
            yield Event(at, words.icon, words.title, tone=words.tone, leg=agent)
