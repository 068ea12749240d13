"""Past communications, decided again from the facts that were stored with them. Nothing is written here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, Value

from wrapups.domain.chosen_legs import LegKey, Span, legs_of
from wrapups.domain.eligibility import Legs, Policy, Standing, withheld
from wrapups.domain.facts import Facts, asks_for_attributes
from wrapups.domain.rules import CompiledRelease, decide
from wrapups.domain.status import SkipReason
from wrapups.models import Assignment, Communication, WhatIf
from wrapups.services.standing import NO_CHOICE, NO_PART

EXCLUDED = NO_PART | {SkipReason.PARKED, SkipReason.CAMPAIGN, SkipReason.NO_QUEUE}
"""Why something gets nothing whatever rules say: other rules change nothing there."""


class Past(NamedTuple):
    """One communication's newest decision, as much of it as is needed to decide again."""

    pk: int
    ended_at: datetime
    reason: str
    facts: Facts
    queue_id: str
    conversation_pk: int
    participant_id: str
    communication_id: str
    unread: bool
    """Whether its participant attributes were never read, though some rule asks for one."""

    @property
    def leg(self) -> LegKey:
        """Which of the conversation's communications it is."""
        return self.participant_id, self.communication_id


class Chosen(NamedTuple):
    """What one set of rules would write: the code's Genesys id and the rule's name; both empty for nothing."""

    code_id: str = ""
    rule: str = ""
    withheld: bool = False
    """Whether a rule matched, and a policy keeps what is there."""


def in_stretch(what_if: WhatIf) -> Any:
    """Return the newest assignment of each communication of a what-if's days and queues."""
    newer = Assignment.everywhere.filter(communication=OuterRef("communication"), generation__gt=OuterRef("generation"))
    rows = Assignment.everywhere.of(what_if.organization_id).filter(
        ~Exists(newer), ended_at__gte=what_if.begins_at, ended_at__lt=what_if.ends_at
    )
    return rows.filter(communication__queue_id__in=what_if.queues) if what_if.queues else rows


@dataclass(frozen=True)
class Judges:
    """The draft and the release in force, under the organization's policy."""

    draft: CompiledRelease
    against: CompiledRelease
    policy: Policy

    def judge(self, piece: Sequence[Past]) -> Iterable[tuple[Past, Chosen, Chosen]]:
        """Yield each communication with what the release in force, and what the draft would write."""
        legs = self._legs(piece) if self._ask_legs else {}
        for past in piece:
            mine = legs.get(past.conversation_pk, {}).get(past.leg, NO_CHOICE)
            standing = Standing(_text(past.facts, "code"), _text(past.facts, "system_code"), mine)
            yield past, self._chosen(self.against, past, standing), self._chosen(self.draft, past, standing)

    def next_of(self, what_if: WhatIf, *, most: int) -> list[Past]:
        """Return the next communications behind the place a what-if has come to, in the order in which they ended."""
        rows = in_stretch(what_if)
        if what_if.cursor:
            at, pk = what_if.cursor.split()
            place = datetime.fromisoformat(at), int(pk)
            rows = rows.filter(Q(ended_at__gte=place[0]) & (Q(ended_at__gt=place[0]) | Q(pk__gt=place[1])))
        found = rows.annotate(unread=self._unread()).order_by("ended_at", "pk").values_list(*COLUMNS)
        return [Past(*each) for each in found[:most]]

    def _chosen(self, release: CompiledRelease, past: Past, standing: Standing) -> Chosen:
        rule = decide(release, past.facts, at=past.ended_at).rule
        if rule is None:
            return Chosen()
        if withheld(standing, rule.policies.over(self.policy)):
            return Chosen(withheld=True)
        return Chosen(rule.code_id, rule.name)

    def _unread(self) -> Any:
        """Ask for the conversation only where some rule asks for attributes."""
        if not asks_for_attributes({**self.draft.asks, **self.against.asks}):
            return Value(False)
        missing = Q(communication__conversation__attributes__isnull=True)
        return ExpressionWrapper(missing, output_field=BooleanField())

    @property
    def _ask_legs(self) -> bool:
        """Whether any policy wants but one of a conversation's communications."""
        own = (rule.policies.legs for each in (self.draft, self.against) for rule in each.rules)
        return any(legs not in (None, Legs.EVERY) for legs in (self.policy.legs, *own))

    def _legs(self, piece: Sequence[Past]) -> Mapping[int, Mapping[LegKey, frozenset[Legs]]]:
        """Return, by conversation, which choices of legs take which communication; one query."""
        no_part = Assignment.everywhere.filter(communication=OuterRef("pk"), reason__in=NO_PART)
        rows = Communication.everywhere.filter(
            ~Exists(no_part), conversation__in={past.conversation_pk for past in piece}, connected_at__isnull=False
        )
        spans: dict[int, list[Span]] = {}
        columns = ("conversation_id", "participant_id", "communication_id", "connected_at", "ended_at")
        for conversation, participant, leg, connected_at, ended_at in rows.values_list(*columns):
            spans.setdefault(conversation, []).append(Span((participant, leg), connected_at, ended_at))
        until = max(past.ended_at for past in piece)
        return {conversation: legs_of(each, until=until) for conversation, each in spans.items()}


COLUMNS = (
    *("pk", "ended_at", "reason", "facts", "communication__queue_id", "communication__conversation_id"),
    *("communication__participant_id", "communication__communication_id", "unread"),
)


def _text(facts: Facts, name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None
