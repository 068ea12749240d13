"""After-call work and wrap-up are a function of the timeline, the writes and the instant."""

from collections.abc import Sequence

import pytest

from wrapups.genesys.simulator.catalogue import TIMEOUT_CODE
from wrapups.genesys.simulator.timeline import Leg
from wrapups.genesys.simulator.wrapup import AfterCallWork, Write, after_call_work

START, END, DONE = "2026-01-05T10:00:00.000Z", "2026-01-05T10:05:00.000Z", "2026-01-05T10:06:00.000Z"
BEFORE, DURING, LATER, MUCH_LATER = (
    "2026-01-05T10:03:00.000Z",
    "2026-01-05T10:05:30.000Z",
    "2026-01-05T11:00:00.000Z",
    "2026-01-05T12:00:00.000Z",
)


def leg(*, acw: bool = True, code: str | None = None, open_ended: bool = False, skipped: bool = False) -> Leg:
    """Return a leg that talked from START to END and had after-call work until DONE."""
    segments = [{"segmentType": "interact", "segmentStart": START, "segmentEnd": END}]
    if acw:
        wrapup = {"segmentType": "wrapup", "segmentStart": END}
        segments.append(wrapup | ({} if open_ended else {"segmentEnd": DONE}) | ({"wrapUpCode": code} if code else {}))
    session = {"sessionId": "s", "mediaType": "voice", "segments": segments} | ({"acwSkipped": True} if skipped else {})
    return Leg({"participantId": "p", "purpose": "agent", "userId": "u"}, session)


def at(now: str, one: Leg, writes: Sequence[Write] = (), *, moves: bool = True) -> AfterCallWork:
    return after_call_work(one, writes, now, late_write_moves_end=moves)


def code_of(acw: AfterCallWork) -> str | None:
    return acw.wrapup.code if acw.wrapup else None


@pytest.mark.parametrize(
    ("one", "now", "state"),
    [
        (leg(), BEFORE, "unknown"),
        (leg(), DURING, "pending"),
        (leg(), LATER, "complete"),
        (leg(open_ended=True), MUCH_LATER, "pending"),
        (leg(acw=False), BEFORE, "unknown"),
        (leg(acw=False), LATER, "notApplicable"),
        (leg(acw=False, skipped=True), LATER, "skipped"),
    ],
)
def test_the_state_follows_the_timeline(one: Leg, now: str, state: str) -> None:
    assert at(now, one).state == state


def test_the_agent_s_code_is_there_once_after_call_work_is_over() -> None:
    assert code_of(at(DURING, leg(code="own"))) is None
    assert code_of(at(LATER, leg(code="own"))) == "own"


def test_a_code_of_the_system_is_by_the_system() -> None:
    wrapup = at(LATER, leg(code=TIMEOUT_CODE)).wrapup

    assert wrapup is not None
    assert (wrapup.code, wrapup.by) == (TIMEOUT_CODE, "system")


def test_a_write_while_pending_ends_after_call_work_and_the_agent_s_choice_never_comes() -> None:
    acw = at(LATER, leg(code="own"), [Write(at=DURING, by="robot", code="ours")])

    assert (acw.state, acw.ended_at, code_of(acw)) == ("complete", DURING, "ours")
    assert [wrapup.code for wrapup in acw.wrapups] == ["ours"]


def test_a_draft_while_pending_ends_nothing() -> None:
    acw = at(DURING, leg(code="own"), [Write(at=DURING, by="robot", code=None, provisional=True, notes="hm")])

    assert acw.state == "pending"
    assert acw.wrapup is None
    assert acw.draft is not None
    assert acw.draft.notes == "hm"


def test_a_final_write_replaces_a_draft() -> None:
    writes = [Write(at=DURING, by="a", provisional=True), Write(at=LATER, by="b", code="ours")]

    acw = at(MUCH_LATER, leg(acw=False), writes)

    assert acw.draft is None
    assert code_of(acw) == "ours"


def test_a_skip_ends_pending_after_call_work_without_a_code() -> None:
    acw = at(LATER, leg(code="own"), [Write(at=DURING, by="robot", skips=True)])

    assert (acw.state, acw.ended_at, code_of(acw)) == ("skipped", DURING, None)


def test_the_last_writer_wins_and_every_wrap_up_is_remembered() -> None:
    writes = [Write(at=LATER, by="robot", code="first"), Write(at=MUCH_LATER, by="robot", code="second")]

    acw = at(MUCH_LATER, leg(code="own"), writes)

    assert [wrapup.code for wrapup in acw.wrapups] == ["own", "first", "second"]


def test_a_code_written_while_the_agent_still_talks_outlives_a_timeout_but_not_the_agent_s_choice() -> None:
    early = [Write(at=BEFORE, by="robot", code="early")]

    assert code_of(at(LATER, leg(code=TIMEOUT_CODE), early)) == "early"
    assert code_of(at(LATER, leg(code="own"), early)) == "own"


@pytest.mark.parametrize(
    ("write", "moves", "ended_at"),
    [
        (Write(at=LATER, by="robot", code="x"), True, LATER),
        (Write(at=LATER, by="robot", code="x"), False, DONE),
        (Write(at=LATER, by="robot", code="x", keeps_end_time=True), True, DONE),
        (Write(at=LATER, by="robot", code="x", ended_at=DURING), True, DURING),
    ],
)
def test_a_late_write_moves_the_end_unless_told_not_to(write: Write, moves: bool, ended_at: str) -> None:
    assert at(MUCH_LATER, leg(), [write], moves=moves).ended_at == ended_at


def test_what_is_written_later_is_not_there_yet() -> None:
    assert at(LATER, leg(), [Write(at=MUCH_LATER, by="robot", code="x")]).wrapup is None
