"""Which code a communication had before a release gave it ours, and whether that can be put back.

The earlier code is what stood there before our write or, where nothing did, what the rules in force choose now. Genesys
Cloud takes no code away, so where there is neither ours stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import Max

from wrapups.domain.conversation import is_system_code
from wrapups.domain.rules import Rule, decide
from wrapups.domain.status import LIVE, FailReason, Status
from wrapups.models import Assignment, Organization, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services.deciders import Deciders
from wrapups.services.rulebook import compiled, in_force
from wrapups.services.verdicts import Offer


class WhyNot(StrEnum):
    """Why ours stays on a communication."""

    NEWER = "newer"
    AGENT_CHANGED = "agent_changed"
    UNDER_WAY = "under_way"
    TOO_OLD = "too_old"
    NOTHING_BEFORE = "nothing_before"
    NOT_KNOWN = "not_known"
    SAME = "same"
    CODE_GONE = "code_gone"
    CODE_NOT_ON_QUEUE = "code_not_on_queue"


WORDS: Mapping[str, str] = {
    WhyNot.NEWER: "a newer decision has taken its place",
    WhyNot.AGENT_CHANGED: "a person has chosen another code since",
    WhyNot.UNDER_WAY: "it is still being written or read back",
    WhyNot.TOO_OLD: "it ended too long ago",
    WhyNot.NOTHING_BEFORE: "it had no code before, and Genesys Cloud takes none away",
    WhyNot.NOT_KNOWN: "the code it had before is not in the catalogue",
    WhyNot.SAME: "the earlier code is the same",
    WhyNot.CODE_GONE: "the earlier code no longer exists",
    WhyNot.CODE_NOT_ON_QUEUE: "the earlier code is not on the queue any more",
}

UNFIT: Mapping[FailReason, WhyNot] = {
    FailReason.CODE_GONE: WhyNot.CODE_GONE,
    FailReason.CODE_NOT_ON_QUEUE: WhyNot.CODE_NOT_ON_QUEUE,
}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What can be put back in place of one assignment: a code, chosen by a rule in force or found; or why nothing."""

    assignment: Assignment
    code: WrapupCode | None = None
    release_pk: int | None = None
    rule: Rule | None = None
    why_not: WhyNot | None = None


class EarlierCodes:
    """An organization's catalogue and rules as they are now, to judge assignments by."""

    def __init__(self, organization: Organization) -> None:
        self._organization, self._offer = organization, Offer.of(organization)
        present = in_force(organization)
        self._deciders = Deciders(present) if present else None
        self._too_old_before = app_now() - timedelta(hours=organization.too_late_h)

    def of(self, assignments: Sequence[Assignment]) -> list[Earlier]:
        """Return what can be put back for each; their communications, conversations and codes must be fetched."""
        newest = _newest(assignments)
        return [self._of(row, newest[row.communication_id]) for row in assignments]

    def _of(self, row: Assignment, newest: int) -> Earlier:
        stays = self._why_ours_stays(row, newest)
        if stays is not None:
            return Earlier(row, why_not=stays)
        found = row.found_code_id
        if found and not is_system_code(found):
            return self._fit(Earlier(row, self._offer.codes.get(found)))
        return self._by_rules(row)

    def _why_ours_stays(self, row: Assignment, newest: int) -> WhyNot | None:
        reasons = (
            (row.generation < newest, WhyNot.NEWER),
            (row.status == Status.OVERRIDDEN or _changed_since(row), WhyNot.AGENT_CHANGED),
            (row.status in LIVE, WhyNot.UNDER_WAY),
            (row.ended_at is None or row.ended_at < self._too_old_before, WhyNot.TOO_OLD),
        )
        return next((why for holds, why in reasons if holds), None)

    def _by_rules(self, row: Assignment) -> Earlier:
        communication = row.communication
        conversation_id = communication.conversation.conversation_id
        present = self._deciders.of(conversation_id, communication.queue_id) if self._deciders else None
        if present is None or present.shadow:
            return Earlier(row, why_not=WhyNot.NOTHING_BEFORE)
        rule = decide(compiled(present.pk), row.facts, at=row.ended_at).rule
        if rule is None:
            return Earlier(row, why_not=WhyNot.NOTHING_BEFORE)
        return self._fit(Earlier(row, self._offer.codes.get(rule.code_id), present.pk, rule))

    def _fit(self, earlier: Earlier) -> Earlier:
        row, code = earlier.assignment, earlier.code
        if code is None:
            return Earlier(row, why_not=WhyNot.NOT_KNOWN)
        if code.pk == row.wrapup_code_id:
            return Earlier(row, why_not=WhyNot.SAME)
        leg = row.communication
        unfit = self._offer.unfit(code.genesys_id, leg.queue_id, leg.media_type)
        return Earlier(row, why_not=UNFIT[unfit]) if unfit else earlier


def _newest(assignments: Sequence[Assignment]) -> Mapping[int, int]:
    """Return the newest generation of each communication."""
    rows = Assignment.everywhere.filter(communication__in=[row.communication_id for row in assignments])
    return dict(rows.order_by().values_list("communication").annotate(Max("generation")))


def _changed_since(row: Assignment) -> bool:
    """Whether another code was last seen there; what stood there before ours is analytics lagging behind."""
    shown = row.communication.code_id
    ours = row.wrapup_code.genesys_id if row.wrapup_code else ""
    return shown not in ("", ours, row.found_code_id) and not is_system_code(shown)
