"""What an alert says, in a line, and what to do about it. Pure: of the condition, its subject and the figures seen."""

from collections.abc import Callable, Mapping
from typing import Any

from wrapups.domain.alerting import TOLD_TO_WAIT, Condition

Facts = Mapping[str, Any]


def headline(condition: Condition, subject: str, facts: Facts) -> str:
    """Return what is the matter, in one line without a full stop."""
    return _HEADLINES[condition](subject, facts)


def what_to_do(condition: Condition, facts: Facts) -> str:
    """Return what to do about it, with what somebody or something gave as the reason."""
    because = str(facts.get("because") or "").strip()
    said = f"{because.rstrip('.')}. " if because else ""
    return said + ADVICE[condition]


def lasted(seconds: float) -> str:
    """Return for how long something was so: "3 min", "2 h 5 min", "1 d 4 h"."""
    minutes = max(1, round(seconds / 60))
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"
    if hours:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{minutes} min"


ADVICE: Mapping[Condition, str] = {
    Condition.SILENT: "See whether the worker and the pump run, and start them. Nothing is lost meanwhile.",
    Condition.REFUSED: "Mend the OAuth client in Genesys Cloud, then let the calls go on.",
    Condition.HELD: "Calls go on when somebody resumes them. What comes meanwhile waits.",
    Condition.BREAKER: "Calls go on by themselves. See status.mypurecloud.com, and who else uses our OAuth client.",
    Condition.OVERDUE: "See what holds work up: the call budget, a lane that is held, or too few workers.",
    Condition.FAILURES: "See which causes they have; each says what to do.",
    Condition.FAILED_SHARE: "See which causes they have; each says what to do.",
    Condition.FAILURE_GROUP: "Take it, and see what it says to do.",
    Condition.TOO_LATE: "Retry or dismiss them while Genesys Cloud still takes a code.",
    Condition.NO_EVENTS: "See whether its sender runs, and whether its posts were refused.",
    Condition.CATALOGUE: "See what the last reading of the catalogue met.",
    Condition.WEBHOOK_HELD: "Mend the receiver, then resume the webhook.",
}


def _silent(subject: str, _facts: Facts) -> str:
    return "The pump has shown no sign of life" if subject == "pump" else "No worker takes work"


def _held(subject: str, facts: Facts) -> str:
    part = f"The lane {facts['lane']}" if facts.get("lane") else "A rule"
    paused = f"{part} was paused" if subject else "All calls to Genesys Cloud were paused"
    return f"{paused} by {facts['by']}" if facts.get("by") else paused


def _breaker(subject: str, facts: Facts) -> str:
    if subject == TOLD_TO_WAIT:
        return f"Genesys Cloud has asked us to wait, again and again, for {lasted(facts['minutes'] * 60)}"
    return "Genesys Cloud does not answer"


def _overdue(_subject: str, facts: Facts) -> str:
    return f"The oldest work that is due has waited for {_many(facts['minutes'], 'minute')}"


def _failures(_subject: str, facts: Facts) -> str:
    return f"{_many(facts['failed'], 'assignment')} failed within an hour"


def _failed_share(_subject: str, facts: Facts) -> str:
    return f"{facts['share']} % of what was tried within an hour failed ({facts['failed']:,})"


def _failure_group(_subject: str, facts: Facts) -> str:
    returned = "A failure that was over is back" if facts.get("returned") else "A new kind of failure"
    medium = f", {facts['medium']}" if facts.get("medium") else ""
    return f"{returned}: {facts['name']}{medium}" if facts.get("name") else returned


def _too_late(_subject: str, facts: Facts) -> str:
    said = f"{_many(facts['failed'], 'failure')} will soon be too old to be changed"
    return f"{said}, the first within {_many(facts['hours'] + 1, 'hour')}"


def _no_events(_subject: str, facts: Facts) -> str:
    return f"{facts['name']} has sent nothing for {lasted(facts['minutes'] * 60)}"


def _catalogue(_subject: str, facts: Facts) -> str:
    return f"The catalogue was last read {_many(facts['hours'], 'hour')} ago"


_HEADLINES: Mapping[Condition, Callable[[str, Facts], str]] = {
    Condition.SILENT: _silent,
    Condition.REFUSED: lambda _subject, _facts: "Genesys Cloud refuses our OAuth client",
    Condition.HELD: _held,
    Condition.BREAKER: _breaker,
    Condition.OVERDUE: _overdue,
    Condition.FAILURES: _failures,
    Condition.FAILED_SHARE: _failed_share,
    Condition.FAILURE_GROUP: _failure_group,
    Condition.TOO_LATE: _too_late,
    Condition.NO_EVENTS: _no_events,
    Condition.CATALOGUE: _catalogue,
    Condition.WEBHOOK_HELD: lambda _subject, facts: f"The webhook {facts['name']} is told nothing any more",
}


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
