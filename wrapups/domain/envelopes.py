"""What a push or post says, read from its text: the plain webhook's own form, and Genesys Cloud's two.

An event says at most three things about a conversation: that it (or an agent's part) has ended, that an agent's
after-call work is over, and what an outside system calls its outcome. Everything else in it is left unread: who
wants to know more asks Genesys Cloud, which cannot be forged.
Source of Genesys' names: docs/events.md.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import Any

from wrapups.domain.strict_json import NotStrictJson, parse

LONGEST_EVENT_ID = 128
LONGEST_DISPOSITION = 128
LONGEST_NOTES = 1000
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_TOPIC = re.compile(r"v2\.detail\.events\.conversation\.[^.\s]{1,64}\.([a-z.]{1,40})", re.ASCII)


class Kind(StrEnum):
    """What an event tells."""

    ENDED = "ended"
    CODED = "coded"  # after-call work is over: the agent put a code, or the time ran out
    DISPOSITION = "disposition"


TOPICS: Mapping[str, Kind] = {
    "user.end": Kind.ENDED,
    "customer.end": Kind.ENDED,
    "acw": Kind.CODED,
    "wrapup": Kind.CODED,
}
"""The end of a Genesys topic `v2.detail.events.conversation.{id}.…`, and what it tells us."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event: its sender's own name for it, the conversation, when it happened, and what it tells."""

    event_id: str
    conversation_id: str
    occurred_at: datetime
    kind: Kind
    disposition: str | None = None
    notes: str = ""


class BadEnvelope(ValueError):
    """The text cannot be taken in. `where` names the field, or the line and column; the text is for people."""

    def __init__(self, reason: str, where: str = "") -> None:
        self.reason, self.where = reason, where
        super().__init__(f"{where}: {reason}" if where else reason)


def read(source_kind: str, raw: bytes | str) -> Envelope:
    """Return what this text says, from a source of this kind: webhook, listener, trigger or eventbridge.

    Raises BadEnvelope, and nothing else, for whatever cannot be taken in as it stands.
    """
    try:
        document = parse(raw)
    except NotStrictJson as error:
        raise BadEnvelope(error.reason, error.where) from None
    return READERS[source_kind](_Object(document, ""))


def render(envelope: Envelope) -> str:
    """Return an event in the plain form, which `read` reads back as it is."""
    said: dict[str, str] = {
        "event_id": envelope.event_id,
        "kind": envelope.kind.value,
        "conversation_id": envelope.conversation_id,
        "occurred_at": envelope.occurred_at.isoformat(),
    }
    if envelope.disposition is not None:
        said |= {"disposition": envelope.disposition, "notes": envelope.notes}
    return dumps(said, ensure_ascii=False)


class _Object:
    """One object of the document, its fields taken by name; what is wrong is said at the field."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise BadEnvelope("An object was expected here, in curly brackets.", path)
        self._fields: dict[str, Any] = value
        self._path = path

    def only(self, *names: str) -> None:
        """Refuse fields of other names: a misspelt one would else be passed over in silence."""
        if any(name not in names for name in self._fields):
            raise BadEnvelope(f"There are fields of other names than {', '.join(names)}.", self._path)

    def has(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def value(self, name: str) -> Any:
        if not self.has(name):
            raise BadEnvelope("This field is missing.", self.at(name))
        return self._fields[name]

    def object(self, name: str) -> "_Object":
        return _Object(self.value(name), self.at(name))

    def line(self, name: str, longest: int) -> str:
        """Return a text of one line, without the blanks around it."""
        text = self.text(name, longest).strip()
        if not text or any(unicodedata.category(character) == "Cc" for character in text):
            raise BadEnvelope("Give a text of one line that is not blank.", self.at(name))
        return text

    def text(self, name: str, longest: int) -> str:
        text = self.value(name)
        if not isinstance(text, str):
            raise BadEnvelope("Give a text, in quotation marks.", self.at(name))
        if len(text) > longest:
            raise BadEnvelope(f"This is longer than {longest} characters.", self.at(name))
        return text

    def conversation_id(self, name: str) -> str:
        """Return a conversation's id in small letters, as Genesys writes it."""
        text = self.text(name, LONGEST_NOTES)
        if not _UUID.fullmatch(text):
            raise BadEnvelope("This is no id of a conversation: such an id is a UUID.", self.at(name))
        return text.lower()

    def instant(self, name: str) -> datetime:
        """Return a time written out, with its offset, in UTC."""
        text = self.text(name, LONGEST_NOTES)
        try:
            instant = datetime.fromisoformat(text.upper()) if _INSTANT.fullmatch(text) else None
        except ValueError:
            instant = None
        if instant is None:
            raise BadEnvelope("Write the time like 2026-03-01T12:00:00Z or with +01:00 at its end.", self.at(name))
        return _within_reason(instant, self.at(name))

    def milliseconds(self, name: str) -> datetime:
        """Return Genesys' time, in milliseconds since 1970; a data action may write it as text."""
        value = self.value(name)
        digits = value if isinstance(value, str) else str(value) if type(value) is int else ""
        if not re.fullmatch(r"[0-9]{1,13}", digits, re.ASCII):
            raise BadEnvelope("Give the milliseconds since 1970 as a whole number.", self.at(name))
        return _within_reason(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(digits)), self.at(name))

    def outcome(self) -> dict[str, str]:
        """Return what an outside system says, as an envelope's fields; none where it is missing or left empty."""
        notes = self.text("notes", LONGEST_NOTES) if self.has("notes") else ""
        if self.has("disposition") and self.text("disposition", LONGEST_DISPOSITION):
            return {"disposition": self.line("disposition", LONGEST_DISPOSITION), "notes": notes}
        if notes:
            raise BadEnvelope("Notes come with a disposition only.", self.at("notes"))
        return {}


def _within_reason(instant: datetime, where: str) -> datetime:
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        utc = LAST
    if not FIRST <= utc < LAST:
        raise BadEnvelope("This time is not between the years 2000 and 2100.", where)
    return utc


def _plain(said: _Object) -> Envelope:
    said.only("event_id", "kind", "conversation_id", "occurred_at", "disposition", "notes")
    name = said.text("kind", LONGEST_NOTES)
    if name not in set(Kind):
        raise BadEnvelope(f"Choose one of {', '.join(Kind)}.", "kind")
    kind = Kind(name)
    if kind is Kind.DISPOSITION:
        said.line("disposition", LONGEST_DISPOSITION)
    event_id = said.line("event_id", LONGEST_EVENT_ID)
    return Envelope(
        event_id, said.conversation_id("conversation_id"), said.instant("occurred_at"), kind, **said.outcome()
    )


def _trigger(said: _Object) -> Envelope:
    """What our data action posts: the primitives of Genesys' event under their own names, and what a flow may add."""
    return _genesys(said.text("topicName", LONGEST_NOTES), said, said, where="topicName")


def _eventbridge(said: _Object) -> Envelope:
    """AWS' envelope around Genesys' event. An input transformer may leave out whatever is not read here."""
    detail = said.object("detail")
    body = detail.object("eventBody")
    return _genesys(detail.text("topicName", LONGEST_NOTES), body, said, where=detail.at("topicName"))


def _genesys(topic: str, body: _Object, outer: _Object, *, where: str) -> Envelope:
    found = _TOPIC.fullmatch(topic)
    if found is None or found[1] not in TOPICS:
        words = ", ".join(TOPICS)
        raise BadEnvelope(f"This topic tells of no ending. Send v2.detail.events.conversation.{{id}}.{words}.", where)
    conversation_id, occurred_at = body.conversation_id("conversationId"), body.milliseconds("eventTime")
    parts = [conversation_id, *(body.text(name, 64) for name in ("participantId", "sessionId") if body.has(name))]
    # At least once, with another envelope around it: only this tells two deliveries of one event from two events.
    event_id = f"{found[1]} {occurred_at.isoformat()} {sha256('|'.join(parts).encode()).hexdigest()[:32]}"
    return Envelope(event_id, conversation_id, occurred_at, TOPICS[found[1]], **outer.outcome())


READERS: Mapping[str, Callable[[_Object], Envelope]] = {
    "webhook": _plain,
    "listener": _plain,
    "trigger": _trigger,
    "eventbridge": _eventbridge,
}
"""By the kind of the source. What a listener hears is put into the plain form before it comes here."""
