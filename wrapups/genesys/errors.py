"""The one place where what happened on the wire becomes one of the few errors of the domain.

What an error says is Genesys' own sentence, cleaned: no body, no header, no secret, no customer's number
or address. Nothing is chained that carries them either, because a traceback prints the whole chain.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from wrapups.domain import errors
from wrapups.domain.waiting import seconds_asked


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer. Its body and headers never show in a repr; `headers` ignores case."""

    status: int
    data: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    reason: str = ""


CLIENT_CODES = frozenset({"missing.permissions", "missing.any.permissions", "ip.not.authorized"})
"""403s that speak of the client as a whole; every other 403 speaks of one conversation or division."""

USER_CONTEXT_CODE = "not.a.user"
"""400: this write path wants a user's token. Another path may still take ours. Source: specification of 2018."""

BY_STATUS: Mapping[int, type[errors.GenesysError]] = {
    401: errors.CredentialsRefused,
    403: errors.Forbidden,
    404: errors.NotFound,
    408: errors.Unclear,
    409: errors.Conflict,
    410: errors.NotFound,
}

RETRY_AFTER_S = (1, 300)
DEFAULT_RETRY_AFTER_S = 60
MESSAGE_LENGTH = 500


def no_answer(failure: Exception, *, sent: bool, doing: str) -> errors.GenesysError:
    """Return Unsent if `failure` came before the first byte left, else Unclear.

    `doing` completes "while ..." ("applying a wrap-up"). The failure's own text is not repeated: only its
    kind, since urllib3 writes addresses and paths into it.
    """
    kind = type(failure).__name__
    if sent:
        return errors.Unclear(f"Genesys Cloud gave no complete answer while {doing} ({kind}).")
    return errors.Unsent(f"Genesys Cloud could not be reached while {doing} ({kind}).")


def unreadable(what: str, *, status: int = 200) -> errors.Unclear:
    """Return the error for an answer that came but makes no sense; `what` says what is wrong, without values."""
    return errors.Unclear(f"Genesys Cloud's answer could not be read: {what}.", http_status=status)


def parsed(answer: Answer) -> Any:
    """Return a successful answer's JSON, or None for an empty body.

    Raises Unclear where it is none: HTML of some edge, NaN or Infinity, an unpaired surrogate, more than 1024
    levels. The parser's error is not chained, since it carries the body.
    """
    if not answer.data.strip():
        return None
    try:
        return orjson.loads(answer.data)
    except orjson.JSONDecodeError as error:
        raise unreadable(f"no JSON ({error.msg} at {error.pos})", status=answer.status) from None


def from_answer(answer: Answer, *, doing: str) -> errors.GenesysError:
    """Return the error for an answer that is no success.

    429 was not processed; 408, 5xx and redirects may have been; every other 4xx was refused.
    Source: https://developer.genesys.cloud/platform/api/rate-limits and the status codes of the specification.
    """
    body = _error_body(answer.data)
    code = identifier(body.get("code"))
    correlation_id = identifier(answer.headers.get("ININ-Correlation-Id") or body.get("contextId"))
    said = _clean(body.get("message"))
    message = _sentence(answer.status, code, f"while {doing}", said)
    if answer.status == 429:
        wait = retry_after_s(answer.headers, said, now=datetime.now(UTC))
        return errors.RateLimited(message, retry_after_s=wait, code=code, correlation_id=correlation_id)
    kind = _kind(answer.status, code)
    return kind(message, http_status=answer.status, code=code, correlation_id=correlation_id)


def from_login_answer(answer: Answer) -> errors.GenesysError:
    """Return the error for a refused login.

    The login's throttling is a 400 whose description begins "rate limit exceeded"; we then wait at least a
    minute. Source: the Terraform provider of Genesys Cloud, provider.go. A login that fails midway is Unsent:
    the call it was for has not been made.
    """
    body = _error_body(answer.data)
    code, said = identifier(body.get("error")), _clean(body.get("error_description"))
    message = _sentence(answer.status, code, "to the login", said)
    correlation_id = identifier(answer.headers.get("ININ-Correlation-Id"))
    if answer.status == 429 or (answer.status == 400 and "rate limit exceeded" in said.lower()):
        wait = max(DEFAULT_RETRY_AFTER_S, retry_after_s(answer.headers, said, now=datetime.now(UTC)))
        return errors.RateLimited(
            message, retry_after_s=wait, http_status=answer.status, code=code, correlation_id=correlation_id
        )
    refused = 400 <= answer.status < 500 and answer.status != 408
    kind = errors.CredentialsRefused if refused else errors.Unsent
    return kind(message, http_status=answer.status, code=code, correlation_id=correlation_id)


def retry_after_s(headers: Mapping[str, str], message: str, *, now: datetime) -> int:
    """Return how many seconds Genesys asks us to wait, 1 to 300.

    From Retry-After (seconds or an HTTP date), else from "Retry the request in [N] seconds", else from
    inin-ratelimit-reset, else 60. A value that makes no sense counts as missing.
    """
    asked = seconds_asked(headers.get("Retry-After", ""), now=now)
    if asked is None and (in_words := re.search(r"\[(\d{1,9})\]", message)):
        asked = int(in_words[1])
    if asked is None:
        asked = seconds_asked(headers.get("inin-ratelimit-reset", ""), now=now)
    shortest, longest = RETRY_AFTER_S
    return DEFAULT_RETRY_AFTER_S if asked is None else min(max(asked, shortest), longest)


def _sentence(status: int, code: str, when: str, said: str) -> str:
    return f"Genesys Cloud answered {status}{' ' * bool(code)}{code} {when}{f': {said}' if said else '.'}"


def _kind(status: int, code: str) -> type[errors.GenesysError]:
    if status == 403 and code in CLIENT_CODES:
        return errors.CredentialsRefused
    if status == 400 and code == USER_CONTEXT_CODE:
        return errors.Forbidden
    return BY_STATUS.get(status, errors.Refused if 400 <= status < 500 else errors.Unclear)


def _error_body(data: bytes) -> dict[str, object]:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:  # the edge answers in HTML
        return {}
    return body if isinstance(body, dict) else {}


def identifier(value: object) -> str:
    """Return an id or a code of Genesys' as it came; empty for anything that does not look like one."""
    return value if isinstance(value, str) and re.fullmatch(r"[\w.:-]{1,100}", value, re.ASCII) else ""


UUID = r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
_PRIVATE = re.compile(
    rf"(?P<id>{UUID})"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # an address
    r"|[A-Za-z0-9_\-+/=]{32,}"  # a token or a secret
    r"|\+?\d[\d ().-]{6,}\d"  # a telephone number
)


def _clean(value: object) -> str:
    """Return Genesys' sentence on one line, at most 500 characters, without what may be private; ids stay."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 4 * MESSAGE_LENGTH].split())
    line = "".join(character for character in line if character.isprintable())
    return _PRIVATE.sub(lambda found: found["id"] or "[removed]", line)[:MESSAGE_LENGTH]
