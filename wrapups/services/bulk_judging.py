"""Which of many assignments something can be done with, and why not with the others: one expression for each act.

The preview counts with it, and a worker asks it once more right before a row's turn.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import cast

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When

from wrapups.domain.capabilities import Capabilities
from wrapups.domain.facts import asks_for_attributes
from wrapups.domain.status import LIVE, MOVES, FailReason, SkipReason, Status
from wrapups.models import Assignment, BulkAct, Organization, Person, QueueWrapupCode, Release
from wrapups.services.deciders import rollout_of
from wrapups.services.deciding import MAY_MATCH
from wrapups.services.owners import sight_as_owner
from wrapups.services.rulebook import compiled
from wrapups.services.unsent import never_sent


class WhyNot(StrEnum):
    """Why an assignment is left as it is."""

    UNDER_WAY = "under_way"
    SENT_ONCE = "sent_once"
    THROUGH = "through"
    NOTHING_TO_DO = "nothing_to_do"
    OVER = "over"
    NEWER = "newer"
    CONFLICT = "conflict"
    TOO_LATE = "too_late"
    QUARANTINED = "quarantined"
    CODE_GONE = "code_gone"
    CODE_NOT_ON_QUEUE = "code_not_on_queue"
    A_PERSON_S = "a_person_s"
    UNCLEAR = "unclear"
    IN_FORCE = "in_force"
    RETRIED = "retried"
    OTHER_PART = "other_part"
    SHADOW = "shadow"
    UNREAD = "unread"
    NOT_SEEN = "not_seen"
    MAY_NOT_OWN = "may_not_own"
    THEIRS = "theirs"
    NOBODY_S = "nobody_s"
    HANDED_ON = "handed_on"


WORDS: Mapping[str, str] = {
    WhyNot.UNDER_WAY: "it goes on by itself",
    WhyNot.SENT_ONCE: "it was sent before and may still show up, so it goes on by itself",
    WhyNot.THROUGH: "its code is written",
    WhyNot.NOTHING_TO_DO: "nothing is to be written there, whatever rules say",
    WhyNot.OVER: "a person cancelled it, or a newer decision took its place",
    WhyNot.NEWER: "a newer decision has taken its place",
    WhyNot.CONFLICT: "a person chose another code: look at each before you replace it",
    WhyNot.TOO_LATE: "Genesys Cloud refused it as too old",
    WhyNot.QUARANTINED: "its worker died three times: look at it, and retry it by itself",
    WhyNot.CODE_GONE: "its code no longer exists: have it decided again instead",
    WhyNot.CODE_NOT_ON_QUEUE: "its code is not on the queue: add it there, or have it decided again",
    WhyNot.A_PERSON_S: "a person asked for this very code",
    WhyNot.UNCLEAR: "nobody knows what became of its write: retry it, so that it is read",
    WhyNot.IN_FORCE: "the rules in force have decided it already",
    WhyNot.RETRIED: "somebody else had it sent again meanwhile",
    WhyNot.OTHER_PART: "it is in the part that the earlier release goes on deciding",
    WhyNot.SHADOW: "the release for it is in shadow mode and writes nothing",
    WhyNot.UNREAD: "the rules in force ask for participant attributes, which were never read",
    WhyNot.NOT_SEEN: "it is of a division that this person does not see",
    WhyNot.MAY_NOT_OWN: "this person may not retry what failed here",
    WhyNot.THEIRS: "this person holds it already",
    WhyNot.NOBODY_S: "nobody holds it",
    WhyNot.HANDED_ON: "somebody else has handed it over meanwhile",
}


def why_not(act: BulkAct) -> Case:
    """Return a column of assignments: empty where the act can be done now, else one of `WhyNot`."""
    return first_of(_REASONS[act.kind](act))


def first_of(reasons: Mapping[WhyNot, Q]) -> Case:
    """Return a column of assignments: the first of these reasons that holds, empty where none does."""
    holds = (When(condition, then=Value(why.value)) for why, condition in reasons.items())
    return Case(*holds, default=Value(""), output_field=CharField())


def _to_retry(act: BulkAct) -> Mapping[WhyNot, Q]:
    """What Genesys would only refuse once more is left alone; where nobody knows what became of a write, it is read."""
    sent_at_once = Q(unresolved_write=False)
    return {
        WhyNot.CONFLICT: Q(status=Status.CONFLICT),
        **_settled(),
        WhyNot.OVER: ~Q(status=Status.FAILED),
        WhyNot.TOO_LATE: Q(reason=FailReason.TOO_LATE),
        WhyNot.QUARANTINED: Q(reason=FailReason.QUARANTINED),
        WhyNot.CODE_GONE: sent_at_once & Q(wrapup_code__gone_at__isnull=False),
        WhyNot.CODE_NOT_ON_QUEUE: sent_at_once & _off_queue(act.organization),
        WhyNot.NEWER: _newer(),
    }


def _off_queue(organization: Organization) -> Q:
    """As `Offer.unfit` has it: a queue whose set was never read says nothing, nor does one on a medium that takes any.

    What was decided to fail for it says that the set was read.
    """
    capabilities = Capabilities.of(organization.capabilities)
    takes_any = [medium for medium in capabilities.media if capabilities.takes_off_queue_codes(medium)]
    on_queue = QueueWrapupCode.everywhere.filter(
        organization=OuterRef("organization"), queue__genesys_id=OuterRef("queue_id"), gone_at=None
    )
    was_read = Q(Exists(on_queue)) | Q(reason=FailReason.CODE_NOT_ON_QUEUE)
    return was_read & ~Exists(on_queue.filter(wrapup_code=OuterRef("wrapup_code"))) & ~Q(media_type__in=takes_any)


def _to_cancel(_: BulkAct) -> Mapping[WhyNot, Q]:
    may = [status for status in Status if Status.CANCELLED in MOVES[status]]
    may_be_sent = Q(unresolved_write=True) | Q(crash_count__gt=0, written_at__isnull=False)
    return {
        **_settled(but=Status.PENDING),
        WhyNot.OVER: ~Q(status__in=may),
        WhyNot.SENT_ONCE: Q(status=Status.PENDING) & may_be_sent,
    }


def _to_decide(act: BulkAct) -> Mapping[WhyNot, Q]:
    """What was never sent or was turned away can be decided again, and what no rule had matched."""
    unmatched = Q(rule=None, reason__in=MAY_MATCH) | Q(reason=SkipReason.SHADOW)
    return {
        WhyNot.CONFLICT: Q(status=Status.CONFLICT),
        **_settled(but=Status.PENDING, skipped=~unmatched),
        WhyNot.OVER: Q(status__in=[Status.CANCELLED, Status.SUPERSEDED]),
        WhyNot.A_PERSON_S: Q(insisted=True) | Q(bulk_act__isnull=False) | Q(corrects__isnull=False),
        WhyNot.UNCLEAR: Q(unresolved_write=True) | Q(was_accepted=True),
        WhyNot.SENT_ONCE: Q(status=Status.PENDING) & ~never_sent(),
        WhyNot.IN_FORCE: Q(status__in=[Status.PENDING, Status.SKIPPED], release=act.release_id)
        & ~Q(reason=SkipReason.SHADOW),
        WhyNot.TOO_LATE: Q(status=Status.FAILED, reason=FailReason.TOO_LATE),
        WhyNot.QUARANTINED: Q(status=Status.FAILED, reason=FailReason.QUARANTINED),
        WhyNot.NEWER: _newer(),
        **_undecided_by(cast(Release, act.release)),
    }


def _to_hand_over(act: BulkAct) -> Mapping[WhyNot, Q]:
    meanwhile = Q(handover__handed_at__gt=act.created_at)
    return {**kept_from(act.hands_to, act.organization), WhyNot.HANDED_ON: meanwhile}


def kept_from(person: Person | None, organization: Organization) -> Mapping[WhyNot, Q]:
    """Return why assignments cannot be handed to this person, who must see them, or (None) back to nobody."""
    waits = {**_settled(), WhyNot.OVER: Q(status__in=[Status.CANCELLED, Status.SUPERSEDED])}
    if person is None:
        return {**waits, WhyNot.NOBODY_S: Q(handover=None)}
    sight = sight_as_owner(organization, person)
    if sight is None:
        return {**waits, WhyNot.MAY_NOT_OWN: Q(pk__isnull=False)}
    unseen = {} if sight.queue_ids is None else {WhyNot.NOT_SEEN: ~Assignment.on_queues(sight.queue_ids)}
    return {**waits, WhyNot.THEIRS: Q(handover__owner=person), **unseen}


def _undecided_by(release: Release) -> Mapping[WhyNot, Q]:
    """What a release would not decide. While it is introduced step by step, only each row's own turn tells."""
    if not rollout_of(release).is_whole:
        return {}
    if release.shadow:
        return {WhyNot.SHADOW: Q(pk__isnull=False)}
    unread = Q(communication__conversation__attributes__isnull=True)
    return {WhyNot.UNREAD: unread} if asks_for_attributes(compiled(release.pk).asks) else {}


def _settled(*, but: Status | None = None, skipped: Q | None = None) -> Mapping[WhyNot, Q]:
    live = [status for status in Status if status in LIVE and status != but]
    return {
        WhyNot.UNDER_WAY: Q(status__in=live),
        WhyNot.THROUGH: Q(status__in=[Status.VERIFIED, Status.OVERRIDDEN]),
        WhyNot.NOTHING_TO_DO: Q(status=Status.SKIPPED) & (Q() if skipped is None else skipped),
    }


def _newer() -> Q:
    rows = Assignment.everywhere.filter(communication=OuterRef("communication"))
    return Q(Exists(rows.filter(generation__gt=OuterRef("generation")).exclude(pk=OuterRef("pk"))))


_REASONS: Mapping[str, Callable[[BulkAct], Mapping[WhyNot, Q]]] = {
    BulkAct.Kind.RETRY: _to_retry,
    BulkAct.Kind.CANCEL: _to_cancel,
    BulkAct.Kind.REDECIDE: _to_decide,
    BulkAct.Kind.HAND_OVER: _to_hand_over,
}
