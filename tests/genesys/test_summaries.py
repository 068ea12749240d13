"""Reading what Copilot predicts, as Genesys Cloud renders it."""

from typing import Any

import pytest

from wrapups.domain.errors import Unclear
from wrapups.domain.predictions import Prediction, best
from wrapups.genesys.summaries import predictions


def codes(*confidences: float | None) -> dict[str, Any]:
    return {"predictedWrapupCodes": [{"id": f"w-{n}", "confidence": each} for n, each in enumerate(confidences)]}


def session(about: str, *confidences: float | None) -> dict[str, Any]:
    return {"communication": {"id": about}, **codes(*confidences)}


def test_the_whole_comes_first_then_each_communication():
    answer = {"summary": codes(0.9), "sessionSummaries": [session("s-1", 0.5, None)]}

    assert predictions(answer) == (
        Prediction("w-0", 0.9),
        Prediction("w-0", 0.5, "s-1"),
        Prediction("w-1", None, "s-1"),
    )


@pytest.mark.parametrize("answer", [None, {}, {"summary": None}, {"summary": {}, "sessionSummaries": []}])
def test_an_answer_without_any_is_none(answer: Any):
    assert predictions(answer) == ()


def test_a_code_without_an_id_is_left_out():
    assert predictions({"summary": {"predictedWrapupCodes": [{"name": "Resolved", "confidence": 0.9}]}}) == ()


@pytest.mark.parametrize("confidence", ["0.9", True, float("nan")])
def test_a_confidence_that_is_no_number_makes_no_sense(confidence: Any):
    with pytest.raises(Unclear):
        predictions({"summary": codes(confidence)})


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([Prediction("a", 0.2), Prediction("b", 0.7)], "b"),
        ([Prediction("a", 0.9), Prediction("b", 0.1, "s-1")], "b"),
        ([Prediction("a", 0.9, "s-2")], None),
        ([Prediction("a", None), Prediction("b", 0.0)], "b"),
        ([Prediction("a", 0.5), Prediction("b", 0.5)], "a"),
        ([], None),
    ],
)
def test_the_surest_of_its_own_counts_else_the_surest_of_the_whole(told: list[Prediction], expected: str | None):
    found = best(told, "s-1")

    assert (found.code_id if found else None) == expected
