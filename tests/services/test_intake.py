"""What outside systems say: a fact for the rules, by one door, once."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.services.centre import ANY_CALL, OTHER, WANTED, Centre, Row, seconds_between, when
from tests.services.clock import Clock
from wrapups.domain.eligibility import Overwrite
from wrapups.domain.status import Lane, SkipReason, Status
from wrapups.models import Assignment, AuditEntry, Disposition
from wrapups.services.intake import Saying, record_disposition, record_dispositions
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


# Many at once


def saying(row: Row, clock: Clock, *, code: str = "REF-OK", event_id: str = "case-1") -> Saying:
    return Saying("crm", event_id, row["conversation_id"], code, clock.now())


def test_many_said_at_once_lead_to_what_each_alone_would(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED), (when("disposition.crm", "is", "REF-NO"), OTHER))
    rows = [centre.call() for _ in range(3)]
    centre.decide(*rows)
    codes = ["REF-OK", "REF-NO", "elsewhere"]

    told = [saying(row, clock, code=code, event_id=code) for row, code in zip(rows, codes, strict=True)]
    new = record_dispositions(centre.organization, told)

    assert new == [True, True, True]
    wanted = [assignment.wrapup_code and assignment.wrapup_code.name for assignment in map(centre.assignment, rows)]
    assert wanted == [WANTED, OTHER, None]


def test_of_two_words_said_in_one_breath_the_later_in_the_list_counts(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED), (ANY_CALL, OTHER))
    row = centre.call()
    centre.decide(row)

    first, second = saying(row, clock, code="REF-NO", event_id="z"), saying(row, clock, code="REF-OK", event_id="a")
    record_dispositions(centre.organization, [first, second])

    assert centre.assignment(row).wrapup_code.name == WANTED


def test_what_is_said_twice_in_one_breath_is_new_once_and_its_first_word_stands(centre: Centre, clock: Clock):
    row = centre.call()

    new = record_dispositions(centre.organization, [saying(row, clock), saying(row, clock, code="REF-NO")])

    assert new == [True, False]
    assert Disposition.everywhere.get().code == "REF-OK"


def test_what_thousands_at_once_make_due_waits_behind_fresh_work(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED))
    row = centre.call()
    centre.decide(row)

    record_dispositions(centre.organization, [saying(row, clock)], lane=Lane.BULK)

    assert (centre.assignment(row).status, centre.assignment(row).lane) == (Status.PENDING, Lane.BULK)


def test_many_sayings_cost_no_more_statements_than_two(centre: Centre, clock: Clock):
    centre.publish((REFUNDED, WANTED))
    unknown = [centre.call() for _ in range(12)]

    def statements(told: list[Saying]) -> int:
        with CaptureQueriesContext(connection) as queries:
            record_dispositions(centre.organization, told)
        return len(queries)

    few = [saying(row, clock, event_id=f"few-{number}") for number, row in enumerate(unknown[:2])]
    many = [saying(row, clock, event_id=f"many-{number}") for number, row in enumerate(unknown[2:])]

    assert statements(few) == statements(many)
    assert statements(few) == statements(many) == 3
