"""How long somebody who answers by HTTP asks us to wait."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_asked(value: str, *, now: datetime) -> int | None:
    """Return the seconds that a Retry-After asks for, as a number or as an HTTP date; None where it makes no sense.

    Source: RFC 9110, 10.2.3.
    """
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, round((at - now).total_seconds()))
