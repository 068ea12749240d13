"""Dispositions as programs hand them in: each kept as an event of its key, and recorded by the one door inside."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.db import connection

from wrapups.domain.envelopes import Envelope, Kind, render
from wrapups.models import Disposition, InboundEvent
from wrapups.models.clock import app_now
from wrapups.services.auditing import Program, put_down_to
from wrapups.services.intake import Saying, record_dispositions


class Outcome(StrEnum):
    """What became of one disposition that was handed in."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"  # the same under the same event id: nothing to do
    CONFLICT = "conflict"  # something else under the same event id: refused


@dataclass(frozen=True, slots=True)
class Submission:
    """One disposition as its sender tells it. `event_id` is the sender's own name for this saying.

    `occurred_at` is None where the sender leaves it to us: then it is when it came.
    """

    event_id: str
    conversation_id: str
    disposition: str
    notes: str = ""
    occurred_at: datetime | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of what it says: the same for the same content, however and whenever it was sent."""
        occurred = self.occurred_at.isoformat() if self.occurred_at else None
        told = [self.event_id, self.conversation_id, self.disposition, self.notes, occurred]
        return sha256(json.dumps(told).encode()).hexdigest()

    def envelope(self, now: datetime) -> Envelope:
        """Return the event it amounts to, when it comes now."""
        at = self.occurred_at or now
        return Envelope(self.event_id, self.conversation_id, at, Kind.DISPOSITION, self.disposition, self.notes)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submission, what became of it, and the key of its disposition (None for a conflict)."""

    submission: Submission
    outcome: Outcome
    pk: int | None


def submit(program: Program, submissions: Sequence[Submission]) -> list[Submitted]:
    """Record what a program says, in this order, all in one transaction; a conflict leaves the others alone.

    No two of them may have the same event id.
    """
    key = program.key
    with put_down_to(program):
        now = app_now()
        envelopes = [each.envelope(now) for each in submissions]
        outcomes = _keep(program, submissions, envelopes)
        taken = [each for each in envelopes if outcomes[each.event_id] is not Outcome.CONFLICT]
        record_dispositions(key.organization, [_saying(key.name, each) for each in taken])
        said = Disposition.everywhere.of(key.organization_id).filter(
            source=key.name, event_id__in=[each.event_id for each in taken]
        )
        pks = dict(said.values_list("event_id", "pk"))
    return [Submitted(each, outcomes[each.event_id], pks.get(each.event_id)) for each in submissions]


def _saying(source: str, envelope: Envelope) -> Saying:
    return Saying(
        source,
        envelope.event_id,
        envelope.conversation_id,
        envelope.disposition or "",
        envelope.occurred_at,
        envelope.notes,
    )


def _keep(program: Program, submissions: Sequence[Submission], envelopes: Sequence[Envelope]) -> Mapping[str, Outcome]:
    """Keep each as an event; return by event id whether it is new, a repetition, or something else under that id."""
    digests = {each.event_id: each.digest for each in submissions}
    parameters: dict[str, Any] = {
        "organization": program.key.organization_id,
        "sender": program.key.name,
        "state": InboundEvent.State.PROCESSED.value,
        "kind": Kind.DISPOSITION.value,
        "event_id": list(digests),
        "digest": list(digests.values()),
        "body": [render(each) for each in envelopes],
        "conversation_id": [each.conversation_id for each in envelopes],
        "occurred_at": [each.occurred_at for each in envelopes],
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, parameters)
        rows = cursor.fetchall()
    return {name: _outcome(is_new=is_new, is_equal=digest == digests[name]) for name, digest, is_new in rows}


def _outcome(*, is_new: bool, is_equal: bool) -> Outcome:
    if is_new:
        return Outcome.ACCEPTED
    return Outcome.REPEATED if is_equal else Outcome.CONFLICT


_KEEP = """
    INSERT INTO wrapups_inboundevent AS event
           (organization_id, sender, event_id, digest, body, conversation_id, occurred_at, kind, state, finished_at,
            mended, reason, arrival, looks, repeats, mismatches, replays)
    SELECT %(organization)s, %(sender)s, told.event_id, told.digest, told.body, told.conversation_id,
           told.occurred_at, %(kind)s, %(state)s, app_now(), '', '', '', 0, 0, 0, 0
      FROM unnest(%(event_id)s::text[], %(digest)s::text[], %(body)s::text[], %(conversation_id)s::text[],
                  %(occurred_at)s::timestamptz[]) AS told(event_id, digest, body, conversation_id, occurred_at)
     ORDER BY told.event_id
        ON CONFLICT (organization_id, sender, event_id) DO UPDATE
       SET repeats = event.repeats + CASE WHEN event.digest = EXCLUDED.digest THEN 1 ELSE 0 END,
           mismatches = event.mismatches + CASE WHEN event.digest = EXCLUDED.digest THEN 0 ELSE 1 END
    RETURNING event_id, digest, xmax = 0
"""
"""In one order, whoever sends, so that two who send the same never wait for each other. `xmax` is 0 for a new row."""
