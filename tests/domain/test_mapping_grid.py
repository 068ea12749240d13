"""Simple rules as a table: what stands in its cells, and what changed cells make of the rules."""

from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.comparing import Line
from wrapups.domain.mapping_grid import OTHERS, Edits, cells_of, edited, entries_of, sources_in
from wrapups.domain.rule_fields import DEFAULTS
from wrapups.domain.rule_plan import planned

CODES = {"c1": "Refund granted", "c2": "Refund refused"}


def simple(identity: str, queues: list[str], disposition: str, code: str, **more: object) -> Line:
    about: dict[str, object] = {"fact": "disposition.CRM", "operator": "is", "value": disposition}
    conditions = [about] if queues == [OTHERS] else [{"fact": "queue", "operator": "one_of", "value": queues}, about]
    return Line(identity, DEFAULTS | {"name": identity, "when": {"all": conditions}, "code": code} | more)


def rule(identity: str, *conditions: dict[str, object]) -> Line:
    return Line(identity, DEFAULTS | {"name": identity, "when": {"all": list(conditions)}, "code": "c1"})


def after(lines: list[Line], edits: Edits) -> list[Line]:
    return list(planned(lines, edits.rows, objection=lambda *_: "", removed=edits.removed).lines)


lines = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abc"), min_size=1, unique=True) | st.just([OTHERS]),
        st.sampled_from(["X", "x", "Y"]),
        st.sampled_from(sorted(CODES)),
    ),
    max_size=5,
).map(lambda told: [simple(f"rule-{place}", *each) for place, each in enumerate(told)])
wanted = st.dictionaries(
    st.tuples(st.sampled_from(["X", "Y", "Z"]), st.sampled_from(["a", "b", "c", OTHERS])),
    st.sampled_from(["", *sorted(CODES)]),
)


@given(present=lines, cells=wanted)
def test_after_an_edit_the_cells_are_what_was_asked_and_all_others_as_they_were(present, cells):
    before = cells_of(entries_of(present, "CRM"))

    now = cells_of(entries_of(after(present, edited(present, "CRM", cells, CODES)), "CRM"))

    asked = {(disposition.lower(), queue): code for (disposition, queue), code in cells.items()}
    expected = {cell: code for cell, code in {**before, **asked}.items() if code}
    assert now == expected


def test_a_rule_for_every_other_queue_stands_behind_those_that_name_one():
    edits = edited([], "CRM", {("X", OTHERS): "c1", ("X", "a"): "c2"}, CODES)
    present = after([rule("catch-all")], edits)
    [others] = [line for line in present if len(line.fields["when"]["all"]) == 1]

    now = after(present, edited(present, "CRM", {("X", "b"): "c1", ("Y", OTHERS): "c1"}, CODES))

    assert [entry.queues for entry in entries_of(now, "CRM")] == [("a",), ("b",), (OTHERS,), (OTHERS,)]
    assert others.fields["when"] == {"all": [{"fact": "disposition.CRM", "operator": "is", "value": "X"}]}


def test_rules_for_the_same_disposition_and_code_are_one_rule_with_all_their_queues():
    edits = edited([], "CRM", {("X", "a"): "c1", ("X", "b"): "c1", ("X", "c"): "c2"}, CODES)

    entries = entries_of(after([], edits), "CRM")
    assert [(entry.queues, entry.code) for entry in entries] == [(("a", "b"), "c1"), (("c",), "c2")]
    assert [row.given["name"] for row in edits.rows] == ["X - Refund granted", "X - Refund refused"]


def test_a_queue_joins_the_rule_that_is_there_which_keeps_all_else():
    present = [simple("kept", ["a"], "X", "c1", notes="as it was", tags=["crm"])]

    [line] = after(present, edited(present, "CRM", {("x", "b"): "c1"}, CODES))

    assert line.fields["when"]["all"][0]["value"] == ["a", "b"]
    assert (line.identity, line.fields["notes"], line.fields["tags"]) == ("kept", "as it was", ["crm"])


def test_a_rule_that_is_left_without_a_queue_goes():
    present = [simple("goes", ["a"], "X", "c1"), simple("stays", ["b"], "X", "c1")]

    assert [line.identity for line in after(present, edited(present, "CRM", {("X", "a"): ""}, CODES))] == ["stays"]


def test_a_new_rule_stands_behind_those_of_the_table_and_before_one_that_matches_everything():
    catch_all = rule("catch-all")
    in_table = simple("in the table", ["a"], "X", "c1")

    for present in ([in_table, catch_all], [catch_all]):
        names = [line.fields["name"] for line in after(present, edited(present, "CRM", {("Y", "a"): "c2"}, CODES))]
        assert names.index("Y - Refund refused") == names.index("catch-all") - 1


def test_rules_with_other_conditions_of_other_sources_or_not_in_use_are_not_in_the_table():
    queue = {"fact": "queue", "operator": "is", "value": "a"}
    said = {"fact": "disposition.CRM", "operator": "is", "value": "X"}
    others = [
        rule("only a queue", queue),
        rule("three", queue, said, {"fact": "campaign", "operator": "is", "value": True}),
        rule("excluded", {**queue, "operator": "is_not"}, said),
        rule("two dispositions", queue, {**said, "operator": "one_of", "value": ["X", "Y"]}),
        simple("not in use", ["a"], "X", "c1", enabled=False),
    ]

    assert entries_of(others, "CRM") == []
    assert entries_of([simple("of the CRM", ["a"], "X", "c1")], "survey") == []
    assert len(entries_of([rule("either way round", said, queue)], "CRM")) == 1
    assert sources_in(others) == ["CRM"]
