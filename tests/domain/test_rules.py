"""Deciding: the first rule whose conditions hold, and why."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import reference, strategies
from tests.domain.factories import RuleFactory
from wrapups.domain import conditions
from wrapups.domain.rules import compile_release, decide, nearest

MOMENTS = st.one_of(st.none(), st.integers(-3, 3))
"""Hours from noon, or no date."""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def hours(count):
    return None if count is None else NOON + timedelta(hours=count)


def failures(decision):
    return [trial.failure for trial in decision.trials if trial.failure]


def near_miss(rules, facts):
    return nearest(decide(compile_release(rules), facts))


def rules_from(stored):
    return [RuleFactory(key=place, name=str(place), stored=when) for place, when in enumerate(stored)]


def queue_is(queue):
    return {"fact": "queue", "operator": "is", "value": queue}


def media_is(media):
    return {"fact": "media", "operator": "is", "value": media}


def disposition_has(code):
    return {"fact": "disposition", "operator": "any_of", "value": [code]}


def test_the_first_rule_that_holds_decides():
    release = compile_release(
        [
            RuleFactory(position=2, code_id="second"),
            RuleFactory(position=1, code_id="first"),
        ]
    )

    assert decide(release, {}).code_id == "first"


def test_a_rule_without_conditions_matches_everything():
    rule = RuleFactory(stored={"all": []})

    assert decide(compile_release([rule]), {}).rule == rule


def test_a_disabled_rule_is_not_tried():
    release = compile_release([RuleFactory(enabled=False)])

    decision = decide(release, {})

    assert decision.rule is None
    assert decision.trials == ()


@pytest.mark.parametrize(
    ("begins", "ends", "at", "matches"),
    [
        (None, None, None, True),
        (0, None, 0, True),
        (1, None, 0, False),
        (None, 0, 0, False),
        (None, 1, 0, True),
        (-1, 1, 0, True),
        (-1, 1, None, False),
        (0, None, None, False),
    ],
)
def test_a_rule_with_dates_holds_from_the_first_until_before_the_second(begins, ends, at, matches):
    release = compile_release([RuleFactory(valid_from=hours(begins), valid_until=hours(ends))])

    assert (decide(release, {}, at=hours(at)).rule is not None) is matches


def test_a_rule_outside_its_dates_is_passed_over_and_its_conditions_are_not_looked_at():
    rules = [
        RuleFactory(stored={"all": [queue_is("eu")]}, valid_until=NOON),
        RuleFactory(stored={"all": [queue_is("us")]}),
        RuleFactory(),
    ]

    trials = decide(compile_release(rules), {"queue": "eu"}, at=NOON).trials

    assert [(trial.in_time, trial.matched, trial.failure is None) for trial in trials] == [
        (False, False, True),
        (True, False, False),
        (True, True, True),
    ]


def test_without_a_match_there_is_no_code_and_every_rule_says_why():
    release = compile_release(
        [RuleFactory(stored={"all": [queue_is("eu")]}), RuleFactory(stored={"all": [queue_is("us")]})]
    )

    decision = decide(release, {"queue": "uk"})

    assert decision.code_id is None
    assert [failure.condition.value for failure in failures(decision)] == ["eu", "us"]


def test_a_trial_names_the_first_failing_condition_and_the_value_seen():
    stored = {"all": [queue_is("eu"), {"any": [media_is("voice"), media_is("callback")]}]}
    release = compile_release([RuleFactory(stored=stored)])

    [failure] = failures(decide(release, {"queue": "EU", "media": "email"}))

    assert (failure.path, failure.seen, failure.held) == ("all.1.any.0", "email", False)


def test_under_none_the_condition_that_held_is_the_one_to_blame():
    release = compile_release([RuleFactory(stored={"none": [media_is("voice"), queue_is("eu")]})])

    [failure] = failures(decide(release, {"queue": "eu", "media": "email"}))

    assert (failure.path, failure.seen, failure.held) == ("none.1", "eu", True)


def test_reasons_are_the_conditions_that_made_the_rule_match():
    stored = {"all": [queue_is("eu"), {"any": [media_is("voice"), media_is("email")]}, {"none": [queue_is("us")]}]}

    decision = decide(compile_release([RuleFactory(stored=stored)]), {"queue": "eu", "media": "email"})

    assert [(reason.path, reason.held) for reason in decision.reasons] == [
        ("all.0", True),
        ("all.1.any.1", True),
        ("all.2.none.0", False),
    ]


def test_of_an_any_the_first_condition_that_held_is_the_reason():
    release = compile_release([RuleFactory(stored={"any": [media_is("voice"), queue_is("eu"), media_is("email")]})])

    decision = decide(release, {"queue": "eu", "media": "email"})

    assert [reason.path for reason in decision.reasons] == ["any.1"]


def test_two_lists_on_one_set_may_each_be_met_by_another_member():
    release = compile_release([RuleFactory(stored={"all": [disposition_has("REF-OK"), disposition_has("CB-48")]})])

    assert decide(release, {"disposition": ["CB-48", "REF-OK"]}).rule is not None


def test_a_fact_stored_as_another_kind_is_not_known():
    release = compile_release([RuleFactory(stored={"all": [{"fact": "talk_s", "operator": "more", "value": 5}]})])

    assert decide(release, {"talk_s": "a while"}).rule is None


def test_a_pattern_in_a_rule_sees_text_as_it_came():
    sharp_s = {"fact": "attribute.street", "operator": "matches", "value": "straße$"}

    decision = decide(compile_release([RuleFactory(stored={"all": [sharp_s]})]), {"attribute.street": "Hauptstraße"})

    assert decision.rule is not None


def test_a_release_says_which_facts_it_asks_for():
    stored = {"all": [queue_is("eu"), {"any": [{"fact": "attribute.vip", "operator": "is_not_empty"}]}]}

    assert set(compile_release([RuleFactory(stored=stored)]).asks) == {"queue", "attribute.vip"}


def test_the_nearest_rule_has_most_conditions_met():
    rules = [
        RuleFactory(name="far", stored={"all": [queue_is("us"), media_is("voice")]}),
        RuleFactory(name="near", stored={"all": [queue_is("eu"), media_is("voice"), {"none": [queue_is("uk")]}]}),
        RuleFactory(name="as near", stored={"all": [queue_is("eu"), {"none": [queue_is("uk")]}, media_is("chat")]}),
    ]

    near = near_miss(rules, {"queue": "eu", "media": "email"})

    assert (near.rule.name, near.met, near.of, near.failure.path) == ("near", 2, 3, "all.1")


def test_of_two_rules_with_as_many_conditions_met_the_one_that_wants_fewer_is_nearest():
    rules = [
        RuleFactory(name="wants three", stored={"all": [queue_is("eu"), media_is("voice"), media_is("chat")]}),
        RuleFactory(name="wants two", stored={"all": [queue_is("eu"), media_is("voice")]}),
    ]

    assert near_miss(rules, {"queue": "eu", "media": "email"}).rule.name == "wants two"


def test_nothing_is_near_when_no_rule_failed():
    assert near_miss([RuleFactory()], {}) is None


@settings(max_examples=400)
@given(stored=st.lists(strategies.groups(), max_size=8), facts=strategies.facts())
def test_rule_and_trace_agree_with_the_naive_evaluator(stored, facts):
    release = compile_release(rules_from(stored))

    decision = decide(release, facts)

    expected = reference.trace([(str(place), when) for place, when in enumerate(stored)], facts)
    assert [
        (trial.rule.name, trial.failure and (trial.failure.path, conditions.to_json(trial.failure.condition)))
        for trial in decision.trials
    ] == expected
    assert decision.rule == next((trial.rule for trial in decision.trials if trial.failure is None), None)


@given(
    stored=st.lists(st.tuples(strategies.groups(), MOMENTS, MOMENTS), max_size=6),
    facts=strategies.facts(),
    at=st.integers(-3, 3),
)
def test_rules_outside_their_dates_decide_as_if_they_were_not_there(stored, facts, at):
    rules = [
        RuleFactory(key=key, stored=when, valid_from=hours(begins), valid_until=hours(ends))
        for key, (when, begins, ends) in enumerate(stored)
    ]
    in_time = [rule for rule in rules if rule.in_time(hours(at))]

    decision = decide(compile_release(rules), facts, at=hours(at))

    assert decision.rule == decide(compile_release(in_time), facts, at=hours(at)).rule
    assert {trial.rule for trial in decision.trials if not trial.in_time}.isdisjoint(in_time)
    assert [trial.rule for trial in decision.trials if trial.matched] == [decision.rule] * (decision.rule is not None)


@given(stored=st.lists(strategies.groups(), max_size=8), facts=strategies.facts())
def test_a_failing_condition_shows_the_fact_as_stored(stored, facts):
    decision = decide(compile_release(rules_from(stored)), facts)

    for failure in failures(decision):
        assert failure.seen == facts.get(failure.condition.fact)


@given(stored=st.lists(strategies.groups(), max_size=4), facts=strategies.facts())
def test_stored_facts_give_the_same_decision_again(stored, facts):
    release = compile_release(rules_from(stored))

    again = decide(release, json.loads(json.dumps(facts)))

    assert again.trials == decide(release, facts).trials


@given(stored=st.lists(strategies.groups(), max_size=8), facts=strategies.facts())
def test_every_reason_for_a_match_is_needed_or_met(stored, facts):
    decision = decide(compile_release(rules_from(stored)), facts)

    for reason in decision.reasons:
        assert reference.holds(conditions.to_json(reason.condition), facts) == reason.held
