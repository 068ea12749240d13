"""A person puts another code in place of the one that stands there, with a reason.

It goes the way of every other code: looked at, written, read back. What the correction replaces is what the person was
shown; should something else stand there by then, it is left as it is.
"""

from datetime import timedelta

from django.db import transaction

from wrapups.domain.conversation import is_system_code
from wrapups.domain.status import LIVE, FailReason, Lane, SkipReason, Status
from wrapups.models import Assignment, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.deciding import one_at_a_time
from wrapups.services.moving import move
from wrapups.services.proof import lock_communications
from wrapups.services.standing import NO_PART
from wrapups.services.verdicts import Offer

LONGEST_NOTES = 1000
OVERWRITES = "A person chose the code that stands there. You may not replace what people choose; ask a supervisor."
NOTHING_TO_CORRECT = NO_PART | {SkipReason.PARKED}
"""Why something is skipped that can carry no code, so that nobody can put one on it either."""


class CannotCorrect(ValueError):
    """This cannot be corrected, or not so; the text says why, for the person."""


def correct(
    assignment: Assignment,
    *,
    code: WrapupCode,
    over: str,
    reason: str,
    actor: Actor,
    notes: str = "",
    may_overwrite: bool = True,
) -> Assignment:
    """Have this code put in place of the one with the id `over`, which stands there now; return what does it.

    The new assignment is of the next generation and nothing but a person changes it. Asked twice for the same, it is
    done once. Raises CannotCorrect without a reason, for what `why_not` names, for a code that cannot stand there, and
    where the communication has meanwhile got another code or a newer decision. Who may not overwrite is refused where
    a person chose what stands there.
    """
    if not reason.strip():
        raise CannotCorrect("Say why another code is right; it is kept in the history.")
    with transaction.atomic():
        newest = _newest(assignment)
        if _asked_already(newest, assignment, code):
            return newest
        _require_correctable(newest, assignment, over=over)
        if not may_overwrite and is_a_person_s(newest):
            raise CannotCorrect(OVERWRITES)
        _require_fit(newest, code)
        with acting(actor, "correct code", organization=assignment.organization, reason=reason.strip()):
            return _replace(newest, code, notes.strip())


def why_not(newest: Assignment) -> str:
    """Return why a communication's newest assignment cannot be corrected now, for the person; empty where it can.

    Its communication and its organization must be fetched.
    """
    organization = newest.organization
    too_old_before = app_now() - timedelta(hours=organization.too_late_h)
    reasons = (
        (newest.status in LIVE, "Its code is still being written or read back. Correct it after that."),
        (newest.reason in NOTHING_TO_CORRECT, "This part of the conversation can carry no code."),
        (newest.reason == FailReason.TOO_LATE, "Genesys Cloud has refused it: the conversation is too old."),
        (newest.ended_at is None or newest.ended_at < too_old_before, _too_old(organization.too_late_h)),
    )
    return next((words for holds, words in reasons if holds), "")


def is_a_person_s(newest: Assignment) -> bool:
    """Return whether the code that stands there now was a person's choice: not Genesys' own, nor a rule's of ours."""
    standing = newest.communication.code_id
    if not standing or is_system_code(standing):
        return False
    if newest.corrects_id is not None or newest.wrapup_code is None:
        return True
    written = newest.status == Status.VERIFIED or newest.written_at is not None
    return not (written and newest.wrapup_code.genesys_id == standing)


def _too_old(hours: int) -> str:
    long = f"{hours // 24} days" if hours >= 48 and hours % 24 == 0 else f"{hours} hours"
    return f"It ended more than {long} ago: too long for Genesys Cloud to take another code."


def _newest(assignment: Assignment) -> Assignment:
    """Return the communication's newest assignment, both locked until the transaction ends.

    The conversation first, as all do who may make a newer one: who only waited for a row would not see it.
    """
    one_at_a_time(assignment.organization, [assignment.communication.conversation.conversation_id])
    lock_communications([assignment.communication_id])
    rows = Assignment.everywhere.filter(communication=assignment.communication_id)
    locked = rows.select_for_update(of=("self",)).select_related("communication", "organization", "wrapup_code")
    return locked.order_by("-generation")[0]


def _asked_already(newest: Assignment, assignment: Assignment, code: WrapupCode) -> bool:
    """Whether this very correction is made or on its way: a second click, or a page sent again."""
    goes_well = newest.status in LIVE or newest.status == Status.VERIFIED
    return goes_well and newest.corrects_id == assignment.pk and newest.wrapup_code_id == code.pk


def _require_correctable(newest: Assignment, shown: Assignment, *, over: str) -> None:
    if newest.pk != shown.pk:
        raise CannotCorrect("There is a newer decision by now. Look at it before you correct it.")
    problem = why_not(newest)
    if problem:
        raise CannotCorrect(problem)
    if newest.communication.code_id != over:
        raise CannotCorrect("Another code stands there by now. Look at it before you replace it.")


def _require_fit(newest: Assignment, code: WrapupCode) -> None:
    leg = newest.communication
    if code.genesys_id == leg.code_id:
        raise CannotCorrect(f"It has the code {code.name} already.")
    unfit = Offer.of(newest.organization).unfit(code.genesys_id, leg.queue_id, leg.media_type)
    if unfit is FailReason.CODE_GONE:
        raise CannotCorrect(f"The code {code.name} no longer exists.")
    if unfit is not None:
        raise CannotCorrect(f"The code {code.name} is not on the conversation's queue.")


def _replace(newest: Assignment, code: WrapupCode, notes: str) -> Assignment:
    """Make the assignment that puts the code there, in place of what it corrects: one alone stands for each part."""
    # Nobody needs to watch any more whether a person replaces it: one has.
    move(newest.pk, Status(newest.status), Status.SUPERSEDED, watch_at=None)
    made: Assignment = Assignment.everywhere.create(
        organization_id=newest.organization_id,
        communication=newest.communication,
        generation=newest.generation + 1,
        corrects=newest,
        insisted=True,
        wrapup_code=code,
        notes=notes[:LONGEST_NOTES],
        keep_end_time=newest.keep_end_time,
        facts=newest.facts,
        found_code_id=newest.communication.code_id,
        ended_at=newest.ended_at,
        lane=Lane.RETRY,
    )
    return made
