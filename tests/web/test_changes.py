"""What a draft changes against the release in force."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.queries.changes import Changes, changes_between
from wrapups.models import MappingRule


def test_an_untouched_copy_changes_nothing() -> None:
    assert not changes_between(_rules("ABC"), _rules("ABC", copy=True))


def test_a_rule_that_is_new_is_added_and_one_that_is_gone_is_removed() -> None:
    changes = changes_between(_rules("AB"), _rules("AC", copy=True))

    assert [rule.name for rule in changes.added] == ["C"]
    assert [rule.name for rule in changes.removed] == ["B"]
    assert not changes.moved


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("conditions", {"all": []}, "conditions"),
        ("wrapup_code_id", 999, "wrap-up code"),
        ("notes", "Written by the rules", "notes"),
        ("enabled", False, "in use"),
    ],
)
def test_a_rule_of_the_same_name_that_differs_is_changed(column: str, value: object, words: str) -> None:
    now = _rules("AB", copy=True)
    setattr(now[1], column, value)

    changes = changes_between(_rules("AB"), now)

    assert [(each.now.name, each.fields) for each in changes.changed] == [("B", (words,))]
    assert changes.marks() == {now[1].pk: "changed"}


def test_a_renamed_rule_is_changed_not_removed_and_added() -> None:
    now = _rules("AB", copy=True)
    now[0].name = "Another name"

    changes = changes_between(_rules("AB"), now)

    assert [each.fields for each in changes.changed] == [("name",)]
    assert not changes.added
    assert not changes.removed


def test_moving_one_rule_to_the_top_is_one_move_however_many_lines_shift() -> None:
    changes = changes_between(_rules("ABCDE"), _rules("EABCD", copy=True))

    assert [each.now.name for each in changes.moved] == ["E"]


def test_a_first_release_adds_everything() -> None:
    changes = changes_between([], _rules("AB"))

    assert [rule.name for rule in changes.added] == ["A", "B"]


@given(st.permutations("ABCDEFG"))
def test_what_did_not_move_is_still_in_its_order(order: Sequence[str]) -> None:
    changes = changes_between(_rules("ABCDEFG"), _rules(order, copy=True))

    moved = {each.now.name for each in changes.moved}
    stayed = [name for name in order if name not in moved]

    assert stayed == sorted(stayed)
    assert bool(moved) == (list(order) != sorted(order))


@given(st.permutations("ABCDEFG"))
def test_no_smaller_set_of_moves_would_do(order: Sequence[str]) -> None:
    changes: Changes = changes_between(_rules("ABCDEFG"), _rules(order, copy=True))

    assert len(changes.moved) == len(order) - _longest_ascending(order)


def _longest_ascending(names: Sequence[str]) -> int:
    best: list[int] = []
    for place, name in enumerate(names):
        best.append(1 + max((best[earlier] for earlier in range(place) if names[earlier] < name), default=0))
    return max(best)


def _rules(names: Sequence[str], *, copy: bool = False) -> list[MappingRule]:
    """Return unsaved rules in this order; each name always asks and chooses the same."""
    return [
        MappingRule(
            pk=ord(name) + (1000 if copy else 0),
            line=line,
            name=name,
            conditions={"all": [{"fact": "ani", "operator": "is", "value": name}]},
            wrapup_code_id=ord(name),
        )
        for line, name in enumerate(names, start=1)
    ]
