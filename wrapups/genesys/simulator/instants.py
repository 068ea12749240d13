"""Instants as Genesys writes them: UTC with milliseconds, all of one length, so that they order as text."""

from datetime import UTC, datetime, timedelta

Instant = str

LAST: Instant = "9999-12-31T23:59:59.999Z"
"""Later than everything; stands for an end that has not come."""


def instant(moment: datetime) -> Instant:
    """Return an aware moment as Genesys writes it, cut to milliseconds."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def from_epoch(seconds: float) -> Instant:
    """Return the instant that is so many seconds after 1970."""
    return instant(datetime.fromtimestamp(seconds, UTC))


def parse(text: str) -> Instant:
    """Return the instant an ISO-8601 text with a zone names.

    Raises ValueError for anything else, a time without a zone included.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone.")
    return instant(moment)


def epoch(at: Instant) -> float:
    """Return the seconds after 1970 of an instant."""
    return datetime.fromisoformat(at).timestamp()


def shifted(at: Instant, seconds: float) -> Instant:
    """Return the instant so many seconds after `at`."""
    return instant(datetime.fromisoformat(at) + timedelta(seconds=seconds))


def interval(text: str) -> tuple[Instant, Instant]:
    """Return both ends of an ISO-8601 interval `start/end`.

    Raises ValueError when it is none or ends before it starts.
    """
    start, separator, end = text.partition("/")
    if not separator:
        raise ValueError(f"{text!r} is no interval of the form start/end.")
    bounds = parse(start), parse(end)
    if bounds[0] > bounds[1]:
        raise ValueError(f"The interval {text!r} ends before it starts.")
    return bounds
