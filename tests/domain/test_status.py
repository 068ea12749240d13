"""Which moves an assignment may make."""

import pytest

from wrapups.domain.status import FINAL, LIVE, MOVES, WAITS_FOR_A_PERSON, IllegalMove, Status, require_move


def test_every_status_has_a_line_in_the_table_of_moves():
    assert set(Status) == set(MOVES)


def test_a_status_is_live_or_waits_for_a_person_or_is_final():
    assert set(Status) == LIVE | WAITS_FOR_A_PERSON | FINAL
    assert not LIVE & WAITS_FOR_A_PERSON
    assert not LIVE & FINAL


def test_what_was_verified_never_goes_back_to_work():
    assert not MOVES[Status.VERIFIED] & LIVE


def test_only_the_lease_leads_from_an_unclear_answer_to_anything_but_failure():
    assert MOVES[Status.UNKNOWN] == {Status.SENDING, Status.FAILED}


def test_every_live_status_can_reach_an_end():
    reached = set(FINAL | WAITS_FOR_A_PERSON)
    while more := {status for status in Status if MOVES[status] & reached} - reached:
        reached |= more

    assert reached == set(Status)


def test_an_illegal_move_says_what_is_possible():
    with pytest.raises(IllegalMove, match="verified cannot become pending; it can become overridden"):
        require_move(Status.VERIFIED, Status.PENDING)
