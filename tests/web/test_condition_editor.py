"""The condition editor: what is typed stays, its buttons change the shape, errors stand at their place."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dashboard.forms.condition_checking import checked, stored, usable
from dashboard.forms.condition_edits import edited
from dashboard.forms.condition_reading import read, typed
from dashboard.forms.condition_tree import TypedCondition, TypedGroup, groups, rows
from tests.factories import QueueFactory
from wrapups.domain.conditions import parse, to_json
from wrapups.domain.facts import FACTS, Kind
from wrapups.domain.operators import OPERATORS, Wants
from wrapups.models import Organization


def _fields(fields: Mapping[str, Any]) -> QueryDict:
    """Return fields as a browser sends them; a list is the same field several times."""
    sent = QueryDict(mutable=True)
    for name, value in fields.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return sent


def _row(**fields: object) -> dict[str, object]:
    return {"c-quantifier": "all", **{f"c-0-{name}": value for name, value in fields.items()}}


# --- What is typed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed_in", "value"),
    [
        ({"fact": "duration_s", "operator": "more", "value": "300"}, 300),
        ({"fact": "duration_s", "operator": "more", "value": " 2.5 "}, 2.5),
        ({"fact": "duration_s", "operator": "between", "value": "10", "to": "20"}, [10, 20]),
        ({"fact": "campaign", "operator": "is", "value": "no"}, False),
        ({"fact": "media", "operator": "is", "value": "voice"}, "voice"),
        ({"fact": "media", "operator": "one_of", "value": ["voice", "email", ""]}, ["voice", "email"]),
        ({"fact": "ani", "operator": "starts_with", "value": "+49"}, "+49"),
        (
            {"fact": "disposition", "operator": "any_of", "lines": "REF-OK\r\n\r\n REF-NO \r\nREF-OK"},
            ["REF-OK", "REF-NO"],
        ),
        ({"fact": "ani", "operator": "is_empty"}, None),
    ],
)
def test_each_kind_of_value_is_read_as_what_it_is(typed_in: dict[str, object], value: object) -> None:
    group = checked(read(_fields(_row(**typed_in)), Organization()))

    assert group is not None
    conditions: Any = to_json(group)["all"]
    assert [condition.get("value") for condition in conditions] == [value]


def test_a_fact_that_needs_a_name_takes_it_from_the_field_beside() -> None:
    tree = read(_fields(_row(fact="attribute.", key="tier", operator="is", value="gold")), Organization())

    assert stored(tree) == {"all": [{"fact": "attribute.tier", "operator": "is", "value": "gold"}]}


def test_groups_are_read_in_their_places() -> None:
    fields = _row(fact="ani", operator="is_empty") | {
        "c-1-quantifier": "any",
        "c-1-0-fact": "dnis",
        "c-1-0-operator": "is_empty",
        "c-1-1-quantifier": "none",
        "c-1-1-0-fact": "campaign",
        "c-1-1-0-operator": "is",
        "c-1-1-0-value": "yes",
    }

    assert stored(read(_fields(fields), Organization())) == {
        "all": [
            {"fact": "ani", "operator": "is_empty"},
            {
                "any": [
                    {"fact": "dnis", "operator": "is_empty"},
                    {"none": [{"fact": "campaign", "operator": "is", "value": True}]},
                ]
            },
        ]
    }


def test_values_of_another_fact_do_not_stay_when_the_fact_changes() -> None:
    tree = read(_fields(_row(fact="media", was="direction", operator="one_of", value=["inbound"])), Organization())

    [row] = rows(tree)
    assert row.values == []


def test_a_comparison_the_fact_does_not_know_gives_way_to_one_it_does() -> None:
    [row] = rows(read(_fields(_row(fact="duration_s", was="ani", operator="contains")), Organization()))

    assert row.operator == "at_least"


# --- Names -------------------------------------------------------------------------------------------------------


def test_a_name_becomes_the_value_beside_those_chosen_before(organization: Organization) -> None:
    first, second = (QueueFactory(organization=organization, name=name) for name in ("Billing EU", "Refunds"))

    tree = read(_fields(_row(fact="queue", operator="one_of", value=[first.genesys_id], name="refunds")), organization)

    [row] = rows(tree)
    assert row.values == [first.genesys_id, second.genesys_id]
    assert row.typed == ""


def test_where_one_value_is_wanted_the_new_name_takes_the_place_of_the_old(organization: Organization) -> None:
    first, second = (QueueFactory(organization=organization, name=name) for name in ("Billing EU", "Refunds"))

    [row] = rows(
        read(_fields(_row(fact="queue", operator="is", value=[first.genesys_id], name="Refunds")), organization)
    )

    assert row.values == [second.genesys_id]


def test_a_name_nobody_has_stays_in_its_field_with_the_error(organization: Organization) -> None:
    tree = read(_fields(_row(fact="queue", operator="one_of", name="Nowhere")), organization)

    assert checked(tree) is None
    [row] = rows(tree)
    assert (row.typed, row.errors) == (
        "Nowhere",
        {"value": "No queue is called “Nowhere”; choose one from the list."},
    )


# --- Errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed_in", "field", "words"),
    [
        ({"fact": ""}, "fact", "Choose what to compare."),
        ({"fact": "nothing"}, "fact", "Choose what to compare."),
        ({"fact": "attribute.", "operator": "is", "value": "x"}, "key", "Write its name."),
        ({"fact": "duration_s", "operator": "more", "value": "ten"}, "value", "Write a number"),
        ({"fact": "duration_s", "operator": "more", "value": "nan"}, "value", "must lie between"),
        ({"fact": "duration_s", "operator": "between", "value": "20", "to": "10"}, "value", "the lower one first"),
        ({"fact": "duration_s", "operator": "between", "value": "20"}, "value", "Write two numbers"),
        ({"fact": "duration_s", "operator": "between", "value": "20", "to": ""}, "value", "Write a number"),
        ({"fact": "media", "operator": "one_of", "value": ["pigeon"]}, "value", "is never 'pigeon'"),
        ({"fact": "media", "operator": "one_of"}, "value", "Choose at least one, or remove this condition."),
        (
            {"fact": "ani", "operator": "is", "value": " "},
            "value",
            "Write what to compare with, or remove this condition.",
        ),
        ({"fact": "ani", "operator": "matches", "value": "(a"}, "value", "The pattern cannot be used"),
        ({"fact": "ani", "operator": "is", "value": "a\0b"}, "value", "NUL"),
        ({"fact": "ani", "operator": "is", "value": "x" * 501}, "value", "at most 500"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_stays_as_typed(
    typed_in: dict[str, object], field: str, words: str
) -> None:
    tree = read(_fields(_row(**typed_in)), Organization())

    assert checked(tree) is None
    [row] = rows(tree)
    assert words in row.errors[field]
    assert row.fact == typed_in["fact"]


def test_every_wrong_row_has_its_error_at_once() -> None:
    fields = _row(fact="") | {"c-1-fact": "duration_s", "c-1-operator": "more", "c-1-value": "ten"}
    tree = read(_fields(fields), Organization())

    checked(tree)

    assert [bool(row.errors) for row in rows(tree)] == [True, True]


def test_an_empty_group_within_has_its_error() -> None:
    tree = read(_fields({"c-quantifier": "all", "c-0-quantifier": "any"}), Organization())

    assert checked(tree) is None
    assert "This group is empty" in list(groups(tree))[1].errors["group"]


def test_more_conditions_than_a_rule_may_have_come_back_with_the_error() -> None:
    fields: dict[str, object] = {"c-quantifier": "all"}
    for place in range(25):
        fields |= {f"c-{place}-fact": "ani", f"c-{place}-operator": "is", f"c-{place}-value": str(place)}
    tree = read(_fields(fields), Organization())

    assert checked(tree) is None
    assert "25 conditions" in tree.errors["group"]
    assert len(list(rows(tree))) == 25


def test_a_rule_without_conditions_holds_for_everything() -> None:
    group = checked(read(_fields({"c-quantifier": "all"}), Organization()))

    assert group is not None
    assert to_json(group) == {"all": []}


def test_the_sentence_takes_what_is_finished_already() -> None:
    fields = _row(fact="ani", operator="is_empty") | {"c-1-fact": "", "c-2-quantifier": "any"}

    assert to_json(usable(read(_fields(fields), Organization()))) == {"all": [{"fact": "ani", "operator": "is_empty"}]}


@pytest.mark.parametrize("fields", [{}, {"c-quantifier": "most"}, {"c-0-fact": "ani"}, {"c-0-0-0-0-0-fact": "ani"}])
def test_fields_that_no_browser_sends_are_read_as_something_too(fields: dict[str, str]) -> None:
    assert read(_fields(fields), Organization()).quantifier == "all"


# --- Buttons -----------------------------------------------------------------------------------------------------


def _three() -> TypedGroup:
    return edited(
        TypedGroup(members=[TypedCondition(fact="ani"), TypedGroup(members=[TypedCondition(fact="dnis")])]), "refresh"
    )


@pytest.mark.parametrize(
    ("edit", "paths"),
    [
        ("refresh", ["c-0", "c-1-0"]),
        ("add-condition:c", ["c-0", "c-1-0", "c-2"]),
        ("add-condition:c-1", ["c-0", "c-1-0", "c-1-1"]),
        ("add-group:c", ["c-0", "c-1-0", "c-2-0"]),
        ("add-group:c-1", ["c-0", "c-1-0", "c-1-1-0"]),
        ("remove:c-0", ["c-0-0"]),
        ("remove:c-1", ["c-0"]),
        ("remove:c-1-0", ["c-0"]),
        ("remove:c-9", ["c-0", "c-1-0"]),
        ("add-condition:nowhere", ["c-0", "c-1-0"]),
        ("remove:c", ["c-0", "c-1-0"]),
        ("explode:c", ["c-0", "c-1-0"]),
        ("", ["c-0", "c-1-0"]),
    ],
)
def test_each_button_changes_the_shape_and_nothing_else(edit: str, paths: list[str]) -> None:
    assert [row.path for row in rows(edited(_three(), edit))] == paths


def test_groups_nest_no_deeper_than_rules_may() -> None:
    tree = edited(edited(_three(), "add-group:c-1"), "add-group:c-1-1")

    assert max(group.path.count("-") for group in groups(tree)) == 2


def test_a_value_is_dropped_and_the_others_stay() -> None:
    tree = edited(TypedGroup(members=[TypedCondition(fact="media", values=["voice", "email", "chat"])]), "")

    [row] = rows(edited(tree, "drop:c-0:1"))

    assert row.values == ["voice", "chat"]


# --- There and back ----------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)
NUMBERS = st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9).map(lambda number: round(number, 3)))


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, object]:
    """Draw a condition of any fact with any of its comparisons."""
    fact = draw(st.sampled_from([*FACTS.values()]))
    operator = draw(st.sampled_from([o for o in OPERATORS.values() if fact.kind in o.kinds]))
    if fact.kind is Kind.NUMBER:
        one: st.SearchStrategy[object] = NUMBERS
    elif fact.kind is Kind.FLAG:
        one = st.booleans()
    else:
        one = st.sampled_from([*fact.choices]) if fact.choices else TEXT.map(lambda text: text.replace("\\", ""))
    leaf: dict[str, object] = {"fact": fact.name, "operator": operator.name}
    match operator.wants:
        case Wants.NOTHING:
            return leaf
        case Wants.RANGE:
            return leaf | {"value": sorted(draw(st.tuples(NUMBERS, NUMBERS)))}
        case Wants.MANY:
            return leaf | {"value": draw(st.lists(one, min_size=1, max_size=4, unique=True))}
    return leaf | {"value": draw(one)}


@given(st.lists(leaves(), max_size=4), st.lists(leaves(), min_size=1, max_size=3))
def test_a_stored_rule_opened_and_saved_untouched_is_the_same_rule(
    outer: list[dict[str, object]], inner: list[dict[str, object]]
) -> None:
    try:
        before = parse({"all": [*outer, {"any": inner}]})
    except ValueError:
        return  # a drawn text that is no pattern, or nothing once folded
    tree = typed(before)

    after = checked(read(_as_fields(tree), Organization()))

    assert after is not None
    assert to_json(after) == to_json(before)


def _as_fields(tree: TypedGroup) -> QueryDict:
    """Return the fields that the editor's templates make of a tree."""
    fields: dict[str, object] = {}
    for group in groups(tree):
        fields[f"{group.path}-quantifier"] = group.quantifier
    for row in rows(tree):
        fields |= {f"{row.path}-{name}": getattr(row, name) for name in ("fact", "key", "operator")}
        fields[f"{row.path}-was"] = row.fact
        if row.widget == "lines":
            fields[f"{row.path}-lines"] = row.text
        elif row.widget == "range":
            fields |= {f"{row.path}-value": row.values[0], f"{row.path}-to": row.values[1]}
        else:
            fields[f"{row.path}-value"] = row.values
    return _fields(fields)
