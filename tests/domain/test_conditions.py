"""Conditions as people store them: read strictly, written back exactly."""

import pytest
from hypothesis import given

from tests.domain import strategies
from wrapups.domain.conditions import Condition, Group, InvalidCondition, Quantifier, parse, to_json

LEAF: dict[str, object] = {"fact": "queue", "operator": "is", "value": "q"}


def with_condition(**changed):
    return {"all": [LEAF, {**LEAF, **changed}]}


def nested(depth):
    stored = LEAF
    for _ in range(depth):
        stored = {"all": [stored]}
    return stored


def test_conditions_and_groups_become_objects():
    group = parse({"all": [LEAF, {"none": [{"fact": "talk_s", "operator": "between", "value": [1, 2.5]}]}]})

    expected_inner = Group(Quantifier.NONE, (Condition("talk_s", "between", (1, 2.5)),))
    assert group == Group(Quantifier.ALL, (Condition("queue", "is", "q"), expected_inner))


@given(strategies.groups())
def test_writing_is_the_exact_inverse_of_reading(stored):
    group = parse(stored)

    assert to_json(group) == stored
    assert parse(to_json(group)) == group


@pytest.mark.parametrize(
    ("stored", "path", "words"),
    [
        ([], "", "Write a condition"),
        (None, "", "Write a condition"),
        (LEAF, "", "into a group"),
        ({}, "", "exactly one of the keys all, any, none"),
        ({"all": [], "any": []}, "", "exactly one of the keys"),
        ({"some": [LEAF]}, "", "exactly one of the keys"),
        ({"all": LEAF}, "all", "Write a list"),
        ({"any": []}, "any", "empty"),
        ({"all": [LEAF, {"all": []}]}, "all.1.all", "empty"),
        ({"all": [LEAF, "queue"]}, "all.1", "Write a condition"),
        (nested(4), "all.0.all.0.all.0", "nest 3 deep"),
        ({"all": [LEAF] * 21}, "", "21 conditions; use at most 20"),
        ({"all": [{"any": [LEAF] * 11}, {"any": [LEAF] * 10}]}, "", "21 conditions"),
        (with_condition(color="red"), "all.1.color", "remove it"),
        (with_condition(fact="colour"), "all.1.fact", "There is no fact 'colour'"),
        (with_condition(fact=7), "all.1.fact", "as text"),
        ({"all": [{"operator": "is", "value": "x"}]}, "all.0.fact", "Name the fact"),
        (with_condition(operator="equals"), "all.1.operator", "Choose one of the operators is, is_not"),
        (with_condition(operator=["is"]), "all.1.operator", "Choose one of the operators"),
        (with_condition(operator="contains"), "all.1.operator", "use one of is, is_not, one_of, none_of"),
        (with_condition(value=None), "all.1.value", "Write some text"),
        (with_condition(value=""), "all.1.value", "use is_empty"),
        (with_condition(value=" \t"), "all.1.value", "use is_empty"),
        (with_condition(value=5), "all.1.value", "Write some text"),
        (with_condition(value=["q"]), "all.1.value", "Write some text"),
        (with_condition(value="x" * 501), "all.1.value", "at most 500 characters"),
        (with_condition(value="x\0"), "all.1.value", "NUL"),
        (with_condition(value="x\ud800"), "all.1.value", "half of another"),
        (with_condition(fact="media", value="fax"), "all.1.value", "never 'fax'; choose from voice, callback"),
        (with_condition(operator="is_empty"), "all.1.value", "remove the value"),
        (with_condition(operator="one_of"), "all.1.value", "wants a list of values"),
        (with_condition(operator="one_of", value=[]), "all.1.value", "wants a list of values"),
        (with_condition(operator="one_of", value=["q", 2]), "all.1.value.1", "Write some text"),
        (with_condition(operator="one_of", value=["q"] * 201), "all.1.value", "201 values; use at most 200"),
        (with_condition(fact="campaign", value="yes"), "all.1.value", "true or false"),
        (with_condition(fact="campaign", value=1), "all.1.value", "true or false"),
        (with_condition(fact="talk_s", operator="more", value="9"), "all.1.value", "without quotes"),
        (with_condition(fact="talk_s", operator="more", value=True), "all.1.value", "without quotes"),
        (with_condition(fact="talk_s", operator="more", value=float("nan")), "all.1.value", "must lie between"),
        (with_condition(fact="talk_s", operator="more", value=float("inf")), "all.1.value", "must lie between"),
        (with_condition(fact="talk_s", operator="more", value=10**400), "all.1.value", "must lie between"),
        (with_condition(fact="talk_s", operator="between", value=[5]), "all.1.value", "the lower first"),
        (with_condition(fact="talk_s", operator="between", value=[5, 1]), "all.1.value", "the lower first"),
        (with_condition(fact="ani", operator="matches", value="("), "all.1.value", "RE2's syntax"),
        (with_condition(fact="ani", operator="matches", value="a" * 201), "all.1.value", "at most 200"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place_and_what_to_do(stored, path, words):
    with pytest.raises(InvalidCondition, match=words) as refusal:
        parse(stored)

    assert refusal.value.path == path


def test_the_largest_allowed_rule_is_read():
    leaf = {"fact": "queue", "operator": "one_of", "value": [f"queue-{n}" for n in range(200)]}

    assert len(parse({"all": [leaf] * 20}).members) == 20
    assert parse(nested(3))
