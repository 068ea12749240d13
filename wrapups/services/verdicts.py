"""What should happen to one ended agent communication.

First what the organization excludes whatever its rules say, then the rules, then the policy of the rule that matched,
then whether its code fits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from wrapups.domain.capabilities import Capabilities
from wrapups.domain.conversation import CommunicationSeen, ConversationSeen
from wrapups.domain.eligibility import Policy, Standing, due_at, ineligible, withheld
from wrapups.domain.facts import Facts
from wrapups.domain.fingerprint import fingerprint
from wrapups.domain.notes import Template
from wrapups.domain.rules import CompiledRelease, decide
from wrapups.domain.status import FailReason, SkipReason, Status
from wrapups.models import Organization, QueueWrapupCode, WrapupCode
from wrapups.services.standing import standing_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """An assignment as it should be: its status, why, the code wanted, and how it is written."""

    status: Status
    reason: SkipReason | FailReason | None = None
    rule_pk: int | None = None
    wrapup_code_pk: int | None = None
    due_at: datetime | None = None
    message: str = ""
    fingerprint: str = ""
    notes: Template = ()
    keep_end_time: bool | None = None
    """What the rule says about the handle time; None leaves it to the organization when the code is written."""


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
    standing, at = standing_of(seen, leg), leg.ended_at
    return by_rules(
        facts, standing, at=at, release=release, policy=policy, offer=offer, due=lambda by: due_at(leg, by, now=now)
    )


def by_rules(
    facts: Facts,
    standing: Standing,
    *,
    at: datetime | None,
    release: CompiledRelease,
    policy: Policy,
    offer: Offer,
    due: Callable[[Policy], datetime],
) -> Verdict:
    """Return what the rules want for a communication that ended `at` and that the organization does not exclude.

    The policy of the rule that matched holds, else the organization's; `due` is asked under it when to write.
    """
    rule = decide(release, facts, at=at).rule
    holding = rule.policies.over(policy) if rule else policy
    skip = withheld(standing, holding)
    if rule is None:
        return Verdict(Status.SKIPPED, skip or SkipReason.NO_RULE)
    code = offer.codes[rule.code_id]
    if skip is None and rule.code_id == standing.chosen_code_id:
        skip = SkipReason.ALREADY_CODED
    if skip is not None:
        return Verdict(Status.SKIPPED, skip, rule.key, code.pk)
    queue = facts.get("queue")
    unfit = offer.unfit(rule.code_id, queue if isinstance(queue, str) else None, str(facts.get("media")))
    wanted = Verdict(
        Status.PENDING,
        rule_pk=rule.key,
        wrapup_code_pk=code.pk,
        due_at=due(holding),
        notes=rule.notes or policy.default_notes,
        keep_end_time=rule.policies.keep_end_time,
    )
    return wanted if unfit is None else _unfit(wanted, unfit, code, str(queue))


def only_recorded(verdict: Verdict) -> Verdict:
    """Return what a release in shadow mode makes of a verdict: it is recorded, and nothing is written."""
    if verdict.status == Status.SKIPPED:
        return verdict
    return replace(verdict, status=Status.SKIPPED, reason=SkipReason.SHADOW, due_at=None, fingerprint="")


def _unfit(wanted: Verdict, unfit: FailReason, code: WrapupCode, queue: str) -> Verdict:
    words = "no longer exists" if unfit is FailReason.CODE_GONE else "is not on the communication's queue"
    group = fingerprint(reason=unfit, error="", code=code.genesys_id, operation="decide", media_type="", message=queue)
    message = f"The code {code.name} {words}."
    return replace(wanted, status=Status.FAILED, reason=unfit, message=message, fingerprint=group)
