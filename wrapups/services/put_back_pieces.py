"""Putting earlier codes back, piece by piece: count what a release gave its codes to, then make what puts them back.

What is put back waits in the back lane and is looked at before it is written.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from wrapups.domain.status import LIVE, Lane, SkipReason, Status
from wrapups.models import Assignment, BulkAct, BulkActRow
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, put_down_to
from wrapups.services.crashing import crash_point
from wrapups.services.deciding import one_at_a_time
from wrapups.services.earlier_codes import Earlier, EarlierCodes, WhyNot
from wrapups.services.holding import Hold
from wrapups.services.noting import write_notes
from wrapups.services.proof import lock_communications

FREEZES = 500
PIECE = 100
"""How many rows are counted, and how many put back, by one transaction."""
MOST_LIVE = 1000
"""So many may be under way; more are made as these are done, so that cancelling means something."""
AGAIN_AFTER_S = 15

OURS = (Status.VERIFIED, Status.OVERRIDDEN, Status.APPLIED, Status.SENDING, Status.UNKNOWN)
"""What is looked at: where our code is, was, or may be on the communication."""

ENDED_SO: Mapping[str, WhyNot] = {
    SkipReason.AGENT_CHOSE: WhyNot.AGENT_CHANGED,
    SkipReason.ALREADY_CODED: WhyNot.SAME,
}
"""What the look right before the write may show."""


def freeze(act: BulkAct, hold: Hold) -> float:
    """Count one more piece of what the release gave its codes to; return in how many seconds to go on."""
    with transaction.atomic():
        hold.keep()
        rows = _fetched(Assignment.everywhere.of(act.organization).filter(release=act.release_id, status__in=OURS))
        found = rows.filter(pk__gt=int(act.cursor or 0), wrapup_code__isnull=False).order_by("pk")[:FREEZES]
        judged = EarlierCodes(act.organization).of(list(found))
        BulkActRow.everywhere.bulk_create([_row(act, each) for each in judged])
        counts = Counter(act.counted) + Counter(each.why_not or "waiting" for each in judged)
        columns: dict[str, Any] = {"counted": dict(counts), "total": act.total + len(judged)}
        if judged:
            columns["cursor"] = str(judged[-1].assignment.pk)
        else:
            skipped = columns["total"] - counts["waiting"]
            columns |= {"cursor": "", "done": skipped, "lease_until": None, **_counted(counts["waiting"])}
        hold.keep(**columns)
        crash_point("P1")
    return 0.0


def put_back(act: BulkAct, hold: Hold) -> float:
    """Put back one more piece; return in how many seconds to go on."""
    rows = BulkActRow.everywhere.filter(bulk_act=act)
    waiting = list(rows.filter(outcome=BulkActRow.Outcome.WAITING).order_by("pk")[:PIECE])
    live = Assignment.everywhere.of(act.organization).filter(bulk_act=act, status__in=LIVE)
    _take_note(act)
    if waiting and live.count() < MOST_LIVE:
        with put_down_to(Actor(act.person, act.origin), part_of=act.act):
            hold.keep(done=F("done") + len(waiting))
            _make(act, waiting)
            crash_point("P2")
        return 0.0
    if waiting or live.exists():
        return AGAIN_AFTER_S
    hold.keep(state=BulkAct.State.DONE, finished_at=AppNow(), lease_until=None)
    return 0.0


def _counted(possible: int) -> dict[str, Any]:
    """Return how an act stands when all is counted: one that can put nothing back waits for nobody's word."""
    return {"state": BulkAct.State.READY} if possible else {"state": BulkAct.State.DONE, "finished_at": AppNow()}


def _make(act: BulkAct, waiting: Sequence[BulkActRow]) -> None:
    """Make an assignment for each row that can still be put back, and say of the others why not."""
    judged = {each.assignment.pk: each for each in _judged_again(act, [row.assignment_id for row in waiting])}
    fit = [each for each in judged.values() if each.why_not is None]
    usual = act.organization.policy().default_notes
    asked = [((each.rule.notes or usual) if each.rule else (), each.assignment.facts) for each in fit]
    notes = write_notes(act.organization, asked)
    made = {each.assignment.pk: _assignment(act, each, told) for each, told in zip(fit, notes, strict=True)}
    Assignment.everywhere.bulk_create(made.values())
    # Ours is no longer what should be there, so nobody looks whether a person has replaced it.
    Assignment.everywhere.filter(pk__in=made).update(watch_at=None)
    for row in waiting:
        why_not = judged[row.assignment_id].why_not
        row.made = made.get(row.assignment_id)
        row.outcome = BulkActRow.Outcome.SKIPPED if why_not else BulkActRow.Outcome.DONE
        row.why = why_not or ""
    BulkActRow.everywhere.bulk_update(waiting, ["made", "outcome", "why"])


def _judged_again(act: BulkAct, pks: Sequence[int]) -> list[Earlier]:
    """Judge these assignments as they are now, with their conversations to ourselves."""
    mine = _fetched(Assignment.everywhere.filter(pk__in=pks).order_by("pk"))
    one_at_a_time(act.organization, [each.communication.conversation.conversation_id for each in mine])
    lock_communications([each.communication_id for each in mine])
    return EarlierCodes(act.organization).of(list(mine.all()))


def _assignment(act: BulkAct, earlier: Earlier, notes: str) -> Assignment:
    """Return the assignment that puts the code back, found with ours: only where that still stands is it written."""
    before = earlier.assignment
    return Assignment(
        organization_id=before.organization_id,
        communication=before.communication,
        generation=before.generation + 1,
        bulk_act=act,
        release_id=earlier.release_pk,
        rule_id=earlier.rule.key if earlier.rule else None,
        wrapup_code=earlier.code,
        notes=notes,
        keep_end_time=earlier.rule.policies.keep_end_time if earlier.rule else before.keep_end_time,
        facts=before.facts,
        found_code_id=before.wrapup_code.genesys_id if before.wrapup_code else "",
        ended_at=before.ended_at,
        lane=Lane.BULK,
    )


def _take_note(act: BulkAct) -> None:
    """List what the look before the write left alone as skipped, with why."""
    done = BulkActRow.everywhere.filter(bulk_act=act, outcome=BulkActRow.Outcome.DONE, made__status=Status.SKIPPED)
    for reason, why in ENDED_SO.items():
        done.filter(made__reason=reason).update(outcome=BulkActRow.Outcome.SKIPPED, why=why)


def _row(act: BulkAct, earlier: Earlier) -> BulkActRow:
    outcome = BulkActRow.Outcome.SKIPPED if earlier.why_not else BulkActRow.Outcome.WAITING
    return BulkActRow(
        organization_id=act.organization_id,
        bulk_act=act,
        assignment=earlier.assignment,
        outcome=outcome,
        why=earlier.why_not or "",
    )


def _fetched(rows: Any) -> Any:
    return rows.select_related("communication__conversation", "wrapup_code")
