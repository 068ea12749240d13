"""The call budget of an organization: one row, one statement, the database's clock.

A token bucket shared by every worker of every host, and everything that may hold it: Genesys' own
Retry-After, a refused client, a person's pause, of everything or of a lane or a rule. A hold is a condition of this
one row; no assignment is touched. The same statement counts what the call is for.
"""

import random
import time
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from wrapups.domain.breaker import GONE_FIRST, Breaker, Verdict, after_call
from wrapups.domain.errors import CredentialsRefused, GenesysError, RateLimited, Unclear, Unsent
from wrapups.domain.pace import DOCUMENTED_PER_MINUTE, pace
from wrapups.models import CallBudget, CallTally, Organization
from wrapups.models.calls import STRETCH_S, STRETCHES
from wrapups.models.clock import AppNow, Seconds

LONGEST_WAIT_S = 5.0
LOOK_AGAIN_S = 0.01
"""When what a call was meant for has just been paused: there may be other work, which needs another look only."""

ONE_STRETCH_S = 60
"""Whoever is told to wait again so soon after a wait is still being told to wait."""
FIRST_CALL_S = 30
"""After the breaker was open one call goes first; this long the others wait for what it meets."""

_TAKE = """
    WITH level AS (
        SELECT b.organization_id, pace.per_second,
               LEAST(o.burst, b.tokens + GREATEST(0, EXTRACT(EPOCH FROM app_now() - b.tokens_at))
                              * pace.per_second) AS tokens,
               (b.held_at IS NULL AND b.refused_at IS NULL) AS free,
               (%(lane)s = ANY (b.held_lanes) OR %(rule)s::uuid = ANY (b.held_rules)) IS TRUE AS part_held,
               GREATEST(0, COALESCE(EXTRACT(EPOCH FROM GREATEST(b.wait_until, b.breaker_until) - app_now()), 0))
               AS wait_s
          FROM wrapups_callbudget b
          JOIN wrapups_organization o ON o.id = b.organization_id,
               LATERAL (SELECT o.calls_per_minute / 60.0
                               * LEAST(1, COALESCE(b.allowed_per_minute, %(documented)s) / %(documented)s::float)
                               AS per_second) AS pace
         WHERE b.organization_id = %(organization)s
           FOR UPDATE OF b
    ), taken AS (
        UPDATE wrapups_callbudget b
           SET tokens = level.tokens - 1,
               tokens_at = GREATEST(b.tokens_at, app_now()),
               recent_calls = CASE WHEN b.breaker_opened = 0 THEN b.recent_calls ELSE %(gone_first)s END,
               breaker_until = CASE WHEN b.breaker_opened = 0 THEN b.breaker_until
                                    ELSE app_now() + make_interval(secs => %(first_call_s)s) END
          FROM level
         WHERE b.organization_id = level.organization_id
           AND level.free AND level.wait_s = 0 AND level.tokens >= 1 + %(leaving)s
           AND NOT level.part_held
     RETURNING 1
    ), now AS (
        SELECT floor(EXTRACT(EPOCH FROM app_now()) / %(stretch_s)s)::bigint AS stretch
    ), counted AS (
        INSERT INTO wrapups_calltally AS t (organization_id, use, place, begins_at, calls, longest_wait_s)
        SELECT %(organization)s, %(use)s, mod(now.stretch, %(stretches)s), to_timestamp(now.stretch * %(stretch_s)s),
               1, %(waited_s)s
          FROM taken, now
            ON CONFLICT (organization_id, use, place) DO UPDATE
           SET begins_at = EXCLUDED.begins_at,
               calls = 1 + CASE WHEN t.begins_at = EXCLUDED.begins_at THEN t.calls ELSE 0 END,
               longest_wait_s = CASE WHEN t.begins_at = EXCLUDED.begins_at
                                     THEN GREATEST(t.longest_wait_s, EXCLUDED.longest_wait_s)
                                     ELSE EXCLUDED.longest_wait_s END
    )
    SELECT EXISTS (SELECT 1 FROM taken), level.free, level.part_held, level.wait_s,
           (1 + %(leaving)s - level.tokens) / level.per_second
      FROM level
"""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a call is for; where for one assignment, its lane and rule, which may be paused, and how long it waited."""

    use: CallTally.Use = CallTally.Use.OTHER
    lane: str = ""
    rule_identity: UUID | None = None
    waited_s: float = 0.0


UNSAID = Purpose()


@dataclass(frozen=True, slots=True)
class Granted:
    """One call may be made now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """No call now: ask again in `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Held:
    """No call until a person does something."""


def take_call(organization_id: int, *, leaving: float = 0.0, purpose: Purpose = UNSAID) -> Granted | Wait | Held:
    """Take one call from the organization's budget, or say how long until there may be one.

    Who can wait takes one only where so many more are there, `leaving` them at most the burst less one: those who
    cannot wait then find them at once, and all that flows in is used all the same.

    Inside a transaction the call is given back by a rollback, so claim and call are one decision.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {
                "organization": organization_id,
                "documented": DOCUMENTED_PER_MINUTE,
                "gone_first": GONE_FIRST,
                "leaving": leaving,
                "first_call_s": FIRST_CALL_S,
                "lane": purpose.lane,
                "rule": purpose.rule_identity,
                "use": purpose.use.value,
                "waited_s": int(purpose.waited_s),
                "stretch_s": STRETCH_S,
                "stretches": STRETCHES,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise CallBudget.DoesNotExist(f"Organization {organization_id} has no call budget.")
    granted, free, part_held, told_to_wait_s, until_token_s = row
    if granted:
        return Granted()
    if not free:
        return Held()
    if part_held:
        return Wait(LOOK_AGAIN_S)
    return Wait(min(LONGEST_WAIT_S, max(0.01, float(told_to_wait_s), float(until_token_s))))


def calls_per_minute(organization: Organization) -> float:
    """Return how many calls an organization makes a minute at most, as Genesys allows now. One query."""
    budget = CallBudget.objects.filter(organization=organization)
    return pace(organization.calls_per_minute, budget.values_list("allowed_per_minute", flat=True).first())


def wait_for_call(organization_id: int, *, at_most_s: float, use: CallTally.Use = CallTally.Use.OTHER) -> bool:
    """Take one call, waiting for it up to `at_most_s`; return whether it was granted. Never within a transaction."""
    deadline, purpose = time.monotonic() + at_most_s, Purpose(use)
    while not isinstance(answer := take_call(organization_id, purpose=purpose), Granted):
        if isinstance(answer, Held) or time.monotonic() + answer.seconds > deadline:
            return False
        time.sleep(answer.seconds)
    return True


def learn(organization_id: int, error: GenesysError | None) -> None:
    """Take in how a call ended: hold the organization where that asks for it, and feed the breaker.

    Throttling asks for quiet, refused credentials for a person. Both say nothing about Genesys' health; no answer,
    or none that makes sense, does.
    """
    match error:
        case RateLimited():
            _wait(organization_id, error.retry_after_s)
        case CredentialsRefused():
            _refuse(organization_id, str(error)[:500])
        case _:
            _feed_breaker(organization_id, answered=not isinstance(error, Unsent | Unclear))


class Respect:
    """Notes how many calls a minute Genesys says it allows: it can slow us down, never speed us up.

    Told with every answer, it writes only when a process hears something new.
    """

    def __init__(self, organization_id: int) -> None:
        self._organization_id = organization_id
        self._heard: int | None = None

    def __call__(self, allowed_per_minute: int) -> None:
        if allowed_per_minute != self._heard:
            rows = CallBudget.objects.filter(organization_id=self._organization_id)
            rows.update(allowed_per_minute=max(1, allowed_per_minute))
            self._heard = allowed_per_minute


def _feed_breaker(organization_id: int, *, answered: bool) -> None:
    """Most calls tell the breaker nothing new; only those that do wait for its row."""
    rows = CallBudget.objects.filter(organization_id=organization_id)
    jitter = random.random()  # noqa: S311 (spreads, hides nothing)
    if _heard(rows, answered, jitter) is None:
        return
    with transaction.atomic():
        verdict = _heard(rows.select_for_update(), answered, jitter)
        if verdict is None:
            return
        until = AppNow() + Seconds(verdict.open_for_s) if verdict.open_for_s else None
        rows.update(recent_calls=verdict.breaker.recent, breaker_opened=verdict.breaker.opened, breaker_until=until)


def _heard(rows: models.QuerySet[CallBudget], answered: bool, jitter: float) -> Verdict | None:
    """Return what one more call makes of the breaker as it stands; None where that changes nothing."""
    before = Breaker(*rows.values_list("recent_calls", "breaker_opened").get())
    verdict = after_call(before, answered=answered, jitter=jitter)
    return None if verdict.breaker == before else verdict


def _wait(organization_id: int, seconds: float) -> None:
    """Let no worker call before then; a shorter wait never cuts a longer one short.

    Since when it is so stays, where the last wait is hardly over.
    """
    goes_on = Q(wait_until__gt=AppNow() - Seconds(ONE_STRETCH_S), told_to_wait_at__isnull=False)
    CallBudget.objects.filter(organization_id=organization_id).update(
        tokens=Value(0.0),
        wait_until=Greatest(F("wait_until"), AppNow() + Seconds(seconds)),
        told_to_wait_at=Case(When(goes_on, then=F("told_to_wait_at")), default=AppNow()),
    )


def _refuse(organization_id: int, because: str) -> None:
    with transaction.atomic():
        CallBudget.objects.filter(organization_id=organization_id, refused_at=None).update(
            refused_at=AppNow(), refused_because=because
        )
