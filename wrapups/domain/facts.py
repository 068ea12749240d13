"""What a rule may ask about one communication, and how each answer is read from Genesys Cloud.

A new fact is one line in `FACTS`. Facts are plain JSON, so they are stored beside the decision they led to
and give the same decision, and the same reasons, again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from wrapups.domain import predictions, vocabulary
from wrapups.domain.conversation import CommunicationSeen, ConversationSeen

Value = str | float | int | bool | list[str] | None
Facts = dict[str, Value]
"""Name to value. A fact that is not known has no entry; `facts.get(name)` gives None for it."""


class Kind(StrEnum):
    """What a fact's value is, and so which comparisons make sense."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"  # one id of a catalogue, or one of Genesys' fixed words
    TEXTS = "texts"  # a set of text
    CHOICES = "choices"  # a set of ids or fixed words


@dataclass(frozen=True, slots=True)
class DispositionSaid:
    """What an outside system (`source`: "crm", "survey") said about a conversation, and when."""

    source: str
    code: str
    notes: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything a fact may be read from."""

    conversation: ConversationSeen
    communication: CommunicationSeen
    dispositions: Sequence[DispositionSaid] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a rule may ask. `label` reads after "the"; `unit` is empty or "s".

    A choice is one of `choices` (value to words), or, where that is empty, an id of `catalogue`
    ("queue", "division", "agent", "code").
    """

    name: str
    kind: Kind
    label: str
    read: Callable[[Reading], Value] = field(compare=False)
    help: str = ""
    unit: str = ""
    catalogue: str = ""
    choices: Mapping[str, str] = field(default_factory=dict, compare=False)


class UnknownFact(ValueError):
    """A rule asks for something no communication has."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no fact {name!r}. Choose one of {', '.join(FACTS)}, attribute.<name> or disposition.<source>."
        )


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else round((end - start).total_seconds(), 3)


def _predicted(reading: Reading, part: str) -> Value:
    best = predictions.best(reading.conversation.predictions, reading.communication.communication_id)
    value: Value = getattr(best, part) if best else None
    return value


def _others(reading: Reading) -> Value:
    mine = reading.communication.participant_id
    return sorted({c.purpose for c in reading.conversation.communications if c.participant_id != mine and c.purpose})


FACTS: Mapping[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("queue", Kind.CHOICE, "queue", lambda r: r.communication.queue_id, catalogue="queue"),
        Fact("division", Kind.CHOICES, "divisions", lambda r: list(r.conversation.division_ids), catalogue="division"),
        Fact(
            "media",
            Kind.CHOICE,
            "media type",
            lambda r: r.communication.media_type or None,
            choices=vocabulary.MEDIA_TYPES,
        ),
        Fact(
            "direction",
            Kind.CHOICE,
            "direction",
            lambda r: r.communication.direction or None,
            help="Of this communication; a transfer may differ from how the conversation began.",
            choices=vocabulary.DIRECTIONS,
        ),
        Fact(
            "originating_direction",
            Kind.CHOICE,
            "originating direction",
            lambda r: r.conversation.originating_direction or None,
            help="How the conversation began.",
            choices=vocabulary.DIRECTIONS,
        ),
        Fact("agent", Kind.CHOICE, "agent", lambda r: r.communication.user_id, catalogue="agent"),
        Fact(
            "duration_s",
            Kind.NUMBER,
            "duration",
            lambda r: _seconds(r.communication.connected_at, r.communication.ended_at),
            help="From connected to disconnected, without after-call work.",
            unit="s",
        ),
        Fact("talk_s", Kind.NUMBER, "talk time", lambda r: r.communication.talk_s, unit="s"),
        Fact("hold_s", Kind.NUMBER, "hold time", lambda r: r.communication.held_s, unit="s"),
        Fact("acw_s", Kind.NUMBER, "after-call work time", lambda r: r.communication.acw_s, unit="s"),
        Fact(
            "disconnect_type",
            Kind.CHOICE,
            "disconnect type",
            lambda r: r.communication.disconnect_type or None,
            choices=vocabulary.DISCONNECT_TYPES,
        ),
        Fact(
            "others",
            Kind.CHOICES,
            "other participants",
            _others,
            help="The purposes of everybody else in the conversation, other agents included.",
            choices=vocabulary.PURPOSES,
        ),
        Fact("ani", Kind.TEXT, "ANI", lambda r: r.conversation.ani or None, help="The caller's address or number."),
        Fact("dnis", Kind.TEXT, "DNIS", lambda r: r.conversation.dnis or None, help="The address or number called."),
        Fact("flow_outcome", Kind.TEXTS, "flow outcomes", lambda r: list(r.conversation.flow_outcomes)),
        Fact("campaign", Kind.FLAG, "campaign flag", lambda r: r.conversation.campaign),
        Fact(
            "code",
            Kind.CHOICE,
            "present wrap-up code",
            lambda r: r.communication.chosen_code_id,
            help="The code a person chose. Empty when Genesys filled one in, or while it is only a draft.",
            catalogue="code",
        ),
        Fact(
            "system_code",
            Kind.TEXT,
            "code set by Genesys",
            lambda r: r.communication.system_code_id,
            help="ININ-WRAP-UP-TIMEOUT when after-call work ran out before the agent chose a code.",
        ),
        Fact(
            "disposition",
            Kind.TEXTS,
            "dispositions",
            lambda r: [said.code for said in r.dispositions],
            help="Every code that any outside system said about the conversation.",
        ),
        Fact(
            predictions.CODE,
            Kind.CHOICE,
            "predicted wrap-up code",
            lambda r: _predicted(r, "code_id"),
            help="The code that Copilot is surest of. Asked for only where no rule decides without it.",
            catalogue="code",
        ),
        Fact(
            predictions.CONFIDENCE,
            Kind.NUMBER,
            "confidence of the prediction",
            lambda r: _predicted(r, "confidence"),
            help="How sure Copilot is of that code, as Genesys Cloud gives it.",
        ),
    )
}

ATTRIBUTE = "attribute."
DISPOSITION = "disposition."


def fact_named(name: str) -> Fact:
    """Return the fact of that name, also for `attribute.<name>` and `disposition.<source>`; else raise UnknownFact."""
    if name in FACTS:
        return FACTS[name]
    prefix, dot, key = name.partition(".")
    if not key.strip() or prefix + dot not in (ATTRIBUTE, DISPOSITION):
        raise UnknownFact(name)
    if prefix + dot == ATTRIBUTE:
        return Fact(
            name, Kind.TEXT, f"participant attribute {key}", lambda r: (r.conversation.attributes or {}).get(key)
        )
    return Fact(name, Kind.TEXT, f"disposition of {key}", lambda r: _latest(r.dispositions, key))


def _latest(dispositions: Sequence[DispositionSaid], source: str) -> str | None:
    """Return the last word of one source; of two in the same instant, the later in the list."""
    said = [each for each in dispositions if each.source == source]
    return max(reversed(said), key=lambda each: each.said_at).code if said else None


def facts_of(
    conversation: ConversationSeen, communication: CommunicationSeen, dispositions: Sequence[DispositionSaid] = ()
) -> Facts:
    """Return what is known about one communication, in a form that JSONB gives back equal.

    Sets become sorted lists without duplicates; durations are seconds. What the reading does not know is left
    out, so an attribute that is missing and attributes that were not read look alike.
    """
    reading = Reading(conversation, communication, dispositions)
    attributes = [ATTRIBUTE + name for name in conversation.attributes or {} if storable(name).strip()]
    known = {name: fact_named(name).read(reading) for name in (*FACTS, *attributes)}
    stored = {storable(name): _stored(value) for name, value in known.items() if value is not None}
    return with_dispositions(stored, dispositions)


def with_dispositions(facts: Facts, dispositions: Sequence[DispositionSaid]) -> Facts:
    """Return stored facts with what outside systems say now in place of what they had said; all else stays."""
    kept = {name: value for name, value in facts.items() if name != "disposition" and not name.startswith(DISPOSITION)}
    sources = {each.source for each in dispositions if storable(each.source).strip()}
    said: Facts = {DISPOSITION + source: _latest(dispositions, source) for source in sources}
    codes: Value = [each.code for each in dispositions]
    return kept | {storable(name): _stored(value) for name, value in {"disposition": codes, **said}.items()}


def with_predictions(facts: Facts, predicted: Sequence[predictions.Prediction], communication_id: str) -> Facts:
    """Return stored facts with what Copilot predicted for this communication; all else stays."""
    best = predictions.best(predicted, communication_id)
    known = {predictions.CODE: best.code_id, predictions.CONFIDENCE: best.confidence} if best else {}
    kept = {name: value for name, value in facts.items() if name not in predictions.PREDICTED}
    return kept | {name: _stored(value) for name, value in known.items() if value is not None}


def _stored(value: Value) -> Value:
    if isinstance(value, list):
        return sorted({storable(text) for text in value})
    return storable(value) if isinstance(value, str) else value


def storable(text: str) -> str:
    """Return the text without what PostgreSQL's JSONB refuses: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def asks_for_attributes(names: Iterable[str]) -> bool:
    """Return whether one of the facts of these names is an attribute of a participant."""
    return any(name.startswith(ATTRIBUTE) for name in names)


def unread(names: Iterable[str], conversation: ConversationSeen) -> bool:
    """Return whether facts of these names need a reading with participant attributes, which this one is not."""
    return conversation.attributes is None and asks_for_attributes(names)
