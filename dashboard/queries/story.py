"""One conversation's whole story: its legs, each with what was decided and why, and everything in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import Prefetch

from dashboard.queries.catalogue import name_then
from dashboard.queries.names import Names
from dashboard.queries.rows import Row
from dashboard.queries.story_attempts import attempted
from dashboard.queries.story_changes import acts_that_made, changed, coming, entries_of, told
from dashboard.queries.story_events import Event, Leg, Window, of_conversation, of_leg, said
from dashboard.queries.story_handovers import handed
from dashboard.queries.story_parts import told_apart
from dashboard.queries.story_why import ExplainedLeg, explained_legs
from wrapups.domain.masking import Mask
from wrapups.models import Act, Assignment, Attempt, AuditEntry, Communication, Conversation, Organization

MOST = 200
"""So many events are shown at once, the latest ones; a conversation rarely has forty."""
PEOPLE = (
    *("release__published_by", "release__approved_by", "bulk_act__release"),
    *("handover__owner", "handover__handed_by"),
)


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation as its page tells it. `earlier` is the time before which there is more to be told."""

    conversation: Conversation
    legs: Sequence[Leg]
    events: Sequence[Event]
    coming: Sequence[Event]
    explained: Sequence[ExplainedLeg]
    earlier: datetime | None = None

    @property
    def polls_every_s(self) -> int:
        """How often it should be asked for again; 0 while nothing of it is under way."""
        return min((every for leg in self.legs if leg.row and (every := leg.row.polls_every_s)), default=0)

    @property
    def several(self) -> bool:
        """Whether more than one agent took part."""
        return len(self.legs) > 1


def moment_in(text: str) -> datetime | None:
    """Return the time that stands in an address; None for anything that is none, or has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def story_of(
    conversation: Conversation, organization: Organization, *, mask: Mask, before: datetime | None = None
) -> Story:
    """Return the whole story in a fixed number of queries, however many legs, attempts and changes there are.

    With `before` it tells only what happened before that time, for those who turn back the pages of a long one.
    """
    window = Window(MOST, before)
    found = _Told.about(conversation, organization, mask, window)
    events = sorted((each for each in found.events() if before is None or each.at < before), key=attrgetter("at"))
    first = events[-MOST].at if len(events) > MOST else None
    return Story(
        conversation,
        found.legs,
        [each for each in events if first is None or each.at >= first],
        [] if before else sorted(coming(found.legs, organization), key=attrgetter("at")),
        explained_legs(found.legs, organization, made_by=acts_that_made(found.entries), mask=mask),
        first,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """Everything that was read of one conversation, and what happened in it."""

    conversation: Conversation
    organization: Organization
    mask: Mask
    window: Window
    assignments: Sequence[Assignment]
    names: Names
    legs: Sequence[Leg]
    entries: Sequence[AuditEntry]

    @classmethod
    def about(cls, conversation: Conversation, organization: Organization, mask: Mask, window: Window) -> "_Told":
        """Read it."""
        communications = list(_communications(conversation, organization))
        assignments = _assignments(communications)
        names = _names(organization, conversation, communications, assignments)
        legs = told_apart([_leg(communication, names) for communication in communications])
        entries = entries_of(assignments, organization, window)
        return cls(conversation, organization, mask, window, assignments, names, legs, entries)

    def events(self) -> Iterator[Event]:
        """Yield everything that happened, in no order."""
        several = len(self.legs) > 1
        of = {row.assignment.pk: leg.whose if several else "" for leg in self.legs for row in leg.rows}
        codes = {each.pk: str(each.wrapup_code or "") for each in self.assignments}
        acted = _made_by_hand(self.assignments, acts_that_made(self.entries))
        yield from of_conversation(self.conversation, self.mask)
        for leg in self.legs:
            yield from of_leg(leg, several=several, acted=acted)
        yield from said(self.conversation, self.organization, self.mask, self.window)
        yield from attempted(self.assignments, self.names, self.mask, self.window, legs=of)
        yield from changed(self.entries, codes, legs=of)
        yield from handed(self.entries, legs=of)
        yield from told(self.assignments, self.organization, self.window)


def _communications(conversation: Conversation, organization: Organization) -> Any:
    assignments = (
        Assignment.objects.of(organization)
        .select_related("communication__conversation", "wrapup_code", "rule", "organization", *PEOPLE)
        .annotate(code_then=name_then(organization, "wrapup_code", "wrapup_code__genesys_id", "created_at"))
        .order_by("-generation")
    )
    return (
        Communication.objects.of(organization)
        .filter(conversation=conversation)
        .prefetch_related(Prefetch("assignments", queryset=assignments))
        .order_by("connected_at", "pk")
    )


def _assignments(communications: Sequence[Any]) -> list[Assignment]:
    """Return all of these, each correction with what it corrects, which is among them."""
    assignments = [each for communication in communications for each in communication.assignments.all()]
    by_key = {each.pk: each for each in assignments}
    for each in assignments:
        if each.corrects_id in by_key:
            each.corrects = by_key[each.corrects_id]
    return assignments


def _names(
    organization: Organization,
    conversation: Conversation,
    communications: Sequence[Communication],
    assignments: Sequence[Assignment],
) -> Names:
    seen = Attempt.objects.filter(assignment__in=assignments).values_list("code_seen_id", flat=True).distinct()
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


def _made_by_hand(assignments: Sequence[Assignment], made_by: dict[int, Act]) -> dict[int, Act]:
    """Return the acts that say all there is to say about a decision: those by which a person chose it."""
    by_hand = {each.pk for each in assignments if each.insisted or each.bulk_act_id is not None}
    return {pk: act for pk, act in made_by.items() if pk in by_hand}
