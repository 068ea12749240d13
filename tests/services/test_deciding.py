"""Deciding: every ended agent communication gets one row, however often it is seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, Centre, Row, seconds_between, when
from tests.services.clock import Clock
from wrapups.domain.eligibility import Overwrite
from wrapups.domain.status import FailReason, SkipReason, Status
from wrapups.models import Assignment, AuditEntry, Communication, Conversation, WrapupCode
from wrapups.services.deciding import decide
from wrapups.services.refreshing import refresh

TIMED_OUT = "ININ-WRAP-UP-TIMEOUT"
ENOUGH_STATEMENTS = 16


def rows_of(centre: Centre) -> list[Assignment]:
    """Return all assignments in the order they were made."""
    return list(Assignment.everywhere.filter(organization=centre.organization).order_by("pk"))


def transferred(centre: Centre, *, to: str) -> list[Row]:
    """Let one agent hand over to another on a second queue; return both agents' rows."""
    first = centre.calls.build(talk=(-300, -200), disconnect_type="transfer")
    second = centre.calls.build(queue=to)
    first["participants"].append(second["participants"][1])
    first["conversationEnd"] = second["conversationEnd"]
    centre.load(first)
    legs = [participant["sessions"][0]["sessionId"] for participant in first["participants"][1:]]
    return [next(row for row in centre.simulator.state() if row["communication_id"] == leg) for leg in legs]


def test_a_communication_that_a_rule_matches_is_to_get_its_code_with_the_rule_s_notes(centre: Centre):
    release = centre.publish((when("media", "one_of", ["voice"]), WANTED), notes="From the case.")
    row = centre.call()

    new = centre.decide(row)

    assignment = centre.assignment(row)
    assert new == 1
    assert assignment.status == Status.PENDING
    assert assignment.wrapup_code.name == WANTED
    assert assignment.notes == "From the case."
    assert (assignment.release, assignment.rule.release) == (release, release)
    assert assignment.facts["media"] == "voice"


SKIPPED: dict[SkipReason, Callable[[Centre], dict[str, Any]]] = {
    SkipReason.NOT_CONNECTED: lambda centre: {"talk": None},
    SkipReason.OBSERVING: lambda centre: {"monitoredParticipantId": str(uuid4())},
    SkipReason.NO_WRAPUP_MEDIUM: lambda centre: {"mediaType": "internalmessage"},
    SkipReason.CAMPAIGN: lambda centre: {"outboundCampaignId": str(uuid4())},
    SkipReason.NO_QUEUE: lambda centre: {"queue": None},
}


@pytest.mark.parametrize("reason", SKIPPED)
def test_what_gets_no_code_leaves_a_row_with_its_reason(reason: SkipReason, centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call(**SKIPPED[reason](centre))

    centre.decide(row)

    assignment = centre.assignment(row)
    assert (assignment.status, assignment.reason) == (Status.SKIPPED, reason)
    assert assignment.wrapup_code is None


def test_what_an_agent_coded_keeps_its_code_and_its_row_says_which_rule_would_have_chosen(centre: Centre):
    release = centre.publish((ANY_CALL, WANTED))
    row = centre.call(acw=(-100, -60), code=centre.code(OTHER))

    centre.decide(row)

    assignment = centre.assignment(row)
    assert (assignment.status, assignment.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert (assignment.rule, assignment.wrapup_code.name) == (release.rules.get(), WANTED)


def test_what_no_rule_matches_leaves_a_row_that_says_so(centre: Centre):
    centre.publish((when("media", "one_of", ["email"]), WANTED))
    row = centre.call()

    centre.decide(row)

    assert (centre.assignment(row).status, centre.assignment(row).reason) == (Status.SKIPPED, SkipReason.NO_RULE)


def test_a_code_of_the_system_s_own_counts_as_none(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call(acw=(-100, -60), code=TIMED_OUT)

    centre.decide(row)

    assignment = centre.assignment(row)
    assert assignment.status == Status.PENDING
    assert assignment.found_code_id == TIMED_OUT


def test_a_code_of_the_system_s_own_stays_where_nothing_may_be_overwritten(centre: Centre):
    centre.let(overwrite=Overwrite.NEVER)
    centre.publish((ANY_CALL, WANTED))
    row = centre.call(acw=(-100, -60), code=TIMED_OUT)

    centre.decide(row)

    assert centre.assignment(row).reason == SkipReason.ALREADY_CODED


def test_an_agent_s_code_may_be_replaced_only_where_the_policy_says_so(centre: Centre):
    centre.let(overwrite=Overwrite.AGENT)
    centre.publish((ANY_CALL, WANTED))
    another = centre.call(acw=(-100, -60), code=centre.code(OTHER))
    the_same = centre.call(acw=(-100, -60), code=centre.code(WANTED))

    centre.decide(another, the_same)

    assert centre.assignment(another).status == Status.PENDING
    assert centre.assignment(the_same).reason == SkipReason.ALREADY_CODED


def test_customers_and_parked_messages_leave_no_row(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    parked = centre.calls.build(mediaType="email")
    parked["participants"][1]["sessions"][0]["segments"].append(centre.calls.segment("parked", -100, None))
    ids = centre.load(parked)

    new = centre.decide(*ids)

    assert new == 0
    assert not Communication.everywhere.filter(conversation__conversation_id=ids[0]).exists()


def test_each_leg_of_a_transfer_is_decided_on_its_own(centre: Centre):
    billing = "Billing EU"
    centre.publish(
        (when("queue", "one_of", [centre.queues[billing].genesys_id]), OTHER),
        (when("disconnect_type", "is", "transfer"), WANTED),
    )
    first, second = transferred(centre, to=billing)

    centre.decide(first)

    assert centre.assignment(first).wrapup_code.name == WANTED
    assert centre.assignment(second).wrapup_code.name == OTHER


def test_deciding_again_changes_nothing_and_leaves_no_trace(centre: Centre):
    centre.publish((when("media", "one_of", ["voice"]), WANTED))
    ids = centre.simulator.generate(60)
    centre.simulator.advance(600)
    centre.decide(*ids)
    before = (rows_of(centre), AuditEntry.objects.count(), Conversation.everywhere.count())

    new = centre.decide(*ids)

    assert new == 0
    assert (rows_of(centre), AuditEntry.objects.count(), Conversation.everywhere.count()) == before


def test_the_same_conversation_twice_in_one_page_is_one(centre: Centre):
    release = centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    seen = centre.gateway.conversations([row["conversation_id"]])

    new = decide(centre.organization, release, [*seen, *seen])

    assert new == 1


# After-call work


def test_nothing_is_due_before_the_grace_time_is_over(centre: Centre):
    centre.let(grace_s=300)

    assignment = centre.assign()

    assert seconds_between(assignment.communication.ended_at, assignment.due_at) == 300


def test_pending_after_call_work_is_looked_at_again_later(centre: Centre, clock: Clock):
    assignment = centre.assign(acw=(-100, None))
    first_due = assignment.due_at
    clock.advance(61)

    refresh(centre.organization, gateway=centre.gateway)

    assignment.refresh_from_db()
    assert seconds_between(clock.now(), first_due) == -1
    assert assignment.status == Status.PENDING
    assert seconds_between(clock.now(), assignment.due_at) == 60


def test_after_call_work_that_runs_out_lets_the_code_be_written(centre: Centre, clock: Clock):
    row = centre.call(acw=(-100, 30), code=TIMED_OUT)
    centre.publish((ANY_CALL, WANTED))
    centre.decide(row)
    clock.advance(61)

    refresh(centre.organization, gateway=centre.gateway)
    centre.apply()

    assert centre.code_on(row) == centre.code(WANTED)


def test_long_after_call_work_does_not_count_as_time_in_which_a_worker_could_have_written(centre: Centre, clock: Clock):
    row = centre.call(acw=(-100, 30), code=TIMED_OUT)
    centre.publish((ANY_CALL, WANTED))
    centre.decide(row)
    looked_again_at = centre.assignment(row).due_at
    clock.advance(61)

    refresh(centre.organization, gateway=centre.gateway)
    refreshed = centre.assignment(row).due_at
    centre.decide(row)

    assert refreshed == looked_again_at
    assert centre.assignment(row).due_at == looked_again_at


def test_an_agent_who_chooses_in_after_call_work_has_the_last_word(centre: Centre, clock: Clock):
    assignment = centre.assign(acw=(-100, None))
    centre.agent_chooses(assignment, OTHER)
    clock.advance(61)

    refresh(centre.organization, gateway=centre.gateway)

    assignment.refresh_from_db()
    assert (assignment.status, assignment.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert assignment.wrapup_code.name == WANTED  # what was wanted until then stays readable


# Releases


def test_a_pending_assignment_stays_with_the_release_that_decided_it(centre: Centre):
    assignment = centre.assign()
    decided_by = assignment.release
    centre.publish((ANY_CALL, OTHER))

    centre.decide(assignment.communication.conversation.conversation_id)

    assignment.refresh_from_db()
    assert assignment.release == decided_by
    assert assignment.wrapup_code.name == WANTED


def test_what_no_rule_matched_is_decided_anew_by_the_release_in_force(centre: Centre):
    centre.publish((when("media", "one_of", ["email"]), OTHER))
    row = centre.call()
    centre.decide(row)
    unmatched = centre.assignment(row)
    centre.publish((ANY_CALL, WANTED))

    centre.decide(row)

    unmatched.refresh_from_db()
    assert unmatched.status == Status.SUPERSEDED
    assert (centre.assignment(row).generation, centre.assignment(row).wrapup_code.name) == (1, WANTED)


# The catalogue


def test_a_code_that_is_gone_waits_for_a_person_under_one_cause(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    WrapupCode.everywhere.filter(pk=centre.codes[WANTED].pk).update(gone_at=timezone.now())
    one, other = centre.call(), centre.call()

    centre.decide(one, other)

    failed = [centre.assignment(one), centre.assignment(other)]
    assert [row.status for row in failed] == [Status.FAILED, Status.FAILED]
    assert [row.reason for row in failed] == [FailReason.CODE_GONE, FailReason.CODE_GONE]
    assert len({row.fingerprint for row in failed}) == 1
    assert len(failed[0].fingerprint) == 32
    assert WANTED in failed[0].error_message


def test_what_is_decided_to_fail_or_to_be_left_alone_is_finished_then_and_what_is_to_be_sent_is_not(centre: Centre):
    centre.publish((when("media", "one_of", ["voice"]), WANTED))
    sent = centre.assign()
    WrapupCode.everywhere.filter(pk=centre.codes[WANTED].pk).update(gone_at=timezone.now())
    failed, skipped = centre.call(), centre.call(talk=None)

    centre.decide(failed, skipped)

    assert sent.finished_at is None
    for row in (failed, skipped):
        assert centre.assignment(row).finished_at == centre.assignment(row).created_at


def test_a_code_that_the_queue_does_not_offer_waits_for_a_person(centre: Centre):
    centre.offer(QUEUE, OTHER)

    assignment = centre.assign()

    assert (assignment.status, assignment.reason) == (Status.FAILED, FailReason.CODE_NOT_ON_QUEUE)
    assert len(assignment.fingerprint) == 32


def test_a_queue_whose_codes_were_never_read_leaves_the_answer_to_genesys(centre: Centre):
    centre.offer("Billing EU", OTHER)

    assignment = centre.assign()

    assert assignment.status == Status.PENDING


# What earlier readings knew


def test_attributes_of_an_earlier_reading_count_on(centre: Centre):
    release = centre.publish((when("attribute.vip", "is", "yes"), WANTED))
    row = centre.call(attributes={"vip": "yes"})
    alone = centre.gateway.conversation(row["conversation_id"])

    decide(centre.organization, release, [alone])
    centre.decide(row)

    conversation = Conversation.everywhere.get(conversation_id=row["conversation_id"])
    assert conversation.attributes == {"vip": "yes"}
    assert centre.assignment(row).status == Status.PENDING
    assert centre.assignment(row).facts["attribute.vip"] == "yes"


def test_the_present_code_and_when_it_was_read_are_kept(centre: Centre, clock: Clock):
    row = centre.call(acw=(-100, -60), code=centre.code(OTHER))
    centre.publish((ANY_CALL, WANTED))

    centre.decide(row)

    kept = Communication.everywhere.get(communication_id=row["communication_id"])
    assert kept.code_id == centre.code(OTHER)
    assert kept.read_at == clock.now()
    assert kept.ended_at == datetime.fromisoformat(row["ended_at"])


# Size


def test_a_hundred_conversations_cost_as_many_statements_as_ten(centre: Centre):
    centre.publish((when("media", "one_of", ["voice"]), WANTED))
    ten, hundred = centre.simulator.generate(10), centre.simulator.generate(100)
    centre.simulator.advance(600)
    centre.decide(centre.call())  # whatever is compiled or looked up but once

    with CaptureQueriesContext(connection) as few:
        centre.decide(*ten)
    with CaptureQueriesContext(connection) as many:
        centre.decide(*hundred)

    assert len(many) <= len(few) <= ENOUGH_STATEMENTS


def test_seeing_a_hundred_again_costs_no_more_statements(centre: Centre):
    centre.publish((when("media", "one_of", ["voice"]), WANTED))
    hundred = centre.simulator.generate(100)
    centre.simulator.advance(600)
    centre.decide(*hundred)

    with CaptureQueriesContext(connection) as again:
        centre.decide(*hundred)

    assert len(again) <= ENOUGH_STATEMENTS


def test_agents_choosing_while_a_hundred_wait_are_followed_row_by_row(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    rows = [centre.call() for _ in range(3)]
    centre.decide(*rows)
    for row in rows[:2]:
        centre.agent_chooses(row, OTHER)

    centre.decide(*rows)

    assert [centre.assignment(row).status for row in rows] == [Status.SKIPPED, Status.SKIPPED, Status.PENDING]


def test_a_reading_that_is_refused_by_the_database_leaves_nothing_behind(centre: Centre):
    release = centre.publish((ANY_CALL, WANTED))
    seen = centre.gateway.conversations([centre.call()["conversation_id"]])
    too_long = "x" * 65

    with pytest.raises(DataError), transaction.atomic():
        decide(centre.organization, release, [*seen, replace(seen[0], conversation_id=too_long)])

    assert not Conversation.everywhere.filter(organization=centre.organization).exists()
