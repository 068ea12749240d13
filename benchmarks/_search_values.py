"""What row n of each table holds, in SQL, from the view `drawn`: one row for each assignment.

`key` is the communication that n is about, `begun_by` the one that its conversation began with; `a` and `b` are 64
random bits each, the same for all that is about one communication, and `chance` is one of 10,000.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from django.db import models

from wrapups.domain.status import FailReason
from wrapups.models import Assignment, Attempt, Communication, Conversation, Disposition

Error = Assignment.Error
FAILURES: Sequence[tuple[FailReason, str, str, str, int]] = (
    (FailReason.REJECTED, Error.REFUSED, "bad.request", "The code is not on the queue.", 400),
    (FailReason.CODE_NOT_ON_QUEUE, "", "", "The code is not on the queue.", 0),
    (FailReason.EXHAUSTED, Error.UNCLEAR, "", "No answer within 10 seconds.", 0),
    (FailReason.TOO_LATE, Error.NOT_FOUND, "not.found", "The conversation can no longer be changed.", 404),
    (FailReason.UNCONFIRMED, Error.UNCLEAR, "", "Accepted twice, and never seen.", 202),
    (FailReason.CODE_GONE, Error.NOT_FOUND, "wrapup.code.not.found", "The code does not exist.", 404),
    (FailReason.REJECTED, Error.FORBIDDEN, "missing.permissions", "Not allowed in this division.", 403),
    (FailReason.EXHAUSTED, Error.UNSENT, "", "The connection was refused.", 0),
    (FailReason.REJECTED, Error.CONFLICT, "conflict", "The conversation is being changed.", 409),
    (FailReason.QUARANTINED, Error.CRASH, "", "Its worker died three times.", 0),
    (FailReason.REJECTED, Error.REFUSED, "invalid.state", "The participant is still connected.", 400),
    (FailReason.EXHAUSTED, Error.RATE_LIMITED, "too.many.requests", "Too many requests.", 429),
)
"""Kinds of trouble, the commonest first; each is half again as common as the next."""
OF_64 = (20, 13, 9, 6, 4, 3, 2, 2, 2, 1, 1, 1)

TABLES = """
    CREATE UNLOGGED TABLE drawn_hour (
        start timestamptz, first bigint, last bigint, profiles int, release int, release_id bigint
    );
    CREATE UNLOGGED TABLE drawn_profile (
        profile int PRIMARY KEY, queue_id text, division_id text, agent_id text, media_type text, direction text,
        code bigint, code_id text, other_code text, rule_ids bigint[], rule_identity uuid,
        source text, disposition text, facts jsonb
    );
    CREATE UNLOGGED TABLE drawn_note (
        note int PRIMARY KEY, words text, vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED
    );
    CREATE UNLOGGED TABLE drawn_failure (
        failure int PRIMARY KEY, fail_reason text, trouble text, trouble_code text, trouble_message text, http int,
        cause text
    );
"""

VIEW = """
    CREATE VIEW drawn AS
    SELECT *,
           CASE WHEN status = 'skipped' AND skip_reason = 'agent_chose' THEN other_code
                WHEN status = 'skipped' AND skip_reason = 'already_coded' THEN code_id
                WHEN (a >> 52) & 15 < 9 THEN ''
                WHEN (a >> 52) & 15 < 14 THEN 'ININ-WRAP-UP-TIMEOUT'
                WHEN (a >> 52) & 15 = 14 THEN code_id
                ELSE other_code END AS found
      FROM (
    SELECT n, key, key - (key % 10 = 0)::int AS begun_by, {organization} AS organization, release, release_id,
           a, b, profile.*, failure.*,
           start + make_interval(secs => ((a >> 40) & 4095) * 0.87) AS ended_at,
           CASE WHEN key = ANY (ARRAY{places}) THEN '{rare_words}' WHEN noted THEN words ELSE '' END AS notes,
           CASE WHEN key = ANY (ARRAY{places}) THEN to_tsvector('simple', '{rare_words}') WHEN noted THEN vector END
               AS vector,
           CASE WHEN n <> key THEN 'superseded'
                WHEN n > {live} OR n % 200003 = 7
                THEN (ARRAY['pending', 'pending', 'pending', 'applied', 'applied', 'sending', 'unknown'])
                     [1 + abs(b % 7)]
                WHEN chance < 1200 THEN 'skipped'
                WHEN chance < 1250 THEN 'failed'
                WHEN chance < 1280 THEN 'conflict'
                WHEN chance < 1330 THEN 'overridden'
                WHEN chance < 1340 THEN 'cancelled'
                ELSE 'verified' END AS status,
           (ARRAY['no_rule', 'no_rule', 'no_rule', 'no_rule', 'agent_chose', 'agent_chose', 'agent_chose',
                  'already_coded', 'not_connected', 'campaign', 'other_leg', 'observing'])
                     [1 + ((a >> 30) & 1023) % 12] AS skip_reason
      FROM drawn_hour AS hour
     CROSS JOIN LATERAL generate_series(hour.first, hour.last) AS n
     CROSS JOIN LATERAL (SELECT n + (n % 100 = 50 AND n < hour.last)::int AS key) AS about
     CROSS JOIN LATERAL (SELECT hashint8extended(key, 11) AS a, hashint8extended(key, 12) AS b) AS bits
     CROSS JOIN LATERAL (SELECT (b & 1073741823) % 10000 AS chance, (b >> 50) & 4095 < 2457 AS noted) AS chances
      JOIN drawn_profile AS profile ON profile = (a & 1073741823) % hour.profiles
      JOIN drawn_note ON note = (b >> 30) & {notes} - 1
      JOIN drawn_failure AS failure ON failure = (b >> 44) & 63
           ) AS of_n
"""

SAID = "key % 10 IN (1, 2, 3, 5, 7)"
"""Of which communications an outside system spoke; none of them is one of two."""

FROM: Mapping[type[models.Model], str] = {
    Conversation: "WHERE n % 10 <> 0",
    Communication: "WHERE n = key",
    Assignment: "",
    Attempt: """
        CROSS JOIN generate_series(0, 1) AS read
        WHERE status IN ('verified', 'overridden', 'failed', 'conflict', 'applied', 'unknown')
          AND (read = 0 OR b % 100 BETWEEN -37 AND 37)
    """,
    Disposition: f"WHERE n = key AND {SAID}",
}
"""Which of the drawn have a row, or two."""


def _uuid(kind: str, of: str) -> str:
    return f"md5('{kind}' || {of})::uuid::text"


CONVERSATION_ID = _uuid("conversation", "begun_by")
DURATION_S = "20 + ((a >> 30) & 1023)"
CONNECTED_AT = f"ended_at - make_interval(secs => {DURATION_S})"
WRITTEN_AT = "ended_at + make_interval(secs => 130 + ((b >> 50) & 255))"
FINISHED_AT = f"{WRITTEN_AT} + make_interval(secs => 45)"
ANI = "'tel:+44113496' || lpad(((b >> 20) & 8191)::text, 4, '0')"
BY_GENESYS = "starts_with(found, 'ININ-')"
CHOSEN = "status <> 'skipped' OR skip_reason IN ('agent_chose', 'already_coded', 'other_leg')"

VALUES: Mapping[type[models.Model], Mapping[str, str]] = {
    Conversation: {
        "id": "n",
        "organization_id": "organization",
        "conversation_id": CONVERSATION_ID,
        "started_at": f"{CONNECTED_AT} - interval '40 seconds'",
        "ended_at": "ended_at",
        "originating_direction": "direction",
        "division_ids": "ARRAY[division_id]",
        "ani": ANI,
        "dnis": "'tel:+441134960123'",
        "read_at": "ended_at + interval '60 seconds'",
    },
    Communication: {
        "id": "key",
        "organization_id": "organization",
        "conversation_id": "begun_by",
        "participant_id": _uuid("participant", "key"),
        "communication_id": _uuid("communication", "key"),
        "media_type": "media_type",
        "agent_id": "agent_id",
        "queue_id": "queue_id",
        "direction": "direction",
        "connected_at": CONNECTED_AT,
        "ended_at": "ended_at",
        "disconnect_type": "'peer'",
        "acw": "'complete'",
        "acw_ended_at": "ended_at + interval '30 seconds'",
        "code_id": "CASE status WHEN 'verified' THEN code_id WHEN 'overridden' THEN other_code ELSE found END",
        "code_notes": "CASE WHEN status = 'verified' THEN notes ELSE '' END",
        "read_at": FINISHED_AT,
    },
    Assignment: {
        "id": "n",
        "organization_id": "organization",
        "communication_id": "key",
        "generation": "(n % 100 = 51)::int",
        "release_id": "release_id",
        "rule_id": f"CASE WHEN {CHOSEN} THEN rule_ids[release] END",
        "wrapup_code_id": f"CASE WHEN {CHOSEN} THEN code END",
        "notes": "notes",
        "facts": f"facts || jsonb_build_object('ani', {ANI}, 'duration_s', {DURATION_S}, 'talk_s', {DURATION_S})",
        "found_code_id": "found",
        "ended_at": "ended_at",
        "queue_id": "queue_id",
        "agent_id": "agent_id",
        "media_type": "media_type",
        "rule_identity": f"CASE WHEN {CHOSEN} THEN rule_identity END",
        "found_kind": f"CASE WHEN found = '' THEN 'none' WHEN {BY_GENESYS} THEN 'system' ELSE 'chosen' END",
        "agreement": f"""
            CASE WHEN status = 'overridden' THEN 'other'
                 WHEN NOT ({CHOSEN}) OR found = '' OR {BY_GENESYS} THEN 'none'
                 WHEN found = code_id THEN 'same'
                 ELSE 'other' END
        """,
        "words": "vector",
        "said": f"""
            CASE WHEN {SAID}
                 THEN ARRAY[E'\\n' || disposition, source || E'\\n', source || E'\\n' || disposition]
                 ELSE '{{}}' END
        """,
        "status": "status",
        "reason": "CASE status WHEN 'skipped' THEN skip_reason WHEN 'failed' THEN fail_reason ELSE '' END",
        "due_at": f"CASE status WHEN 'pending' THEN {WRITTEN_AT} ELSE ended_at END",
        "lease_until": f"CASE status WHEN 'sending' THEN {WRITTEN_AT} END",
        "fence": "1",
        "write_count": "(status IN ('verified', 'overridden', 'failed', 'applied', 'unknown'))::int",
        "written_at": f"CASE WHEN status IN ('verified', 'overridden', 'failed', 'applied') THEN {WRITTEN_AT} END",
        "error": "CASE status WHEN 'failed' THEN trouble WHEN 'conflict' THEN 'conflict' ELSE '' END",
        "error_code": "CASE status WHEN 'failed' THEN trouble_code ELSE '' END",
        "error_message": "CASE status WHEN 'failed' THEN trouble_message ELSE '' END",
        "fingerprint": "CASE status WHEN 'failed' THEN cause ELSE '' END",
        "created_at": "ended_at + interval '60 seconds'",
        "updated_at": FINISHED_AT,
        "finished_at": f"CASE WHEN status NOT IN ('pending', 'sending', 'unknown', 'applied') THEN {FINISHED_AT} END",
    },
    Attempt: {
        "id": "n * 2 + read",
        "assignment_id": "n",
        "organization_id": "organization",
        "fence": "1 + read",
        "kind": "CASE read WHEN 0 THEN 'write' ELSE 'read' END",
        "worker": "'worker-' || (b & 3)",
        "started_at": f"{WRITTEN_AT} + make_interval(secs => read * 40)",
        "finished_at": f"{WRITTEN_AT} + make_interval(secs => read * 40 + 0.3)",
        "outcome": "CASE read WHEN 0 THEN 'applied' ELSE status END",
        "code_seen_id": "CASE read WHEN 1 THEN code_id ELSE '' END",
        "duration_ms": "120 + (b & 255)",
        "request": f"""
            CASE read WHEN 0 THEN jsonb_build_object(
                'method', 'PATCH', 'path', '/api/v2/conversations/calls/' || {CONVERSATION_ID} || '/participants/'
                    || {_uuid("participant", "key")} || '/communications/' || {_uuid("communication", "key")},
                'body', jsonb_build_object('wrapup', jsonb_build_object('code', code_id))
            ) END
        """,
        "http_status": "CASE WHEN read = 1 THEN 200 WHEN status = 'failed' THEN http ELSE 202 END",
        "error_code": "CASE status WHEN 'failed' THEN trouble_code ELSE '' END",
        "correlation_id": _uuid("correlation", "n * 2 + read"),
    },
    Disposition: {
        "id": "n",
        "organization_id": "organization",
        "conversation_id": CONVERSATION_ID,
        "source": "source",
        "event_id": "'case-' || n",
        "code": "disposition",
        "notes": "CASE WHEN key % 10 = 5 THEN notes ELSE '' END",
        "said_at": "ended_at + interval '20 seconds'",
        "received_at": "ended_at + interval '21 seconds'",
    },
}
"""Column to expression. Those of columns that the database does not have are not used."""


def failures() -> Iterator[tuple[int, str, str, str, str, int, str]]:
    """Yield 64 places of trouble, each kind as often as it is common."""
    kinds = [kind for kind, times in zip(FAILURES, OF_64, strict=True) for _ in range(times)]
    for place, (reason, error, code, message, http) in enumerate(kinds):
        cause = hashlib.sha256(f"{reason} {error} {message}".encode()).hexdigest()[:32]
        yield place, reason, error, code, message, http, cause
