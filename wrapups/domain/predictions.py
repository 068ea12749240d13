"""Wrap-up codes that Copilot predicts for a conversation, as facts of each of its communications."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CODE, CONFIDENCE = "predicted_code", "predicted_confidence"
PREDICTED = frozenset({CODE, CONFIDENCE})
"""The facts that a prediction gives."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One code, how sure Copilot is, and the communication it is about; empty for the conversation as a whole.

    The confidence is as Genesys Cloud gives it; None where it gives none.
    """

    code_id: str
    confidence: float | None = None
    communication_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored with the conversation."""
        return {"code": self.code_id, "confidence": self.confidence, "communication": self.communication_id}


def from_json(stored: Sequence[Mapping[str, Any]] | None) -> tuple[Prediction, ...]:
    """Return stored predictions; none where nobody has asked yet."""
    return tuple(Prediction(each["code"], each["confidence"], each["communication"]) for each in stored or ())


def asked_for(names: Iterable[str]) -> bool:
    """Return whether facts of these names need a prediction."""
    return not PREDICTED.isdisjoint(names)


def best(predictions: Sequence[Prediction], communication_id: str) -> Prediction | None:
    """Return the one that counts for a communication: its own before the conversation's, then the surest.

    Of two that are as sure, the first, which is the one that Genesys Cloud lists first.
    """
    own = [each for each in predictions if each.communication_id == communication_id]
    fitting = own or [each for each in predictions if not each.communication_id]
    return max(fitting, key=lambda each: -1.0 if each.confidence is None else each.confidence, default=None)
