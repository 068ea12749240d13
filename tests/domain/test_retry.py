"""What each outcome of a call means for its assignment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain import errors
from wrapups.domain.retry import (
    MAX_CRASHES,
    MAX_READS,
    MAX_UNSENT,
    MAX_WRITES,
    Effort,
    Hold,
    after_crash,
    after_failed_read,
    after_read,
    after_write,
    backoff_s,
)
from wrapups.domain.status import MOVES, FailReason, SkipReason, Status

THROTTLED = errors.RateLimited("429", retry_after_s=37)
WANTED, FOUND, OTHER = "code-wanted", "ININ-WRAP-UP-TIMEOUT", "code-of-an-agent"

effort = st.builds(Effort, writes=st.integers(1, 12), reads=st.integers(0, 12), crashes=st.integers(0, 4))
any_error = st.sampled_from(
    [
        THROTTLED,
        errors.Unsent("dns"),
        errors.Unclear("504"),
        errors.CredentialsRefused("401"),
        errors.Refused("400"),
        errors.NotFound("404"),
        errors.Conflict("409"),
        errors.Forbidden("403"),
    ]
)
jitter = st.floats(0, 1)


def write(error, *, writes=1, too_old=False):
    return after_write(error, Effort(writes=writes), settle_s=30, jitter=0.5, too_old=too_old)


def read(seen, *, writes=1, ever_sent=True, was_accepted=False):
    return after_read(
        seen,
        Effort(writes=writes, reads=1),
        wanted_code_id=WANTED,
        found_code_id=FOUND,
        ever_sent=ever_sent,
        was_accepted=was_accepted,
        jitter=0.5,
    )


def test_an_accepted_write_is_not_proof_and_is_read_back_after_the_settle_delay():
    assert (write(None).status, write(None).after_s) == (Status.APPLIED, 30)


def test_a_throttled_write_costs_no_try_and_holds_the_organization_as_long_as_told():
    step = write(THROTTLED, writes=MAX_WRITES)

    assert (step.status, step.after_s, step.hold, step.counts) == (Status.PENDING, 37, Hold.WAIT, False)


def test_refused_credentials_cost_no_try_and_hold_the_organization():
    step = write(errors.CredentialsRefused("401"), writes=MAX_WRITES)

    assert (step.status, step.hold, step.counts) == (Status.PENDING, Hold.CREDENTIALS, False)


@given(effort, jitter)
def test_after_an_unclear_write_the_next_call_is_a_read_and_never_before_the_settle_delay(effort, jitter):
    step = after_write(errors.Unclear("no answer"), effort, settle_s=30, jitter=jitter)

    assert step.status is Status.UNKNOWN
    assert step.after_s >= 30
    assert not step.resolved


def test_a_write_that_never_left_is_sent_again_until_ten_tries_are_spent():
    assert write(errors.Unsent("dns"), writes=MAX_UNSENT - 1).status is Status.PENDING
    assert write(errors.Unsent("dns"), writes=MAX_UNSENT).reason is FailReason.EXHAUSTED


@pytest.mark.parametrize("error", [errors.Refused("400"), errors.Forbidden("403"), errors.NotFound("404")])
def test_a_refusal_is_for_good(error):
    assert (write(error).status, write(error).reason) == (Status.FAILED, FailReason.REJECTED)


def test_not_found_on_an_old_conversation_means_too_late():
    assert write(errors.NotFound("404"), too_old=True).reason is FailReason.TOO_LATE


def test_a_conflict_is_read_before_anything_else_and_given_up_after_three_writes():
    assert write(errors.Conflict("409"), writes=2).status is Status.UNKNOWN
    assert write(errors.Conflict("409"), writes=3).reason is FailReason.REJECTED


def test_reading_our_code_back_is_proof():
    assert read(WANTED).status is Status.VERIFIED


@pytest.mark.parametrize("seen", [None, FOUND, "ININ-WRAP-UP-SKIPPED"])
def test_reading_no_choice_of_a_person_allows_another_write(seen):
    assert (read(seen).status, read(seen).resolved) == (Status.PENDING, True)


def test_another_code_is_a_conflict_unless_ours_had_been_accepted_before():
    assert read(OTHER, was_accepted=False).status is Status.CONFLICT
    assert read(OTHER, was_accepted=True).status is Status.OVERRIDDEN


def test_accepted_twice_and_never_seen_is_unconfirmed():
    assert read(None, writes=1, was_accepted=True).status is Status.PENDING
    assert read(None, writes=2, was_accepted=True).reason is FailReason.UNCONFIRMED


def test_writes_without_effect_are_given_up_after_five():
    assert read(None, writes=MAX_WRITES).reason is FailReason.EXHAUSTED


def test_a_look_before_the_first_write_ends_the_matter_where_somebody_has_chosen():
    assert read(OTHER, ever_sent=False).reason is SkipReason.AGENT_CHOSE
    assert read(WANTED, ever_sent=False).reason is SkipReason.ALREADY_CODED
    assert read(FOUND, ever_sent=False).status is Status.PENDING


def test_a_read_that_fails_is_read_again_until_ten_are_spent():
    assert after_failed_read(errors.Unclear("504"), Effort(reads=MAX_READS - 1), jitter=0).status is Status.UNKNOWN
    assert after_failed_read(errors.Unclear("504"), Effort(reads=MAX_READS), jitter=0).reason is FailReason.EXHAUSTED


@given(any_error, effort, jitter)
def test_a_failed_read_never_leads_to_a_write(error, effort, jitter):
    step = after_failed_read(error, effort, jitter=jitter)

    assert step.status in {Status.UNKNOWN, Status.FAILED}
    assert not step.resolved


def test_a_dead_worker_leaves_something_to_read_and_the_third_death_is_enough():
    assert after_crash(Effort(crashes=MAX_CRASHES - 1), settle_s=30).status is Status.UNKNOWN
    assert after_crash(Effort(crashes=MAX_CRASHES), settle_s=30).reason is FailReason.QUARANTINED


@given(st.one_of(st.none(), any_error), effort, jitter)
def test_every_step_is_a_legal_move_from_sending(error, effort, jitter):
    assert after_write(error, effort, settle_s=30, jitter=jitter).status in MOVES[Status.SENDING]


@given(st.integers(0, 1000), jitter, st.floats(2, 300))
def test_a_delay_is_between_a_second_and_its_cap(tries, jitter, cap_s):
    assert 1 <= backoff_s(tries, jitter, cap_s=cap_s) <= max(1, cap_s)
