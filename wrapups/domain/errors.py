"""What can go wrong with Genesys Cloud, named by what we must do about it.

GenesysError
├── Unsent          nothing left this machine (DNS, connect, TLS, our own deadline): send again later
├── RateLimited     429, documented as not processed: wait as told, costs no try
├── Unclear         no answer, a broken one, or a 5xx: a write may have happened, so read before writing again
├── CredentialsRefused   the client, its secret or its role: hold the whole organization, no row fails
└── Refused         this one request, for good
    ├── NotFound    404, 410
    ├── Conflict    409
    └── Forbidden   403 that speaks of this conversation or division, not of the client

Names: `unsent`, `throttled`, `ambiguous`, `credentials`, `permanent` in the reliability design.
"""


class GenesysError(Exception):
    """Something Genesys Cloud, or the way to it, answered; never carries a body, a header or a secret.

    `code` is Genesys' own error code ("too.many.requests"), `correlation_id` the ININ-Correlation-Id that
    Genesys support asks for. Both are empty, and `http_status` 0, where no answer came.
    """

    def __init__(self, message: str, *, http_status: int = 0, code: str = "", correlation_id: str = "") -> None:
        super().__init__(message)
        self.http_status = http_status
        self.code = code
        self.correlation_id = correlation_id


class Unsent(GenesysError):
    """Nothing left this machine, so nothing can have happened in Genesys Cloud."""


class RateLimited(GenesysError):
    """Genesys Cloud asks us to wait `retry_after_s` seconds (already clamped to 1..300) before any further call."""

    def __init__(
        self, message: str, *, retry_after_s: int, http_status: int = 429, code: str = "", correlation_id: str = ""
    ) -> None:
        super().__init__(message, http_status=http_status, code=code, correlation_id=correlation_id)
        self.retry_after_s = retry_after_s


class Unclear(GenesysError):
    """The answer never came or made no sense: a write may or may not have happened."""


class CredentialsRefused(GenesysError):
    """The OAuth client, its secret or its permissions are refused: nothing this organization asks will succeed."""


class Refused(GenesysError):
    """This request will not succeed however often it is sent."""


class NotFound(Refused):
    """The conversation, participant, communication or code is not there, or no longer."""


class Conflict(Refused):
    """The request conflicts with the present state of the conversation."""


class Forbidden(Refused):
    """The client may work, but not on this conversation (its division, or it is not a participant)."""
