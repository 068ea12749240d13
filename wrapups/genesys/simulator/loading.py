"""Loads conversations from analytics JSON, such as the answer of a details job; they come back out unchanged."""

from collections.abc import Iterator
from typing import Any

from wrapups.genesys.simulator.catalogue import Catalogue
from wrapups.genesys.simulator.media import BY_ANALYTICS
from wrapups.genesys.simulator.timeline import INSTANT, Document, Timeline


def timelines(conversations: list[Any], catalogue: Catalogue) -> list[Timeline]:
    """Return the timelines of analytics documents; what they refer to becomes part of the catalogue.

    Raises ValueError, naming the conversation, for a document that is not of the analytics form.
    """
    loaded = [_timeline(document) for document in conversations]
    catalogue.adopt(
        divisions={division for one in loaded for division in one.division_ids},
        agents={p["userId"] for one in loaded for p in one.document["participants"] if "userId" in p},
        queues={s["queueId"] for one in loaded for s in _segments(one.document) if "queueId" in s},
        codes={s["wrapUpCode"] for one in loaded for s in _segments(one.document) if "wrapUpCode" in s},
    )
    return loaded


def _timeline(document: Any) -> Timeline:
    try:
        _check(document)
    except (KeyError, TypeError, AttributeError) as error:
        name = document.get("conversationId", "?") if isinstance(document, dict) else "?"
        raise ValueError(f"Conversation {name} is not of the analytics form: {error!r} is missing or wrong.") from error
    return Timeline(document)


def _check(document: Document) -> None:
    """Raise unless the document has all that the simulator goes by."""
    _check_instant(document["conversationStart"])
    for participant in document["participants"]:
        participant["participantId"].lower()
        for session in participant["sessions"]:
            session["sessionId"].lower()
            BY_ANALYTICS[session["mediaType"]]
    for segment in _segments(document):
        segment["segmentType"].lower()
        _check_instant(segment["segmentStart"])
        if "segmentEnd" in segment:
            _check_instant(segment["segmentEnd"])


def _check_instant(value: str) -> None:
    if not INSTANT.fullmatch(value):
        raise TypeError(f"the time {value}")


def _segments(document: Document) -> Iterator[Document]:
    for participant in document["participants"]:
        for session in participant["sessions"]:
            yield from session.get("segments", [])
