"""The invariants, each with its number and its sentence; each yields a sentence per violation.

What the evidence of any run can answer is judged as every run is, by `dashboard.chaos.invariants`. Here is what needs
the model, or can be judged more strictly with it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import pairwise

from django.test import Client
from django.urls import reverse

from dashboard.chaos import invariants as of_evidence
from dashboard.chaos.evidence import Evidence, Story
from tests.invariants.bulk_checks import Again
from tests.invariants.model import Hand, Model, Row
from tests.web.conftest import BACKEND as SIGNED_IN_BY
from wrapups.domain.errors import RateLimited, Unclear
from wrapups.domain.status import FINAL, LIVE, WAITS_FOR_A_PERSON, SkipReason, Status
from wrapups.models import Assignment, Attempt, AuditEntry, Disposition, Organization, Person

Broken = Iterator[str]
HELD = timedelta(seconds=90)
ROUNDING = 0.01

OF_EVIDENCE: Mapping[str, Callable[[Evidence], Broken]] = {
    # I5, I6 and I11 are judged by what the wire and the model know, not by what our own attempts say; I2 is below.
    number: holds
    for number, holds in of_evidence.INVARIANTS.items()
    if number not in ("I2", "I5", "I6", "I11")
}


# After every step


def every_leg_has_one_intent(model: Model, organization: Organization) -> Broken:
    """I1: what was read has exactly one standing assignment a communication, what was said exactly one disposition."""
    standing: dict[str, int] = {}
    for row in model.rows.values():
        standing[row.communication_id] = standing.get(row.communication_id, 0) + (row.status != Status.SUPERSEDED)
    known = {leg.communication_id for leg in model.legs}
    yield from (f"{leg} has {count} standing assignments" for leg, count in standing.items() if count != 1)
    yield from (f"an assignment for {leg}, which never ended" for leg in set(standing) - known)
    kept = Disposition.everywhere.of(organization).count()
    if kept != len(model.said):
        yield f"{len(model.said)} things were said, {kept} are kept"


def one_lease_at_most(before: Mapping[int, Row], model: Model) -> Broken:
    """I7: fences never fall, each claim raises one, and what is leased is leased for the whole lease."""
    for row in model.rows.values():
        earlier = before.get(row.pk)
        if earlier and row.fence < earlier.fence:
            yield f"assignment {row.pk}: its fence fell from {earlier.fence} to {row.fence}"
        if (row.lease_until is not None) != (row.status == Status.SENDING):
            yield f"assignment {row.pk} is {row.status} with lease {row.lease_until}"


def whoever_holds_a_lease_holds_it(model: Model, now: datetime) -> Broken:
    """I7: until its lease ends a row is its holder's, whatever others finish, take back or claim."""
    for worker, hand in model.hands.items():
        row = model.rows[hand.claim.pk]
        if now < hand.until and (row.status, row.fence) != (Status.SENDING, hand.claim.fence):
            yield f"worker {worker} holds {row.pk} under fence {hand.claim.fence}; it is {row.status}, {row.fence}"


def what_is_in_doubt_settles(hand: Hand, after: Row, settled_at: datetime) -> Broken:
    """I5: after a write without a proper answer comes a reading, and not before the write has settled."""
    in_doubt = hand.claim.kind == Attempt.Kind.WRITE and isinstance(hand.error, Unclear)
    if in_doubt and (after.status != Status.UNKNOWN or after.due_at < settled_at):
        yield f"assignment {after.pk}, in doubt until {settled_at}, is {after.status} at {after.due_at}"


def what_was_throttled_was_no_try(hand: Hand, before: Row, after: Row) -> Broken:
    """I12: a call that Genesys turned away for being too many is not counted."""
    if isinstance(hand.error, RateLimited) and (after.writes, after.reads) != (before.writes, before.reads):
        yield f"assignment {after.pk} was throttled: {before.writes} writes became {after.writes}"


def what_was_sent_keeps_its_code(before: Mapping[int, Row], model: Model, again: Collection[Again]) -> Broken:
    """I16: release and code of an assignment are those of its decision; what is published later changes neither.

    What no rule matched is decided anew when read again: the release in force may match it, and withhold its code. What
    a person has decided `again` is by the release they meant.
    """
    for row in model.rows.values():
        earlier = before.get(row.pk)
        decided_now = model.in_force if not row.insisted else row.release
        pinned = earlier.release if earlier else decided_now
        skipped_anew = earlier and earlier.status == row.status == Status.SKIPPED and earlier.code is None
        asked = row.release != pinned and (row.pk, row.release) in again
        if row.release != pinned and not asked and not (skipped_anew and row.release == model.in_force):
            yield f"assignment {row.pk}: release {pinned} became {row.release}"
        if earlier and not earlier.open and not skipped_anew and not asked and row.code != earlier.code:
            yield f"assignment {row.pk}: {earlier.code} became {row.code} though something was sent"


def what_is_decided_again_was_never_sent(before: Mapping[int, Row], model: Model, again: Collection[Again]) -> Broken:
    """I16: what changes its release as a person asked has sent nothing, or all of it was refused or never left."""
    changed = [
        row.pk
        for row in model.rows.values()
        if (row.pk, row.release) in again and row.pk in before and before[row.pk].release != row.release
    ]
    for sent in Attempt.objects.filter(assignment__in=changed, kind=Attempt.Kind.WRITE).values_list(
        "assignment", "fence"
    ):
        if sent not in model.refused:
            yield f"assignment {sent[0]} was decided again, though it may have been sent under fence {sent[1]}"


def order_makes_no_difference(model: Model) -> Broken:
    """I14: what is not sent yet wants what its release says of everything said so far, in whatever order it came."""
    for row in model.rows.values():
        if row.status == Status.PENDING and row.open and row.code != model.wanted(row):
            yield f"assignment {row.pk} wants {row.code}, its release wants {model.wanted(row)}"


def only_persons_reopen(organization: Organization) -> Broken:
    """I13: what waits for a person, or is over, moves only by a person's act; a new fact may replace 'no rule'."""
    over = {status.value for status in FINAL | WAITS_FOR_A_PERSON}
    entries = AuditEntry.objects.filter(table=Assignment._meta.db_table, organization_id=organization.pk, act=None)
    for row, before, after in entries.values_list("row", "before", "after"):
        old, new = (before or {}).get("status"), (after or {}).get("status")
        by_itself = (old, new) in {("skipped", "superseded"), ("verified", "overridden")}
        if new and old in over and not by_itself:
            yield f"assignment {row} went from {old} to {new} by itself"


def the_audit_of_a_step(before: Mapping[int, Row], model: Model, organization: Organization, since: int) -> Broken:
    """I17: each change of a status, and each new assignment, has an entry of the audit in the same step."""
    entries = AuditEntry.objects.filter(
        table=Assignment._meta.db_table, organization_id=organization.pk, pk__gt=since
    ).order_by("pk")
    told = {
        int(row): after["status"] for row, after in entries.values_list("row", "after") if "status" in (after or {})
    }
    for row in model.rows.values():
        earlier = before.get(row.pk)
        if (earlier is None or earlier.status != row.status) and told.get(row.pk) != row.status:
            yield f"assignment {row.pk} is {row.status}, the audit's last word is {told.get(row.pk)}"


# At the end of an example


def at_most_one_change(evidence: Evidence) -> Broken:
    """I2: each generation changes the code to the one wanted once, and once more where its agent undid just that.

    An agent who, before ours was read back, chooses again the very code that a person had replaced, cannot be told from
    a write that came to nothing.
    """
    for communication_id, stories in evidence.stories_of.items():
        replaced = {(story.wanted_code_id, story.found_code_id) for story in stories if story.insisted}
        writes = evidence.ledger_of.get(communication_id, ())
        undone = sum(not write.ours and (write.before, write.after) in replaced for write in writes)
        if (too_many := of_evidence.changes_too_many(evidence, communication_id)) > undone:
            yield f"communication {communication_id}: {too_many} writes too many, of which agents undid {undone}"


def no_blind_resend(stories: Iterable[Story], refused: Collection[tuple[int, int]], settle: timedelta) -> Broken:
    """I5: between two writes the wire itself said that the first came to nothing, or a reading after the settle time.

    `refused` are the attempts, by assignment and fence, that never left or that Genesys answered with a refusal.
    """
    for story in stories:
        for first, second in pairwise(one for one in story.tries if one.kind == Attempt.Kind.WRITE):
            absent = any(
                one.kind == Attempt.Kind.READ
                and one.finished_at is not None
                and one.started_at >= first.started_at + settle
                and one.code_seen_id != story.wanted_code_id
                and (story.pk, one.fence) not in refused
                for one in story.tries
                if first.fence < one.fence < second.fence
            )
            if (story.pk, first.fence) not in refused and not absent:
                yield f"assignment {story.pk}: written under fence {second.fence} while {first.fence} was in doubt"


def the_rate_is_kept(granted_at: Iterable[float], *, per_minute: int, burst: int) -> Broken:
    """I11: no more calls are granted, by however many workers, than one bucket of this size and flow has."""
    level, last = float(burst), 0.0
    for at in granted_at:
        level = min(burst, level + (at - last) * per_minute / 60.0) - 1
        last = at
        if level < -ROUNDING:
            yield f"a call was granted out of a bucket of {level + 1:.2f} calls"


def nothing_free_is_passed_over(rows: Mapping[int, Row], model: Model, now: datetime) -> Broken:
    """I9, at a claim that found nothing: what is paused waits, all else that is due is handed out or read back."""
    for row in rows.values():
        if row.status in (Status.PENDING, Status.UNKNOWN) and row.due_at <= now and not model.is_held(row):
            yield f"assignment {row.pk}, {row.status} and due since {row.due_at}, was not handed out"


def everything_comes_to_rest(model: Model) -> Broken:
    """I9: with Genesys and the database well again, nothing is left that goes on by itself, and nobody had to act."""
    for row in model.rows.values():
        if row.status in LIVE:
            yield f"assignment {row.pk} is still {row.status}"


def nothing_is_forgotten(model: Model) -> Broken:
    """I1, at rest: every ended leg has been found; where no rule matched none matches now."""
    decided = {row.communication_id for row in model.rows.values()}
    yield from (
        f"{leg.communication_id} was never decided" for leg in model.legs if leg.communication_id not in decided
    )
    for row in model.rows.values():
        unmatched = row.reason == SkipReason.NO_RULE and row.status == Status.SKIPPED
        if unmatched and model.wanted(row) is not None:
            yield f"assignment {row.pk} has no rule, its release wants {model.wanted(row)}"


def others_are_not_touched(asked_about: set[str], model: Model, other: Organization, before: Row, after: Row) -> Broken:
    """I18: no call, attempt or change for one organization concerns another's rows."""
    strangers = asked_about - {leg.conversation_id for leg in model.legs}
    yield from (f"a call asked about {each}" for each in strangers)
    if before != after or Attempt.objects.filter(organization=other).exists():
        yield f"another organization's assignment went from {before} to {after}"


def pages_show_nothing_of_others(person: Person, others: Assignment) -> Broken:
    """I18: what belongs to another organization is not there for a person who has signed in to this one."""
    client = Client()
    client.force_login(person, SIGNED_IN_BY)
    for page in ("failure-detail", "assignment-row"):
        status = client.get(reverse(page, args=[others.pk])).status_code
        if status != HTTPStatus.NOT_FOUND:
            yield f"{page} answered {status} for another organization's assignment {others.pk}"
