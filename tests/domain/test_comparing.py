"""What one set of rules changes against another, and making the same changes again."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.comparing import Differences, Line, apply, compare


def lines(identities: Sequence[str], **changed: str) -> list[Line]:
    """Return a rule for each letter; `changed` gives some of them another code."""
    return [Line(each, {"name": f"Rule {each}", "code": changed.get(each, "resolved")}) for each in identities]


def named(placed: Sequence[object]) -> list[str]:
    return [str(each.line.identity) for each in placed]  # type: ignore[attr-defined]


SETS = st.lists(
    st.builds(Line, st.integers(0, 12), st.fixed_dictionaries({"code": st.integers(0, 2), "notes": st.integers(0, 1)})),
    max_size=12,
    unique_by=lambda line: line.identity,
)


@given(rules=SETS)
def test_nothing_differs_from_itself(rules: list[Line]) -> None:
    assert not compare(rules, list(rules))
    assert len(compare(rules, rules)) == 0


@given(before=SETS, now=SETS)
def test_making_the_differences_again_gives_the_newer_set(before: list[Line], now: list[Line]) -> None:
    assert apply(compare(before, now), before) == now


@given(before=SETS, now=SETS)
def test_every_rule_is_accounted_for_once(before: list[Line], now: list[Line]) -> None:
    found = compare(before, now)

    kept = {line.identity for line in before} & {line.identity for line in now}
    assert {each.line.identity for each in found.added} == {line.identity for line in now} - kept
    assert {each.line.identity for each in found.removed} == {line.identity for line in before} - kept
    assert {pair.now.line.identity for pair in (*found.changed, *found.moved)} <= kept
    assert all(pair.fields for pair in found.changed)


@given(rules=SETS, others=SETS, more=SETS)
def test_on_another_set_the_differences_lose_no_rule_and_double_none(
    rules: list[Line], others: list[Line], more: list[Line]
) -> None:
    made = [line.identity for line in apply(compare(rules, others), more)]

    added = {line.identity for line in others} - {line.identity for line in rules}
    removed = {line.identity for line in rules} - {line.identity for line in others}
    assert set(made) == ({line.identity for line in more} - removed) | added
    assert len(made) == len(set(made))


def test_a_rule_that_is_new_is_added_and_one_that_is_gone_is_removed() -> None:
    found = compare(lines("AB"), lines("AC"))

    assert (named(found.added), named(found.removed)) == (["C"], ["B"])
    assert (found.changed, found.moved) == ((), ())


def test_a_changed_rule_names_the_fields_that_differ() -> None:
    found = compare(lines("AB"), lines("AB", B="escalated"))

    [pair] = found.changed
    assert (pair.now.line.identity, pair.fields) == ("B", ("code",))
    assert (pair.before.line.fields["code"], pair.now.line.fields["code"]) == ("resolved", "escalated")


def test_a_rule_can_be_changed_and_moved() -> None:
    found = compare(lines("ABC"), lines("CAB", C="escalated"))

    assert [pair.fields for pair in found.changed] == [("code",)]
    assert [(pair.before.place, pair.now.place) for pair in found.moved] == [(3, 1)]


@pytest.mark.parametrize(
    ("now", "moved"),
    [("EABCD", "E"), ("BCDEA", "A"), ("BACDE", "A"), ("ABCDE", ""), ("EDCBA", "ABCD")],
)
def test_moved_are_the_fewest_rules_that_explain_the_new_order(now: str, moved: str) -> None:
    found: Differences = compare(lines("ABCDE"), lines(now))

    assert len(found.moved) == len(moved)
    assert not found.changed
