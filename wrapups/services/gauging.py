"""How everything stands, in numbers for machines: a fixed number of statements, however many organizations there are.

Each statement is one question. The columns of its answer are named as the metrics are (`dashboard/metrics.py`), but for
`organization` (its slug) and `label`. Labels are words of ours and slugs: nothing a customer said, no id. What could be
many is counted up to a bound, on an index made for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from wrapups.domain.notices import GIVE_UP_AFTER_S
from wrapups.domain.pace import DOCUMENTED_PER_MINUTE
from wrapups.domain.status import FailReason, Lane, Status
from wrapups.models import CallTally, FailureGroup
from wrapups.services.beating import SILENT_AFTER_S

MOST = 100_000
"""Where counting stops, so that a long queue makes no long statement."""
LOOKED_THROUGH = 1000
"""Of so many that were due first, the one that has waited longest tells the age: many were made when overdue."""

_LANES = """
    SELECT o.slug AS organization, lane.name AS label, counted.number AS due,
           COALESCE(EXTRACT(EPOCH FROM app_now() - oldest.at), 0) AS due_oldest_age_seconds
      FROM wrapups_organization o CROSS JOIN unnest(%(lanes)s::text[]) AS lane(name)
      LEFT JOIN wrapups_callbudget b ON b.organization_id = o.id,
           LATERAL (SELECT count(*) AS number FROM FREE) AS counted,
           LATERAL (SELECT min(GREATEST(due_at, created_at)) AS at FROM (
               SELECT due_at, created_at FROM FREE ORDER BY due_at, id LIMIT %(looked_through)s) AS few) AS oldest
""".replace(
    "FREE",
    """(
               SELECT a.id, a.status, a.rule_identity, a.due_at, a.created_at
                 FROM wrapups_assignment a
                WHERE a.organization_id = o.id AND a.lane = lane.name AND a.status IN ('pending', 'unknown')
                  AND a.due_at <= app_now() ORDER BY a.due_at, a.id LIMIT %(most)s) AS first
                WHERE status = 'unknown' OR NOT COALESCE(lane.name = ANY (b.held_lanes)
                                                         OR rule_identity = ANY (b.held_rules), false)""",
)
"""What people paused is not due, as for workers (`HeldWork.is_free`); it counts where looking through them stops."""

_STATUSES = """
    SELECT o.slug AS organization, status.name AS label, counted.number AS ended_last_hour
      FROM wrapups_organization o, unnest(%(statuses)s::text[]) AS status(name),
           LATERAL (SELECT count(*) AS number FROM (
               SELECT FROM wrapups_assignment a
                WHERE a.organization_id = o.id AND a.status = status.name
                  AND a.ended_at > app_now() - interval '1 hour' LIMIT %(most)s) AS few) AS counted
"""

_FAILURES = """
    SELECT o.slug AS organization, told.class AS label, told.failures
      FROM wrapups_organization o,
           LATERAL (SELECT class.name AS class, count(waiting.class) AS failures
                      FROM unnest(%(classes)s::text[]) AS class(name)
                      LEFT JOIN (SELECT CASE a.status WHEN 'conflict' THEN 'conflict' ELSE a.reason END AS class
                                   FROM wrapups_assignment a
                                  WHERE a.organization_id = o.id AND a.status IN ('failed', 'conflict')
                                  LIMIT %(most)s) AS waiting ON waiting.class = class.name
                     GROUP BY class.name) AS told
"""

_GROUPS = """
    SELECT o.slug AS organization, state.name AS label, count(g.id) AS failure_groups
      FROM wrapups_organization o CROSS JOIN unnest(%(group_states)s::text[]) AS state(name)
      LEFT JOIN wrapups_failuregroup g ON g.organization_id = o.id AND state.name =
           CASE WHEN g.state = 'snoozed' AND g.snoozed_until <= app_now() THEN 'open' ELSE g.state END
     GROUP BY o.slug, state.name
"""

_BUDGETS = """
    SELECT o.slug AS organization, pace.per_minute AS calls_per_minute,
           CASE WHEN stopped.now OR waits.breaker OR waits.told THEN 0 ELSE floor(LEAST(o.burst,
               b.tokens + GREATEST(0, EXTRACT(EPOCH FROM app_now() - b.tokens_at)) * pace.per_minute / 60)) END
           AS calls_left,
           waits.breaker::int AS breaker_open, waits.told::int AS told_to_wait,
           (b.held_at IS NOT NULL)::int AS calls_held, (b.refused_at IS NOT NULL)::int AS client_refused,
           cardinality(b.held_lanes) AS lanes_held, cardinality(b.held_rules) AS rules_held
      FROM wrapups_callbudget b JOIN wrapups_organization o ON o.id = b.organization_id,
           LATERAL (SELECT o.calls_per_minute * LEAST(1, COALESCE(b.allowed_per_minute, %(documented)s)
                           / %(documented)s::float) AS per_minute) AS pace,
           LATERAL (SELECT b.held_at IS NOT NULL OR b.refused_at IS NOT NULL AS now) AS stopped,
           LATERAL (SELECT COALESCE(b.breaker_until > app_now(), false) AS breaker,
                           COALESCE(b.wait_until > app_now(), false) AS told) AS waits
"""

_CALLS = """
    SELECT o.slug AS organization, use.name AS label, COALESCE(sum(t.calls), 0) AS calls_last_hour
      FROM wrapups_organization o CROSS JOIN unnest(%(uses)s::text[]) AS use(name)
      LEFT JOIN wrapups_calltally t ON t.organization_id = o.id AND t.use = use.name
                                   AND t.begins_at > app_now() - interval '1 hour'
     GROUP BY o.slug, use.name
"""

_ANSWERS = """
    SELECT o.slug AS organization, told.answer AS label, told.attempts_last_hour
      FROM wrapups_organization o,
           LATERAL (SELECT answer.name AS answer, count(lately.answer) AS attempts_last_hour
                      FROM unnest(ARRAY['2xx', '429', '4xx', '5xx', 'none']) AS answer(name)
                      LEFT JOIN (SELECT CASE WHEN t.http_status = 429 THEN '429' WHEN t.http_status >= 500 THEN '5xx'
                                             WHEN t.http_status >= 400 THEN '4xx' WHEN t.http_status > 0 THEN '2xx'
                                             ELSE 'none' END AS answer
                                   FROM wrapups_attempt t
                                  WHERE t.organization_id = o.id AND t.started_at > app_now() - interval '1 hour'
                                    AND t.finished_at IS NOT NULL AND t.kind <> 'bulk_read'
                                  LIMIT %(most)s) AS lately ON lately.answer = answer.name
                     GROUP BY answer.name) AS told
"""

_DUTIES = """
    SELECT o.slug AS organization, s.kind AS label, (s.problem <> '')::int AS duty_failing,
           EXTRACT(EPOCH FROM s.succeeded_at) AS duty_success_timestamp_seconds
      FROM wrapups_sweep s JOIN wrapups_organization o ON o.id = s.organization_id
"""

_LAGS = """
    SELECT o.slug AS organization, EXTRACT(EPOCH FROM app_now() - looked.until) AS discovery_lag_seconds,
           unconfirmed.number AS unconfirmed,
           COALESCE(EXTRACT(EPOCH FROM app_now() - unconfirmed.oldest), 0) AS unconfirmed_oldest_age_seconds
      FROM wrapups_organization o,
           LATERAL (SELECT min(s.watermark_at) AS until FROM wrapups_sweep s
                     WHERE s.organization_id = o.id AND s.kind IN ('discover', 'catch_up')) AS looked,
           LATERAL (SELECT count(*) AS number, min(due_at) AS oldest FROM (
               SELECT a.due_at FROM wrapups_assignment a
                WHERE a.organization_id = o.id AND a.status = 'applied' AND a.due_at <= app_now()
                ORDER BY a.due_at LIMIT %(most)s) AS few) AS unconfirmed
"""

_DOORS = """
    SELECT o.slug AS organization, EXTRACT(EPOCH FROM sources.last_at) AS last_event_timestamp_seconds,
           events.number AS events_waiting,
           COALESCE(EXTRACT(EPOCH FROM app_now() - events.oldest), 0) AS events_oldest_age_seconds,
           apart.number AS events_set_apart, notices.number AS notices_waiting,
           COALESCE(EXTRACT(EPOCH FROM app_now() - notices.oldest), 0) AS notices_oldest_age_seconds,
           receivers.number AS receivers_held
      FROM wrapups_organization o,
           LATERAL (SELECT max(s.last_event_at) AS last_at FROM wrapups_eventsource s
                     WHERE s.organization_id = o.id) AS sources,
           LATERAL (SELECT count(*) AS number, min(due_at) AS oldest FROM (
               SELECT e.due_at FROM wrapups_inboundevent e
                WHERE e.organization_id = o.id AND e.state = 'received' AND e.due_at <= app_now()
                ORDER BY e.due_at LIMIT %(most)s) AS few) AS events,
           LATERAL (SELECT count(*) AS number FROM (
               SELECT FROM wrapups_inboundevent e
                WHERE e.organization_id = o.id AND e.state = 'quarantined' LIMIT %(most)s) AS few) AS apart,
           LATERAL (SELECT count(*) AS number, min(give_up_at) - make_interval(secs => %(give_up_s)s) AS oldest FROM (
               SELECT n.give_up_at FROM wrapups_notice n
                WHERE n.organization_id = o.id AND n.state = 'waiting'
                ORDER BY n.give_up_at LIMIT %(most)s) AS few) AS notices,
           LATERAL (SELECT count(*) AS number FROM wrapups_subscription s
                     WHERE s.organization_id = o.id AND s.removed_at IS NULL AND s.held_because <> '') AS receivers
"""

_PROCESSES = """
    SELECT h.kind AS label, EXTRACT(EPOCH FROM max(h.beat_at)) AS heartbeat_timestamp_seconds,
           count(*) FILTER (WHERE h.beat_at > app_now() - make_interval(secs => %(silent_s)s)) AS processes
      FROM wrapups_heartbeat h GROUP BY h.kind ORDER BY h.kind
"""

QUESTIONS = (
    *(_LANES, _STATUSES, _FAILURES, _GROUPS, _BUDGETS, _CALLS, _ANSWERS, _DUTIES, _LAGS, _DOORS),
    _PROCESSES,
)
ASKED: dict[str, Any] = {
    "lanes": [lane.value for lane in Lane],
    "statuses": [status.value for status in Status],
    "classes": [*(reason.value for reason in FailReason), Status.CONFLICT.value],
    "group_states": FailureGroup.State.values,
    "uses": CallTally.Use.values,
    "most": MOST,
    "looked_through": LOOKED_THROUGH,
    "documented": DOCUMENTED_PER_MINUTE,
    "give_up_s": GIVE_UP_AFTER_S,
    "silent_s": SILENT_AFTER_S,
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number: the metric, whose it is (a slug, or empty) and of what (or empty)."""

    name: str
    value: float
    organization: str = ""
    label: str = ""


def gauges() -> Iterator[Gauge]:
    """Yield how everything stands now, in all organizations. What nothing is known of is left out.

    Times are seconds since 1970, ages and lags seconds. Raises DatabaseError.
    """
    with connection.cursor() as cursor:
        for question in QUESTIONS:
            cursor.execute(question, ASKED)
            names = [column.name for column in cursor.description or ()]
            for row in cursor.fetchall():
                yield from _gauges_of(dict(zip(names, row, strict=True)))


def _gauges_of(row: dict[str, Any]) -> Iterator[Gauge]:
    organization, label = row.pop("organization", ""), row.pop("label", "")
    for name, value in row.items():
        if value is not None:
            yield Gauge(name, float(value), organization, label)
