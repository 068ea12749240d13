"""Copilot's predicted code: asked for once, where no rule decides without it; then it is a fact like others."""

from datetime import timedelta
from typing import Any

import pytest

from tests.services.centre import ANY_CALL, OTHER, WANTED, Centre, Row, when
from wrapups.domain.sentences import plain
from wrapups.domain.status import SkipReason, Status
from wrapups.models import CallBudget, Conversation, Sweep
from wrapups.models.clock import app_now
from wrapups.services import predicting
from wrapups.services.explaining import explain

PERMISSION = "conversation:summary:view"
SUMMARIES = "GET */summaries"


def sure(centre: Centre, code: str = OTHER, *, above: float = 0.8) -> dict[str, Any]:
    """Return the conditions of a rule that trusts Copilot's prediction of this code."""
    confident = {"fact": "predicted_confidence", "operator": "at_least", "value": above}
    return {"all": [{"fact": "predicted_code", "operator": "is", "value": centre.code(code)}, confident]}


@pytest.fixture
def centre(centre: Centre) -> Centre:
    """A centre that allows asking, with a rule that asks."""
    centre.let(asks_predictions=True, prediction_after_s=60)
    centre.simulator.grant(PERMISSION)
    centre.publish((sure(centre), OTHER))
    return centre


def undecided(centre: Centre, codes: dict[str, float] | None = None, *, about: str = "") -> Row:
    """Let a call have ended that no rule decides yet, of which Copilot predicts these codes."""
    row = centre.call()
    if codes:
        told = {centre.code(name): confidence for name, confidence in codes.items()}
        about = row["communication_id"] if about == "its part" else about
        centre.simulator.predict(row["conversation_id"], told, communication_id=about)
    centre.decide(row)
    return row


def predict(centre: Centre) -> int:
    """Let a worker have its turn; return how many calls that took."""
    Sweep.objects.filter(kind=Sweep.Kind.PREDICT).update(due_at=app_now(), lease_until=None)
    return predicting.predict(centre.organization, gateway=centre.gateway)


def duty(centre: Centre) -> Sweep:
    return Sweep.objects.get(organization=centre.organization, kind=Sweep.Kind.PREDICT)


def test_what_copilot_is_sure_of_is_decided_written_and_explained(centre: Centre):
    row = undecided(centre, {OTHER: 0.93, WANTED: 0.41})
    assert centre.assignment(row).reason == SkipReason.NO_RULE

    calls = predict(centre)
    finished = centre.finish(centre.assignment(row))

    explanation = explain(finished)
    rows = {each.label: each.value for each in explanation.facts}
    assert (calls, finished.status, centre.code_on(row)) == (1, Status.VERIFIED, centre.code(OTHER))
    assert rows["predicted wrap-up code"] == OTHER
    assert "0.93" in rows["confidence of the prediction"]
    assert "predicted wrap-up code" in " ".join(plain(sentence) for sentence in explanation.sentences)


def test_what_is_said_of_a_part_counts_before_what_is_said_of_the_whole(centre: Centre):
    row = undecided(centre, {WANTED: 0.99})
    centre.simulator.predict(
        row["conversation_id"], {centre.code(OTHER): 0.9}, communication_id=row["communication_id"]
    )

    predict(centre)

    assert centre.assignment(row).wrapup_code == centre.codes[OTHER]


def test_a_conversation_is_asked_about_once_whatever_the_answer(centre: Centre):
    unsure, silent = undecided(centre, {OTHER: 0.5}), undecided(centre)

    calls = [predict(centre), predict(centre)]

    assert calls == [2, 0]
    assert {centre.assignment(row).reason for row in (unsure, silent)} == {SkipReason.NO_RULE}
    kept = dict(Conversation.everywhere.values_list("conversation_id", "predictions"))
    assert (len(kept[unsure["conversation_id"]]), kept[silent["conversation_id"]]) == (1, [])


@pytest.mark.parametrize("answer", ["404", "empty"])
def test_no_summary_is_no_prediction_however_genesys_says_so(centre: Centre, answer: str):
    centre.simulator.switch(unset_summary_read=answer)
    row = undecided(centre)

    assert predict(centre) == 1
    assert "predicted_code" not in centre.assignment(row).facts


def test_what_a_rule_decides_without_it_costs_no_call_and_does_not_wait(centre: Centre):
    centre.publish((sure(centre), OTHER), (ANY_CALL, WANTED))
    row = undecided(centre, {OTHER: 0.93})

    assert predict(centre) == 0
    assert centre.assignment(row).wrapup_code == centre.codes[WANTED]


@pytest.mark.parametrize("why", ["switched off", "no rule asks", "too soon", "too old"])
def test_no_call_is_spent_otherwise(centre: Centre, why: str):
    if why == "switched off":
        centre.let(asks_predictions=False)
    if why == "no rule asks":
        centre.publish((when("media", "is", "email"), OTHER))
    if why == "too soon":
        centre.let(prediction_after_s=3600)
    undecided(centre, {OTHER: 0.93})
    if why == "too old":
        centre.clock.advance(2 * 86_400)

    assert predict(centre) == 0
    assert centre.counted(SUMMARIES) == 0


def test_a_client_that_may_not_ask_is_told_so_and_nothing_else_is_held(centre: Centre):
    centre.simulator.revoke(PERMISSION)
    row = undecided(centre, {OTHER: 0.93})

    predict(centre)

    assert PERMISSION in duty(centre).problem
    assert CallBudget.objects.get(organization=centre.organization).refused_at is None
    centre.simulator.grant(PERMISSION)
    predict(centre)
    assert centre.assignment(row).wrapup_code == centre.codes[OTHER]


@pytest.mark.parametrize("status", [400, 403, 409, 500])
def test_what_could_not_be_read_is_asked_again_later_and_holds_up_no_other(centre: Centre, status: int):
    rows = [undecided(centre, {OTHER: 0.93}) for _ in range(2)]
    centre.simulator.fault("status", status=status, operations=[SUMMARIES], count=1)

    calls = [predict(centre), predict(centre)]

    decided = [centre.assignment(row).wrapup_code == centre.codes[OTHER] for row in rows]
    assert (calls, sorted(decided)) == ([2, 0], [False, True])
    assert PERMISSION not in duty(centre).problem
    centre.clock.advance(predicting.AGAIN_S + 1)
    predict(centre)
    assert {centre.assignment(row).wrapup_code for row in rows} == {centre.codes[OTHER]}


def test_what_is_refused_again_and_again_is_not_asked_about_for_ever(centre: Centre):
    undecided(centre, {OTHER: 0.93})
    centre.simulator.fault("status", status=400, operations=[SUMMARIES])

    calls = []
    for _ in range(predicting.MOST_TRIES + 1):
        calls.append(predict(centre))
        centre.clock.advance(predicting.AGAIN_S + 1)

    assert calls == [1, 1, 1, 0]


def test_an_endpoint_that_is_broken_costs_few_calls_and_holds_no_other(centre: Centre):
    for _ in range(4):
        undecided(centre, {OTHER: 0.93})
    centre.simulator.fault("e500_before", operations=[SUMMARIES])
    before = centre.budget

    calls = predict(centre)

    assert calls == predicting.MOST_UNCLEAR
    assert (centre.budget.recent_calls, centre.budget.breaker_opened) == (before.recent_calls, 0)
    assert duty(centre).due_at > app_now() + timedelta(seconds=predicting.OFF_S - 60)


def test_a_later_reading_forgets_no_prediction(centre: Centre):
    row = undecided(centre, {OTHER: 0.93})
    predict(centre)

    centre.decide(row)

    assert centre.assignment(row).facts["predicted_confidence"] == 0.93
    assert centre.assignment(row).status == Status.PENDING
