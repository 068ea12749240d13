"""What happened in a conversation: its parts, what others said of it, and what was decided, each as one event."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from dashboard.queries.names import Names
from dashboard.queries.rows import Row
from dashboard.queries.words import DISCONNECT_WORDS, code_words
from wrapups.domain.envelopes import Kind
from wrapups.domain.masking import Mask
from wrapups.domain.status import Status
from wrapups.models import Communication, Conversation, Disposition, InboundEvent, Organization

TOLD: Mapping[str, str] = {
    Kind.ENDED: "told that it had ended",
    Kind.CODED: "told that after-call work was over",
    Kind.DISPOSITION: "told how it ended",
}
"""What an event from outside says, by its kind."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call as it went over the wire: the request as it was sent, where that is on record, and the answer."""

    sent: str
    """Method and path; empty where it is not on record."""
    body: str
    http_status: int
    error_code: str
    correlation_id: str
    duration_ms: int | None
    worker: str
    in_bulk: bool = False
    """Whether it was one call for many conversations."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where more is told. `right` is what that page asks for; empty for one that everybody here may see."""

    address: str
    word: str
    right: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Which events are told: the latest `most` that happened before a time, or up to now."""

    most: int
    before: datetime | None = None

    def of(self, rows: QuerySet[Any], time: str) -> QuerySet[Any]:
        """Return the rows whose time falls into it, latest first, and one more, which says that others came before."""
        if self.before is not None:
            rows = rows.filter(**{f"{time}__lt": self.before})
        return rows.order_by(f"-{time}", "-pk")[: self.most + 1]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `tone` is a status's; `leg` says which agent's part, where there are several."""

    at: datetime
    icon: str
    title: str
    detail: str = ""
    tone: str = "quiet"
    leg: str = ""
    exchange: Exchange | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One agent's part: the communication, its latest assignment as a row, and the earlier ones."""

    communication: Communication
    row: Row | None
    earlier: Sequence[Row]
    names: Names
    apart: str = ""
    """What tells it from another part of the same agent; empty where the name does."""

    @property
    def key(self) -> str:
        """The end of its id on the page."""
        return str(self.communication.pk)

    @property
    def rows(self) -> list[Row]:
        """Every decision about it, newest first."""
        return [*([self.row] if self.row else []), *self.earlier]

    @property
    def agent(self) -> str:
        """Whose part it is."""
        return self.names("agent", self.communication.agent_id) or "An agent"

    @property
    def whose(self) -> str:
        """Whose part it is and, where the agent has another, which."""
        return f"{self.agent}, {self.apart}" if self.apart else self.agent

    @property
    def present_code(self) -> str:
        """The code it carries as last read, in words."""
        return code_words(self.communication.code_id, self.names)

    @property
    def seconds(self) -> float | None:
        """How long the agent was on it, without after-call work."""
        begun, ended = self.communication.connected_at, self.communication.ended_at
        return (ended - begun).total_seconds() if begun and ended else None


def of_conversation(conversation: Conversation, mask: Mask) -> Iterator[Event]:
    """Yield its start and its end."""
    if conversation.started_at:
        direction = conversation.originating_direction
        addresses = (mask.address(each) for each in (conversation.ani, conversation.dnis) if each)
        title = f"Conversation started{f', {direction}' if direction else ''}"
        yield Event(conversation.started_at, "play", title, " → ".join(addresses))
    if conversation.ended_at:
        yield Event(conversation.ended_at, "square", "Conversation ended")


def of_leg(leg: Leg, *, several: bool, acted: Mapping[int, Any]) -> Iterator[Event]:
    """Yield an agent's part and what was decided about it, but for what a person's act (`acted`) had made."""
    communication, name = leg.communication, leg.whose if several else ""
    if communication.connected_at:
        queue = leg.names("queue", communication.queue_id)
        yield Event(communication.connected_at, "headset", f"{leg.whose} connected", f"Queue {queue}" if queue else "")
    if communication.ended_at:
        how = DISCONNECT_WORDS.get(communication.disconnect_type, communication.disconnect_type)
        yield Event(communication.ended_at, "phone-off", f"{leg.whose} disconnected", how)
    if communication.acw_ended_at:
        found = code_words(leg.rows[-1].assignment.found_code_id, leg.names) if leg.row else ""
        said = f"The code then: {found}" if found else ""
        yield Event(communication.acw_ended_at, "notebook-pen", "After-call work ended", said, leg=name)
    for row in leg.rows:
        if row.assignment.pk not in acted:
            yield _decided(row.assignment, name)


def _decided(assignment: Any, leg: str) -> Event:
    release, link = assignment.release, None
    if release is not None:
        link = Link(reverse("release-detail", args=[release.number]), f"Release {release.number}")
    return Event(assignment.created_at, *_decision(assignment), leg=leg, link=link)


def _decision(assignment: Any) -> tuple[str, str, str]:
    """Return icon, title and detail."""
    if assignment.corrects_id is not None:
        return "pencil", f"To be corrected: {assignment.wrapup_code}", "A person chose it."
    if assignment.bulk_act_id is not None:
        chosen = f"as rule {assignment.rule} chooses" if assignment.rule else "as it was before"
        return "undo-2", f"To be put back: {assignment.wrapup_code}", chosen
    if assignment.rule is None:
        return "scale", "Decided: nothing to write", assignment.get_reason_display().capitalize()
    detail = f"Rule {assignment.rule}, line {assignment.rule.line} of release {assignment.release.number}"
    if assignment.status == Status.SKIPPED and assignment.write_count == 0:
        withheld = f"{assignment.get_reason_display().capitalize()}. {detail}, chose {assignment.wrapup_code}."
        return "scale", "Decided: nothing to write", withheld
    return "scale", f"Decided: {assignment.wrapup_code}", detail


def said(conversation: Conversation, organization: Organization, mask: Mask, window: Window) -> Iterator[Event]:
    """Yield what outside systems told of it, each with the door it came through: two queries."""
    told = Disposition.objects.of(organization).filter(conversation_id=conversation.conversation_id)
    came = InboundEvent.objects.of(organization).filter(conversation_id=conversation.conversation_id)
    events = window.of(came.select_related("source"), "received_at")
    doors = {(each.sender, each.event_id): each for each in events}
    for disposition in window.of(told, "said_at"):
        door = doors.pop((disposition.source, disposition.event_id), None)
        notes = mask.text(disposition.notes)
        parts = (f"“{notes}”" if notes else "", _door(door) if door else "")
        title = f"{disposition.source} said {disposition.code}"
        yield Event(disposition.said_at, "message-square-quote", title, " ".join(filter(None, parts)), link=_to(door))
    for event in doors.values():
        title = f"{event.sender} {TOLD.get(event.kind, 'sent an event')}"
        detail = f"{_door(event)} It is {event.get_state_display()}."
        yield Event(event.received_at, "log-in", title, detail, link=_to(event))


def _door(event: InboundEvent) -> str:
    return f"It came by {event.source.get_kind_display()}." if event.source else "It came by the API."


def _to(event: InboundEvent | None) -> Link | None:
    return Link(reverse("event-detail", args=[event.pk]), "The event") if event else None
