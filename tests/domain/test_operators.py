"""Comparisons: one line each in the table, one meaning each here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from wrapups.domain.facts import Kind
from wrapups.domain.operators import COMPARABLE, MAX_INPUT_BYTES, OPERATORS, BadPattern, Wants, compile_pattern, fold

TEXT, NUMBER, FLAG, TEXTS = Kind.TEXT, Kind.NUMBER, Kind.FLAG, Kind.TEXTS


def answer(kind, operator, seen, wanted):
    value = seen if OPERATORS[operator].as_typed else COMPARABLE[kind](seen)
    return OPERATORS[operator].test(wanted)(value)


@pytest.mark.parametrize(
    ("kind", "operator", "seen", "wanted", "expected"),
    [
        (TEXT, "is", "REF-OK", "ref-ok", True),
        (TEXT, "is", "REF-OK", "REF", False),
        (FLAG, "is", True, True, True),
        (FLAG, "is", False, True, False),
        (TEXT, "is_not", "REF-OK", "REF-NO", True),
        (TEXT, "is_not", "REF-OK", "ref-ok ", False),
        (TEXT, "one_of", "b", ("A", "B"), True),
        (TEXT, "one_of", "c", ("A", "B"), False),
        (TEXT, "none_of", "c", ("A", "B"), True),
        (TEXT, "none_of", "b", ("A", "B"), False),
        (TEXTS, "none_of", ["c", "d"], ("A", "B"), True),
        (TEXTS, "none_of", ["c", "b"], ("A", "B"), False),
        (TEXTS, "none_of", [], ("A",), True),
        (TEXTS, "any_of", ["x", "b"], ("A", "B"), True),
        (TEXTS, "any_of", ["x"], ("A", "B"), False),
        (TEXTS, "any_of", [], ("A",), False),
        (TEXTS, "all_of", ["a", "b", "x"], ("A", "B"), True),
        (TEXTS, "all_of", ["a", "x"], ("A", "B"), False),
        (TEXT, "contains", "tel:+441632", "+44", True),
        (TEXT, "contains", "+44", "tel:+44", False),
        (TEXT, "starts_with", "Refund EU", "REFUND", True),
        (TEXT, "starts_with", "A refund", "refund", False),
        (TEXT, "ends_with", "Refund EU", "eu", True),
        (TEXT, "ends_with", "EU refund", "eu", False),
        (TEXT, "matches", "order RES-017", r"res-\d+", True),
        (TEXT, "matches", "order RES-017", r"^res", False),
        (NUMBER, "less", 29.9, 30, True),
        (NUMBER, "less", 30, 30, False),
        (NUMBER, "at_most", 30, 30, True),
        (NUMBER, "at_most", 30.1, 30, False),
        (NUMBER, "more", 30.1, 30, True),
        (NUMBER, "more", 30, 30, False),
        (NUMBER, "at_least", 30, 30, True),
        (NUMBER, "at_least", 29, 30, False),
        (NUMBER, "between", 30, (30, 60), True),
        (NUMBER, "between", 60, (30, 60), True),
        (NUMBER, "between", 60.1, (30, 60), False),
        (TEXT, "is_empty", "  ", None, True),
        (TEXT, "is_empty", "x", None, False),
        (TEXTS, "is_empty", [], None, True),
        (TEXTS, "is_empty", ["x"], None, False),
        (NUMBER, "is_empty", 0, None, False),
        (FLAG, "is_empty", False, None, False),
        (TEXT, "is_not_empty", "x", None, True),
        (TEXT, "is_not_empty", "", None, False),
        (NUMBER, "is_not_empty", 0, None, True),
    ],
)
def test_a_comparison_means_what_it_says(kind, operator, seen, wanted, expected):
    assert answer(kind, operator, seen, wanted) is expected


@given(
    operator=st.sampled_from([operator for operator in OPERATORS.values() if operator.implies]),
    wanted=st.lists(st.sampled_from(strategies.TEXTS), min_size=1, max_size=3).map(tuple),
    seen=st.lists(st.sampled_from(strategies.TEXTS), min_size=1, max_size=3),
)
def test_what_an_operator_implies_is_there_whenever_it_holds(operator, wanted, seen):
    of_sets = TEXTS in operator.kinds
    texts = frozenset(fold(text) for text in (seen if of_sets else seen[:1]))
    wanted = wanted[0] if operator.wants is Wants.ONE else wanted

    holds = operator.test(wanted)(texts if of_sets else fold(seen[0]))

    assert not holds or not texts.isdisjoint(operator.implies(wanted))


def test_only_is_empty_holds_for_a_fact_that_is_not_known():
    assert [operator.name for operator in OPERATORS.values() if operator.unknown] == ["is_empty"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("caf\u00e9", "CAFE\u0301"),
        (" REF-OK\t", "ref-ok"),
        ("\u1fb3\u0301", "\u03b1\u0301\u0345"),  # iota subscript: needs decomposing before folding
    ],
)
def test_text_compares_without_case_spaces_around_it_or_composition(one, other):
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(TEXT, 3), (TEXT, True), (TEXT, ["a"]), (NUMBER, "3"), (NUMBER, True), (FLAG, 1), (TEXTS, "a"), (TEXT, None)],
)
def test_a_value_of_another_kind_is_not_known(kind, value):
    assert COMPARABLE[kind](value) is None


def test_a_pattern_sees_text_as_it_came_so_a_sharp_s_stays_one():
    assert answer(TEXT, "matches", "Straße 5", "straße")


def test_a_pattern_finds_an_accent_however_it_is_composed():
    assert answer(TEXT, "matches", "cafe\u0301", "caf\u00e9$")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "missing"),
        (r"(a)\1", "invalid escape sequence"),
        ("(?=a)", "invalid perl operator"),
        ("((a{100}){100}){100}", "invalid repetition size"),
        (r"(\pL{30}){30}", "too large"),
        ("a" * 201, "at most 200"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_in_words(pattern, words):
    with pytest.raises(BadPattern, match=words):
        compile_pattern(pattern)


def test_a_pattern_looks_at_the_first_4096_bytes_only():
    seen = "x" * MAX_INPUT_BYTES + "needle"

    assert not answer(TEXT, "matches", seen, "needle")
    assert answer(TEXT, "matches", seen[6:], "needle$")


def test_text_with_half_a_surrogate_pair_is_matched_and_not_refused():
    assert answer(TEXT, "matches", "ok \ud800", "^ok")
