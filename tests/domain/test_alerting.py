"""Alerts, as pure functions: when an event begins, when it is over, and when nothing can be said."""

from datetime import UTC, datetime, timedelta

import pytest

from wrapups.domain.alert_sentences import ADVICE, headline, lasted, what_to_do
from wrapups.domain.alerting import (
    MEANINGS,
    Condition,
    Ongoing,
    Step,
    failed_share,
    follow,
    reaches,
    wrong_with,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATELY, LONG_AGO = NOW - timedelta(seconds=60), NOW - timedelta(seconds=120)
FACTS = {
    "minutes": 17,
    "failed": 1200,
    "share": 31,
    "hours": 7,
    "name": "CRM",
    "by": "Mara",
    "opened": 2,
    "because": "Genesys Cloud answered 401.",
}


@pytest.mark.parametrize(
    ("event", "stands", "settle_s", "step"),
    [
        pytest.param(None, True, 120, Step.OPEN, id="it begins"),
        pytest.param(None, False, 120, Step.NOTHING, id="nothing is the matter"),
        pytest.param(None, None, 120, Step.NOTHING, id="nothing can be said, so nothing begins"),
        pytest.param(Ongoing(), True, 120, Step.NOTHING, id="it goes on, and is not told again"),
        pytest.param(Ongoing(), None, 0, Step.NOTHING, id="nothing can be said, so nothing is over"),
        pytest.param(Ongoing(), False, 0, Step.CLOSE, id="over at once where nothing comes and goes"),
        pytest.param(Ongoing(), False, 120, Step.SETTLING, id="perhaps over"),
        pytest.param(Ongoing(LATELY), False, 120, Step.NOTHING, id="not over for long enough"),
        pytest.param(Ongoing(LONG_AGO), False, 120, Step.CLOSE, id="over for long enough"),
        pytest.param(Ongoing(LATELY), True, 120, Step.STANDS_AGAIN, id="it was not over"),
        pytest.param(Ongoing(LONG_AGO), None, 120, Step.NOTHING, id="nothing can be said of what may be over"),
    ],
)
def test_what_follows_a_look(event: Ongoing | None, stands: bool | None, settle_s: int, step: Step):
    assert follow(event, stands, now=NOW, settle_s=settle_s) is step


def test_a_count_about_its_threshold_begins_one_event_and_not_five():
    counts, standing, begins = [49, 50, 49, 51, 45, 50, 41, 39, 45, 50], False, 0

    for count in counts:
        before, standing = standing, reaches(count, 50, standing=standing)
        begins += standing and not before

    assert begins == 2


@pytest.mark.parametrize(("failed", "others", "share"), [(1, 2, None), (5, 14, None), (5, 15, 25.0), (20, 0, 100.0)])
def test_a_share_is_told_of_enough_only(failed: int, others: int, share: float | None):
    assert failed_share(failed, others) == share


def test_every_condition_has_a_meaning_a_line_and_advice():
    assert set(MEANINGS) == set(ADVICE) == set(Condition)
    for condition in Condition:
        line = headline(condition, "worker", FACTS)
        assert line
        assert not line.endswith(".")
        assert what_to_do(condition, FACTS).startswith("Genesys Cloud answered 401. ")


@pytest.mark.parametrize(
    ("condition", "line"),
    [
        (Condition.OVERDUE, "The oldest work that is due has waited for 17 minutes"),
        (Condition.FAILURES, "1,200 assignments failed within an hour"),
        (Condition.FAILED_SHARE, "31 % of what was tried within an hour failed (1,200)"),
        (Condition.NO_EVENTS, "CRM has sent nothing for 17 min"),
        (Condition.HELD, "All calls to Genesys Cloud were paused by Mara"),
    ],
)
def test_a_line_has_the_figures_that_were_seen(condition: Condition, line: str):
    assert headline(condition, "", FACTS) == line


def test_a_pump_that_is_silent_is_not_called_a_worker():
    assert "pump" in headline(Condition.SILENT, "pump", {})
    assert "worker" in headline(Condition.SILENT, "worker", {})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "1 min"), (900, "15 min"), (7200, "2 h"), (7500, "2 h 5 min"), (86_400, "1 d"), (100_800, "1 d 4 h")],
)
def test_how_long_it_lasted_is_said_shortly(seconds: float, words: str):
    assert lasted(seconds) == words


@pytest.mark.parametrize(
    ("condition", "threshold", "wrong"),
    [
        (Condition.OVERDUE, 15, False),
        (Condition.OVERDUE, 1, True),
        (Condition.OVERDUE, None, True),
        (Condition.FAILED_SHARE, 101, True),
        (Condition.HELD, None, False),
        (Condition.HELD, 5, True),
    ],
)
def test_a_threshold_is_within_its_bounds(condition: Condition, threshold: int | None, wrong: bool):
    assert bool(wrong_with(condition, threshold)) is wrong
