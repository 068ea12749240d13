"""What-ifs: the draft and the release in force decide the past again, in pieces, and nothing is written but that."""

from collections import Counter
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.domain.reference import truth
from tests.factories import AssignmentFactory, ConversationFactory, OrganizationFactory, PersonFactory, QueueFactory
from tests.services.centre import Centre
from tests.services.past import asked, codes, decided, drafted, published, simulated, skipped, when
from wrapups import tasks
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Act, Assignment, Communication, MappingRule, Organization, Release, WhatIf, WhatIfChange
from wrapups.models.clock import app_now
from wrapups.services import simulating
from wrapups.services.auditing import Actor
from wrapups.services.redeciding import EXCLUDED
from wrapups.services.what_ifs import CannotSuppose, cancel

Kind = WhatIfChange.Kind
REFUND, TROUBLE = when("disposition.crm", "REF"), when("disposition.crm", "TRB")
ANY: dict[str, object] = {"all": []}


@pytest.fixture
def organization(db: None) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def actor(db: None) -> Actor:
    return Actor(PersonFactory(), "192.0.2.7")


@pytest.fixture
def rules(organization: Organization) -> Release:
    """In force: refunds are resolved, trouble is escalated. Draft: refunds have a code of their own, trouble none."""
    resolved, escalated, refund = codes(organization, "Resolved", "Escalated", "Refund granted")
    published(organization, {"Refunds": (REFUND, resolved), "Trouble": (TROUBLE, escalated)})
    return drafted(
        organization,
        {"Refunds": (REFUND, refund), "Upgrades": (when("disposition.crm", "UPG"), resolved)},
    )


def said(disposition: str, **more: Any) -> dict[str, Any]:
    return {"disposition.crm": disposition, "media": "voice", "queue": "billing", **more}


def found(what_if: WhatIf) -> dict[int, tuple[str, str, str]]:
    """Return what was found: by assignment its kind, and the names of the rules before and after."""
    rows = WhatIfChange.everywhere.filter(what_if=what_if)
    return {row.assignment_id: (row.kind, row.before_rule, row.after_rule) for row in rows}


# What is found


def test_each_change_says_what_was_and_what_would_be(organization, rules):
    refund = decided(organization, said("REF"))
    trouble = decided(organization, said("TRB"))
    upgrade = skipped(organization, said("UPG"), SkipReason.NO_RULE)
    decided(organization, said("else"))

    what_if = simulated(organization)

    assert found(what_if) == {
        refund.pk: (Kind.OTHER, "Refunds", "Refunds"),
        trouble.pk: (Kind.UNMATCHED, "Trouble", ""),
        upgrade.pk: (Kind.MATCHED, "", "Upgrades"),
    }
    assert (what_if.state, what_if.total, what_if.done, what_if.changed) == (WhatIf.State.DONE, 4, 4, 3)


def test_it_agrees_with_a_plain_reading_of_the_rules_for_every_combination_of_facts(organization):
    [first, second, third] = codes(organization, "First", "Second", "Third")
    voice, long = when("media", "voice"), when("talk_s", 60, "more")
    vip = {"any": [*when("attribute.vip", "yes")["all"], {"none": voice["all"]}]}
    in_force = {"A": (voice, first), "B": (long, second), "C": (vip, third)}
    coming = {"B": (long, second), "A": (vip, first), "D": (when("queue", ["q1", "q2"], "one_of"), third)}
    published(organization, in_force)
    drafted(organization, coming)
    combinations = product(["voice", "email"], [30, 90], [None, "yes"], [None, "q1", "q3"])
    past = [
        decided(organization, {"media": media, "talk_s": talk, "attribute.vip": vip_said, "queue": queue})
        for media, talk, vip_said, queue in combinations
    ]

    what_if = simulated(organization)

    def by_hand(rules: dict[str, Any], facts: dict[str, Any]) -> tuple[str, str]:
        matching = ((name, code) for name, (conditions, code) in rules.items() if truth(conditions, facts))
        name, code = next(matching, ("", None))
        return name, code.genesys_id if code else ""

    expected = {}
    for each in past:
        (old_rule, old_code), (new_rule, new_code) = by_hand(in_force, each.facts), by_hand(coming, each.facts)
        if old_code != new_code:
            expected[each.pk] = (old_code, new_code, old_rule, new_rule)
    rows = WhatIfChange.everywhere.filter(what_if=what_if)
    columns = ("assignment_id", "before_code_id", "after_code_id", "before_rule", "after_rule")
    assert {pk: tuple(rest) for pk, *rest in rows.values_list(*columns)} == expected
    assert 0 < len(expected) < len(past)


def test_the_totals_are_those_of_the_rows(organization, rules):
    for disposition, queue, times in (("REF", "billing", 3), ("REF", "sales", 2), ("TRB", "billing", 1)):
        for _ in range(times):
            decided(organization, said(disposition, queue=queue))
    resolved, escalated, refund = (
        each.genesys_id for each in codes_of(organization, "Resolved", "Escalated", "Refund granted")
    )

    counted = simulated(organization).counted

    assert counted[Kind.OTHER.value], counted[Kind.UNMATCHED.value] == (5, 1)
    assert counted["codes"] == [[Kind.OTHER, resolved, refund, 5], [Kind.UNMATCHED, escalated, "", 1]]
    assert counted["rules"] == [[Kind.OTHER, "Refunds", "Refunds", 5], [Kind.UNMATCHED, "Trouble", "", 1]]
    assert counted["queues"] == [["billing", 4], ["sales", 2]]


def codes_of(organization: Organization, *names: str) -> list[Any]:
    known = {rule.wrapup_code.name: rule.wrapup_code for rule in MappingRule.everywhere.of(organization)}
    return [known[name] for name in names]


def test_the_same_code_by_another_rule_is_counted_and_no_change(organization):
    [resolved] = codes(organization, "Resolved")
    published(organization, {"Old name": (REFUND, resolved)})
    drafted(organization, {"New name": (REFUND, resolved)})
    decided(organization, said("REF"))

    what_if = simulated(organization)

    assert (what_if.changed, what_if.counted["other_rule"]) == (0, 1)


def test_before_the_first_release_everything_that_matches_is_new(organization):
    [resolved] = codes(organization, "Resolved")
    drafted(organization, {"All": (ANY, resolved)})
    one = skipped(organization, said("REF"), SkipReason.NO_RULE)

    what_if = simulated(organization)

    assert what_if.against is None
    assert found(what_if) == {one.pk: (Kind.MATCHED, "", "All")}


def test_disabled_rules_do_not_speak(organization, rules):
    MappingRule.everywhere.filter(release=rules).update(enabled=False)
    refund = decided(organization, said("REF"))

    assert found(simulated(organization)) == {refund.pk: (Kind.UNMATCHED, "Refunds", "")}


@pytest.mark.parametrize("reason", sorted(EXCLUDED))
def test_what_the_policies_leave_alone_is_counted_and_no_change(reason: SkipReason, organization, rules):
    skipped(organization, said("REF"), reason)

    what_if = simulated(organization)

    assert (what_if.done, what_if.changed, what_if.counted["left_alone"]) == (1, 0, 1)


def test_a_code_that_a_person_chose_stays_and_that_is_counted(organization, rules):
    skipped(organization, said("REF", code="theirs"), SkipReason.AGENT_CHOSE)

    what_if = simulated(organization)

    assert (what_if.done, what_if.changed, what_if.counted["left_alone"]) == (1, 0, 1)


def test_a_rule_of_the_draft_that_may_replace_what_a_person_chose_is_a_change(organization, rules):
    MappingRule.everywhere.filter(release=rules, name="Refunds").update(policies={"overwrite": "agent"})
    theirs = skipped(organization, said("REF", code="theirs"), SkipReason.AGENT_CHOSE)

    assert found(simulated(organization)) == {theirs.pk: (Kind.MATCHED, "", "Refunds")}


def test_a_rule_with_dates_speaks_only_of_what_ended_between_them(organization, rules):
    now = app_now()
    dates = {"valid_from": now - timedelta(days=6), "valid_until": now - timedelta(days=4)}
    MappingRule.everywhere.filter(release=rules, name="Upgrades").update(**dates)
    ended = {ago: skipped(organization, said("UPG"), SkipReason.NO_RULE, days_ago=ago) for ago in (3, 5, 7)}

    assert set(found(simulated(organization))) == {ended[5].pk}


def test_where_a_policy_wants_the_last_leg_only_the_others_are_left_alone(organization, rules):
    Organization.objects.filter(pk=organization.pk).update(legs="last")
    first = decided(organization, said("REF"), days_ago=1.01)
    last = decided(organization, said("REF"), days_ago=1)
    assert first.ended_at is not None
    Communication.everywhere.filter(pk=first.communication_id).update(
        conversation=last.communication.conversation, connected_at=first.ended_at - timedelta(minutes=5)
    )
    Communication.everywhere.filter(pk=last.communication_id).update(connected_at=first.ended_at)

    what_if = simulated(organization)

    assert set(found(what_if)) == {last.pk}
    assert what_if.counted["left_alone"] == 1


def test_where_attributes_were_never_read_rules_that_ask_for_them_say_nothing_and_that_is_counted(organization):
    [vip_code] = codes(organization, "VIP")
    drafted(organization, {"VIP": (when("attribute.vip", "yes"), vip_code)})
    unread = ConversationFactory(organization=organization, attributes=None)
    AssignmentFactory(organization=organization, verified=True, communication__conversation=unread)
    read = decided(organization, said("REF", **{"attribute.vip": "yes"}))

    what_if = simulated(organization)

    assert what_if.counted["unread"] == 1
    assert set(found(what_if)) == {read.pk}


def test_where_no_rule_asks_for_attributes_nothing_is_unread(organization, rules):
    unread = ConversationFactory(organization=organization, attributes=None)
    AssignmentFactory(organization=organization, verified=True, communication__conversation=unread)

    assert simulated(organization).counted.get("unread", 0) == 0


# What it is about


def test_only_the_days_and_queues_that_were_asked_for_count(organization, rules):
    queue = QueueFactory(organization=organization, genesys_id="billing")
    inside = decided(organization, said("REF"), days_ago=5)
    decided(organization, said("REF", queue="sales"), days_ago=5)
    decided(organization, said("REF"), days_ago=9)
    decided(OrganizationFactory(), said("REF"), days_ago=5)

    what_if = simulated(organization, days=7, queues=[queue])

    assert set(found(what_if)) == {inside.pk}
    assert (what_if.total, what_if.done) == (1, 1)


def test_of_several_decisions_about_one_communication_the_newest_counts(organization, rules):
    first = decided(organization, said("REF"))
    Assignment.everywhere.filter(pk=first.pk).update(status=Status.OVERRIDDEN)
    again = AssignmentFactory(
        organization=organization,
        communication=first.communication,
        generation=1,
        facts=said("TRB"),
    )

    what_if = simulated(organization)

    assert found(what_if) == {again.pk: (Kind.UNMATCHED, "Trouble", "")}


def test_it_is_decided_by_the_draft_as_it_was_when_it_was_asked(organization, rules):
    refund = decided(organization, said("REF"))
    what_if = asked(organization)
    MappingRule.everywhere.filter(release=rules).delete()

    simulating.simulate(organization, for_s=60)

    assert found(what_if) == {refund.pk: (Kind.OTHER, "Refunds", "Refunds")}


def test_a_draft_that_waits_to_be_approved_can_be_asked_about(organization, rules):
    Release.everywhere.filter(pk=rules.pk).update(state=Release.State.PROPOSED)
    decided(organization, said("REF"))

    assert simulated(organization).changed == 1


# What it leaves as it is


def test_no_call_is_made_and_no_assignment_changes(centre: Centre):
    resolved, escalated = centre.codes["Resolved"], centre.codes["Escalated"]
    published(centre.organization, {"Refunds": (REFUND, resolved)})
    drafted(centre.organization, {"Refunds": (REFUND, escalated)})
    for _ in range(3):
        decided(centre.organization, said("REF"))
    what_if = asked(centre.organization)
    calls, before = centre.simulator.calls()["calls"], rows_of(centre.organization)

    tasks.simulate.run(centre.organization.pk)

    what_if.refresh_from_db()
    assert (what_if.state, what_if.changed) == (WhatIf.State.DONE, 3)
    assert centre.simulator.calls()["calls"] == calls
    assert rows_of(centre.organization) == before


def rows_of(organization: Organization) -> list[dict[str, Any]]:
    return list(Assignment.everywhere.of(organization).order_by("pk").values())


# Piece by piece


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(simulating, "PIECE", 2)
    return 2


@pytest.mark.usefixtures("small_pieces")
def test_turns_that_end_early_come_to_the_same(organization, rules):
    ends = [timedelta(days=1), timedelta(days=2), timedelta(days=2), timedelta(days=2), timedelta(days=3)]
    now = app_now()
    for ago in ends:
        row = decided(organization, said("REF"))
        Assignment.everywhere.filter(pk=row.pk).update(ended_at=now - ago)
    what_if = asked(organization)
    done = []

    while simulating.simulate(organization, for_s=0):
        what_if.refresh_from_db()
        done.append(what_if.done)

    what_if.refresh_from_db()
    assert done == [2, 4, 5]
    assert (what_if.state, what_if.changed, what_if.counted[Kind.OTHER.value]) == (WhatIf.State.DONE, 5, 5)


@pytest.mark.usefixtures("small_pieces")
def test_a_piece_costs_the_same_few_statements_whatever_is_in_it(
    organization, rules, django_assert_max_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(40):
        decided(organization, said("REF"))
    asked(organization)
    monkeypatch.setattr(simulating, "PIECE", 100)

    with django_assert_max_num_queries(24):
        simulating.simulate(organization, for_s=60)


def test_nobody_else_takes_what_somebody_has(organization, rules):
    what_if = asked(organization)
    assert simulating.is_due(organization)

    WhatIf.everywhere.filter(pk=what_if.pk).update(lease_until=app_now() + timedelta(seconds=30))

    assert not simulating.is_due(organization)
    assert not simulating.simulate(organization, for_s=60)


def test_what_cannot_be_decided_ends_it_with_words(organization, rules):
    decided(organization, said("REF"))
    what_if = asked(organization)
    spoiled = what_if.rules
    spoiled[0]["fields"]["conditions"] = {"all": [{"fact": "no such fact", "operator": "is", "value": "x"}]}
    WhatIf.everywhere.filter(pk=what_if.pk).update(rules=spoiled)

    assert not simulating.simulate(organization, for_s=60)

    what_if.refresh_from_db()
    assert what_if.state == WhatIf.State.FAILED
    assert "unexpected" in what_if.problem


# Asking and cancelling


def test_asking_is_an_act_of_the_person(organization, rules, actor):
    what_if = asked(organization, actor=actor)

    act = Act.objects.get(organization=organization)
    assert (act.verb, act.person, what_if.person) == ("ask what-if", actor.person, actor.person)


@pytest.mark.parametrize(
    ("first", "last", "says"), [(2, 3, "not before it"), (-1, -1, "has begun"), (400, 0, "at most 366")]
)
def test_days_that_make_no_sense_are_refused(first: int, last: int, says: str, organization, rules):
    today = app_now().date()

    with pytest.raises(CannotSuppose, match=says):
        asked(organization, first_day=today - timedelta(days=first), last_day=today - timedelta(days=last))


def test_without_a_draft_there_is_nothing_to_ask(organization):
    with pytest.raises(CannotSuppose, match="no draft"):
        asked(organization)


def test_a_second_one_is_refused_while_one_runs(organization, rules):
    asked(organization)

    with pytest.raises(CannotSuppose, match="Another what-if is running"):
        asked(organization)


def test_queues_of_somebody_else_are_refused(organization, rules):
    with pytest.raises(CannotSuppose, match="of this organization"):
        asked(organization, queues=[QueueFactory()])


@pytest.mark.usefixtures("small_pieces")
def test_cancelling_keeps_what_was_found_and_finds_no_more(organization, rules, actor):
    for _ in range(5):
        decided(organization, said("REF"))
    what_if = asked(organization)
    simulating.simulate(organization, for_s=0)

    cancel(what_if, actor=actor)

    assert not simulating.is_due(organization)
    what_if.refresh_from_db()
    assert (what_if.state, what_if.done, what_if.changed) == (WhatIf.State.CANCELLED, 2, 2)
    assert Counter(kind for kind, _, _ in found(what_if).values()) == {Kind.OTHER: 2}
    assert [line[-1] for line in what_if.counted["codes"]] == [2]


def test_one_that_is_over_is_not_cancelled(organization, rules, actor):
    what_if = simulated(organization)

    with pytest.raises(CannotSuppose, match="is over"):
        cancel(what_if, actor=actor)


def test_after_one_is_over_another_can_be_asked(organization, rules):
    simulated(organization)

    assert asked(organization).state == WhatIf.State.RUNNING
