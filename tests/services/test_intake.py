"""What outside systems say: a fact for the rules, by one door, once."""

from tests.services.centre import ANY_CALL, OTHER, WANTED, Centre, Row, seconds_between, when
from tests.services.clock import Clock
from wrapups.domain.eligibility import Overwrite
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Assignment, AuditEntry, Disposition
from wrapups.services.intake import record_disposition
from wrapups.services.moving import move

REFUNDED = when("disposition.crm", "is", "REF-OK")


def say(centre: Centre, row: Row, clock: Clock, *, code: str = "REF-OK", event_id: str = "case-1") -> bool:
    """Let the CRM say something about a conversation now."""
    return record_disposition(
        centre.organization,
        source="crm",
        event_id=event_id,
        conversation_id=row["conversation_id"],
        code=code,
        said_at=clock.now(),
    )


def test_what_was_said_before_the_conversation_is_read_decides_it(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED))
    row = centre.call()
    say(centre, row, clock)

    centre.decide(row)

    assert centre.assignment(row).wrapup_code.name == WANTED


def test_a_pending_assignment_follows_what_is_said_later(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED), (ANY_CALL, OTHER))
    row = centre.call()
    centre.decide(row)

    say(centre, row, clock)

    assignment = centre.assignment(row)
    assert (assignment.status, assignment.generation, assignment.wrapup_code.name) == (Status.PENDING, 0, WANTED)


def test_a_pending_assignment_that_nothing_asks_for_any_more_is_skipped(centre: Centre, clock: Clock):
    centre.publish(({"all": [{"fact": "disposition.crm", "operator": "is_empty"}]}, WANTED))
    row = centre.call()
    centre.decide(row)

    say(centre, row, clock)

    assignment = centre.assignment(row)
    assert (assignment.status, assignment.reason) == (Status.SKIPPED, SkipReason.NO_RULE)


def test_what_no_rule_matched_gets_a_new_generation_when_one_does(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED))
    row = centre.call()
    centre.decide(row)
    unmatched = centre.assignment(row)

    say(centre, row, clock)

    unmatched.refresh_from_db()
    assert unmatched.status == Status.SUPERSEDED
    assert (centre.assignment(row).status, centre.assignment(row).generation) == (Status.PENDING, 1)


def test_a_new_generation_keeps_the_grace_time(centre: Centre, clock: Clock):
    centre.let(grace_s=300)
    centre.publish((REFUNDED, WANTED))
    row = centre.call()
    centre.decide(row)

    say(centre, row, clock)

    assignment = centre.assignment(row)
    assert seconds_between(assignment.communication.ended_at, assignment.due_at) >= 300


def test_an_agent_s_own_code_that_is_just_what_was_said_needs_nothing(centre: Centre, clock: Clock):
    centre.let(overwrite=Overwrite.AGENT)
    centre.publish((REFUNDED, WANTED))
    row = centre.call(acw=(-100, -60), code=centre.code(WANTED))
    centre.decide(row)

    say(centre, row, clock)

    assert not Assignment.everywhere.filter(status=Status.PENDING).exists()


def test_what_is_said_after_the_proof_changes_nothing(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED), (ANY_CALL, OTHER))
    row = centre.call()
    centre.decide(row)
    centre.apply()
    move(centre.assignment(row).pk, Status.APPLIED, Status.VERIFIED)
    before = len(centre.entries("wrapups_assignment"))

    said = say(centre, row, clock)

    assert said
    assert centre.assignment(row).wrapup_code.name == OTHER
    assert len(centre.entries("wrapups_assignment")) == before


def test_a_repetition_is_no_second_disposition(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED))
    row = centre.call()
    first = say(centre, row, clock)
    entries = AuditEntry.objects.count()

    again = say(centre, row, clock, code="REF-NO")

    assert (first, again) == (True, False)
    assert Disposition.everywhere.get().code == "REF-OK"
    assert AuditEntry.objects.count() == entries


def test_of_two_words_of_one_source_the_later_counts(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED), (ANY_CALL, OTHER))
    row = centre.call()
    say(centre, row, clock, code="REF-NO", event_id="case-1")
    clock.advance(5)
    say(centre, row, clock, code="REF-OK", event_id="case-2")

    centre.decide(row)

    assert centre.assignment(row).wrapup_code.name == WANTED


def test_text_that_the_database_refuses_is_made_storable(centre: Centre, clock: Clock):
    row = centre.call()

    say(centre, row, clock, code=" REF\0-OK ")

    assert Disposition.everywhere.get().code == "REF-OK"
