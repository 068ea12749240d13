"""One name for all failures of the same cause, so that people see groups and not rows."""

import hashlib
import json
import re

_VARIES = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # ids
    r"|\d+(?:[.:]\d+)*"  # numbers, times, addresses
    r"|\[[^\]]*\]|'[^']*'|\"[^\"]*\"",  # what a message quotes
    re.IGNORECASE,
)


def fingerprint(*, reason: str, error: str, code: str, operation: str, media_type: str, message: str) -> str:
    """Return 32 hexadecimal digits, equal for failures of the same cause: ids and numbers do not split it."""
    general = " ".join(_VARIES.sub("#", message).casefold().split())
    parts = json.dumps([reason, error, code, operation, media_type, general])
    return hashlib.sha256(parts.encode()).hexdigest()[:32]
