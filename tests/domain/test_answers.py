"""How each condition of a rule came out: the same answers as deciding gives, and none left out."""

from hypothesis import given

from tests.domain import strategies
from tests.domain.factories import RuleFactory
from wrapups.domain.answers import Answer, answers, findings
from wrapups.domain.conditions import parse
from wrapups.domain.rules import compile_release, decide

REFUND = {"fact": "disposition.crm", "operator": "is", "value": "REF-OK"}
LONG = {"fact": "duration_s", "operator": "more", "value": 30}
VOICE = {"fact": "media", "operator": "is", "value": "voice"}


def test_each_condition_is_answered_also_those_after_the_first_that_fails():
    answer = answers(parse({"all": [REFUND, LONG, VOICE]}), {"media": "voice", "duration_s": 10})

    assert not answer.held
    assert [(each.condition.fact, each.seen, each.held) for each in findings(answer)] == [
        ("disposition.crm", None, False),
        ("duration_s", 10, False),
        ("media", "voice", True),
    ]


def test_a_group_within_a_group_is_answered_as_one_and_member_by_member():
    answer = answers(parse({"all": [VOICE, {"none": [LONG]}]}), {"media": "voice", "duration_s": 45})

    inner = answer.members[1]
    assert isinstance(inner, Answer)
    assert not inner.held
    assert [each.held for each in inner.members] == [True]


@given(strategies.groups(), strategies.facts())
def test_a_rule_is_answered_as_it_is_decided(stored, facts):
    rule = RuleFactory(stored=stored)

    held = answers(rule.when, facts).held

    assert held == (decide(compile_release([rule]), facts).rule is not None)
