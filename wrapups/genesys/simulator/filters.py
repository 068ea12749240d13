"""The filters of analytics queries: does a conversation, as analytics shows it, satisfy them?

A conversation filter looks at the conversation, a segment filter has to hold for one of its segments as a whole.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wrapups.genesys.simulator.instants import interval
from wrapups.genesys.simulator.problems import Problem

Filter = dict[str, Any]
Values = Mapping[str, Any]

CONVERSATION_DIMENSIONS = {
    "conversationEnd": "conversationEnd",
    "conversationId": "conversationId",
    "conversationInitiator": "conversationInitiator",
    "conversationStart": "conversationStart",
    "customerParticipation": "customerParticipation",
    "divisionId": "divisionIds",
    "externalTag": "externalTag",
    "originatingDirection": "originatingDirection",
}
PARTICIPANT_DIMENSIONS = (
    "externalContactId", "externalOrganizationId", "participantName", "purpose", "teamId", "userId",
)  # fmt: skip
SESSION_DIMENSIONS = (
    "addressFrom", "addressTo", "ani", "authenticated", "bargedParticipantId", "coachedParticipantId", "direction",
    "dnis", "edgeId", "mediaType", "messageType", "monitoredParticipantId", "outboundCampaignId", "outboundContactId",
    "outboundContactListId", "protocolCallId", "provider", "recording", "remote", "remoteNameDisplayable", "scriptId",
    "sessionDnis", "usedRouting",
)  # fmt: skip
SEGMENT_DIMENSIONS = (
    "conference", "destinationConversationId", "disconnectType", "errorCode", "groupId", "queueId",
    "requestedLanguageId", "segmentEnd", "segmentType", "subject", "wrapUpCode", "wrapUpNote",
)  # fmt: skip
PLACES = {
    **dict.fromkeys(PARTICIPANT_DIMENSIONS, "participant"),
    **dict.fromkeys(SESSION_DIMENSIONS, "session"),
    **dict.fromkeys(SEGMENT_DIMENSIONS, "segment"),
}


def conversation_matches(document: Values, filters: list[Filter]) -> bool:
    """Return whether every conversation filter holds; `document` as analytics shows it."""

    def value_of(dimension: str) -> Any:
        return document.get(CONVERSATION_DIMENSIONS[dimension])

    return all(_holds(one, value_of) for one in filters)


def segments_match(document: Values, filters: list[Filter]) -> bool:
    """Return whether for every segment filter there is a segment it holds for."""
    return all(any(_holds(one, value_of) for value_of in _segments(document)) for one in filters)


def check(filters: Any, dimensions: Mapping[str, str], name: str) -> list[Filter]:
    """Return the filters as sent, once their form and every dimension is known to be right (else Problem)."""
    if filters is None:
        return []
    if not isinstance(filters, list) or not all(isinstance(one, dict) for one in filters):
        raise Problem("bad.request", message=f"{name} has to be a list of filters.")
    for one in filters:
        if one.get("type") not in ("and", "or"):
            raise Problem("bad.request", message=f"A filter in {name} has to be of type 'and' or 'or'.")
        check(one.get("clauses"), dimensions, f"{name}.clauses")
        for predicate in one.get("predicates") or []:
            _check_predicate(predicate, dimensions)
    return filters


def _check_predicate(predicate: Any, dimensions: Mapping[str, str]) -> None:
    if not isinstance(predicate, dict):
        raise Problem("bad.request", message="A predicate has to be an object.")
    if predicate.get("type", "dimension") != "dimension" or predicate.get("range"):
        raise Problem("not.simulated", what="predicates on metrics, properties and ranges")
    dimension, operator = str(predicate.get("dimension")), predicate.get("operator", "matches")
    if dimension not in dimensions:
        raise Problem("bad.request", message=f"{dimension!r} is no dimension the simulator filters by.")
    if operator not in ("matches", "exists", "notExists"):
        raise Problem("bad.request", message=f"{operator!r} is no operator.")
    if operator == "matches":
        _check_value(dimension, predicate.get("value"))


def _check_value(dimension: str, value: object) -> None:
    if not isinstance(value, str):
        raise Problem("bad.request", message=f"The predicate on {dimension} needs a value.")
    if _is_interval(dimension, value):
        try:
            interval(value)
        except ValueError as error:
            raise Problem("bad.request", message=str(error)) from error


def _is_interval(dimension: str, value: str) -> bool:
    return dimension.endswith(("Start", "End")) and "/" in value


def _holds(one: Filter, value_of: Callable[[str], Any]) -> bool:
    """Return whether a filter (or clause, which is one without clauses) holds; an empty one does."""
    parts: list[bool] = [_predicate_holds(predicate, value_of) for predicate in one.get("predicates") or []]
    parts += [_holds(clause, value_of) for clause in one.get("clauses") or []]
    return any(parts) if one["type"] == "or" and parts else all(parts)


def _predicate_holds(predicate: Filter, value_of: Callable[[str], Any]) -> bool:
    value = value_of(predicate["dimension"])
    operator = predicate.get("operator", "matches")
    if operator == "exists":
        return value is not None
    if operator == "notExists":
        return value is None
    wanted = predicate["value"]
    values = value if isinstance(value, list) else [value]
    if _is_interval(predicate["dimension"], wanted):
        start, end = interval(wanted)
        return value is not None and start <= value < end
    return any(_text(one) == wanted for one in values if one is not None)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _segments(document: Values) -> Iterator[Callable[[str], Any]]:
    """Yield for each segment how to look up a dimension in it, its session and its participant."""
    for participant in document.get("participants", []):
        for session in participant.get("sessions", []):
            for segment in session.get("segments", []):
                yield _lookup({"participant": participant, "session": session, "segment": segment})


def _lookup(places: dict[str, Values]) -> Callable[[str], Any]:
    return lambda dimension: places[PLACES[dimension]].get(dimension)
