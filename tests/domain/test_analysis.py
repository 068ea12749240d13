"""What is said about a set of rules holds for every communication, not only for those somebody thought of."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.factories import RuleFactory
from wrapups.domain.analysis import NEVER_DECIDES, FlawKind, analyse, study_of
from wrapups.domain.rules import compile_release, decide

DAYS = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)]


def when(fact, operator, value=None):
    condition = {"fact": fact, "operator": operator}
    return condition if value is None else condition | {"value": value}


def rules_of(*groups):
    return [RuleFactory(key=line, name=str(line), stored=stored) for line, stored in enumerate(groups, start=1)]


def flaws_of(rules):
    """Return the flaws as (name of the rule, kind, names of the rules that make it so)."""
    return [(flaw.rule.name, flaw.kind.value, [rule.name for rule in flaw.by]) for flaw in analyse(rules).flaws]


@st.composite
def generated_rules(draw, most=6):
    """Some rules of two codes, some with dates, some disabled."""
    dates = st.none() | st.sampled_from(DAYS)
    return [
        RuleFactory(
            key=line,
            stored=draw(strategies.groups()),
            code_id=draw(st.sampled_from(("one", "other"))),
            enabled=draw(st.sampled_from((True, True, True, False))),
            valid_from=draw(dates) if draw(st.booleans()) else None,
            valid_until=draw(dates) if draw(st.booleans()) else None,
        )
        for line in range(1, draw(st.integers(1, most)) + 1)
    ]


ends = st.sampled_from([day + timedelta(hours=hours) for day in DAYS for hours in (-1, 0, 1)])


# --- What is true of every set of rules --------------------------------------------------------------------------


@settings(max_examples=300)
@given(rules=generated_rules(), facts=st.lists(strategies.facts(), min_size=5, max_size=5), at=ends)
def test_a_rule_that_is_said_never_to_decide_decides_nothing(rules, facts, at):
    never = {flaw.rule.key for flaw in analyse(rules).flaws if flaw.kind in NEVER_DECIDES}
    release = compile_release(rules)

    decided = {rule.key for each in facts if (rule := decide(release, each, at=at).rule)}

    assert not decided & never


@settings(max_examples=300)
@given(rules=generated_rules())
def test_every_other_rule_has_an_example_that_it_decides(rules):
    analysis = analyse(rules)
    release = compile_release(rules)
    unsure = {flaw.rule.key for flaw in analysis.flaws if flaw.kind in {*NEVER_DECIDES, FlawKind.UNDECIDED}}

    decided = {key: decide(release, each.facts, at=each.at).rule for key, each in analysis.examples.items()}

    assert {key: rule and rule.key for key, rule in decided.items()} == {key: key for key in decided}
    assert {rule.key for rule in release.rules} == set(decided) | unsure


@settings(max_examples=300)
@given(rules=generated_rules(), facts=st.lists(strategies.facts(), min_size=5, max_size=5), at=ends)
def test_without_a_redundant_rule_the_same_codes_are_chosen(rules, facts, at):
    release = compile_release(rules)
    for flaw in analyse(rules).flaws:
        if flaw.kind is FlawKind.REDUNDANT:
            without = compile_release(rule for rule in rules if rule != flaw.rule)
            for each in facts:
                assert decide(without, each, at=at).code_id == decide(release, each, at=at).code_id


@settings(max_examples=200)
@given(rules=generated_rules())
def test_of_the_rules_that_shadow_one_none_can_be_spared(rules):
    for flaw in analyse(rules).flaws:
        for spared in flaw.by if flaw.kind is FlawKind.SHADOWED else ():
            fewer = [rule for rule in (*flaw.by, flaw.rule) if rule != spared]
            assert (flaw.rule.name, "shadowed") not in [each[:2] for each in flaws_of(fewer)]


@settings(max_examples=200)
@given(rules=generated_rules())
def test_what_a_rule_hides_decides_again_without_it(rules):
    study = study_of(rules)
    for place, rule in enumerate(study.rules):
        for later in study.hidden_by(place):
            hidden = study.rules[later]
            example = analyse(each for each in rules if each != rule).examples[hidden.key]
            without = compile_release(each for each in rules if each != rule)
            assert decide(without, example.facts, at=example.at).rule == hidden
