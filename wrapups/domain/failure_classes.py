"""Every way in which giving a code is known to go wrong, and which of them a failure is. Pure.

The numbers are those of docs/advice.md. What Genesys says in words is never looked at: its wording may change, its
codes and statuses are documented. What says too little by itself (400 `bad.request`, 404 `not.found`) is told apart by
what is known of the communication and of the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from wrapups.domain.status import FailReason, SkipReason, Status


class FailureClass(IntEnum):
    """One class of failure, or of trouble that is met on the way; those from 101 on are of our own making."""

    EMPTY_CODE = 1
    WRONG_SHAPE = 2
    BAD_DATE = 3
    BAD_ID = 4
    CODE_GONE = 5
    CODE_NOT_ON_QUEUE = 6
    NO_USER_CONTEXT = 7
    TOKEN_REFUSED = 8
    ADDRESS_REFUSED = 9
    CLIENT_REFUSED = 10
    LOGIN_THROTTLED = 11
    PERMISSION_MISSING = 12
    DIVISION_MISSING = 13
    MORE_THAN_A_WRAPUP = 14
    NOT_A_PARTICIPANT = 15
    CONVERSATION_GONE = 16
    PARTICIPANT_GONE = 17
    WRONG_MEDIUM = 18
    LEGACY_CHAT = 19
    CONFLICT = 20
    CLIENT_TIMEOUT = 21
    TOO_LARGE = 22
    WRONG_CONTENT_TYPE = 23
    THROTTLED_FOR_A_TIME = 24
    THROTTLED = 25
    SERVER_ERROR = 26
    GATEWAY_ERROR = 27
    UNAVAILABLE = 28
    SERVER_TIMEOUT = 29
    CUT_OFF = 30
    SILENCE = 31
    UNREACHABLE = 32
    NEVER_APPLIED = 33
    AGENT_WAS_FIRST = 34
    AGENT_MEANWHILE = 35
    TIMED_OUT_CODE = 36
    ACW_PENDING = 37
    DRAFT = 38
    NO_AGENT = 39
    SEVERAL_LEGS = 40
    NEVER_CONNECTED = 41
    LISTENING_IN = 42
    NO_QUEUE = 43
    PARKED = 44
    NO_WRAPUP_MEDIUM = 45
    CAMPAIGN = 46
    HEARD_TWICE = 47
    NOT_HEARD = 48
    ANALYTICS_LAG = 49
    QUERY_TOO_WIDE = 50
    JOB_EXPIRED = 51
    UNREADABLE = 52
    CATALOGUE_INCOMPLETE = 53
    DUPLICATE_NAME = 54
    API_REMOVED = 55
    SECOND_WRITE_REFUSED = 101
    WORKER_DIED = 102
    OUR_BUG = 103
    NO_RULE = 104
    ALREADY_CODED = 105
    SHADOW = 106
    UNKNOWN = 199


F = FailureClass


@dataclass(frozen=True, slots=True)
class Shown:
    """What is kept of a failure; empty for what is not known.

    `status`, `reason` and `error` are the assignment's, `error` naming the kind of trouble its last call met. `code`
    and `http_status` are Genesys', `operation` what was asked: write, read, login, list, search or job.
    """

    status: str = ""
    reason: str = ""
    error: str = ""
    code: str = ""
    http_status: int = 0
    operation: str = ""
    media_type: str = ""
    found_code_id: str = ""
    """The code that was there before our first write."""
    code_gone: bool = False
    code_off_queue: bool = False
    """Not on the communication's queue, and nobody has seen Genesys take such a code on this medium."""
    never_connected: bool = False
    without_queue: bool = False
    too_old: bool = False
    """Older than the organization lets us try."""
    in_acw: bool = False
    keeps_first_code: bool = False
    """A probe saw Genesys refuse a second code on this medium."""
    silent: bool = False
    """The call took all the time it may."""


BY_CODE: Mapping[str, FailureClass] = {
    "conversation.error.wrapup.code.required": F.EMPTY_CODE,
    "invalid.property": F.WRONG_SHAPE,
    "invalid.value": F.WRONG_SHAPE,
    "invalid.query.param.value": F.WRONG_SHAPE,
    "client.failed.request": F.WRONG_SHAPE,
    "invalid.date": F.BAD_DATE,
    "invalid.id": F.BAD_ID,
    "not.a.user": F.NO_USER_CONTEXT,
    "authentication.required": F.TOKEN_REFUSED,
    "bad.credentials": F.TOKEN_REFUSED,
    "credentials.expired": F.TOKEN_REFUSED,
    "ip.not.authorized": F.ADDRESS_REFUSED,
    "invalid_client": F.CLIENT_REFUSED,
    "unauthorized_client": F.CLIENT_REFUSED,
    "missing.permissions": F.PERMISSION_MISSING,
    "missing.any.permissions": F.PERMISSION_MISSING,
    "missing.division.permission": F.DIVISION_MISSING,
    "not.authorized": F.DIVISION_MISSING,
    "communication.state.required": F.MORE_THAN_A_WRAPUP,
    "conversation.error.call.disconnected": F.MORE_THAN_A_WRAPUP,
    "conversation.error.cannot.disconnect.call": F.MORE_THAN_A_WRAPUP,
    "conversation.error.participant.no.active.conversations": F.MORE_THAN_A_WRAPUP,
    "conversation.error.wrapup.cannot.skip": F.MORE_THAN_A_WRAPUP,
    "conversation.error.forbidden.not.active.participant": F.NOT_A_PARTICIPANT,
    "conversation.error.conversation.not.found": F.CONVERSATION_GONE,
    "conversation.error.not.conversation.participant": F.PARTICIPANT_GONE,
    "client.timeout": F.CLIENT_TIMEOUT,
    "request.entity.too.large": F.TOO_LARGE,
    "unsupported.media.type": F.WRONG_CONTENT_TYPE,
    "too.many.requests.retry.after": F.THROTTLED_FOR_A_TIME,
    "too.many.requests": F.THROTTLED,
    "internal.server.error": F.SERVER_ERROR,
    "service.unavailable": F.UNAVAILABLE,
    "request.timeout": F.SERVER_TIMEOUT,
    "authentication.request.timeout": F.SERVER_TIMEOUT,
    "response.entity.too.large": F.QUERY_TOO_WIDE,
    "notification.invalid.topic": F.NOT_HEARD,
    "notification.subscription.too.many.subscriptions": F.NOT_HEARD,
    "duplicate.name": F.DUPLICATE_NAME,
}
"""Genesys' codes that say enough by themselves."""

BY_HTTP_STATUS: Mapping[int, FailureClass] = {
    401: F.TOKEN_REFUSED,
    408: F.CLIENT_TIMEOUT,
    413: F.TOO_LARGE,
    415: F.WRONG_CONTENT_TYPE,
    429: F.THROTTLED,
    500: F.SERVER_ERROR,
    503: F.UNAVAILABLE,
    504: F.SERVER_TIMEOUT,
}
"""Statuses that say enough, whatever the code."""

BY_REASON: Mapping[str, FailureClass] = {
    FailReason.CODE_GONE: F.CODE_GONE,
    FailReason.CODE_NOT_ON_QUEUE: F.CODE_NOT_ON_QUEUE,
    FailReason.UNCONFIRMED: F.NEVER_APPLIED,
    SkipReason.AGENT_CHOSE: F.AGENT_WAS_FIRST,
    SkipReason.NOT_CONNECTED: F.NEVER_CONNECTED,
    SkipReason.OBSERVING: F.LISTENING_IN,
    SkipReason.PARKED: F.PARKED,
    SkipReason.NO_WRAPUP_MEDIUM: F.NO_WRAPUP_MEDIUM,
    SkipReason.CAMPAIGN: F.CAMPAIGN,
    SkipReason.NO_QUEUE: F.NO_QUEUE,
    SkipReason.OTHER_LEG: F.SEVERAL_LEGS,
    SkipReason.NO_RULE: F.NO_RULE,
    SkipReason.SHADOW: F.SHADOW,
}
"""What we ourselves say why, where that says it all."""

BY_OPERATION: Mapping[str, FailureClass] = {
    "login": F.CLIENT_REFUSED,
    "search": F.QUERY_TOO_WIDE,
    "job": F.JOB_EXPIRED,
    "list": F.CATALOGUE_INCOMPLETE,
}
"""What was asked that is no conversation's own affair."""

DEPRECATED_MEDIA = frozenset({"cobrowse", "screenshare"})
"""Genesys has announced that their endpoints go. Source: the deprecations in the official SDK, 269."""
MEDIA_WITHOUT_WRAPUP = frozenset({"internalmessage", "screenmonitoring"})
CONFLICT_CODES = frozenset({"general.conflict", "general.resource.conflict"})
GONE_STATUS = 410


def class_of(shown: Shown) -> FailureClass:
    """Return which class a failure is; UNKNOWN where nothing that is kept of it says so.

    What we say ourselves goes first, then Genesys' code, then its status, then the kind of trouble.
    """
    by_reason = _by_reason(shown)
    if by_reason is not None:
        return by_reason
    if shown.code or shown.http_status:
        return _by_answer(shown)
    return _without_answer(shown)


def _by_reason(shown: Shown) -> FailureClass | None:
    if shown.status in (Status.CONFLICT, Status.OVERRIDDEN):
        return F.AGENT_MEANWHILE
    if shown.reason == FailReason.QUARANTINED:
        return F.OUR_BUG if shown.error == "bug" else F.WORKER_DIED
    if shown.reason == FailReason.TOO_LATE:
        return F.CONVERSATION_GONE if shown.http_status or shown.code or not shown.error else F.PARTICIPANT_GONE
    if shown.reason == SkipReason.ALREADY_CODED:
        return F.TIMED_OUT_CODE if shown.found_code_id.startswith("ININ-") else F.ALREADY_CODED
    return BY_REASON.get(shown.reason)


def _by_answer(shown: Shown) -> FailureClass:
    if shown.code == "invalid_request" and shown.error == "rate_limited":
        return F.LOGIN_THROTTLED
    if shown.http_status == 409 or shown.code in CONFLICT_CODES:
        return F.SECOND_WRITE_REFUSED if shown.keeps_first_code and shown.found_code_id else F.CONFLICT
    if shown.code in BY_CODE:
        return BY_CODE[shown.code]
    if shown.code in ("", "bad.request", "not.found") and shown.http_status in (0, 400, 404, GONE_STATUS):
        return _of_few_words(shown)
    return _by_status(shown)


def _by_status(shown: Shown) -> FailureClass:
    if shown.http_status in BY_HTTP_STATUS:
        return BY_HTTP_STATUS[shown.http_status]
    if shown.http_status == 403 and not shown.code:
        return F.DIVISION_MISSING
    if shown.http_status >= 500 or 300 <= shown.http_status < 400:
        return F.GATEWAY_ERROR
    return F.UNREADABLE if 200 <= shown.http_status < 300 else F.UNKNOWN


def _of_few_words(shown: Shown) -> FailureClass:
    """Tell apart by what is known besides what a `bad.request` or a `not.found` leaves open."""
    if shown.operation in BY_OPERATION:
        return BY_OPERATION[shown.operation]
    missing = shown.code == "not.found" or shown.http_status in (404, GONE_STATUS)
    signs = (
        (shown.code_gone, F.CODE_GONE),
        (not missing and shown.never_connected, F.NEVER_CONNECTED),
        (not missing and shown.without_queue, F.NO_QUEUE),
        (not missing and shown.code_off_queue, F.CODE_NOT_ON_QUEUE),
        (not missing, F.WRONG_SHAPE),
        (shown.media_type == "chat", F.LEGACY_CHAT),
        (shown.media_type in DEPRECATED_MEDIA or shown.http_status == GONE_STATUS, F.API_REMOVED),
        (not shown.too_old and shown.media_type == "callback", F.WRONG_MEDIUM),
    )
    return next((found for holds, found in signs if holds), F.CONVERSATION_GONE)


BY_ERROR: Mapping[str, FailureClass] = {
    "unsent": F.UNREACHABLE,
    "rate_limited": F.THROTTLED,
    "credentials": F.TOKEN_REFUSED,
    "forbidden": F.DIVISION_MISSING,
    "conflict": F.CONFLICT,
    "crash": F.WORKER_DIED,
    "bug": F.OUR_BUG,
}
"""By the kind of trouble, where no answer came or nothing of it was kept."""


def _without_answer(shown: Shown) -> FailureClass:
    if shown.error == "unclear":
        return F.SILENCE if shown.silent else F.CUT_OFF
    if shown.error == "not_found":
        return _of_few_words(replace(shown, code="not.found"))
    if shown.error in BY_ERROR:
        return BY_ERROR[shown.error]
    if shown.error == "refused" and shown.media_type in MEDIA_WITHOUT_WRAPUP:
        return F.NO_WRAPUP_MEDIUM
    if shown.operation in BY_OPERATION and shown.operation != "login":
        return BY_OPERATION[shown.operation]
    if shown.status == Status.APPLIED:
        return F.ANALYTICS_LAG
    return F.ACW_PENDING if shown.status == Status.PENDING and shown.in_acw else F.UNKNOWN
