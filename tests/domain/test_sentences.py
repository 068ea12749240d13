"""What people read about rules and decisions."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.factories import RuleFactory
from wrapups.domain.conditions import parse
from wrapups.domain.decision_sentences import (
    decision_sentences,
    trial_sentence,
    why_not_sentences,
    would_have_sentence,
)
from wrapups.domain.masking import MASKED
from wrapups.domain.operators import OPERATORS
from wrapups.domain.rules import compile_release, decide
from wrapups.domain.sentences import NEGATIONS, Part, condition_sentence, plain, rule_sentence

NAMES = {
    ("queue", "q-eu"): "Billing EU",
    ("queue", "q-us"): "Billing US",
    ("code", "c-ref"): "Refund granted",
    ("source", "crm"): "CRM",
}

MARCH = datetime(2026, 3, 2, 10, 30, tzinfo=timezone(timedelta(hours=1)))
QUEUE_EU = {"fact": "queue", "operator": "is", "value": "q-eu"}
CRM_OK = {"fact": "disposition.crm", "operator": "is", "value": "REF-OK"}


def names(kind, identifier):
    return NAMES.get((kind, identifier), identifier)


def only_condition(stored):
    [condition] = parse({"all": [stored]}).members
    return condition


def rule(stored, **fields):
    return RuleFactory(**{"name": "Refund - EU", "code_id": "c-ref", "position": 4, "stored": stored, **fields})


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (QUEUE_EU, "the queue is *Billing EU*"),
        ({**QUEUE_EU, "operator": "is_not"}, "the queue is not *Billing EU*"),
        ({**QUEUE_EU, "operator": "one_of", "value": ["q-eu"]}, "the queue is *Billing EU*"),
        ({**QUEUE_EU, "operator": "none_of", "value": ["q-eu"]}, "the queue is not *Billing EU*"),
        (
            {**QUEUE_EU, "operator": "one_of", "value": ["q-eu", "q-us", "q-uk"]},
            "the queue is one of *Billing EU*, *Billing US* or *q-uk*",
        ),
        (
            {**QUEUE_EU, "operator": "none_of", "value": list("abcdefg")},
            "the queue is none of *a*, *b*, *c*, *d*, *e* or 2 more",
        ),
        ({"fact": "media", "operator": "is", "value": "email"}, "the media type is *e-mail*"),
        (CRM_OK, "the CRM's disposition is *REF-OK*"),
        (
            {"fact": "disposition", "operator": "all_of", "value": ["A", "B"]},
            "the dispositions include all of *A* and *B*",
        ),
        (
            {"fact": "disposition", "operator": "none_of", "value": ["A", "B"]},
            "the dispositions are none of *A* or *B*",
        ),
        ({"fact": "disposition", "operator": "is_empty"}, "the dispositions are empty"),
        ({"fact": "talk_s", "operator": "more", "value": 30}, "the talk time is more than *30 s*"),
        ({"fact": "hold_s", "operator": "between", "value": [1, 2.5]}, "the hold time is between *1 s* and *2.5 s*"),
        ({"fact": "campaign", "operator": "is", "value": True}, "the campaign flag is *set*"),
        ({"fact": "campaign", "operator": "is_not", "value": False}, "the campaign flag is not *not set*"),
        (
            {"fact": "attribute.survey.sent", "operator": "matches", "value": "^y"},
            "the participant attribute survey.sent matches *^y*",
        ),
    ],
)
def test_a_condition_reads_as_a_sentence(stored, expected):
    condition = only_condition(stored)

    assert plain(condition_sentence(condition, names)) == expected


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"all": []}, "Always choose *Refund granted*."),
        (
            {"all": [QUEUE_EU, CRM_OK]},
            "When the queue is *Billing EU* and the CRM's disposition is *REF-OK*, choose *Refund granted*.",
        ),
        (
            {"any": [QUEUE_EU, CRM_OK]},
            "When the queue is *Billing EU* or the CRM's disposition is *REF-OK*, choose *Refund granted*.",
        ),
        ({"none": [QUEUE_EU]}, "Unless the queue is *Billing EU*, choose *Refund granted*."),
        (
            {"all": [QUEUE_EU, {"any": [CRM_OK, {"none": [QUEUE_EU, CRM_OK]}]}]},
            (
                "When the queue is *Billing EU* and (the CRM's disposition is *REF-OK* or not (the queue is "
                "*Billing EU* or the CRM's disposition is *REF-OK*)), choose *Refund granted*."
            ),
        ),
    ],
)
def test_a_rule_reads_as_a_sentence(stored, expected):
    assert plain(rule_sentence(rule(stored), names)) == expected


def test_a_decision_names_rule_release_line_code_and_the_values_that_made_it():
    release = compile_release([rule({"all": [QUEUE_EU, CRM_OK]})], number=13)

    [sentence] = decision_sentences(decide(release, {"queue": "q-eu", "disposition.crm": "REF-OK"}), names)

    assert plain(sentence) == (
        "Rule *Refund - EU* (release 13, line 4) chose *Refund granted* because the queue is *Billing EU* "
        "and the CRM's disposition is *REF-OK*."
    )


def test_names_and_values_are_marked_and_never_written_as_markup():
    release = compile_release([rule({"all": []}, name="<b>EU</b>")], number=13)

    [sentence] = decision_sentences(decide(release, {}), names)

    assert sentence[:2] == (Part("Rule "), Part("<b>EU</b>", emphasised=True))


@pytest.mark.parametrize(
    ("stored", "facts", "because"),
    [
        (
            {"fact": "talk_s", "operator": "more", "value": 30},
            {"talk_s": 45.5},
            "the talk time is more than *30 s* (it is *45.5 s*)",
        ),
        (
            {"fact": "talk_s", "operator": "at_least", "value": 182},
            {"talk_s": 182.0},
            "the talk time is at least *182 s* (it is *182 s*)",
        ),
        (
            {"fact": "disposition", "operator": "any_of", "value": ["A", "B"]},
            {"disposition": ["B", "C"]},
            "the dispositions include any of *A* or *B* (they are *B* and *C*)",
        ),
        (
            {"fact": "queue", "operator": "one_of", "value": ["q-eu", "q-us"]},
            {"queue": "q-us"},
            "the queue is *Billing US*",
        ),
        (
            {"fact": "queue", "operator": "is_not", "value": "q-eu"},
            {"queue": "q-us"},
            "the queue is not *Billing EU* (it is *Billing US*)",
        ),
        ({"fact": "code", "operator": "is_empty"}, {}, "the present wrap-up code is empty"),
    ],
)
def test_a_reason_shows_the_value_seen(stored, facts, because):
    release = compile_release([rule({"all": [stored]})])

    [sentence] = decision_sentences(decide(release, facts), names)

    assert plain(sentence) == f"Rule *Refund - EU* (draft, line 4) chose *Refund granted* because {because}."


def test_a_reason_under_none_is_said_the_other_way_round():
    release = compile_release([rule({"none": [QUEUE_EU]})])

    [sentence] = decision_sentences(decide(release, {}), names)

    assert plain(sentence).endswith("because the queue is not *Billing EU* (it is not known).")


@pytest.mark.parametrize(
    ("before", "expected"),
    [(1, "The rule before it did not match."), (3, "The 3 rules before it did not match.")],
)
def test_a_decision_says_how_many_rules_were_passed_over(before, expected):
    release = compile_release([*(rule({"all": [QUEUE_EU]}) for _ in range(before)), rule({"all": []}, position=9)])

    first, second = decision_sentences(decide(release, {}), names)

    assert plain(first).endswith("chose *Refund granted*, as it does for everything: it has no conditions.")
    assert plain(second) == expected


@pytest.mark.parametrize(
    ("count", "number", "expected"),
    [
        (0, 13, "No rule of release 13 is in use."),
        (1, 13, "The only rule of release 13 did not match."),
        (2, None, "None of the 2 rules of the draft matched."),
    ],
)
def test_without_a_match_the_sentence_says_so(count, number, expected):
    release = compile_release([rule({"all": [QUEUE_EU]}) for _ in range(count)], number=number)

    assert [plain(sentence) for sentence in decision_sentences(decide(release, {}), names)] == [expected]


def test_a_trial_says_why_its_rule_was_passed_over():
    release = compile_release([rule({"all": [QUEUE_EU]}), rule({"all": []}, name="Rest", position=5)])

    passed, matched = decide(release, {"queue": "q-us"}).trials

    assert plain(trial_sentence(passed, names)) == (
        "Rule *Refund - EU* (line 4) did not match because the queue is not *Billing EU* (it is *Billing US*)."
    )
    assert plain(trial_sentence(matched, names)) == "Rule *Rest* (line 5) matched."


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"valid_from": MARCH}, "from *2026-03-02 09:30 UTC*"),
        ({"valid_until": MARCH}, "until *2026-03-02 09:30 UTC*"),
        ({"valid_from": MARCH, "valid_until": MARCH}, "from *2026-03-02 09:30 UTC* until *2026-03-02 09:30 UTC*"),
    ],
)
def test_a_trial_says_that_a_rule_was_not_valid_then(dates, expected):
    [trial] = decide(compile_release([rule({"all": []}, **dates)]), {}).trials

    assert plain(trial_sentence(trial, names)) == (
        f"Rule *Refund - EU* (line 4) did not match because it is valid only {expected}."
    )


def test_why_not_names_the_nearest_rule_and_what_it_missed():
    release = compile_release([rule({"all": [CRM_OK]}, name="Far"), rule({"all": [QUEUE_EU, CRM_OK]})])

    [sentence] = why_not_sentences(decide(release, {"queue": "q-eu"}), names)

    assert plain(sentence) == (
        "Rule *Refund - EU* (line 4) came nearest: 1 of its 2 conditions is met, but the CRM's disposition is not "
        "*REF-OK* (it is not known)."
    )


@pytest.mark.parametrize(
    ("stored", "facts", "expected"),
    [
        (
            {"all": [QUEUE_EU]},
            {"queue": "q-us"},
            "its only condition is not met, because the queue is not *Billing EU* (it is *Billing US*).",
        ),
        (
            {"all": [QUEUE_EU, CRM_OK]},
            {},
            "none of its 2 conditions is met. The first fails because the queue is not *Billing EU* (it is not known).",
        ),
        (
            {"all": [QUEUE_EU, CRM_OK, {"fact": "talk_s", "operator": "less", "value": 30}]},
            {"queue": "q-eu", "disposition.crm": "REF-OK", "talk_s": 31},
            "2 of its 3 conditions are met, but the talk time is not less than *30 s* (it is *31 s*).",
        ),
    ],
)
def test_why_not_says_in_one_breath_how_near_and_what_was_missing(stored, facts, expected):
    [sentence] = why_not_sentences(decide(compile_release([rule(stored)]), facts), names)

    assert plain(sentence) == f"Rule *Refund - EU* (line 4) came nearest: {expected}"


def test_what_the_rules_would_have_chosen_is_said_where_something_else_kept_the_code():
    release = compile_release([rule({"all": []})], number=13)

    said = would_have_sentence(decide(release, {}), names)

    assert plain(said) == "Rule *Refund - EU* (release 13, line 4) would have chosen *Refund granted*."
    nothing = would_have_sentence(decide(compile_release([rule({"all": [QUEUE_EU]})], number=13), {}), names)
    assert plain(nothing) == "The only rule of release 13 did not match."


@pytest.mark.parametrize("ani", ["+49301234321", "+49308765321"])
def test_what_was_seen_of_a_customer_can_be_masked_in_every_sentence(ani):
    begins = {"fact": "ani", "operator": "starts_with", "value": "+4930123"}
    decision = decide(compile_release([rule({"all": [begins]})]), {"ani": ani})

    said = [
        *decision_sentences(decision, names, MASKED),
        *why_not_sentences(decision, names, MASKED),
        *(trial_sentence(trial, names, MASKED) for trial in decision.trials),
    ]

    assert all(ani not in plain(sentence) for sentence in said)
    assert any("4321" in plain(sentence) or "5321" in plain(sentence) for sentence in said)


def test_why_not_has_nothing_to_say_about_a_match():
    release = compile_release([rule({"all": [CRM_OK]}), rule({"all": []})])

    assert why_not_sentences(decide(release, {}), names) == []


def test_every_operator_has_words_for_not_holding():
    assert NEGATIONS.keys() == OPERATORS.keys()


@given(stored=st.lists(strategies.groups(), max_size=4), facts=strategies.facts())
def test_there_are_words_for_every_decision(stored, facts):
    decision = decide(compile_release([rule(when) for when in stored]), facts)

    said = [*decision_sentences(decision, names), *why_not_sentences(decision, names)]
    said += [trial_sentence(trial, names) for trial in decision.trials]

    assert all(plain(sentence).endswith(".") and all(part.text for part in sentence) for sentence in said)
