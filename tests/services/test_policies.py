"""Policies in the open: each does what it says, for the organization and for a rule that has its own.

For every policy both settings are proved, and that the word of the rule that matched stands above the organization's.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import AgentFactory, MappingRuleFactory, ReleaseFactory, put_in_force
from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, Centre, Row, seconds_between
from tests.services.clock import Clock
from tests.services.test_intake import REFUNDED, say
from wrapups.domain.sentences import plain
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Release
from wrapups.services.explaining import explain

TIMED_OUT = "ININ-WRAP-UP-TIMEOUT"


def publish(centre: Centre, policies: dict[str, Any], **columns: Any) -> Release:
    """Put one rule in force that wants the wanted code, whatever is asked otherwise."""
    draft = ReleaseFactory(organization=centre.organization)
    columns = {"conditions": ANY_CALL, "wrapup_code": centre.codes[WANTED]} | columns
    MappingRuleFactory(organization=centre.organization, release=draft, line=1, policies=policies, **columns)
    return put_in_force(draft)


def said_by(who: str, name: str, value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the organization's columns and the rule's policies, with the value at one of them."""
    column = {"keep_end_time": "disable_end_time_updates"}.get(name, name)
    return ({column: value}, {}) if who == "organization" else ({}, {name: value})


def both(name: str, *pairs: tuple[Any, Any]) -> pytest.MarkDecorator:
    """Try each setting with what comes of it, said by the organization, and by a rule against it."""
    others = dict(zip([value for value, _ in pairs], [value for value, _ in reversed(pairs)], strict=True))
    cases = [
        pytest.param(columns, policies, expected, id=f"{who}: {name} {value}")
        for value, expected in pairs
        for who in ("organization", "rule")
        for columns, policies in [said_by(who, name, value)]
        for columns in [columns or said_by("organization", name, others[value])[0]]
    ]
    return pytest.mark.parametrize(("columns", "policies", "expected"), cases)


# Overwrite


@both(
    "overwrite",
    ("never", ("skipped", "agent_chose")),
    ("system", ("skipped", "agent_chose")),
    ("agent", ("pending", "")),
)
def test_whether_a_code_that_an_agent_chose_is_replaced(
    centre: Centre, columns: dict[str, Any], policies: dict[str, Any], expected: tuple[str, str]
):
    centre.let(**columns)
    publish(centre, policies)
    row = centre.call(acw=(-100, -60), code=centre.code(OTHER))

    centre.decide(row)

    assert (centre.assignment(row).status, centre.assignment(row).reason) == expected


@both("overwrite", ("never", ("skipped", "already_coded")), ("system", ("pending", "")))
def test_whether_a_code_that_genesys_filled_in_is_replaced(
    centre: Centre, columns: dict[str, Any], policies: dict[str, Any], expected: tuple[str, str]
):
    centre.let(**columns)
    publish(centre, policies)
    row = centre.call(acw=(-100, -60), code=TIMED_OUT)

    centre.decide(row)

    assert (centre.assignment(row).status, centre.assignment(row).reason) == expected


def test_a_rule_that_may_replace_an_agent_s_code_does_so_when_its_disposition_comes_later(centre: Centre, clock: Clock):
    publish(centre, {"overwrite": "agent"}, conditions=REFUNDED)
    row = centre.call(acw=(-100, -60), code=centre.code(OTHER))
    centre.decide(row)
    assert centre.assignment(row).reason == SkipReason.AGENT_CHOSE

    say(centre, row, clock)
    centre.apply()

    assert centre.code_on(row) == centre.code(WANTED)


def test_a_code_that_the_agent_chose_since_is_kept_when_a_disposition_makes_a_rule_match(centre: Centre, clock: Clock):
    publish(centre, {}, conditions=REFUNDED)
    row = centre.call()
    centre.decide(row)
    centre.agent_chooses(row, OTHER)
    centre.decide(row)

    say(centre, row, clock)

    assignment = centre.assignment(row)
    assert (assignment.status, assignment.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert assignment.rule is not None


# When


@both("grace_s", (0, 0), (300, 300))
def test_how_long_others_have_the_first_word(
    centre: Centre, columns: dict[str, Any], policies: dict[str, Any], expected: int
):
    centre.let(**columns)
    publish(centre, policies)
    row = centre.call()

    centre.decide(row)

    assignment = centre.assignment(row)
    assert seconds_between(assignment.ended_at, assignment.due_at) == expected


def test_a_rule_that_a_disposition_makes_match_has_its_own_grace_time(centre: Centre, clock: Clock):
    publish(centre, {"grace_s": 900}, conditions=REFUNDED)
    row = centre.call()
    centre.decide(row)

    say(centre, row, clock)

    assignment = centre.assignment(row)
    assert seconds_between(assignment.ended_at, assignment.due_at) == 900


@both("acw_guard", (True, True), (False, False))
def test_whether_pending_after_call_work_is_waited_for(
    centre: Centre, columns: dict[str, Any], policies: dict[str, Any], expected: bool
):
    centre.let(**columns)
    publish(centre, policies)
    row = centre.call(acw=(-100, None))

    centre.decide(row)

    assignment = centre.assignment(row)
    assert (assignment.due_at != assignment.ended_at) is expected


# How


@both("keep_end_time", (True, True), (False, False))
def test_whether_genesys_is_asked_to_leave_the_handle_time(
    centre: Centre, columns: dict[str, Any], policies: dict[str, Any], expected: bool
):
    centre.let(**columns)
    publish(centre, policies)
    row = centre.call(acw=(-100, -60))
    ended_before = acw_ended_at(centre, row)
    centre.decide(row)

    centre.apply()

    assert (acw_ended_at(centre, row) == ended_before) is expected


def acw_ended_at(centre: Centre, row: Row) -> Any:
    """Return when after-call work ended, as Genesys has it."""
    seen = centre.gateway.conversation(row["conversation_id"])
    return next(leg.acw_ended_at for leg in seen.communications if leg.communication_id == row["communication_id"])


# Which communications


def transferred(centre: Centre) -> dict[str, Row]:
    """Let three agents have one conversation, each on after the other; return their rows: the second talks longest."""
    documents = [
        centre.calls.build(alert=-2010, talk=(-2000, -1900), disconnect_type="transfer"),
        centre.calls.build(alert=-1900, talk=(-1890, -1300), disconnect_type="transfer"),
        centre.calls.build(alert=-1300, talk=(-1290, -1200)),
    ]
    whole = documents[0]
    whole["participants"] += [document["participants"][1] for document in documents[1:]]
    whole["conversationEnd"] = documents[-1]["conversationEnd"]
    centre.load(whole)
    rows = {row["communication_id"]: row for row in centre.simulator.state()}
    legs = [participant["sessions"][0]["sessionId"] for participant in whole["participants"][1:]]
    return dict(zip(("first", "longest", "last"), (rows[leg] for leg in legs), strict=True))


@both(
    "legs",
    ("every", {"first", "longest", "last"}),
    ("first", {"first"}),
    ("longest", {"longest"}),
    ("last", {"last"}),
)
def test_which_of_a_conversation_s_communications_get_the_code(
    centre: Centre, columns: dict[str, Any], policies: dict[str, Any], expected: set[str]
):
    centre.let(**columns)
    publish(centre, policies)
    rows = transferred(centre)

    centre.decide(*rows.values())

    assignments = {name: centre.assignment(row) for name, row in rows.items()}
    assert {name for name, each in assignments.items() if each.status == Status.PENDING} == expected
    others = [each.reason for each in assignments.values() if each.status != Status.PENDING]
    assert set(others) <= {SkipReason.OTHER_LEG}


def test_which_communication_is_meant_is_the_same_when_a_disposition_comes_later(centre: Centre, clock: Clock):
    publish(centre, {"legs": "longest"}, conditions=REFUNDED)
    rows = transferred(centre)
    centre.decide(*rows.values())

    say(centre, rows["first"], clock)

    assert {name: centre.assignment(row).reason for name, row in rows.items()} == {
        "first": SkipReason.OTHER_LEG,
        "longest": "",
        "last": SkipReason.OTHER_LEG,
    }


# Notes


def test_notes_are_written_with_the_facts_and_names_of_the_communication(centre: Centre, clock: Clock):
    AgentFactory(
        organization=centre.organization, genesys_id=centre.simulator.catalogue()["agents"][0]["id"], name="Kim Berg"
    )
    publish(centre, {}, notes="{agent} on {queue}: CRM said {disposition.crm}", conditions=REFUNDED)
    row = centre.call()
    say(centre, row, clock)

    centre.decide(row)

    assert centre.assignment(row).notes == f"Kim Berg on {QUEUE}: CRM said REF-OK"


@pytest.mark.parametrize(
    ("default", "own", "expected"),
    [
        ("", "", ""),
        ("By {queue}", "", f"By {QUEUE}"),
        ("By {queue}", "The rule's own", "The rule's own"),
    ],
)
def test_a_rule_without_notes_writes_the_organization_s(centre: Centre, default: str, own: str, expected: str):
    centre.let(default_notes=default)
    publish(centre, {}, notes=own)
    row = centre.call()

    centre.decide(row)

    assert centre.assignment(row).notes == expected


def test_notes_of_an_unsent_assignment_follow_what_is_said_later(centre: Centre, clock: Clock):
    publish(centre, {}, notes="CRM said {disposition.crm}")
    row = centre.call()
    centre.decide(row)
    assert centre.assignment(row).notes == "CRM said"

    say(centre, row, clock)

    assert centre.assignment(row).notes == "CRM said REF-OK"


# Dates


@pytest.mark.parametrize(
    ("begins_s", "ends_s", "matches"),
    [
        (None, None, True),
        (-1, None, True),
        (0, None, True),
        (1, None, False),
        (None, 0, False),
        (None, 1, True),
        (-1, 1, True),
    ],
)
def test_a_rule_matches_only_what_ended_within_its_dates(
    centre: Centre, begins_s: int | None, ends_s: int | None, matches: bool
):
    row = centre.call()
    ended = datetime.fromisoformat(row["ended_at"])
    dates = {
        name: ended + timedelta(seconds=seconds)
        for name, seconds in (("valid_from", begins_s), ("valid_until", ends_s))
        if seconds is not None
    }
    publish(centre, {}, **dates)

    centre.decide(row)

    assert (centre.assignment(row).status == Status.PENDING) is matches


def test_a_decision_follows_the_dates_of_the_day_it_is_about_however_late_a_disposition_comes(
    centre: Centre, clock: Clock
):
    row = centre.call()
    publish(centre, {}, conditions=REFUNDED, valid_until=clock.now() + timedelta(hours=1))
    centre.decide(row)
    clock.advance(7200)

    say(centre, row, clock)

    assert centre.assignment(row).status == Status.PENDING


def test_a_rule_that_was_not_valid_is_told_as_the_reason(centre: Centre, clock: Clock):
    publish(centre, {}, valid_from=clock.now() + timedelta(days=1))
    row = centre.call()
    centre.decide(row)

    [told] = explain(centre.assignment(row)).trials

    assert not told.matched
    assert "because it is valid only from" in plain(told.sentence)
