"""Tallies: what was decided each day and which dispositions came, counted without missing or doubling anything."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction

from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    DispositionFactory,
    MappingRuleFactory,
    OrganizationFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from tests.services.clock import Clock
from wrapups.domain.status import SkipReason, Status
from wrapups.models import (
    Assignment,
    Communication,
    CountedDay,
    DecisionTally,
    Disposition,
    DispositionSeen,
    MappingRule,
    Organization,
    Release,
    Sweep,
)
from wrapups.services import settling, tallying
from wrapups.services.backfilling import day_begins
from wrapups.services.moving import move
from wrapups.services.sweeping import turn
from wrapups.services.tallying import COUNTED_DAYS, NEVER_COUNTED, bounds_of, tally, today_in

CODE = "code-refund"


@pytest.fixture
def organization(clock: Clock) -> Organization:
    """An organization whose tallies are due."""
    return due_organization()


def due_organization() -> Organization:
    made: Organization = OrganizationFactory()
    SweepFactory(organization=made, kind=Sweep.Kind.TALLY)
    return made


def count(organization: Organization) -> None:
    """Let the next turn take place now."""
    Sweep.objects.filter(kind=Sweep.Kind.TALLY).update(due_at=datetime.now(UTC) - timedelta(days=1))
    tally(organization)


def seen(organization: Organization) -> dict[tuple[str, str], int]:
    rows = DispositionSeen.everywhere.of(organization)
    return {(row.source, row.code): row.count for row in rows}


def tallied(organization: Organization, *columns: str, **asked: Any) -> dict[Any, int]:
    """Return the counts of all communications, added up by these columns."""
    totals: dict[Any, int] = {}
    for row in DecisionTally.everywhere.of(organization).filter(**({"source": ""} | asked)):
        key = tuple(getattr(row, name) for name in columns)
        totals[key if len(key) > 1 else key[0]] = totals.get(key if len(key) > 1 else key[0], 0) + row.count
    return totals


def rule_for(organization: Organization, **columns: Any) -> MappingRule:
    code = WrapupCodeFactory(organization=organization, genesys_id=CODE)
    made: MappingRule = MappingRuleFactory(organization=organization, wrapup_code=code, **columns)
    return made


def decided(rule: MappingRule, times: int = 1, **columns: Any) -> list[Assignment]:
    """Let communications have been decided by a rule."""
    own = {"organization": rule.organization, "rule": rule, "wrapup_code": rule.wrapup_code}
    made: list[Assignment] = AssignmentFactory.create_batch(times, **(own | columns))
    return made


def days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


# --- Dispositions ------------------------------------------------------------------------------------------------


def test_a_disposition_said_three_times_is_one_row_with_its_first_and_last_time(organization: Organization):
    times = [days_ago(days) for days in (3, 9, 1)]
    for at in times:
        DispositionFactory(organization=organization, source="CRM", code="ZZ-9", said_at=at)

    count(organization)

    row = DispositionSeen.everywhere.of(organization).get()
    assert (row.source, row.code, row.count) == ("CRM", "ZZ-9", 3)
    assert (row.first_said_at, row.last_said_at) == (times[1], times[2])


def test_what_was_counted_is_not_counted_again_and_what_came_since_is_added(organization: Organization):
    DispositionFactory(organization=organization, code="A")
    count(organization)
    count(organization)
    DispositionFactory(organization=organization, code="A")
    DispositionFactory(organization=organization, code="B")

    count(organization)

    assert seen(organization) == {("crm", "A"): 2, ("crm", "B"): 1}


def test_each_source_and_each_organization_counts_for_itself(organization: Organization):
    other = due_organization()
    DispositionFactory(organization=organization, source="crm", code="A")
    DispositionFactory(organization=organization, source="survey", code="A")
    DispositionFactory(organization=other, source="crm", code="A")

    count(organization)
    count(other)

    assert seen(organization) == {("crm", "A"): 1, ("survey", "A"): 1}
    assert seen(other) == {("crm", "A"): 1}


def test_nothing_is_counted_before_it_is_time(organization: Organization):
    count(organization)
    DispositionFactory(organization=organization)

    tally(organization)

    assert seen(organization) == {}


def test_a_turn_that_is_broken_off_counts_nothing_twice(organization: Organization, monkeypatch: pytest.MonkeyPatch):
    DispositionFactory(organization=organization, code="A")

    def die(name: str) -> None:
        if name == "Y2":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tallying, "crash_point", die)
        with pytest.raises(KeyboardInterrupt):
            count(organization)
    nothing = seen(organization)
    count(organization)

    assert nothing == {}
    assert seen(organization) == {("crm", "A"): 1}


def test_a_worker_that_lost_its_turn_counts_nothing(organization: Organization):
    DispositionFactory(organization=organization, code="A")
    with turn(organization.pk, Sweep.Kind.TALLY, every_s=60) as mine:
        assert mine
        tally(organization)

    assert seen(organization) == {}


def test_many_new_rows_take_several_turns(organization: Organization, monkeypatch: pytest.MonkeyPatch):
    DispositionFactory(organization=organization, code="A")
    start = Disposition.everywhere.of(organization).get().pk - 1
    Sweep.objects.filter(organization=organization, kind=Sweep.Kind.TALLY).update(
        cursor=json.dumps({"disposition": start})
    )
    DispositionFactory(organization=organization, code="A")
    monkeypatch.setattr(tallying, "MOST_ROWS", 1)

    turns = []
    for _ in range(2):
        count(organization)
        turns.append(seen(organization))

    assert turns == [{("crm", "A"): 1}, {("crm", "A"): 2}]


# --- Which dispositions the rules know ---------------------------------------------------------------------------


def asks_for(source: str, code: str) -> dict[str, object]:
    return {"all": [{"fact": f"disposition.{source}", "operator": "is", "value": code}]}


def knowing(organization: Organization) -> dict[str, bool | None]:
    return {row.code: row.known for row in DispositionSeen.everywhere.of(organization)}


def test_a_disposition_is_known_where_a_rule_in_force_or_of_the_draft_asks_for_it(organization: Organization):
    put_in_force(rule_for(organization, conditions=asks_for("crm", "A")).release)
    MappingRuleFactory(organization=organization, conditions=asks_for("crm", "B"))
    for code in ("A", "B", "C"):
        DispositionFactory(organization=organization, code=code)

    count(organization)

    assert knowing(organization) == {"A": True, "B": True, "C": False}


def test_when_the_rules_change_dispositions_are_judged_anew(organization: Organization):
    rule = rule_for(organization, conditions=asks_for("crm", "A"))
    DispositionFactory(organization=organization, code="A")
    DispositionFactory(organization=organization, code="B")
    count(organization)
    first = knowing(organization)
    MappingRule.everywhere.filter(pk=rule.pk).update(conditions=asks_for("crm", "B"))

    count(organization)

    assert (first, knowing(organization)) == ({"A": True, "B": False}, {"A": False, "B": True})


@pytest.mark.parametrize("columns", [{"enabled": False}, {"valid_until": days_ago(1)}])
def test_a_rule_that_is_not_in_use_knows_nothing(columns: dict[str, Any], organization: Organization):
    rule_for(organization, conditions=asks_for("crm", "A"), **columns)
    DispositionFactory(organization=organization, code="A")

    count(organization)

    assert knowing(organization) == {"A": False}


# --- Decisions ---------------------------------------------------------------------------------------------------


def test_of_a_hundred_conversations_agents_had_chosen_the_same_code_62_times_another_28_times_and_none_10_times(
    organization: Organization,
):
    rule = rule_for(organization)
    chose = {"status": Status.SKIPPED, "reason": SkipReason.AGENT_CHOSE}
    decided(rule, 62, found_code_id=CODE, **chose)
    decided(rule, 28, found_code_id="code-other", **chose)
    decided(rule, 4)
    decided(rule, 6, found_code_id="ININ-WRAP-UP-TIMEOUT")

    count(organization)

    assert tallied(organization, "rule_identity", "agreement") == {
        (rule.identity, "same"): 62,
        (rule.identity, "other"): 28,
        (rule.identity, "none"): 10,
    }


def test_a_code_that_an_agent_put_in_place_of_ours_counts_against_the_rule(organization: Organization):
    decided(rule_for(organization), status=Status.OVERRIDDEN)

    count(organization)

    assert tallied(organization, "agreement") == {"other": 1}


def test_a_rule_counts_as_one_in_all_its_releases(organization: Organization):
    before = rule_for(organization)
    Release.everywhere.filter(pk=put_in_force(before.release).pk).update(state=Release.State.RETIRED)
    after = MappingRuleFactory(organization=organization, identity=before.identity, wrapup_code=before.wrapup_code)
    decided(before, 2)
    decided(after, 1)

    count(organization)

    assert tallied(organization, "rule_identity") == {before.identity: 3}


def test_what_a_newer_decision_replaced_is_not_counted(organization: Organization):
    rule = rule_for(organization)
    decided(rule, status=Status.SUPERSEDED)
    decided(rule)

    count(organization)

    assert tallied(organization, "rule_identity") == {rule.identity: 1}


def test_why_nothing_was_written_is_told_apart(organization: Organization):
    AssignmentFactory.create_batch(2, organization=organization, skipped=True)
    AssignmentFactory(organization=organization, skipped=True, reason=SkipReason.CAMPAIGN)

    count(organization)

    assert tallied(organization, "rule_identity", "reason") == {(None, "no_rule"): 2, (None, "campaign"): 1}


def test_a_rule_that_no_longer_matches_has_decided_nothing(organization: Organization):
    decided(rule_for(organization), status=Status.SKIPPED, reason=SkipReason.NO_RULE)

    count(organization)

    assert tallied(organization, "rule_identity") == {None: 1}


def test_each_disposition_of_a_conversation_is_counted_and_the_conversation_once_besides(organization: Organization):
    communication: Communication = CommunicationFactory(organization=organization, queue_id="billing")
    [assignment] = decided(rule_for(organization), communication=communication)
    conversation_id = assignment.communication.conversation.conversation_id
    for source, code in (("crm", "A"), ("crm", "A"), ("crm", "B"), ("survey", "5")):
        DispositionFactory(organization=organization, conversation_id=conversation_id, source=source, code=code)
    DispositionFactory(organization=organization, code="elsewhere")

    count(organization)

    assert tallied(organization, "queue_id") == {"billing": 1}
    said = DecisionTally.everywhere.of(organization).exclude(source="")
    assert sorted(said.values_list("queue_id", "source", "disposition", "count")) == [
        ("billing", "crm", "A", 1),
        ("billing", "crm", "B", 1),
        ("billing", "survey", "5", 1),
    ]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/Los_Angeles"])
def test_a_day_begins_at_midnight_of_the_organizations_zone(zone: str, organization: Organization):
    in_zone(organization, zone)
    midnight = day_begins(days_ago(3).date(), zone)
    rule = rule_for(organization)
    for ended_at in (midnight, midnight - timedelta(microseconds=1)):
        decided(rule, communication__ended_at=ended_at)

    count(organization)

    assert tallied(organization, "day") == {days_ago(3).date(): 1, days_ago(4).date(): 1}


def test_an_organization_that_gets_another_zone_has_its_days_counted_anew(organization: Organization):
    decided(rule_for(organization), communication__ended_at=day_begins(days_ago(3).date(), "UTC"))
    count(organization)
    in_zone(organization, "America/Los_Angeles")

    count(organization)

    assert tallied(organization, "day") == {days_ago(4).date(): 1}


def in_zone(organization: Organization, zone: str) -> None:
    organization.time_zone = zone
    organization.save(update_fields=["time_zone"])


def let_every_day_be_counted(organization: Organization) -> None:
    """Have all days on record as counted just now, with nothing in them."""
    days = [today_in(organization) - timedelta(days=ago) for ago in range(COUNTED_DAYS)]
    CountedDay.everywhere.bulk_create(
        CountedDay(organization=organization, day=day, begins_at=begins_at, ends_at=ends_at)
        for day, (begins_at, ends_at) in ((day, bounds_of(organization, day)) for day in days)
    )


def test_communications_are_told_apart_by_code_status_and_what_they_carried_before(organization: Organization):
    rule = rule_for(organization)
    decided(rule, 3, verified=True, found_code_id="ININ-WRAP-UP-TIMEOUT")
    decided(rule, 2, verified=True)
    decided(rule, 1, status=Status.SKIPPED, reason=SkipReason.AGENT_CHOSE, found_code_id="code-other")
    AssignmentFactory(organization=organization, skipped=True)

    count(organization)

    assert tallied(organization, "wrapup_code_id", "status", "found") == {
        (rule.wrapup_code_id, "verified", "system"): 3,
        (rule.wrapup_code_id, "verified", "none"): 2,
        (rule.wrapup_code_id, "skipped", "chosen"): 1,
        (None, "skipped", "none"): 1,
    }


def test_a_status_that_changes_days_later_counts_its_day_anew_at_the_next_turn(organization: Organization):
    [assignment] = decided(rule_for(organization), communication__ended_at=days_ago(40))
    let_every_day_be_counted(organization)
    count(organization)

    move(assignment.pk, Status.PENDING, Status.CANCELLED)
    count(organization)

    assert tallied(organization, "day", "status") == {(days_ago(40).date(), "cancelled"): 1}


def test_every_day_that_reports_may_show_gets_counted_though_nothing_happened_on_it(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tallying, "COUNTED_DAYS", NEVER_COUNTED + 3)

    count(organization)
    first = CountedDay.everywhere.of(organization).count()
    count(organization)

    assert (first, CountedDay.everywhere.of(organization).count()) == (NEVER_COUNTED, NEVER_COUNTED + 3)


def test_a_decision_about_a_day_long_past_counts_that_day_anew(organization: Organization):
    rule = rule_for(organization)
    decided(rule, communication__ended_at=days_ago(90))
    count(organization)
    decided(rule, communication__ended_at=days_ago(90))

    count(organization)

    assert tallied(organization, "day") == {days_ago(90).date(): 2}


def test_a_disposition_said_late_counts_its_day_anew(organization: Organization):
    [assignment] = decided(rule_for(organization), communication__ended_at=days_ago(40))
    count(organization)
    conversation_id = assignment.communication.conversation.conversation_id
    DispositionFactory(organization=organization, conversation_id=conversation_id, code="late")

    count(organization)

    assert tallied(organization, "disposition", source="crm") == {"late": 1}


def test_what_changes_unnoticed_is_found_when_its_day_was_not_counted_for_longest(organization: Organization):
    [assignment] = decided(rule_for(organization), communication__ended_at=days_ago(17))
    let_every_day_be_counted(organization)
    count(organization)
    Assignment.everywhere.filter(pk=assignment.pk).update(reason="rejected")
    CountedDay.everywhere.of(organization).filter(day=days_ago(17).date()).update(counted_at=days_ago(1))

    count(organization)

    assert tallied(organization, "reason") == {"rejected": 1}


def test_the_counts_of_a_day_are_those_of_a_plain_query(organization: Organization):
    first = rule_for(organization)
    rules = [first, MappingRuleFactory(organization=organization, release=first.release)]
    for rule, queue, times in ((rules[0], "billing", 3), (rules[1], "billing", 2), (rules[1], "sales", 4)):
        decided(rule, times, communication__queue_id=queue)

    count(organization)

    by_hand: dict[tuple[str, Any], int] = {}
    for row in Assignment.everywhere.of(organization).select_related("communication", "rule"):
        key = (row.communication.queue_id, row.rule.identity)
        by_hand[key] = by_hand.get(key, 0) + 1
    assert tallied(organization, "queue_id", "rule_identity") == by_hand


# --- Rows that appear below others -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_disposition_whose_transaction_ends_after_later_ones_is_counted_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
):
    organization = due_organization()
    monkeypatch.setattr(settling, "PATIENCE_S", 0.0)
    with other_connection() as cursor:
        cursor.execute("BEGIN")
        say(cursor, organization, "slow")
        with transaction.atomic():
            DispositionFactory(organization=organization, code="quick")
        count(organization)
        meanwhile = seen(organization)
        cursor.execute("COMMIT")

    count(organization)

    assert meanwhile == {}
    assert seen(organization) == {("crm", "slow"): 1, ("crm", "quick"): 1}


def say(cursor: Any, organization: Organization, code: str) -> None:
    cursor.execute(
        "INSERT INTO wrapups_disposition (organization_id, conversation_id, source, event_id, code, notes, said_at)"
        " VALUES (%s, 'c-1', 'crm', %s, %s, '', now())",
        [organization.pk, str(uuid4()), code],
    )


@contextmanager
def other_connection() -> Iterator[Any]:
    """Give a cursor of a connection of its own."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


def test_an_empty_table_is_settled_from_the_beginning(db: None):
    assert settling.settled_up_to(DispositionSeen) == 0
