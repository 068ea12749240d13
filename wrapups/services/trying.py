"""Trying rules out: what a release would do with facts, or with communications that are known. Nothing is kept of it.

The engine's own functions answer, so that what is tried is what a worker decides for the same facts and rules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wrapups.domain.capabilities import Capabilities
from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen
from wrapups.domain.facts import Facts, with_dispositions
from wrapups.domain.rules import CompiledRelease, Decision, Rule, compile_release, decide
from wrapups.domain.status import SkipReason
from wrapups.domain.supposing import Supposed, supposed, wrapup_of
from wrapups.models import Assignment, Communication, Conversation, Organization, QueueWrapupCode, Release, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services import cases
from wrapups.services.cases import CaseResult
from wrapups.services.deciding import said_about
from wrapups.services.evaluating import UNFIXED, ready
from wrapups.services.releasing import draft_of
from wrapups.services.rulebook import in_force, rules_now, with_typed
from wrapups.services.verdicts import Offer, Verdict, verdict_on

MOST_LEGS = 50
"""So many of a conversation's communications are tried; one rarely has five."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What the rules choose, and what would become of it.

    Without a `verdict` the rule that matched has no code yet. `presumed` is what was taken for granted since no fact
    says it, in words; empty for a communication that took place.
    """

    facts: Facts
    decision: Decision
    verdict: Verdict | None
    presumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A communication that took place: its latest assignment, and the facts a worker would decide it on now."""

    communication: Communication
    assignment: Assignment
    facts: Facts
    siblings: Sequence[Communication]
    observing: frozenset[int]
    """Which of them, by key, only listened in."""


def rules_of(release: Release) -> CompiledRelease:
    """Return a release ready to be tried; one that may still change is called a draft, as it has decided nothing."""
    return replace(ready(release), number=None) if release.state in UNFIXED else ready(release)


def cases_broken_by(
    organization: Organization, typed: Rule, *, replaces: int | None, line: int | None = None
) -> list[CaseResult]:
    """Return the saved cases that come out as expected now, and would not with a rule that nobody has saved.

    None where the rule has no code yet.
    """
    base = _base(organization)
    if not typed.code_id:
        return []
    before = ready(base) if base else compile_release(())
    return cases.broken(organization, before, with_rule(organization, typed, replaces=replaces, line=line))


def with_rule(
    organization: Organization, typed: Rule, *, replaces: int | None, line: int | None = None
) -> CompiledRelease:
    """Return the draft as it would be with a rule that nobody has saved: in the place of another, at a line, or last.

    Where there is no draft, it is the one that would be begun: a copy of the release in force.
    """
    base = _base(organization)
    rules = rules_now(base) if base else ()
    return compile_release(with_typed(rules, typed, replaces=replaces, line=line))


def _base(organization: Organization) -> Release | None:
    return draft_of(organization) or in_force(organization)


def try_facts(organization: Organization, release: CompiledRelease, facts: Facts) -> Tried:
    """Return what these rules do with a communication of which only facts are known, as if it ended now.

    Two queries, none where no rule matches.
    """
    told: Supposed = supposed(facts, ended_at=app_now())
    tried = _tried(organization, release, told.conversation, told.communication, facts)
    return replace(tried, presumed=told.presumed)


def try_known(organization: Organization, release: CompiledRelease, known: Known) -> Tried:
    """Return what these rules do with a communication that took place."""
    seen = _seen_again(known)
    leg = next(each for each in seen.communications if each.communication_id == known.communication.communication_id)
    return _tried(organization, release, seen, leg, known.facts)


def known_of(organization: Organization, conversation: Conversation) -> list[Known]:
    """Return the conversation's decided communications, the first connected first: four queries.

    Of those, the ones that the organization's sight shows; the engine knows the others beside them, as a worker does.
    """
    rows = list(
        Communication.everywhere.filter(organization=organization, conversation=conversation)
        .select_related("conversation")
        .order_by("connected_at", "pk")[:MOST_LEGS]
    )
    decided = Assignment.everywhere.filter(communication__in=rows).select_related("wrapup_code", "release", "rule")
    latest = {assignment.communication_id: assignment for assignment in decided.order_by("generation", "pk")}
    said = said_about(organization, [conversation.conversation_id]).get(conversation.conversation_id, [])
    listening = frozenset(pk for pk, each in latest.items() if each.reason == SkipReason.OBSERVING)
    seen = Communication.objects.of(organization).filter(conversation=conversation).values_list("pk", flat=True)
    shown = latest.keys() & set(seen)
    return [
        Known(row, latest[row.pk], with_dispositions(latest[row.pk].facts, said), rows, listening)
        for row in rows
        if row.pk in shown
    ]


def _tried(
    organization: Organization, release: CompiledRelease, seen: ConversationSeen, leg: CommunicationSeen, facts: Facts
) -> Tried:
    decision = decide(release, facts, at=leg.ended_at)
    if decision.code_id == "":
        return Tried(facts, decision, None)
    queue = facts.get("queue")
    offer = _offer(
        organization, [decision.code_id] if decision.code_id else [], queue if isinstance(queue, str) else ""
    )
    verdict = verdict_on(seen, leg, facts, release=release, policy=organization.policy(), offer=offer, now=app_now())
    return Tried(facts, decision, verdict)


def _offer(organization: Organization, code_ids: Iterable[str], queue_id: str) -> Offer:
    """Return the part of the catalogue that this one decision needs."""
    capabilities = Capabilities.of(organization.capabilities)
    codes = {
        code.genesys_id: code
        for code in WrapupCode.everywhere.filter(organization=organization, genesys_id__in=list(code_ids))
    }
    if not codes or not queue_id:
        return Offer(codes, {}, capabilities)
    pairs = QueueWrapupCode.everywhere.filter(
        organization=organization, gone_at=None, queue__genesys_id=queue_id
    ).values_list("wrapup_code__genesys_id", flat=True)
    found = frozenset(pairs)
    return Offer(codes, {queue_id: found} if found else {}, capabilities)


def _seen_again(known: Known) -> ConversationSeen:
    """Return the conversation as it was read, with the code that this communication carried when it was decided."""
    conversation: Conversation = known.communication.conversation
    return ConversationSeen(
        conversation.conversation_id,
        read_at=conversation.read_at,
        started_at=conversation.started_at,
        ended_at=conversation.ended_at,
        originating_direction=conversation.originating_direction,
        campaign=conversation.campaign,
        communications=tuple(_leg(row, known) for row in known.siblings),
    )


def _leg(row: Communication, known: Known) -> CommunicationSeen:
    return CommunicationSeen(
        participant_id=row.participant_id,
        communication_id=row.communication_id,
        media_type=row.media_type,
        purpose="agent",
        user_id=row.agent_id or "unknown",
        queue_id=row.queue_id or None,
        direction=row.direction,
        connected_at=row.connected_at,
        ended_at=row.ended_at,
        disconnect_type=row.disconnect_type,
        acw=Acw(row.acw or Acw.UNKNOWN),
        acw_ended_at=row.acw_ended_at,
        observing=row.pk in known.observing,
        wrapup=wrapup_of(known.facts) if row.pk == known.communication.pk else None,
    )
