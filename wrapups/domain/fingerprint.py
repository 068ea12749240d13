"""One name for all failures of the same cause, so that people see groups and not rows."""

import hashlib
import json
import re

LONGEST = 2000
"""So much of a message is looked at; what follows tells nobody what went wrong."""

_QUOTED = re.compile(
    r"\[[^\]]*(?:\]|$)|\"[^\"]*(?:\"|$)|`[^`]*(?:`|$)|“[^”]*(?:”|$)|«[^»]*(?:»|$)|\u2018[^\u2019]*(?:\u2019|$)"
    # An apostrophe within a word quotes nothing, before, within and after a quoted name.
    r"|(?<!\w)'.*?(?:'(?!\w)|$)",
    re.DOTALL,
)
_WITHOUT_DIGIT = re.compile(r"\b[a-f]{8}-(?:[a-f]{4}-){3}[a-f]{12}\b")
_NUMBERED = re.compile(r"\S*\d\S*")
_BESIDE = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|[ap]m|utc|gmt"
    r"|ms|milliseconds?|s|secs?|seconds?|min|minutes?|h|hours?|days?|bytes?|[kmg]b)[.,]?"
)
_VALUE = re.compile(rf"(?:\b{_BESIDE}\s+)*#(?:\s*(?:#|{_BESIDE}(?!\w)))*")
"""A number with what belongs to it: the names of a date, a unit, and the numbers beside it."""


def fingerprint(*, reason: str, error: str, code: str, operation: str, media_type: str, message: str) -> str:
    """Return 32 hexadecimal digits, equal for failures of the same cause: ids and numbers do not split it."""
    parts = json.dumps([reason, error, code, operation, media_type, general(message)])
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


def general(message: str) -> str:
    """Return what a message says of every failure of its cause: ids, numbers, times and quoted names are one "#"."""
    text = _QUOTED.sub(" # ", message[:LONGEST].casefold())
    text = _NUMBERED.sub("#", _WITHOUT_DIGIT.sub("#", text))
    return " ".join(_VALUE.sub("#", " ".join(text.split())).split())
