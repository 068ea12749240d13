"""What is said about a set of rules holds for every communication, not only for those somebody thought of."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.factories import RuleFactory
from wrapups.domain.analysis import NEVER_DECIDES, FlawKind, analyse, consequences
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


@settings(max_examples=100)
@given(rules=generated_rules(), facts=st.lists(strategies.facts(), min_size=5, max_size=5), at=ends)
def test_a_rule_that_is_said_never_to_decide_decides_nothing(rules, facts, at):
    never = {flaw.rule.key for flaw in analyse(rules).flaws if flaw.kind in NEVER_DECIDES}
    release = compile_release(rules)

    decided = {rule.key for each in facts if (rule := decide(release, each, at=at).rule)}

    assert not decided & never


@settings(max_examples=100)
@given(rules=generated_rules())
def test_every_other_rule_has_an_example_that_it_decides(rules):
    analysis = analyse(rules)
    release = compile_release(rules)
    unsure = {flaw.rule.key for flaw in analysis.flaws if flaw.kind in {*NEVER_DECIDES, FlawKind.UNDECIDED}}

    decided = {key: decide(release, each.facts, at=each.at).rule for key, each in analysis.examples.items()}

    assert {key: rule and rule.key for key, rule in decided.items()} == {key: key for key in decided}
    assert {rule.key for rule in release.rules} == set(decided) | unsure


@settings(max_examples=100)
@given(rules=generated_rules(), facts=st.lists(strategies.facts(), min_size=5, max_size=5), at=ends)
def test_without_a_redundant_rule_the_same_codes_are_chosen(rules, facts, at):
    release = compile_release(rules)
    for flaw in analyse(rules).flaws:
        if flaw.kind is FlawKind.REDUNDANT:
            without = compile_release(rule for rule in rules if rule != flaw.rule)
            for each in facts:
                assert decide(without, each, at=at).code_id == decide(release, each, at=at).code_id


@settings(max_examples=60)
@given(rules=generated_rules())
def test_of_the_rules_that_shadow_one_none_can_be_spared(rules):
    for flaw in analyse(rules).flaws:
        for spared in flaw.by if flaw.kind is FlawKind.SHADOWED else ():
            fewer = [rule for rule in (*flaw.by, flaw.rule) if rule != spared]
            assert (flaw.rule.name, "shadowed") not in [each[:2] for each in flaws_of(fewer)]


@settings(max_examples=60)
@given(rules=generated_rules())
def test_what_a_rule_hides_decides_again_without_it(rules):
    for rule in rules:
        without = [each for each in rules if each != rule]
        for hidden in consequences(rules, rule.key).hides:
            example = analyse(without).examples[hidden.key]
            assert decide(compile_release(without), example.facts, at=example.at).rule == hidden


@settings(max_examples=60)
@given(rules=generated_rules())
def test_of_one_rule_is_said_what_is_said_of_it_among_all(rules):
    flaws = analyse(rules).flaws

    for rule in rules:
        assert list(consequences(rules, rule.key).flaws) == [flaw for flaw in flaws if flaw.rule == rule]


# --- What is found -----------------------------------------------------------------------------------------------


def test_of_200_rules_the_5_that_others_cover_are_found_and_no_others():
    table = [[when("queue", "is", f"q{n // 10}"), when("disposition.crm", "is", f"d{n}")] for n in range(195)]
    groups = [{"all": conditions} for conditions in table]
    for line in (20, 60, 100, 140, 199):
        groups.insert(line, {"all": [*table[line // 2], when("media", "is", "voice")]})

    shadowed = [flaw for flaw in analyse(rules_of(*groups)).flaws if flaw.kind is FlawKind.SHADOWED]

    assert [flaw.rule.position for flaw in shadowed] == [21, 61, 101, 141, 200]
    assert all(len(flaw.by) == 1 for flaw in shadowed)


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [
        (when("queue", "one_of", ["a", "b"]), when("queue", "is", "B ")),
        (when("queue", "is_not", "a"), when("queue", "is", "b")),
        (when("talk_s", "at_most", 30), when("talk_s", "less", 30)),
        (when("talk_s", "between", [10, 30]), when("talk_s", "between", [10, 20])),
        (when("attribute.vip", "contains", "gold"), when("attribute.vip", "starts_with", "Golden")),
        (when("attribute.vip", "is_not_empty"), when("attribute.vip", "ends_with", "x")),
        (when("attribute.vip", "matches", "^a+$"), when("attribute.vip", "matches", "^a+$")),
        (when("disposition", "any_of", ["a", "b"]), when("disposition", "all_of", ["b", "c"])),
        (when("disposition", "none_of", ["a"]), when("disposition", "none_of", ["a", "b"])),
        (when("campaign", "is_not_empty"), when("campaign", "is", True)),
    ],
)
def test_a_broad_rule_hides_a_narrow_one_after_it_and_not_the_other_way_round(broad, narrow):
    hidden = flaws_of(rules_of({"all": [broad]}, {"all": [narrow, when("media", "is", "voice")]}))
    exception = flaws_of(rules_of({"all": [narrow, when("media", "is", "voice")]}, {"all": [broad]}))

    assert (hidden, exception) == ([("2", "shadowed", ["1"])], [])


@pytest.mark.parametrize(
    "conditions",
    [
        [when("queue", "is", "a"), when("queue", "is", "b")],
        [when("queue", "is_empty"), when("queue", "is", "a")],
        [when("talk_s", "more", 30), when("talk_s", "less", 30)],
        [when("attribute.vip", "starts_with", "a"), when("attribute.vip", "starts_with", "b")],
        [when("attribute.vip", "is", "gold"), when("attribute.vip", "contains", "silver")],
        [when("attribute.vip", "starts_with", "ab"), {"none": [when("attribute.vip", "contains", "b")]}],
        [when("disposition", "any_of", ["a"]), when("disposition", "is_empty")],
        [when("attribute.vip", "matches", "^a"), {"none": [when("attribute.vip", "matches", "^a")]}],
    ],
)
def test_conditions_that_never_hold_together_are_found(conditions):
    assert flaws_of(rules_of({"all": conditions})) == [("1", "contradictory", [])]


@pytest.mark.parametrize(
    "conditions",
    [
        [when("attribute.vip", "starts_with", "ab"), when("attribute.vip", "ends_with", "bc")],
        [when("attribute.vip", "contains", "b"), {"none": [when("attribute.vip", "starts_with", "a")]}],
        [when("disposition", "any_of", ["a"]), when("disposition", "any_of", ["b"])],
        [when("attribute.vip", "matches", r"^(VIP|gold)\s[A-Z]\d{3}$")],
        [when("attribute.vip", "matches", "^a"), when("attribute.vip", "matches", "b$")],
        [when("attribute.vip", "is_empty"), when("attribute.vip", "matches", ".")],
    ],
)
def test_conditions_that_can_hold_together_are_not(conditions):
    assert flaws_of(rules_of({"all": conditions})) == []


def test_what_no_example_is_found_for_is_said_to_be_undecided_and_not_guessed():
    odd = [when("attribute.vip", "matches", "^[^a-z]{5}k[^a-z]$"), when("attribute.vip", "ends_with", "!")]

    assert flaws_of(rules_of({"all": odd})) == [("1", "undecided", [])]


def test_a_pattern_is_never_taken_to_cover_another_text_than_those_it_was_tried_on():
    rules = rules_of(
        {"all": [when("attribute.vip", "matches", "straße")]}, {"all": [when("attribute.vip", "is", "strasse")]}
    )

    assert flaws_of(rules) == [("2", "overlap", ["1"])]


def test_rules_that_cover_one_only_together_are_all_named():
    rules = rules_of(
        {"all": [when("media", "is", "voice")]},
        {"none": [when("media", "is", "voice"), when("queue", "is", "b")]},
        {"all": [when("queue", "is", "c")]},
        {"all": [when("queue", "is", "a"), when("talk_s", "more", 5)]},
    )

    assert flaws_of(rules)[-1] == ("4", "shadowed", ["1", "2"])


def test_a_rule_that_covers_another_alone_is_named_alone():
    rules = rules_of(
        {"all": [when("media", "is_empty")]},
        {"all": [when("queue", "is", "a")]},
        {"all": [when("queue", "is", "a"), when("talk_s", "more", 5)]},
    )

    assert ("3", "shadowed", ["2"]) in flaws_of(rules)


def test_a_disabled_rule_covers_nothing():
    rules = [RuleFactory(enabled=False), RuleFactory()]

    assert flaws_of(rules) == []


def test_a_rule_with_dates_covers_only_what_ends_within_them():
    until, since, both = (
        RuleFactory(key=1, valid_until=DAYS[1]),
        RuleFactory(key=2, valid_from=DAYS[1]),
        RuleFactory(key=3, valid_from=DAYS[0], valid_until=DAYS[2]),
    )

    assert flaws_of([until, both]) == [("Rule 3", "overlap", ["Rule 1"])]
    assert flaws_of([until, since, both]) == [("Rule 3", "shadowed", ["Rule 1", "Rule 2"])]


def test_a_rule_is_redundant_where_the_next_one_chooses_the_same():
    rules = [
        RuleFactory(key=1, code_id="x", stored={"all": [when("queue", "is", "a")]}),
        RuleFactory(key=2, code_id="x", stored={"all": [when("queue", "one_of", ["a", "b"])]}),
    ]

    assert flaws_of(rules) == [("Rule 1", "redundant", ["Rule 2"])]


def test_of_two_equal_rules_only_the_later_has_a_flaw():
    rules = [RuleFactory(key=line, code_id="x", stored={"all": [when("queue", "is", "a")]}) for line in (1, 2)]

    assert flaws_of(rules) == [("Rule 2", "shadowed", ["Rule 1"])]


def test_a_rule_is_needed_where_another_code_would_come_between():
    rules = [
        RuleFactory(key=1, code_id="x", stored={"all": [when("queue", "is", "a")]}),
        RuleFactory(key=2, code_id="y", stored={"all": [when("media", "is", "voice")]}),
        RuleFactory(key=3, code_id="x", stored={"all": [when("queue", "one_of", ["a", "b"])]}),
    ]

    assert "redundant" not in [kind for _, kind, _ in flaws_of(rules)]


def test_rules_of_one_code_with_other_notes_are_not_the_same():
    rules = [RuleFactory(key=1, code_id="x", notes=("a",), stored={"all": [when("queue", "is", "a")]})]

    assert flaws_of([*rules, RuleFactory(key=2, code_id="x")]) == []


def test_two_rules_that_overlap_and_choose_otherwise_are_named():
    rules = rules_of({"all": [when("queue", "is", "a")]}, {"all": [when("media", "is", "voice")]})

    assert flaws_of(rules) == [("2", "overlap", ["1"])]


def test_several_dispositions_at_once_make_no_overlap():
    rules = rules_of(
        {"all": [when("disposition", "any_of", ["a"]), when("queue", "is", "q")]},
        {"all": [when("disposition", "any_of", ["b"])]},
    )

    assert flaws_of(rules) == []


def test_a_question_that_takes_too_long_is_left_undecided():
    pigeons, holes = range(8), range(7)
    crowded = [
        {"all": [when(f"attribute.{one}", "is", f"{hole}"), when(f"attribute.{other}", "is", f"{hole}")]}
        for other in pigeons
        for one in range(other)
        for hole in holes
    ]
    each_in_a_hole = {"all": [when(f"attribute.{pigeon}", "one_of", [*map(str, holes)]) for pigeon in pigeons]}

    assert flaws_of(rules_of(*crowded, each_in_a_hole))[-1] == (f"{len(crowded) + 1}", "undecided", [])
