"""What the outcome of one call means for its assignment, and when again. Pure: counters and chance come in.

One layer retries, and this is it: HTTP client, SDK and Celery never do. The rule that carries everything:
after a write whose outcome is unclear, the next call is a read, never a second write.
"""

from dataclasses import dataclass
from enum import StrEnum

from wrapups.domain import errors
from wrapups.domain.conversation import is_system_code
from wrapups.domain.status import FailReason, SkipReason, Status

MAX_WRITES = 5
MAX_UNSENT = 10
MAX_READS = 10
MAX_CRASHES = 3
MAX_WRITES_REFUSED_AS_CONFLICT = 3
MAX_WRITES_ACCEPTED_BUT_UNSEEN = 2


@dataclass(frozen=True, slots=True)
class Effort:
    """How much one assignment has cost in this retry epoch, the call just made included."""

    writes: int = 0
    reads: int = 0
    crashes: int = 0


class Hold(StrEnum):
    """What an outcome means for the whole organization."""

    WAIT = "wait"  # Genesys asked for quiet
    CREDENTIALS = "credentials"  # nothing will succeed until a person mends the client


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where an assignment goes now: its status, in how many seconds it is due again, and why.

    `counts` is False where the try cost nothing (throttled, credentials): the counters do not rise.
    `resolved` is True where it is now known whether the last write took effect.
    """

    status: Status
    after_s: float = 0.0
    reason: FailReason | SkipReason | None = None
    hold: Hold | None = None
    counts: bool = True
    resolved: bool = False


def after_write(
    error: errors.GenesysError | None, effort: Effort, *, settle_s: float, jitter: float, too_old: bool = False
) -> NextStep:
    """Return what follows a write that ended in `error`, or was accepted (None).

    `jitter` is 0.0 to 1.0. `too_old` says that the conversation is older than Genesys is known to allow,
    which turns a "not found" into "too late".
    """
    match error:
        case None:
            return NextStep(Status.APPLIED, after_s=settle_s)
        case errors.RateLimited():
            return NextStep(Status.PENDING, error.retry_after_s, hold=Hold.WAIT, counts=False, resolved=True)
        case errors.CredentialsRefused():
            return NextStep(Status.PENDING, hold=Hold.CREDENTIALS, counts=False, resolved=True)
        case errors.Unsent():
            if effort.writes >= MAX_UNSENT:
                return NextStep(Status.FAILED, reason=FailReason.EXHAUSTED, resolved=True)
            return NextStep(Status.PENDING, backoff_s(effort.writes, jitter, cap_s=60), resolved=True)
        case errors.Refused():
            return _after_refusal(error, effort, settle_s=settle_s, too_old=too_old)
        case _:
            return NextStep(Status.UNKNOWN, after_s=settle_s)


def _after_refusal(error: errors.Refused, effort: Effort, *, settle_s: float, too_old: bool) -> NextStep:
    """A conflict may be over soon, so it is read and tried again a few times; any other refusal is for good."""
    if isinstance(error, errors.Conflict) and effort.writes < MAX_WRITES_REFUSED_AS_CONFLICT:
        return NextStep(Status.UNKNOWN, after_s=settle_s)
    if isinstance(error, errors.NotFound) and too_old:
        return NextStep(Status.FAILED, reason=FailReason.TOO_LATE, resolved=True)
    return NextStep(Status.FAILED, reason=FailReason.REJECTED, resolved=True)


def after_read(
    seen_code_id: str | None,
    effort: Effort,
    *,
    wanted_code_id: str,
    found_code_id: str,
    ever_sent: bool,
    was_accepted: bool,
    jitter: float,
) -> NextStep:
    """Return what a single read on the operational API means for an assignment.

    `found_code_id` is the code that was there before our first write ("" for none). Where nothing was ever sent
    this is a look before the first write, and a person's code ends the matter. `was_accepted` says that
    Genesys had answered 202 to the last write: another person's code is then a later choice (overridden),
    otherwise it may have been there first (conflict). Either way it is theirs and stays.
    """
    if not ever_sent:
        return _after_first_look(seen_code_id, wanted_code_id=wanted_code_id, found_code_id=found_code_id)
    if seen_code_id == wanted_code_id:
        return NextStep(Status.VERIFIED, resolved=True)
    if seen_code_id and seen_code_id != found_code_id and not is_system_code(seen_code_id):
        return NextStep(Status.OVERRIDDEN if was_accepted else Status.CONFLICT, resolved=True)
    if was_accepted and effort.writes >= MAX_WRITES_ACCEPTED_BUT_UNSEEN:
        return NextStep(Status.FAILED, reason=FailReason.UNCONFIRMED, resolved=True)
    if effort.writes >= MAX_WRITES:
        return NextStep(Status.FAILED, reason=FailReason.EXHAUSTED, resolved=True)
    return NextStep(Status.PENDING, backoff_s(effort.writes, jitter, cap_s=60), resolved=True)


def _after_first_look(seen_code_id: str | None, *, wanted_code_id: str, found_code_id: str) -> NextStep:
    if seen_code_id == wanted_code_id:
        return NextStep(Status.SKIPPED, reason=SkipReason.ALREADY_CODED, resolved=True)
    if seen_code_id and seen_code_id != found_code_id and not is_system_code(seen_code_id):
        return NextStep(Status.SKIPPED, reason=SkipReason.AGENT_CHOSE, resolved=True)
    return NextStep(Status.PENDING, counts=False, resolved=True)


def after_failed_read(error: errors.GenesysError, effort: Effort, *, jitter: float, too_old: bool = False) -> NextStep:
    """Return what follows a read that itself failed: we still do not know, so we read again, later."""
    match error:
        case errors.RateLimited():
            return NextStep(Status.UNKNOWN, error.retry_after_s, hold=Hold.WAIT, counts=False)
        case errors.CredentialsRefused():
            return NextStep(Status.UNKNOWN, hold=Hold.CREDENTIALS, counts=False)
        case errors.NotFound() if too_old:
            return NextStep(Status.FAILED, reason=FailReason.TOO_LATE)
        case errors.Refused():
            return NextStep(Status.FAILED, reason=FailReason.REJECTED)
        case _:
            if effort.reads >= MAX_READS:
                return NextStep(Status.FAILED, reason=FailReason.EXHAUSTED)
            return NextStep(Status.UNKNOWN, backoff_s(effort.reads, jitter, cap_s=120))


def after_crash(effort: Effort, *, settle_s: float) -> NextStep:
    """Return what follows a lease that ran out: the worker may have written, so read first; three deaths are enough."""
    if effort.crashes >= MAX_CRASHES:
        return NextStep(Status.FAILED, reason=FailReason.QUARANTINED)
    return NextStep(Status.UNKNOWN, after_s=settle_s)


def backoff_s(tries: int, jitter: float, *, cap_s: float) -> float:
    """Return a full-jitter delay from 1 s up to 2^tries, at most `cap_s`, so that a burst does not return as one."""
    return 1.0 + jitter * (min(cap_s, 2.0 ** min(tries, 16)) - 1.0)
