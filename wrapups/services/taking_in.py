"""Taking in what events say has ended: their conversations are looked at soon, up to a hundred a call.

Nothing relies on it. What a few looks do not show is left to discovery, which finds everything, only later.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from wrapups.domain.envelopes import Kind
from wrapups.domain.errors import CredentialsRefused, GenesysError, RateLimited, Unsent
from wrapups.domain.status import Status
from wrapups.models import Assignment, Conversation, InboundEvent, Organization
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.services import watching
from wrapups.services.discovering import ByIds, NoRelease, OutOfCalls, look_at
from wrapups.services.receiving import CLOCK_SLACK_S
from wrapups.services.rulebook import in_force

TOGETHER = 100
"""Conversations one analytics call shows."""
EVENTS_TOGETHER = 500
"""Several events may speak of one conversation."""
CALLS_A_RING = 10
LEASE_S = 180
LATER_S = 30
LOOK_AGAIN_S = (90, 600)
"""How long after the first look the second comes, and after that the third, the last."""
SHOWN_BY_THEN = timedelta(minutes=5)
"""Whatever ended is in analytics by then: a reading so much younger than an event knows of it."""

BEFORE_US = "It happened before the organization was connected; what ended before that is left alone."
NEVER_SHOWN = "Analytics did not show this conversation at the last of {} looks. Discovery decides it once it does."
STILL_OPEN = "The conversation was still going on at the last of {} looks. Discovery decides it when it has ended."


def is_due(organization: Organization) -> bool:
    """Return whether a look would serve a full hundred, or an event has waited for company long enough."""
    waiting = _due(organization).order_by("due_at").values_list("due_at", flat=True)[:TOGETHER]
    times = list(waiting)
    if not times or watching.held(organization) or in_force(organization) is None:
        return False
    return len(times) == TOGETHER or times[0] < app_now() - timedelta(seconds=watching.COMPANY_WITHIN_S)


def take_in(organization: Organization, *, gateway: ByIds) -> int:
    """Look at the conversations of the events that are due; return how many decisions are new.

    Several workers may do so at once: each takes events that nobody has. One that dies loses its events to the next
    when its lease runs out. Raises nothing that Genesys or the budget can cause; the events then wait.
    """
    new = 0
    for _ in range(CALLS_A_RING):
        events = _claim(organization)
        if not events:
            break
        if (found := _look(organization, events, gateway)) is None:
            break
        new += found
    return new


def _due(organization: Organization) -> Any:
    return InboundEvent.everywhere.of(organization).filter(state=InboundEvent.State.RECEIVED, due_at__lte=AppNow())


def _claim(organization: Organization) -> list[InboundEvent]:
    """Take due events of up to a hundred conversations; their time is put off by a lease, and the look is counted."""
    with transaction.atomic():
        rows = list(_due(organization).select_for_update(skip_locked=True).order_by("due_at")[:EVENTS_TOGETHER])
        wanted = set(list(dict.fromkeys(row.conversation_id for row in rows))[:TOGETHER])
        events = [row for row in rows if row.conversation_id in wanted]
        _update(events, due_at=AppNow() + Seconds(LEASE_S), looks=F("looks") + 1)
    for event in events:
        event.looks += 1
    return events


def _look(organization: Organization, events: Sequence[InboundEvent], gateway: ByIds) -> int | None:
    """Settle these events, with one call if any needs one; None where the call could not be made."""
    waiting = _settle(organization, events, last=False)
    ids = sorted({event.conversation_id for event in waiting})
    try:
        new = look_at(organization, ids, gateway=gateway) if ids else 0
    except (NoRelease, OutOfCalls):
        _update(waiting, due_at=AppNow() + Seconds(LATER_S), looks=F("looks") - 1)
        return None
    except GenesysError as error:
        not_looked = isinstance(error, RateLimited | CredentialsRefused | Unsent)
        _update(waiting, due_at=AppNow() + Seconds(LATER_S), looks=F("looks") - int(not_looked))
        return None
    _settle(organization, waiting, last=True)
    return new


def _settle(organization: Organization, events: Sequence[InboundEvent], *, last: bool) -> list[InboundEvent]:
    """Finish what our rows already answer and return the rest; after a look (`last`) the rest is put off or left."""
    known = _known(organization, events)
    unsent = _unsent(organization, events) if known else set()
    before = [each for each in events if _happened_at(each) < organization.apply_from]
    _finish(before, BEFORE_US)
    covered = [each for each in events if _covered(each, known.get(each.conversation_id), unsent)]
    _finish(covered)
    done = {each.pk for each in [*before, *covered]}
    rest = [each for each in events if each.pk not in done]
    if last:
        for looks, after_s in enumerate(LOOK_AGAIN_S, start=1):
            _update([each for each in rest if each.looks == looks], due_at=AppNow() + Seconds(after_s))
        given_up = [each for each in rest if each.looks > len(LOOK_AGAIN_S)]
        for words, some in ((NEVER_SHOWN, False), (STILL_OPEN, True)):
            _finish([e for e in given_up if (e.conversation_id in known) is some], words.format(len(LOOK_AGAIN_S) + 1))
    return rest


def _covered(event: InboundEvent, known: Conversation | None, unsent: set[str]) -> bool:
    """Whether our own reading of the conversation already has what this event tells.

    Of a conversation that was opened again we may know an earlier end; then only a later reading covers the event.
    An agent's own code concerns us while ours is unsent.
    """
    if known is None or known.ended_at is None:
        return False
    if event.kind == Kind.CODED and event.conversation_id not in unsent:
        return True
    happened_at = _happened_at(event)
    same_end = known.ended_at >= happened_at - timedelta(seconds=CLOCK_SLACK_S)
    return (same_end and event.kind == Kind.ENDED) or known.read_at >= happened_at + SHOWN_BY_THEN


def _happened_at(event: InboundEvent) -> datetime:
    """What waits to be looked at was read, so its sender's time is known."""
    return event.occurred_at or event.received_at


def _known(organization: Organization, events: Iterable[InboundEvent]) -> Mapping[str, Conversation]:
    ids = {event.conversation_id for event in events}
    rows = Conversation.everywhere.of(organization).filter(conversation_id__in=ids)
    return {row.conversation_id: row for row in rows.only("conversation_id", "ended_at", "read_at")}


def _unsent(organization: Organization, events: Iterable[InboundEvent]) -> set[str]:
    path = "communication__conversation__conversation_id"
    ids = {event.conversation_id for event in events if event.kind == Kind.CODED}
    rows = Assignment.everywhere.of(organization).filter(**{f"{path}__in": ids}, status=Status.PENDING, write_count=0)
    return set(rows.values_list(path, flat=True)) if ids else set()


def _finish(events: Sequence[InboundEvent], reason: str = "") -> None:
    _update(events, state=InboundEvent.State.PROCESSED, finished_at=AppNow(), due_at=None, reason=reason)


def _update(events: Sequence[InboundEvent], **columns: Any) -> None:
    """Change these events where they still wait: a person may have replayed or dismissed one meanwhile."""
    if events:
        keys = [event.pk for event in events]
        InboundEvent.everywhere.filter(pk__in=keys, state=InboundEvent.State.RECEIVED).update(**columns)
