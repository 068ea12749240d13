"""One conversation's whole story: its legs, each with what was decided, and everything that happened in order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import Prefetch

from dashboard.queries.catalogue import name_then
from dashboard.queries.names import Names
from dashboard.queries.rows import Row
from dashboard.queries.words import ATTEMPT_WORDS, DISCONNECT_WORDS, MOVE_WORDS, POLICY_WORDS, answered, code_words
from wrapups.domain.status import Status
from wrapups.models import Assignment, Attempt, AuditEntry, Communication, Conversation, Disposition, Organization
from wrapups.services.explaining import CatalogueNames, Explanation, Told, explain

MOST = 200
"""So many attempts, changes and dispositions are shown, the latest ones; a conversation rarely has twenty."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `tone` is a status's; `leg` says which agent's part, where there are several."""

    at: datetime
    icon: str
    title: str
    detail: str = ""
    tone: str = "quiet"
    by: str = ""
    leg: str = ""
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One agent's part: the communication, its latest assignment as a row, and the earlier ones."""

    communication: Communication
    row: Row | None
    earlier: Sequence[Row]
    names: Names

    @property
    def present_code(self) -> str:
        """The code it carries as last read, in words."""
        return code_words(self.communication.code_id, self.names)

    @property
    def seconds(self) -> float | None:
        """How long the agent was on it, without after-call work."""
        begun, ended = self.communication.connected_at, self.communication.ended_at
        return (ended - begun).total_seconds() if begun and ended else None


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation as its page tells it."""

    conversation: Conversation
    legs: Sequence[Leg]
    events: Sequence[Event]
    names: Names

    @property
    def several(self) -> bool:
        """Whether more than one agent took part."""
        return len(self.legs) > 1


def story_of(conversation: Conversation, organization: Organization) -> Story:
    """Return the whole story in a fixed number of queries, however many legs, attempts and changes there are."""
    communications = list(_communications(conversation, organization))
    assignments = [each for communication in communications for each in communication.assignments.all()]
    names = _names(organization, conversation, communications, assignments)
    legs = [_leg(communication, names) for communication in communications]
    events = [
        *_of_conversation(conversation),
        *(event for leg in legs for event in _of_leg(leg, several=len(legs) > 1)),
        *_said(conversation, organization),
        *_attempted(assignments, names),
        *_changed(assignments, organization),
    ]
    return Story(conversation, legs, sorted(events, key=attrgetter("at")), names)


def _communications(conversation: Conversation, organization: Organization) -> Any:
    assignments = (
        Assignment.objects.of(organization)
        .select_related("communication__conversation", "wrapup_code", "rule", "release__published_by", "organization")
        .annotate(code_then=name_then(organization, "wrapup_code", "wrapup_code__genesys_id", "created_at"))
        .order_by("-generation")
    )
    return (
        Communication.objects.of(organization)
        .filter(conversation=conversation)
        .prefetch_related(Prefetch("assignments", queryset=assignments))
        .order_by("connected_at", "pk")
    )


def _names(
    organization: Organization,
    conversation: Conversation,
    communications: Sequence[Communication],
    assignments: Sequence[Assignment],
) -> Names:
    seen = Attempt.objects.filter(assignment__in=assignments).values_list("code_seen_id", flat=True)
    return Names(
        organization,
        {
            "queue": {each.queue_id for each in communications},
            "agent": {each.agent_id for each in communications},
            "code": {each.code_id for each in communications}
            | {each.found_code_id for each in assignments}
            | set(seen),
            "division": conversation.division_ids,
        },
    )


def _leg(communication: Communication, names: Names) -> Leg:
    rows = [Row(assignment, names) for assignment in communication.assignments.all()]
    return Leg(communication, rows[0] if rows else None, rows[1:], names)


def _of_conversation(conversation: Conversation) -> Iterator[Event]:
    if conversation.started_at:
        direction = conversation.originating_direction
        between = " → ".join(address for address in (conversation.ani, conversation.dnis) if address)
        title = f"Conversation started{f', {direction}' if direction else ''}"
        yield Event(conversation.started_at, "play", title, between)
    if conversation.ended_at:
        yield Event(conversation.ended_at, "square", "Conversation ended")


def _of_leg(leg: Leg, *, several: bool) -> Iterator[Event]:
    communication = leg.communication
    agent = leg.names("agent", communication.agent_id) or "An agent"
    name = agent if several else ""
    if communication.connected_at:
        queue = leg.names("queue", communication.queue_id)
        yield Event(communication.connected_at, "headset", f"{agent} connected", f"Queue {queue}" if queue else "")
    if communication.ended_at:
        how = DISCONNECT_WORDS.get(communication.disconnect_type, communication.disconnect_type)
        yield Event(communication.ended_at, "phone-off", f"{agent} disconnected", how)
    if communication.acw_ended_at:
        found = code_words(leg.row.assignment.found_code_id, leg.names) if leg.row else ""
        yield Event(
            communication.acw_ended_at,
            "notebook-pen",
            "After-call work ended",
            f"Code: {found}" if found else "",
            leg=name,
        )
    for row in ([leg.row] if leg.row else []) + list(leg.earlier):
        yield _decided(row.assignment, name)


def _decided(assignment: Any, leg: str) -> Event:
    if assignment.bulk_act_id is not None:
        chosen = f"as rule {assignment.rule} chooses" if assignment.rule else "as it was before"
        return Event(assignment.created_at, "undo-2", f"To be put back: {assignment.wrapup_code}", chosen, leg=leg)
    if assignment.rule is None:
        return Event(
            assignment.created_at, "scale", "Decided: nothing to write", assignment.get_reason_display(), leg=leg
        )
    detail = f"Rule {assignment.rule}, line {assignment.rule.line} of release {assignment.release.number}"
    if assignment.status == Status.SKIPPED and assignment.write_count == 0:
        withheld = f"{assignment.get_reason_display().capitalize()}. {detail}, chose {assignment.wrapup_code}."
        return Event(assignment.created_at, "scale", "Decided: nothing to write", withheld, leg=leg)
    title = f"Decided: {assignment.wrapup_code}"
    return Event(assignment.created_at, "scale", title, detail, leg=leg)


def _said(conversation: Conversation, organization: Organization) -> Iterator[Event]:
    said = Disposition.objects.of(organization).filter(conversation_id=conversation.conversation_id)
    for disposition in said.order_by("-said_at")[:MOST]:
        title = f"{disposition.source} said {disposition.code}"
        yield Event(disposition.said_at, "message-square-quote", title, disposition.notes)


def _attempted(assignments: Sequence[Assignment], names: Names) -> Iterator[Event]:
    attempts = Attempt.objects.filter(assignment__in=assignments).order_by("-started_at")[:MOST]
    for attempt in attempts:
        title, icon = ATTEMPT_WORDS[attempt.kind]
        yield Event(
            attempt.started_at,
            icon,
            title,
            answered(attempt, names),
            tone="bad" if attempt.http_status >= 400 else "quiet",
            by=f"Worker {attempt.worker}",
            correlation_id=attempt.correlation_id,
        )


def _changed(assignments: Sequence[Assignment], organization: Organization) -> Iterator[Event]:
    """Return what people did, and the statuses reached; a status on the way to another is in the attempts."""
    entries = AuditEntry.objects.filter(
        organization_id=organization.pk,
        table=Assignment._meta.db_table,
        row__in=[str(assignment.pk) for assignment in assignments],
        operation="update",
    )
    for entry in entries.select_related("act__person", "act__api_key").order_by("-pk")[:MOST]:
        yield from _change(entry)


def _change(entry: AuditEntry) -> Iterator[Event]:
    after: Mapping[str, Any] = entry.after or {}
    if entry.act is not None:
        person, key = entry.act.person, entry.act.api_key
        name = (person.get_full_name() or person.username) if person else f"API key {key.name}" if key else "The system"
        yield Event(entry.at, "user", f"{name}: {entry.act.verb}", entry.act.reason)
    words = MOVE_WORDS.get(after.get("status", ""))
    if words:
        yield Event(entry.at, words.icon, words.title, str(after.get("error_message") or ""), tone=words.tone)


@dataclass(frozen=True, slots=True)
class ExplainedLeg:
    """A leg with the reasons for what was decided; of very many rules tried only the first are shown."""

    leg: Leg
    explanation: Explanation | None
    policy: str = ""
    """Why nothing is written whatever the rules say; empty where the rules decided."""

    @property
    def trials(self) -> Sequence[Told]:
        return self.explanation.trials[:MOST] if self.explanation else ()

    @property
    def trials_left_out(self) -> int:
        return max(0, len(self.explanation.trials) - MOST) if self.explanation else 0


def explained(story: Story, organization: Organization) -> list[ExplainedLeg]:
    """Return every leg with its explanation; the catalogue's names are read once for all of them."""
    names = CatalogueNames(organization)
    return [_explained(leg, names) for leg in story.legs]


def _explained(leg: Leg, names: CatalogueNames) -> ExplainedLeg:
    if leg.row is None:
        return ExplainedLeg(leg, None)
    policy = POLICY_WORDS.get(leg.row.assignment.reason, "")
    return ExplainedLeg(leg, explain(leg.row.assignment, names=names), policy)
