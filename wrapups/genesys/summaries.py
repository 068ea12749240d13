"""What Copilot made of a conversation: here only the wrap-up codes that it predicts.

Source: the models ConversationSummariesGetResponse, ConversationSummary, ConversationSessionSummary and
ConversationSummaryWrapupCode of PureCloudPlatformClientV2 269.
"""

from collections.abc import Iterator

from wrapups.domain.predictions import Prediction
from wrapups.genesys.fields import Json, decimal, record, records, text


def predictions(answer: object) -> tuple[Prediction, ...]:
    """Return the codes predicted for the conversation as a whole, then those for each of its communications."""
    if answer is None:
        return ()
    told = record(answer, "answer")
    whole = _predicted(record(told.get("summary") or {}, "summary"), "")
    parts = (
        each
        for session in records(told, "sessionSummaries")
        for each in _predicted(session, text(record(session.get("communication") or {}, "communication"), "id"))
    )
    return (*whole, *parts)


def _predicted(summary: Json, communication_id: str) -> Iterator[Prediction]:
    for code in records(summary, "predictedWrapupCodes"):
        if code_id := text(code, "id"):
            yield Prediction(code_id, decimal(code, "confidence"), communication_id)
