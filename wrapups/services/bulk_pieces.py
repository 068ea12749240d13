"""Acts on assignments that people found, piece by piece, as a worker does them.

Each row is locked and judged again before its turn: what has gone on meanwhile is left as it is, and it is said why.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, cast

from django.db.models import F

from wrapups.domain.facts import asks_for_attributes
from wrapups.domain.status import LIVE, Lane, Status
from wrapups.models import Assignment, BulkAct, BulkActRow, Release
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, put_down_to
from wrapups.services.bulk_judging import WhyNot, why_not
from wrapups.services.crashing import crash_point
from wrapups.services.decide_again_pieces import became
from wrapups.services.deciders import Deciders
from wrapups.services.deciding import decide_anew, one_at_a_time
from wrapups.services.handing_over import give
from wrapups.services.holding import Hold
from wrapups.services.moving import move_all
from wrapups.services.owners import hold_still
from wrapups.services.retrying import send_again
from wrapups.services.rulebook import compiled

PIECE = 200
"""How many rows one transaction takes."""
MOST_LIVE = 1000
"""So many retries of one act may be under way; more follow as these are done, so that stopping it means something."""
AGAIN_AFTER_S = 15

Done = Mapping[int, tuple[str, int | None]]
"""Of the assignments that the act was done with: what became of each, in a word, and the key of what took its place."""
Does = Callable[[BulkAct, Collection[int]], Done]


def retry(act: BulkAct, hold: Hold) -> float:
    """Send one more piece again, behind fresh work; return in how many seconds to go on.

    It is over when all of them are through, so that what failed once more can be listed.
    """
    done = BulkActRow.everywhere.filter(bulk_act=act, outcome=BulkActRow.Outcome.DONE)
    live = done.filter(assignment__status__in=LIVE).count()
    if live < MOST_LIVE and _piece(act, hold, _retried):
        return 0.0
    if live or _waiting(act).exists():
        return AGAIN_AFTER_S
    return _over(hold)


def cancel(act: BulkAct, hold: Hold) -> float:
    """Cancel one more piece; return in how many seconds to go on."""
    return 0.0 if _piece(act, hold, _cancelled) else _over(hold)


def redecide(act: BulkAct, hold: Hold) -> float:
    """Decide one more piece again; return in how many seconds to go on."""
    return 0.0 if _piece(act, hold, _redecided) else _over(hold)


def hand_over(act: BulkAct, hold: Hold) -> float:
    """Hand one more piece over; return in how many seconds to go on."""
    return 0.0 if _piece(act, hold, _handed_over) else _over(hold)


def _piece(act: BulkAct, hold: Hold, do: Does) -> bool:
    """Do it with the next rows, all in one transaction with the count; return whether there were any. Raises Lost."""
    waiting = list(_waiting(act)[:PIECE])
    if not waiting:
        return False
    with put_down_to(Actor(act.person, act.origin), part_of=act.act):
        hold.keep(done=F("done") + len(waiting))
        stays = _why_they_stay(act, waiting)
        done = do(act, [row.assignment_id for row in waiting if not stays[row.assignment_id]])
        for row in waiting:
            _note(row, done.get(row.assignment_id), stays[row.assignment_id])
        BulkActRow.everywhere.bulk_update(waiting, ["outcome", "why", "made"])
        crash_point("B1")
    return True


def _waiting(act: BulkAct) -> Any:
    rows = BulkActRow.everywhere.filter(bulk_act=act, outcome=BulkActRow.Outcome.WAITING)
    return rows.order_by("pk")


def _why_they_stay(act: BulkAct, waiting: Sequence[BulkActRow]) -> Mapping[int, str]:
    """Return, of each assignment, why it is left as it is; empty where its turn has come. They stay locked."""
    rows = Assignment.everywhere.filter(pk__in=[row.assignment_id for row in waiting])
    ids = rows.values_list("communication__conversation__conversation_id", flat=True)
    if act.kind == BulkAct.Kind.REDECIDE:
        one_at_a_time(act.organization, list(ids))
    if act.hands_to is not None:
        hold_still(act.organization, act.hands_to)
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    frozen = {row.assignment_id: row.epoch for row in waiting}
    judged = rows.annotate(why=why_not(act)).values_list("pk", "why", "retry_epoch")
    return {pk: why if epoch == frozen[pk] else WhyNot.RETRIED for pk, why, epoch in judged}


def _note(row: BulkActRow, done: tuple[str, int | None] | None, stays: str) -> None:
    if done is None:
        row.outcome, row.why = BulkActRow.Outcome.SKIPPED, stays
    elif done[0] in set(WhyNot):
        row.outcome, row.why = BulkActRow.Outcome.SKIPPED, done[0]
    else:
        row.outcome, (row.why, row.made_id) = BulkActRow.Outcome.DONE, done


def _over(hold: Hold) -> float:
    hold.keep(state=BulkAct.State.DONE, finished_at=AppNow(), lease_until=None)
    return 0.0


def _retried(act: BulkAct, pks: Collection[int]) -> Done:
    send_again(act.organization, pks)
    return dict.fromkeys(pks, ("", None))


def _cancelled(_: BulkAct, pks: Collection[int]) -> Done:
    for old in (Status.PENDING, Status.CONFLICT, Status.FAILED):
        move_all(pks, old, Status.CANCELLED)
    return dict.fromkeys(pks, ("", None))


def _handed_over(act: BulkAct, pks: Collection[int]) -> Done:
    give(act.organization, pks, to=act.hands_to, by=act.person, note=act.reason)
    return dict.fromkeys(pks, ("", None))


def _redecided(act: BulkAct, pks: Collection[int]) -> Done:
    """Decide these by the rules in force, on their stored facts: at no call, whatever comes of it waits behind."""
    rows = Assignment.everywhere.select_related("communication__conversation")
    before = rows.in_bulk(list(pks))
    deciders = Deciders(cast(Release, act.release))  # in force when it was confirmed, or it would have ended
    stays = {pk: (why, None) for pk, row in before.items() if (why := _why_undecided(row, deciders))}
    again = before.keys() - stays.keys()
    ids = [before[pk].communication.conversation.conversation_id for pk in again]
    decide_anew(act.organization, ids, lane=Lane.BULK, again=again)
    newest = _newest([before[pk].communication_id for pk in again])
    now = {pk: newest[before[pk].communication_id] for pk in again}
    return stays | {pk: (became(before[pk], row), row.pk if row.pk != pk else None) for pk, row in now.items()}


def _newest(communications: Collection[int]) -> Mapping[int, Assignment]:
    rows = Assignment.everywhere.filter(communication__in=communications).order_by("generation")
    return {row.communication_id: row for row in rows}


def _why_undecided(row: Assignment, deciders: Deciders) -> WhyNot | None:
    """Return why the rules in force do not decide this one, which only its own conversation tells."""
    conversation = row.communication.conversation
    decider = deciders.of(conversation.conversation_id, row.communication.queue_id)
    if decider.shadow:
        return WhyNot.SHADOW
    if decider.pk == row.release_id and row.status == Status.PENDING:
        return WhyNot.OTHER_PART
    asks = conversation.attributes is None and asks_for_attributes(compiled(decider.pk).asks)
    return WhyNot.UNREAD if asks else None
