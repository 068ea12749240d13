"""Deciding again by the release in force, piece by piece: fix what waits, then decide it on its stored facts."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from wrapups.domain.facts import asks_for_attributes
from wrapups.domain.status import FailReason, Status
from wrapups.models import Assignment, BulkAct, BulkActRow
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, put_down_to
from wrapups.services.crashing import crash_point
from wrapups.services.deciders import Deciders
from wrapups.services.deciding import decide_anew, one_at_a_time, still_open
from wrapups.services.deciding_again import unsent
from wrapups.services.holding import Hold
from wrapups.services.rulebook import compiled

FREEZES = 2000
PIECE = 100
"""How many rows are fixed, and how many decided, by one transaction."""


class Became(StrEnum):
    """What became of an assignment."""

    OTHER_CODE = "other_code"
    SAME_CODE = "same_code"
    NO_CODE = "no_code"
    UNFIT = "unfit"
    GONE_ON = "gone_on"
    OTHER_PART = "other_part"
    SHADOW = "shadow"
    UNREAD = "unread"


WORDS: Mapping[str, str] = {
    Became.OTHER_CODE: "it gets another code",
    Became.SAME_CODE: "it gets the same code",
    Became.NO_CODE: "nothing is written any more",
    Became.UNFIT: "its new code is gone or not on the queue, so it waits for a person",
    Became.GONE_ON: "it was sent or settled before its turn came",
    Became.OTHER_PART: "it is in the part that the earlier release goes on deciding",
    Became.SHADOW: "the release for it is in shadow mode and writes nothing",
    Became.UNREAD: "the new rules ask for participant attributes, which were never read",
}
STAYS = frozenset({Became.GONE_ON, Became.OTHER_PART, Became.SHADOW, Became.UNREAD})
"""What was left as it had been decided."""


def freeze(act: BulkAct, hold: Hold) -> float:
    """Fix one more piece of what waits; return in how many seconds to go on."""
    with transaction.atomic():
        hold.keep()
        waits = unsent(act.organization).exclude(release=act.release_id).filter(pk__gt=int(act.cursor or 0))
        pks = list(waits.order_by("pk").values_list("pk", flat=True)[:FREEZES])
        BulkActRow.everywhere.bulk_create(
            BulkActRow(organization_id=act.organization_id, bulk_act=act, assignment_id=pk) for pk in pks
        )
        ends = {"state": BulkAct.State.RUNNING, "cursor": "", "lease_until": None}
        hold.keep(total=act.total + len(pks), **({"cursor": str(pks[-1])} if pks else ends))
        crash_point("D1")
    return 0.0


def decide(act: BulkAct, hold: Hold) -> float:
    """Decide one more piece; return in how many seconds to go on."""
    rows = BulkActRow.everywhere.filter(bulk_act=act, outcome=BulkActRow.Outcome.WAITING).order_by("pk")
    waiting = list(rows.select_related("assignment__communication__conversation")[:PIECE])
    if not waiting:
        hold.keep(state=BulkAct.State.DONE, finished_at=AppNow(), lease_until=None)
        return 0.0
    with put_down_to(Actor(act.person, act.origin), part_of=act.act):
        hold.keep(done=F("done") + len(waiting))
        became = _decided(act, [row.assignment for row in waiting])
        for row in waiting:
            row.why = became[row.assignment_id]
            row.outcome = BulkActRow.Outcome.SKIPPED if row.why in STAYS else BulkActRow.Outcome.DONE
        BulkActRow.everywhere.bulk_update(waiting, ["outcome", "why"])
        crash_point("D2")
    return 0.0


def _decided(act: BulkAct, before: Sequence[Assignment]) -> Mapping[int, Became]:
    """Decide these, with their conversations to ourselves, and return what became of each."""
    ids = [each.communication.conversation.conversation_id for each in before]
    one_at_a_time(act.organization, ids)
    now = Assignment.everywhere.in_bulk([each.pk for each in before])
    deciders = Deciders(act.release) if act.release else None
    stays = {each.pk: why for each in before if (why := _why_it_stays(each, now[each.pk], deciders))}
    again = {each.pk for each in before} - stays.keys()
    decide_anew(act.organization, ids, again=again)
    after = Assignment.everywhere.in_bulk(again)
    return stays | {pk: became(now[pk], row) for pk, row in after.items()}


def _why_it_stays(before: Assignment, now: Assignment, deciders: Deciders | None) -> Became | None:
    conversation = before.communication.conversation
    if deciders is None or now.status != Status.PENDING or not still_open(now):
        return Became.GONE_ON
    decider = deciders.of(conversation.conversation_id, before.communication.queue_id)
    if decider.pk == now.release_id:
        return Became.OTHER_PART
    if decider.shadow:
        return Became.SHADOW
    asks = conversation.attributes is None and asks_for_attributes(compiled(decider.pk).asks)
    return Became.UNREAD if asks else None


def became(before: Assignment, after: Assignment) -> Became:
    """Return what became of an assignment that was decided again."""
    if after.status == Status.SKIPPED:
        return Became.NO_CODE
    if after.reason in (FailReason.CODE_GONE, FailReason.CODE_NOT_ON_QUEUE):
        return Became.UNFIT
    return Became.SAME_CODE if after.wrapup_code_id == before.wrapup_code_id else Became.OTHER_CODE
