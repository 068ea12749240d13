"""The one door for events: each kept once, passed on once, and set apart where it cannot be read.

Whoever calls has had the sender prove itself (`wrapups.services.proving`), or hears for itself as the listener does,
which tells what it hears in the plain form: `receive(source, raw=envelopes.render(envelope))`.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from wrapups.domain.envelopes import BadEnvelope, Envelope, Kind, read
from wrapups.models import Act, EventSource, InboundEvent, Organization
from wrapups.models.clock import AppNow
from wrapups.services.intake import record_disposition

FIRST_LOOK_S = 30
"""Analytics shows an ending some time after it; sooner than this a look is mostly wasted."""
CLOCK_SLACK_S = 5
"""By how much a sender's clock may be off before two times mean two different ends."""
HEARD_EVERY_S = 1
"""How exactly we know when a source was last heard. A row that every event wrote would be waited for by all."""

State = InboundEvent.State


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a push or post: its event's row, how that stands and why, and whether it had come before."""

    pk: int
    state: InboundEvent.State
    reason: str
    repeated: bool


class AnotherBody(ValueError):
    """An event of this id came before and said something else. The text is for the sender."""


class TooManySetApart(ValueError):
    """So many events of this source are set apart that no more are kept. The text is for the sender."""


def receive(source: EventSource, *, raw: bytes | str) -> Received:
    """Keep this event and pass on what it says, in one transaction.

    The same event again, in the same bytes or in others that mean the same, is counted and changes nothing; the same
    id with another meaning raises AnotherBody and leaves a mark in the history. What cannot be read is kept as well,
    set apart with the reason, up to `settings.MOST_SET_APART` of a source; what cannot be read beyond that is counted
    and raises TooManySetApart. Returning means that all of it is committed, unless the caller is in a transaction.
    """
    raw = raw.encode() if isinstance(raw, str) else raw
    envelope, reason = _read(source, raw)
    if envelope is None and is_full(source) and not _is_known(source, raw):
        EventSource.everywhere.filter(pk=source.pk).update(turned_away=F("turned_away") + 1, turned_away_at=AppNow())
        raise TooManySetApart(f"It cannot be read: {reason} Too many such events wait for a person; send it later.")
    with transaction.atomic():
        row = _insert(source, raw, envelope, reason)
        if row["is_new"] and envelope and envelope.disposition:
            pass_on(source.organization, source.name, envelope)
        another = row["other_body"] is not None and _read(source, row["other_body"])[0] != envelope
        if another:
            _mark(source, row)
    if another:
        raise AnotherBody("An event with this id came before and said something else. The first one stands.")
    return Received(row["id"], State(row["state"]), row["reason"], repeated=not row["is_new"])


def is_full(source: EventSource) -> bool:
    """Return whether as many of its events are set apart, undecided, as may be. Not exact among senders at once."""
    apart = InboundEvent.everywhere.filter(source=source, state=State.QUARANTINED)
    most = settings.MOST_SET_APART
    return len(apart.order_by()[most - 1 : most].values_list("pk")) == 1


def pass_on(organization: Organization, sender: str, envelope: Envelope) -> None:
    """Let the rules know what an event says about a conversation, if it says anything. In the event's transaction."""
    if envelope.disposition is not None:
        record_disposition(
            organization,
            source=sender,
            event_id=envelope.event_id,
            conversation_id=envelope.conversation_id,
            code=envelope.disposition,
            said_at=envelope.occurred_at,
            notes=envelope.notes,
        )


def told_by(envelope: Envelope) -> dict[str, Any]:
    """Return the columns of an event that can be read: what it tells, and how it stands after it was passed on.

    An ending waits until its conversation has been looked at; a disposition is done.
    """
    waits = envelope.kind is not Kind.DISPOSITION
    return {
        "kind": envelope.kind.value,
        "conversation_id": envelope.conversation_id,
        "occurred_at": envelope.occurred_at,
        "state": State.RECEIVED if waits else State.PROCESSED,
        "reason": "",
    }


UNREAD: dict[str, Any] = {"kind": "", "conversation_id": "", "occurred_at": None, "state": State.QUARANTINED}


def _read(source: EventSource, raw: bytes | str) -> tuple[Envelope | None, str]:
    try:
        return read(source.kind, raw), ""
    except BadEnvelope as error:
        return None, str(error)[:300]


def _is_known(source: EventSource, raw: bytes) -> bool:
    known = InboundEvent.everywhere.filter(organization=source.organization_id, sender=source.name)
    return bool(known.filter(event_id=_id_by_bytes(raw)).exists())


def _id_by_bytes(raw: bytes) -> str:
    """What cannot be read has no id of its own; it is known again by its bytes."""
    return f"sha256:{sha256(raw).hexdigest()}"


def _insert(source: EventSource, raw: bytes, envelope: Envelope | None, reason: str) -> dict[str, Any]:
    columns = {
        **(told_by(envelope) if envelope else UNREAD | {"reason": reason}),
        "organization": source.organization_id,
        "source": source.pk,
        "sender": source.name,
        "event_id": envelope.event_id if envelope else _id_by_bytes(raw),
        "digest": sha256(raw).hexdigest(),
        "body": raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00"),
        "first_look_s": FIRST_LOOK_S,
        "slack_s": CLOCK_SLACK_S,
        "heard_every_s": HEARD_EVERY_S,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, columns)
        [row] = cursor.fetchall()
        names = [column.name for column in cursor.description]
    return dict(zip(names, row, strict=True))


def _mark(source: EventSource, row: dict[str, Any]) -> None:
    """Count another body under a known id; the first of an event enters the history, as nobody's act."""
    InboundEvent.everywhere.filter(pk=row["id"]).update(repeats=F("repeats") - 1, mismatches=F("mismatches") + 1)
    if not row["mismatches"]:
        said = f"{source.name} sent event {row['id']} again under the same id, with another body. The first stands."
        Act.objects.create(organization=source.organization, verb="refuse a changed event", reason=said)


_INSERT = """
    WITH heard AS (
        UPDATE wrapups_eventsource SET last_event_at = app_now()
         WHERE id = %(source)s
           AND (last_event_at IS NULL OR last_event_at < app_now() - make_interval(secs => %(heard_every_s)s))
    )
    INSERT INTO wrapups_inboundevent AS known
           (organization_id, source_id, sender, event_id, digest, body, kind, conversation_id, occurred_at,
            state, reason, due_at, finished_at, arrival, mended, looks, repeats, mismatches, replays)
    SELECT %(organization)s, %(source)s, %(sender)s, %(event_id)s, %(digest)s, %(body)s, %(kind)s,
           %(conversation_id)s, %(occurred_at)s, %(state)s, %(reason)s,
           CASE WHEN %(state)s = 'received'
                THEN GREATEST(app_now(), LEAST(app_now(), %(occurred_at)s::timestamptz)
                                         + make_interval(secs => %(first_look_s)s))
           END,
           CASE WHEN %(state)s = 'processed' THEN app_now() END,
           CASE WHEN %(kind)s = 'ended' AND EXISTS (
                     SELECT FROM wrapups_conversation
                      WHERE organization_id = %(organization)s AND conversation_id = %(conversation_id)s
                        AND ended_at < %(occurred_at)s::timestamptz - make_interval(secs => %(slack_s)s))
                THEN 'reopened'
                WHEN %(conversation_id)s <> '' AND EXISTS (
                     SELECT FROM wrapups_inboundevent
                      WHERE organization_id = %(organization)s AND conversation_id = %(conversation_id)s
                        AND occurred_at > %(occurred_at)s) THEN 'late'
                ELSE '' END,
           '', 0, 0, 0, 0
        ON CONFLICT (organization_id, sender, event_id) DO UPDATE SET repeats = known.repeats + 1
    RETURNING id, state, reason, mismatches, xmax = 0 AS is_new,
              CASE WHEN digest <> %(digest)s THEN body END AS other_body
"""
"""One statement, and so one round trip: new or known, and how it stands among what else came about the conversation.
Of a row that this statement has made, `xmax` is 0."""
