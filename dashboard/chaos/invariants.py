"""What must hold over the evidence of any run, whatever was killed. Pure; each yields a sentence per violation.

The numbers are those of the project's twenty invariants. I1 (nothing is lost) and I9 (nothing is stuck) are figures of
their own in `figures.py`; I14 to I16 and I18 to I20 are about other doors than delivery.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from dashboard.chaos.evidence import Evidence, Story, Try, Write
from wrapups.domain.retry import MAX_CRASHES, MAX_READS, MAX_UNSENT
from wrapups.domain.status import MOVES, Status

SENT = "write"
WORKED = ("write", "read")
OVER = frozenset({Status.VERIFIED, Status.CONFLICT, Status.OVERRIDDEN, Status.CANCELLED, Status.SUPERSEDED})
GRACE_S = 1.0
"""How long after a pause calls that were granted before it may still arrive."""
CLOCKS_DIFFER_S = 0.05
"""The simulator's ledger is cut to milliseconds, and a transaction's time is that of its beginning."""

Broken = Iterator[str]


def at_most_one_change(evidence: Evidence) -> Broken:
    """I2: on each communication each generation changes the code to the one wanted at most once."""
    for communication_id in evidence.stories_of:
        if too_many := changes_too_many(evidence, communication_id):
            yield f"communication {communication_id}: {too_many} writes too many changed the code to ours"


def verified_means_proven(evidence: Evidence) -> Broken:
    """I3: what is verified was read back with the code wanted, after its last write began."""
    for story in evidence.stories:
        if story.status == Status.VERIFIED and proof_of(story) is None:
            yield f"{_name(story)}: verified without a reading that shows it"


def no_write_after_the_end(evidence: Evidence) -> Broken:
    """I4: no write begins after its assignment was verified, given way, cancelled or superseded."""
    for story in evidence.stories:
        over = min((change.at for change in story.changes if change.after in OVER), default=None)
        if over and any(one.kind == SENT and one.started_at > over for one in story.tries):
            yield f"{_name(story)}: a write began after it was over"


def no_blind_resend(evidence: Evidence) -> Broken:
    """I5: between two writes, a person's retry between them or not, it became certain that the first came to nothing.

    Certain is: it never left, was refused, or a proper reading that began after the settle time did not show it.
    """
    for story in evidence.stories:
        for first, second in pairwise(one for one in story.tries if one.kind == SENT):
            if not (_came_to_nothing(first) or _read_as_absent(story, first, second, evidence.settle_s)):
                yield f"{_name(story)}: written again under fence {second.fence} while the first was in doubt"


def nobody_is_overwritten(evidence: Evidence) -> Broken:
    """I6: an agent's code stays, unless it came after the look our write rested on, or a person insisted on ours."""
    for communication_id, stories in evidence.stories_of.items():
        for ours, theirs in overwrites(evidence, communication_id):
            if theirs.at < _last_look(stories, ours):
                yield f"communication {communication_id}: wrote over an agent's code that was there when we looked"


def one_holder(evidence: Evidence) -> Broken:
    """I7: each claim has a fence and an attempt of its own, and no more writes arrive than were on record."""
    for story in evidence.stories:
        fences = [one.fence for one in story.tries if one.kind in WORKED]
        claims = sum(change.after == Status.SENDING for change in story.changes)
        if fences != list(range(1, story.fence + 1)) or claims != story.fence:
            yield f"{_name(story)}: {claims} claims and the fences {fences}, up to {story.fence}"
    for communication_id, stories in evidence.stories_of.items():
        arrived = sum(write.ours for write in evidence.ledger_of.get(communication_id, ()))
        if arrived > sum(one.kind == SENT for story in stories for one in story.tries):
            yield f"communication {communication_id}: {arrived} writes arrived, more than are on record"


def zombies_are_silent(evidence: Evidence) -> Broken:
    """I8: whoever finishes too late changes nothing: each leaving of `sending` is one good finish or one recovery."""
    for story in evidence.stories:
        left = sum(change.before == Status.SENDING for change in story.changes)
        finished = sum(one.kind in WORKED and bool(one.finished_at) and not one.stale for one in story.tries)
        bugs = sum(one.outcome == "bug" for one in story.tries)
        recovered = story.deaths - bugs
        if left != finished + recovered:
            yield f"{_name(story)}: left sending {left} times, for {finished} finishes and {recovered} recoveries"


def effort_is_bounded(evidence: Evidence) -> Broken:
    """I10: never more than so many writes, reads and deaths."""
    for story in evidence.stories:
        if story.writes > MAX_UNSENT or story.reads > MAX_READS or story.crashes > MAX_CRASHES:
            yield f"{_name(story)}: {story.writes} writes, {story.reads} reads, {story.crashes} deaths"


def the_rate_is_kept(evidence: Evidence) -> Broken:
    """I11: never more calls in any 60 seconds than Genesys allows."""
    if evidence.most_in_60s > evidence.allowed_in_60s:
        yield f"{evidence.most_in_60s} calls in 60 seconds, {evidence.allowed_in_60s} are allowed"


def pauses_are_obeyed(evidence: Evidence) -> Broken:
    """I12: in each pause only what was granted before it still calls, and a throttled try counts for nothing."""
    if calls_after_pause(evidence) > evidence.concurrency:
        yield f"{calls_after_pause(evidence)} calls in one pause, with {evidence.concurrency} under way at most"
    for story in evidence.stories:
        counted = [one for one in story.tries if one.kind == SENT and one.finished_at and one.http_status != 429]
        if story.writes > len(counted):
            yield f"{_name(story)}: {story.writes} writes were counted, {len(counted)} were not throttled"


def moves_are_legal(evidence: Evidence) -> Broken:
    """I13: every move the audit tells of is in the table."""
    for story in evidence.stories:
        for change in story.changes:
            if change.before is not None and Status(change.after) not in MOVES[Status(change.before)]:
                yield f"{_name(story)}: moved from {change.before} to {change.after}"


def the_audit_is_whole(evidence: Evidence) -> Broken:
    """I17: the audit tells of the beginning, of every change of status in one chain, and ends where the row is."""
    for story in evidence.stories:
        if gaps(story):
            yield f"{_name(story)}: {gaps(story)} changes of status are missing from the audit"


INVARIANTS: Mapping[str, Callable[[Evidence], Broken]] = {
    "I2": at_most_one_change,
    "I3": verified_means_proven,
    "I4": no_write_after_the_end,
    "I5": no_blind_resend,
    "I6": nobody_is_overwritten,
    "I7": one_holder,
    "I8": zombies_are_silent,
    "I10": effort_is_bounded,
    "I11": the_rate_is_kept,
    "I12": pauses_are_obeyed,
    "I13": moves_are_legal,
    "I17": the_audit_is_whole,
}


def changes_too_many(evidence: Evidence, communication_id: str) -> int:
    """Return how many of our writes really changed the code to one wanted, beyond one a generation that wrote."""
    stories = evidence.stories_of[communication_id]
    changes = Counter(
        write.after
        for write in evidence.ledger_of.get(communication_id, ())
        if write.ours and write.after != write.before
    )
    wrote: Counter[str | None] = Counter(
        story.wanted_code_id for story in stories if any(one.kind == SENT for one in story.tries)
    )
    return (changes - wrote).total()


def proof_of(story: Story) -> Try | None:
    """Return the reading that proves the code wanted is there: finished, and not begun before the last write."""
    last = max((one.started_at for one in story.tries if one.kind == SENT), default=story.created_at)
    seen = (one for one in story.tries if one.kind != SENT and one.finished_at and one.started_at >= last)
    return next((one for one in seen if one.code_seen_id == story.wanted_code_id), None)


def overwrites(evidence: Evidence, communication_id: str) -> Iterator[tuple[Write, Write]]:
    """Yield our writes that replaced an agent's code, on which no person had insisted, each with the agent's."""
    theirs: Write | None = None
    for write in evidence.ledger_of.get(communication_id, ()):
        if not write.ours:
            theirs = write
        elif theirs is None or write.before != theirs.after or write.before == write.after:
            continue
        elif not any(_wants(story, write) for story in evidence.stories_of[communication_id]):
            yield write, theirs


def gaps(story: Story) -> int:
    """Return how many changes of status the audit does not tell of."""
    if not story.changes or story.changes[0].before is not None:
        return 1
    breaks = sum(later.before != earlier.after for earlier, later in pairwise(story.changes))
    return breaks + (story.changes[-1].after != story.status)


def calls_after_pause(evidence: Evidence) -> int:
    """Return the most calls that arrived in any one pause, later than a second after it was on record."""
    calls = evidence.calls_at
    within = (bisect_left(calls, until) - bisect_right(calls, began + GRACE_S) for began, until in evidence.pauses)
    return max(within, default=0)


def _came_to_nothing(write: Try) -> bool:
    return write.untaken and write.outcome.removeprefix("stale:") in (Status.PENDING, Status.FAILED)


def _read_as_absent(story: Story, first: Try, second: Try, settle_s: float) -> bool:
    settled = first.started_at + timedelta(seconds=settle_s - CLOCKS_DIFFER_S)
    return any(
        one.kind == "read" and first.fence < one.fence < second.fence and one.answered
        and one.outcome in (Status.PENDING, Status.FAILED) and one.started_at >= settled
        for one in story.tries
    )  # fmt: skip


def _last_look(stories: Sequence[Story], write: Write) -> datetime:
    """Return when the communication was last looked at before the attempt that this write came from.

    A write may arrive long after its attempt began: the newest attempt that can have sent it is taken. What discovery
    saw was seen a moment before the first assignment was made.
    """
    tries = sorted((one for story in stories for one in story.tries), key=lambda one: one.started_at)
    made_at = stories[0].created_at
    sent_at = max((one.started_at for one in tries if one.kind == SENT and one.started_at <= write.at), default=made_at)
    looks = [one.started_at for one in tries if one.kind != SENT and one.started_at < sent_at]
    return max(looks, default=made_at - timedelta(seconds=GRACE_S)) - timedelta(seconds=CLOCKS_DIFFER_S)


def _wants(story: Story, write: Write) -> bool:
    """Whether a person wanted just this: our code in place of that one, before it was written."""
    codes = story.found_code_id, story.wanted_code_id
    began = story.created_at - timedelta(seconds=CLOCKS_DIFFER_S)
    return story.insisted and codes == (write.before, write.after) and began <= write.at


def _name(story: Story) -> str:
    return f"assignment {story.pk} ({story.status})"
