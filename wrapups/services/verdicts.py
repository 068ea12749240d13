"""What should happen to one ended agent communication: policies first, then rules, then whether the code fits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from wrapups.domain.capabilities import Capabilities
from wrapups.domain.conversation import CommunicationSeen, ConversationSeen
from wrapups.domain.eligibility import Policy, due_at, ineligible
from wrapups.domain.facts import Facts
from wrapups.domain.fingerprint import fingerprint
from wrapups.domain.rules import CompiledRelease, decide
from wrapups.domain.status import FailReason, SkipReason, Status
from wrapups.models import Organization, QueueWrapupCode, WrapupCode


@dataclass(frozen=True, slots=True)
class Verdict:
    """An assignment as it should be: its status, why, and the code wanted."""

    status: Status
    reason: SkipReason | FailReason | None = None
    rule_pk: int | None = None
    wrapup_code_pk: int | None = None
    due_at: datetime | None = None
    message: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """The catalogue as deciding needs it: each code's row and whether it is gone, each queue's set, and what Genesys
    was seen to do with a code that is not in it."""

    codes: Mapping[str, WrapupCode]
    of_queue: Mapping[str, frozenset[str]]
    capabilities: Capabilities

    @classmethod
    def of(cls, organization: Organization) -> "Offer":
        """Read the organization's codes and queue sets: two queries, whatever is decided with them."""
        codes = {code.genesys_id: code for code in WrapupCode.everywhere.filter(organization=organization)}
        pairs = QueueWrapupCode.everywhere.filter(organization=organization, gone_at=None).values_list(
            "queue__genesys_id", "wrapup_code__genesys_id"
        )
        sets: dict[str, set[str]] = {}
        for queue_id, code_id in pairs:
            sets.setdefault(queue_id, set()).add(code_id)
        of_queue = {queue_id: frozenset(ids) for queue_id, ids in sets.items()}
        return cls(codes, of_queue, Capabilities.of(organization.capabilities))

    def unfit(self, code_id: str, queue_id: str | None, media_type: str) -> FailReason | None:
        """Return why this code cannot go on a communication of this queue, as far as our copy knows, or None.

        Genesys decides, at the write, about a queue whose set was never read, and on a medium where a probe saw it
        take a code that is not on the queue.
        """
        if self.codes[code_id].gone_at is not None:
            return FailReason.CODE_GONE
        if self.capabilities.takes_off_queue_codes(media_type):
            return None
        offered = self.of_queue.get(queue_id or "")
        return FailReason.CODE_NOT_ON_QUEUE if offered is not None and code_id not in offered else None


def verdict_on(
    seen: ConversationSeen,
    leg: CommunicationSeen,
    facts: Facts,
    *,
    release: CompiledRelease,
    policy: Policy,
    offer: Offer,
    now: datetime,
) -> Verdict:
    """Return what should happen to this communication, which must be an agent's and have ended."""
    skip = ineligible(seen, leg, policy)
    if skip is not None:
        return Verdict(Status.SKIPPED, skip)
    return by_rules(facts, leg.chosen_code_id, release=release, offer=offer, due=due_at(leg, policy, now=now))


def by_rules(
    facts: Facts, chosen_code_id: str | None, *, release: CompiledRelease, offer: Offer, due: datetime
) -> Verdict:
    """Return what the rules alone want for a communication that no policy excludes."""
    decision = decide(release, facts)
    if decision.rule is None or decision.code_id is None:
        return Verdict(Status.SKIPPED, SkipReason.NO_RULE)
    code = offer.codes[decision.code_id]
    if decision.code_id == chosen_code_id:
        return Verdict(Status.SKIPPED, SkipReason.ALREADY_CODED, decision.rule.key, code.pk)
    queue = facts.get("queue")
    unfit = offer.unfit(decision.code_id, queue if isinstance(queue, str) else None, str(facts.get("media")))
    if unfit is None:
        return Verdict(Status.PENDING, None, decision.rule.key, code.pk, due)
    words = "no longer exists" if unfit is FailReason.CODE_GONE else "is not on the communication's queue"
    group = fingerprint(
        reason=unfit, error="", code=code.genesys_id, operation="decide", media_type="", message=str(queue)
    )
    return Verdict(Status.FAILED, unfit, decision.rule.key, code.pk, due, f"The code {code.name} {words}.", group)
