"""Which rules ask for a disposition by value."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wrapups.domain.conditions import Group, InvalidCondition, parse
from wrapups.domain.facts import Facts
from wrapups.domain.knowing import Knowledge, Saying, outcome
from wrapups.domain.matching import asked, check_of, look
from wrapups.domain.rules import Rule

BILLING, SALES = "queue-billing", "queue-sales"


def rule(conditions: object, key: int = 1) -> Rule:
    return Rule(key=key, position=key, name=f"Rule {key}", code_id="code", when=parse(conditions))


def is_(fact: str, value: str) -> dict[str, object]:
    return {"fact": fact, "operator": "is", "value": value}


def compared(fact: str, operator: str, value: object = None) -> dict[str, object]:
    return {"fact": fact, "operator": operator} | ({} if value is None else {"value": value})


def known(conditions: object, *, source: str = "crm", code: str = "ZZ-9", queue_id: str = "") -> bool:
    return bool(Knowledge([rule(conditions)]).rules_for(Saying(source, code, queue_id)))


@pytest.mark.parametrize(
    "condition",
    [
        is_("disposition.crm", "ZZ-9"),
        is_("disposition.crm", " zz-9 "),
        compared("disposition.crm", "one_of", ["A", "ZZ-9"]),
        compared("disposition.crm", "contains", "z-"),
        compared("disposition.crm", "starts_with", "ZZ"),
        compared("disposition.crm", "ends_with", "9"),
        compared("disposition.crm", "matches", r"^zz-\d$"),
        compared("disposition", "any_of", ["A", "ZZ-9"]),
        compared("disposition", "all_of", ["A", "ZZ-9"]),
    ],
)
def test_a_rule_that_compares_with_the_value_knows_it(condition):
    assert known({"all": [condition]})


@pytest.mark.parametrize(
    "condition",
    [
        is_("disposition.crm", "ZZ-8"),
        is_("disposition.survey", "ZZ-9"),
        compared("disposition.crm", "is_not", "A"),
        compared("disposition.crm", "none_of", ["A"]),
        compared("disposition.crm", "is_not_empty"),
        compared("disposition.crm", "matches", r"^\d+$"),
        compared("disposition", "none_of", ["A"]),
        compared("disposition", "is_not_empty"),
        compared("attribute.code", "is", "ZZ-9"),
    ],
)
def test_a_rule_that_does_not_ask_for_the_value_does_not_know_it(condition):
    assert not known({"all": [condition]})


def test_a_rule_that_takes_everything_knows_nothing():
    assert not known({"all": []})


def test_a_value_that_a_rule_excludes_is_not_asked_for():
    assert not known({"none": [is_("disposition.crm", "ZZ-9")]})


def test_what_is_excluded_from_what_is_excluded_is_asked_for():
    assert known({"none": [compared("disposition.crm", "is_not", "ZZ-9")]})
    assert known({"none": [{"none": [is_("disposition.crm", "ZZ-9")]}]})


def test_a_rule_that_can_never_match_what_was_said_does_not_know_it():
    assert not known({"all": [is_("disposition.crm", "ZZ-9"), is_("disposition.crm", "A")]})


def test_what_is_not_told_may_turn_out_either_way():
    assert known({"all": [is_("disposition.crm", "ZZ-9"), is_("media", "voice")]})
    assert known({"all": [is_("disposition.crm", "ZZ-9"), is_("queue", BILLING)]})


def test_on_a_queue_only_the_rules_that_may_match_there_know_it():
    elsewhere = {"all": [is_("disposition.crm", "ZZ-9"), is_("queue", BILLING)]}

    assert known(elsewhere, queue_id=BILLING)
    assert not known(elsewhere, queue_id=SALES)


def test_a_value_that_a_rule_names_for_another_queue_is_not_known_on_this_one():
    by_queue = {
        "any": [
            {"all": [is_("queue", BILLING), is_("disposition.crm", "ZZ-9")]},
            {"all": [is_("queue", SALES), is_("disposition.crm", "OTHER")]},
        ]
    }

    assert known(by_queue, queue_id=BILLING)
    assert not known(by_queue, queue_id=SALES)


def test_all_rules_that_know_it_are_told_in_their_order():
    rules = [rule({"all": [is_("disposition.crm", code)]}, key) for key, code in ((3, "A"), (1, "ZZ-9"), (2, "ZZ-9"))]

    assert [each.key for each in Knowledge(rules).rules_for(Saying("crm", "ZZ-9"))] == [1, 2]


def test_the_values_that_rules_name_are_told_once_each_as_they_were_typed_first():
    rules = [
        rule({"all": [compared("disposition.crm", "one_of", ["Ref-OK", "b"])]}),
        rule({"any": [is_("disposition.crm", "REF-OK "), compared("disposition", "any_of", ["c"])]}),
        rule({"all": [compared("disposition.crm", "starts_with", "d")]}),
    ]

    assert Knowledge(rules).named == [("crm", "Ref-OK"), ("crm", "b"), ("", "c")]


CODES, QUEUES = st.sampled_from(["A", "B", "C"]), st.sampled_from([BILLING, SALES])
CONDITIONS = st.one_of(
    st.builds(is_, st.just("disposition.crm"), CODES),
    st.builds(compared, st.just("disposition.crm"), st.just("is_not"), CODES),
    st.builds(compared, st.just("disposition.crm"), st.just("contains"), CODES),
    st.builds(is_, st.just("queue"), QUEUES),
    st.builds(is_, st.just("media"), st.sampled_from(["voice", "email"])),
)
GROUPS = st.recursive(
    CONDITIONS,
    lambda members: st.builds(
        lambda quantifier, inner: {quantifier: inner},
        st.sampled_from(["all", "any", "none"]),
        st.lists(members, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@given(
    members=st.lists(GROUPS, min_size=1, max_size=3),
    code=CODES,
    queue=QUEUES,
    media=st.sampled_from(["voice", "email"]),
)
def test_what_is_certain_stays_so_whatever_else_becomes_known(members, code, queue, media):
    when = _parsed({"all": members})
    told: Facts = {"disposition": [code], "disposition.crm": code}
    whole: Facts = told | {"queue": queue, "media": media}

    guessed = outcome(check_of(when), look(told, asked(when)))

    assert guessed in (None, check_of(when).holds(look(whole, asked(when))))


def _parsed(conditions: dict[str, object]) -> Group:
    try:
        return parse(conditions)
    except InvalidCondition:  # nested too deep
        assume(condition=False)
        raise
