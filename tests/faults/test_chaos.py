"""The chaos run: a schedule that a seed decides, a checker that catches what it is for, and three small runs."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from dashboard.chaos.evidence import Change, Evidence, Story, Try, Write
from dashboard.chaos.figures import MUST_BE_ZERO, broken, line, passed, recovery_p95_s
from dashboard.chaos.invariants import INVARIANTS
from dashboard.chaos.nemesis import Kind, schedule
from wrapups.domain.status import Status

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
X, Y = "code-x", "code-y"
LEG = "leg-1"


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def tried(fence: int, kind: str, start: float, outcome: str, **more: Any) -> Try:
    """Return an attempt that took a second."""
    return Try(fence, kind, at(start), at(start + 1), outcome, **more)


WRITTEN = tried(1, "write", 1, "applied", http_status=202)
READ_BACK = tried(1, "bulk_read", 20, "verified", code_seen_id=X)
WAY = ("pending", "sending", "applied", "verified")
STEPS = zip((None, *WAY[:-1]), WAY, strict=True)
GOOD = Story(
    pk=1,
    communication_id=LEG,
    status=Status.VERIFIED,
    reason="",
    wanted_code_id=X,
    fence=1,
    writes=1,
    reads=0,
    crashes=0,
    created_at=at(0),
    tries=(WRITTEN, READ_BACK),
    changes=tuple(Change(at(n), before, after) for n, (before, after) in enumerate(STEPS)),
)
OURS = Write(at(1.5), LEG, ours=True, before=None, after=X)
WHOLE = Evidence(
    stories=(GOOD,),
    ledger=(OURS,),
    fed=frozenset({LEG}),
    codes={LEG: X},
    settle_s=6,
    allowed_in_60s=300,
    most_in_60s=285,
    calls_at=(1.0, 20.0),
    pauses=((30.0, 40.0),),
)


def told(*stories: Story, **columns: Any) -> Evidence:
    return replace(WHOLE, stories=stories or WHOLE.stories, **columns)


def agents(seconds: float) -> Write:
    return Write(at(seconds), LEG, ours=False, before=None, after=Y)


AGAIN = tried(2, "write", 3, "applied", http_status=202)
VIOLATED: dict[str, Evidence] = {
    "I2": told(ledger=(OURS, replace(OURS, before=X, after=Y, ours=False), replace(OURS, before=Y))),
    "I3": told(replace(GOOD, tries=(WRITTEN,))),
    "I4": told(replace(GOOD, tries=(*GOOD.tries, replace(AGAIN, started_at=at(30))))),
    "I5": told(replace(GOOD, tries=(replace(WRITTEN, outcome="pending", http_status=500), AGAIN, READ_BACK))),
    "I6": told(
        replace(
            GOOD,
            fence=3,
            tries=(WRITTEN, tried(2, "read", 10, "pending"), tried(3, "write", 12, "applied"), READ_BACK),
        ),
        ledger=(agents(8), replace(OURS, at=at(12.5), before=Y)),
    ),
    "I7": told(replace(GOOD, fence=2)),
    "I8": told(replace(GOOD, tries=(WRITTEN, replace(WRITTEN, fence=1), READ_BACK))),
    "I10": told(replace(GOOD, crashes=4)),
    "I11": told(most_in_60s=301),
    "I12": told(calls_at=(32.0, 33.0)),
    "I13": told(replace(GOOD, changes=(*GOOD.changes, Change(at(9), "verified", "pending")))),
    "I17": told(replace(GOOD, changes=GOOD.changes[:2] + GOOD.changes[3:])),
}


def test_what_is_whole_violates_nothing():
    assert not any(broken(WHOLE).values())
    assert passed(line(WHOLE, seed=1))


@pytest.mark.parametrize("name", INVARIANTS)
def test_each_invariant_catches_what_it_is_for(name: str):
    figures = line(VIOLATED[name], seed=1)

    assert name in figures["invariants_failed"]
    assert not passed(figures)


UNFIT: dict[str, Evidence] = {
    "lost": told(fed=frozenset({LEG, "leg-2"})),
    "stuck": told(replace(GOOD, status=Status.UNKNOWN)),
    "duplicate_effects": VIOLATED["I2"],
    "clobbered": VIOLATED["I6"],
    "audit_missing": VIOLATED["I17"],
}


@pytest.mark.parametrize("figure", MUST_BE_ZERO)
def test_no_run_passes_with_anything_lost_stuck_doubled_overwritten_or_unaudited(figure: str):
    figures = line(UNFIT[figure], seed=1)

    assert figures[figure] == 1
    assert not passed(figures)


def test_a_code_we_call_verified_that_is_not_there_is_lost_unless_an_agent_came_later():
    gone = told(codes={LEG: None})
    replaced = told(codes={LEG: Y}, ledger=(OURS, replace(agents(60), before=X)))

    assert (line(gone, seed=1)["lost"], line(replaced, seed=1)["lost"]) == (1, 0)


def test_what_was_turned_away_at_the_door_may_be_sent_again_unread():
    throttled = replace(WRITTEN, outcome="pending", http_status=429, untaken=True)
    sent_again = told(replace(GOOD, fence=2, tries=(throttled, AGAIN, READ_BACK)))

    assert broken(sent_again)["I5"] == []


def test_an_agent_s_code_that_came_after_our_last_look_is_not_held_against_us():
    raced = told(ledger=(agents(1.2), replace(OURS, before=Y)))

    assert line(raced, seed=1)["clobbered"] == 0


def test_recovery_is_from_the_beginning_of_what_was_cut_off_to_the_next_attempt():
    cut = replace(WRITTEN, finished_at=None, outcome="")

    assert recovery_p95_s(told(replace(GOOD, tries=(cut, tried(2, "read", 19, "verified"))))) == 18.0
    assert recovery_p95_s(WHOLE) is None


@given(seed=st.integers(), duration_s=st.floats(5, 300))
def test_a_seed_decides_every_blow_and_each_kind_falls(seed: int, duration_s: float):
    blows = schedule(seed=seed, duration_s=duration_s)

    assert blows == schedule(seed=seed, duration_s=duration_s) == sorted(blows)
    assert {blow.kind for blow in blows} == set(Kind)
    assert all(0 <= blow.at_s < duration_s for blow in blows)


RUNS = {1: "deep", 2: "empty", 3: "deep"}
Running = Mapping[int, "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def small_runs() -> Iterator[Running]:
    """Three runs side by side: what they do most is wait for leases to end."""
    command = [sys.executable, "manage.py", "chaos", "--rows", "40", "--duration", "12"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = {
        seed: subprocess.Popen([*command, "--seed", str(seed), "--backlog", backlog], cwd=settings.BASE_DIR, **pipes)
        for seed, backlog in RUNS.items()
    }
    yield started
    for run in started.values():
        run.terminate()
        run.communicate()


@pytest.mark.long
@pytest.mark.parametrize("seed", RUNS)
def test_a_small_run_loses_doubles_and_overwrites_nothing(
    seed: int, small_runs: Running, record_property: Callable[[str, object], None]
):
    said, why = small_runs[seed].communicate()

    assert small_runs[seed].returncode == 0, why
    figures = json.loads(said)
    record_property("figures", figures)
    assert figures["accepted"] == 40
    assert passed(figures)
