"""What people do with events: mend one that was set apart, have one taken in again, or say that it is not wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from wrapups.domain.envelopes import BadEnvelope, Envelope, read
from wrapups.models import EventSource, InboundEvent, Organization
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting
from wrapups.services.receiving import UNREAD, pass_on, told_by

State = InboundEvent.State

MOST_TOGETHER = 500
MENDABLE = frozenset({State.QUARANTINED, State.DISMISSED})


class CannotChange(ValueError):
    """The event is not in a state for this; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Group:
    """Events that were set apart for one reason, none newer than `up_to`: what a person saw when they chose."""

    reason: str
    up_to: int

    def of(self, organization: Organization) -> Any:
        """Return the group's events that are still set apart, the oldest first."""
        rows = InboundEvent.everywhere.of(organization).filter(state=State.QUARANTINED)
        return rows.filter(reason=self.reason, pk__lte=self.up_to).order_by("pk")


@dataclass(frozen=True, slots=True)
class Replayed:
    """How the events of a group fared: taken in, set apart again, and not looked at yet, since they were too many."""

    taken_in: int
    still_bad: int
    left: int


def mend(event: InboundEvent, *, body: str, actor: Actor) -> None:
    """Put this text in the place of the one that came, and take it in. The one that came is kept.

    Raises BadEnvelope, with the field, where the text cannot be taken in either, and CannotChange.
    """
    with acting(actor, "mend event", organization=event.organization, reason=f"Event {event.pk}"):
        row = _locked(event)
        if row.state not in MENDABLE:
            raise CannotChange("Only what was set apart or dismissed can be mended.")
        _take_in(row, read(_kind_of(row), body), mended=body)


def replay(event: InboundEvent, *, actor: Actor) -> InboundEvent:
    """Take an event in again as it stands, mended or as it came; return it as it is then.

    What it says is not said twice. One that still cannot be read is set apart with what is wrong now.
    """
    with acting(actor, "replay event", organization=event.organization, reason=f"Event {event.pk}"):
        row = _locked(event)
        if row.state == State.RECEIVED:
            raise CannotChange("This event still waits to be taken in.")
        _again(row)
    return InboundEvent.everywhere.get(pk=event.pk)


def dismiss(event: InboundEvent, *, reason: str, actor: Actor) -> None:
    """Say that an event which was set apart is not wanted. Raises CannotChange, also without a reason."""
    if not reason.strip():
        raise CannotChange("Say why it is not wanted.")
    with acting(actor, "dismiss event", organization=event.organization, reason=f"Event {event.pk}: {reason}"):
        if _locked(event).state != State.QUARANTINED:
            raise CannotChange("Only what was set apart can be dismissed.")
        _update(event.pk, state=State.DISMISSED, finished_at=AppNow())


def replay_group(organization: Organization, group: Group, *, actor: Actor) -> Replayed:
    """Take in again what was set apart for one reason, the oldest 500 of it at most. One transaction."""
    said = f"Set apart because: {group.reason}"
    with acting(actor, "replay events", organization=organization, reason=said):
        rows = list(
            group.of(organization)
            .select_for_update(of=("self",))
            .select_related("source", "organization")[:MOST_TOGETHER]
        )
        good = sum(_again(row) for row in rows)
    # Some may have been set apart again for the same reason; those beyond the last one were not looked at.
    left = group.of(organization).filter(pk__gt=rows[-1].pk).count() if rows else 0
    return Replayed(good, len(rows) - good, left)


def dismiss_group(organization: Organization, group: Group, *, reason: str, actor: Actor) -> int:
    """Say that what was set apart for one reason is not wanted; return how many events that were."""
    if not reason.strip():
        raise CannotChange("Say why they are not wanted.")
    with acting(
        actor, "dismiss events", organization=organization, reason=f"{reason} (set apart because: {group.reason})"
    ):
        dismissed: int = group.of(organization).order_by().update(state=State.DISMISSED, finished_at=AppNow())
    return dismissed


def _locked(event: InboundEvent) -> InboundEvent:
    rows = InboundEvent.everywhere.select_for_update(of=("self",)).select_related("source", "organization")
    row: InboundEvent = rows.get(pk=event.pk)
    return row


def _kind_of(event: InboundEvent) -> str:
    """An event that no source sent came through the API, in the plain form."""
    return event.source.kind if event.source else EventSource.Kind.WEBHOOK.value


def _again(event: InboundEvent) -> bool:
    """Read an event anew; return whether it could be."""
    try:
        envelope = read(_kind_of(event), event.mended or event.body)
    except BadEnvelope as error:
        _update(event.pk, **UNREAD, reason=str(error)[:300], finished_at=None, replays=F("replays") + 1)
        return False
    _take_in(event, envelope)
    return True


def _take_in(event: InboundEvent, envelope: Envelope, **columns: Any) -> None:
    told: Mapping[str, Any] = told_by(envelope)
    waits = told["state"] == State.RECEIVED
    with transaction.atomic():
        pass_on(event.organization, event.sender, envelope)
        _update(
            event.pk,
            **told,
            **columns,
            looks=0,
            due_at=AppNow() if waits else None,
            finished_at=None if waits else AppNow(),
            replays=F("replays") + 1,
        )


def _update(pk: int, **columns: Any) -> None:
    InboundEvent.everywhere.filter(pk=pk).update(**columns)
