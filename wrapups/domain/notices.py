"""Telling others what became of an assignment: what is said, and what follows from how it was taken. Pure.

One layer retries, and this is it. A try either counts as told (2xx) or is repeated under the same event id, so a
receiver may hear of an event more than once, and of two events in either order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wrapups.domain.retry import backoff_s
from wrapups.domain.status import Status

VERSION = 1
"""Of the body. A field may be added under the same version; nothing is taken away or changes its meaning."""
EVENTS = (Status.VERIFIED, Status.FAILED, Status.OVERRIDDEN, Status.CONFLICT)
"""What may be told of. A conflict, like a failure, waits for a person."""
ALERT = "alert"
"""That an alert begins or is over: written down by alerting, told of only where an alert channel leads to a webhook."""
TEST = "test"

GIVE_UP_AFTER_S = 24 * 3600
LONGEST_WAIT_S = 3600
LONGEST_REST_S = 300
HOLD_AFTER_S = 3 * 24 * 3600
HOLD_AFTER_FAILURES = 10
GONE = 410
ASKS_FOR_TIME = frozenset({429, 503})
BLAMES_THE_NOTICE = frozenset({400, 409, 413, 415, 422})
"""Answers that speak of one body. Every other refusal, and silence, speaks of the receiver as a whole."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try ended: the status of a complete head of an answer, or 0 and why there was none.

    `asked_s` is how long a Retry-After asks us to wait, None where it says nothing that makes sense.
    """

    http_status: int = 0
    asked_s: int | None = None
    problem: str = ""

    @property
    def told(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.http_status < 300


@dataclass(frozen=True, slots=True)
class Health:
    """How a receiver has been lately: failed tries in a row, and for how long there has been no other."""

    failures: int = 0
    failing_for_s: float = 0.0


class Then(StrEnum):
    """Where a notice goes."""

    TOLD = "told"
    AGAIN = "again"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class NextTry:
    """What follows a try: where the notice goes and in how many seconds it is due again; how long the receiver is left
    alone altogether; and why it is not told any more until a person says so (empty: it is)."""

    then: Then
    after_s: float = 0.0
    rest_s: float = 0.0
    problem: str = ""
    hold_because: str = ""


def document(facts: Mapping[str, Any], *, event: str, event_id: str) -> dict[str, Any]:
    """Return what is told: the facts as they were when it happened, under the event's name and id."""
    return {"version": VERSION, "id": event_id, "event": event, **facts}


def body(facts: Mapping[str, Any], *, event: str, event_id: str) -> bytes:
    """Return the document as the bytes that are signed and sent: the same at each try."""
    return json.dumps(document(facts, event=event, event_id=event_id), separators=(",", ":")).encode()


def after_try(outcome: Outcome, *, tries: int, left_s: float, health: Health, jitter: float) -> NextTry:
    """Return what follows a try.

    `tries` counts this one; `left_s` is how long the notice may still be tried; `health` is the receiver's with this
    try in it; `jitter` is 0.0 to 1.0, all of it used, so that a thousand waiting notices do not come back as one burst.
    """
    if outcome.told:
        return NextTry(Then.TOLD)
    problem = outcome.problem or f"It answered {outcome.http_status}{_comment(outcome.http_status)}."
    wait_s = _wait_s(outcome, tries, jitter)
    then = Then.AGAIN if wait_s < left_s else Then.GIVEN_UP
    return NextTry(then, wait_s, _rest_s(outcome, wait_s, health, jitter), problem, _hold_because(outcome, health))


def _wait_s(outcome: Outcome, tries: int, jitter: float) -> float:
    if outcome.http_status in ASKS_FOR_TIME and outcome.asked_s is not None:
        asked_s = min(max(1, outcome.asked_s), LONGEST_WAIT_S)
        return asked_s * (1 + jitter / 10)
    return backoff_s(tries, jitter, cap_s=LONGEST_WAIT_S)


def _rest_s(outcome: Outcome, wait_s: float, health: Health, jitter: float) -> float:
    if outcome.http_status in BLAMES_THE_NOTICE:
        return 0.0
    if outcome.http_status in ASKS_FOR_TIME and outcome.asked_s is not None:
        return wait_s
    return backoff_s(health.failures, jitter, cap_s=LONGEST_REST_S)


def _hold_because(outcome: Outcome, health: Health) -> str:
    if outcome.http_status == GONE:
        return "It answered 410: it does not want to be told any more."
    if health.failing_for_s >= HOLD_AFTER_S and health.failures >= HOLD_AFTER_FAILURES:
        return f"It has not taken anything for {HOLD_AFTER_S // 86_400} days, in {health.failures} tries."
    return ""


def _comment(status: int) -> str:
    return ", a redirect, which is not followed" if 300 <= status < 400 else ""
