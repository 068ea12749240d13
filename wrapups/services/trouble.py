"""What a failed call leaves on its assignment and its attempt."""

from typing import Any

from wrapups.domain import errors
from wrapups.domain.fingerprint import fingerprint
from wrapups.domain.retry import Effort
from wrapups.domain.status import FailReason, SkipReason, Status
from wrapups.models import Assignment

_KINDS = (
    (errors.Unsent, Assignment.Error.UNSENT),
    (errors.RateLimited, Assignment.Error.RATE_LIMITED),
    (errors.Unclear, Assignment.Error.UNCLEAR),
    (errors.CredentialsRefused, Assignment.Error.CREDENTIALS),
    (errors.NotFound, Assignment.Error.NOT_FOUND),
    (errors.Conflict, Assignment.Error.CONFLICT),
    (errors.Forbidden, Assignment.Error.FORBIDDEN),
)


def kind_of(error: errors.GenesysError) -> Assignment.Error:
    """Return the kind of trouble an error is."""
    return next((kind for cls, kind in _KINDS if isinstance(error, cls)), Assignment.Error.REFUSED)


def effort_of(row: Assignment, *, crashes: int = 0) -> Effort:
    """Return what the assignment has cost in this epoch, plus what just happened."""
    return Effort(row.write_count, row.read_count, row.crash_count + crashes)


def crash(
    media_type: str,
    reason: FailReason | SkipReason | None,
    *,
    kind: Assignment.Error = Assignment.Error.CRASH,
    message: str = "Its worker died, or froze, before it had an answer.",
) -> dict[str, Any]:
    """Return the assignment's columns that tell of a worker, or a piece of our code, that never came to an answer."""
    group = fingerprint(reason=reason or "", error=kind, code="", operation="", media_type=media_type, message=message)
    return {"error": kind, "error_code": "", "error_message": message, "fingerprint": group}


def trouble(
    error: errors.GenesysError | None,
    *,
    operation: str,
    media_type: str,
    reason: FailReason | SkipReason | None,
    status: Status,
) -> dict[str, Any]:
    """Return the assignment's columns that describe this error; all empty after a success.

    A conflict is no error, and all of one medium are of one cause: its status is what they share.
    """
    if error is None and status is Status.CONFLICT:
        group = fingerprint(reason=status, error="", code="", operation=operation, media_type=media_type, message="")
        return {"error": "", "error_code": "", "error_message": "", "fingerprint": group}
    if error is None and not isinstance(reason, FailReason):
        return {"error": "", "error_code": "", "error_message": "", "fingerprint": ""}
    kind, code, message = (kind_of(error), error.code, str(error)) if error else ("", "", "")
    return {
        "error": kind,
        "error_code": code[:96],
        "error_message": message[:500],
        "fingerprint": fingerprint(
            reason=reason or "", error=kind, code=code, operation=operation, media_type=media_type, message=message
        ),
    }
