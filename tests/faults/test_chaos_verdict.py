"""The verdict over a run: each invariant catches what it is for, and nothing that a person asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from dashboard.chaos.evidence import Change, Evidence, Story, Try, Write
from dashboard.chaos.figures import MUST_BE_ZERO, broken, line, passed, recovery_p95_s
from dashboard.chaos.invariants import INVARIANTS
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


def changes(*statuses: str, every_s: float = 1) -> tuple[Change, ...]:
    """Return what the audit tells of these statuses, one after the other."""
    return tuple(Change(at(n * every_s), *pair) for n, pair in enumerate(pairwise((None, *statuses))))


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
    changes=changes("pending", "sending", "applied", "verified"),
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


# What a person's retry and insistence leave, and what looks like it and is not.

REFUSED = tried(1, "write", 1, "failed", http_status=400, untaken=True, answered=False)
SENT_ANEW = tried(2, "write", 60, "applied", http_status=202)
READ_ANEW = tried(2, "bulk_read", 80, "verified", code_seen_id=X)
ANEW = ("pending", "sending", "failed", "pending", "sending", "applied", "verified")
RETRIED = replace(GOOD, fence=2, tries=(REFUSED, SENT_ANEW, READ_ANEW), changes=changes(*ANEW, every_s=15))
IN_DOUBT = replace(WRITTEN, outcome="unknown", http_status=500, answered=False)
UNREADABLE = tried(2, "read", 40, "failed", http_status=500, answered=False)
NOT_THERE = tried(2, "read", 40, "failed", http_status=200)
DOUBTED = ("pending", "sending", "unknown", "sending", "failed", "pending", "sending", "applied", "verified")


def doubted(*reading: Try) -> Evidence:
    """Return what is told of a row in doubt that was read once, failed, and was sent again by a person's retry."""
    again = (replace(SENT_ANEW, fence=3), replace(READ_ANEW, fence=3))
    return told(
        replace(GOOD, fence=3, tries=(IN_DOUBT, *reading, *again), changes=changes(*DOUBTED, every_s=12)),
        ledger=(replace(OURS, at=at(60.5)),),
    )


GIVEN_WAY = replace(
    GOOD,
    status=Status.SUPERSEDED,
    fence=2,
    tries=(IN_DOUBT, tried(2, "read", 40, "conflict", code_seen_id=Y, http_status=200)),
    changes=changes("pending", "sending", "unknown", "sending", "conflict", "superseded"),
)
INSISTING = replace(
    GOOD,
    pk=2,
    created_at=at(50),
    insisted=True,
    found_code_id=Y,
    tries=(replace(SENT_ANEW, fence=1), replace(READ_ANEW, fence=1)),
    changes=changes("pending", "sending", "applied", "verified", every_s=30),
)
OURS_ANEW = replace(OURS, at=at(60.5), before=Y)
LEDGER = (OURS, replace(agents(8), before=X), OURS_ANEW)

ASKED_FOR: dict[str, Evidence] = {
    "retried after a refusal": told(RETRIED, ledger=(replace(OURS, at=at(60.5)),)),
    "retried after it was read as absent": doubted(NOT_THERE),
    "retried after a death": told(
        replace(
            RETRIED,
            crashes=0,
            deaths=1,
            fence=3,
            tries=(
                replace(WRITTEN, finished_at=None, outcome=""),
                NOT_THERE,
                replace(SENT_ANEW, fence=3),
                replace(READ_ANEW, fence=3),
            ),
            changes=changes(*DOUBTED, every_s=12),
        )
    ),
    "insisted on": told(GIVEN_WAY, INSISTING, ledger=LEDGER),
}
NOT_ASKED_FOR: dict[str, tuple[str, Evidence]] = {
    "sent again by a retry though nothing could be read": ("I5", doubted(UNREADABLE)),
    "sent again by a retry that read nothing at all": ("I5", doubted()),
    "a late finish that moved the row, before a retry": (
        "I8",
        told(replace(RETRIED, tries=(replace(REFUSED, outcome="stale:failed"), SENT_ANEW, READ_ANEW))),
    ),
    "changed once more than was insisted on": (
        "I2",
        told(GIVEN_WAY, INSISTING, ledger=(*LEDGER, replace(agents(70), before=X), replace(OURS_ANEW, at=at(75)))),
    ),
    "more writes than both generations have on record": (
        "I7",
        told(GIVEN_WAY, INSISTING, ledger=(*LEDGER, replace(OURS_ANEW, at=at(62), before=X))),
    ),
    "another agent's code than the one insisted on": (
        "I6",
        told(
            GIVEN_WAY,
            INSISTING,
            ledger=(OURS, replace(agents(8), before=X, after="code-z"), replace(OURS_ANEW, before="code-z")),
        ),
    ),
    "written over before anybody insisted": (
        "I6",
        told(
            replace(GIVEN_WAY, fence=3, tries=(*GIVEN_WAY.tries, tried(3, "write", 45, "applied"))),
            INSISTING,
            ledger=(agents(8), replace(OURS_ANEW, at=at(45.5))),
        ),
    ),
}


@pytest.mark.parametrize("what", ASKED_FOR)
def test_what_a_person_asked_for_is_no_violation(what: str):
    assert {name: words for name, words in broken(ASKED_FOR[what]).items() if words} == {}
    assert passed(line(ASKED_FOR[what], seed=1))


@pytest.mark.parametrize("what", NOT_ASKED_FOR)
def test_what_no_person_asked_for_is_one(what: str):
    name, evidence = NOT_ASKED_FOR[what]

    assert name in line(evidence, seed=1)["invariants_failed"]


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
