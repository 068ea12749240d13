"""What a file of rules would change, before it does."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.comparing import Line
from wrapups.domain.rule_fields import DEFAULTS
from wrapups.domain.rule_plan import Fate, Plan, Row, planned

A, B, C, D = (f"00000000-0000-4000-8000-00000000000{each}" for each in "abcd")


def rule(identity: str, name: str, **more: object) -> Line:
    return Line(identity, DEFAULTS | {"name": name, "code": "code-1"} | more)


PRESENT = [rule(A, "a"), rule(B, "b"), rule(C, "c")]


def row(number: int, refused: str = "", **given: object) -> Row:
    return Row(number, given, str(uuid4()), refused)


def plan(*rows: Row, present: list[Line] = PRESENT, stands_against: str = "", **options: object) -> Plan:
    return planned(present, rows, objection=lambda fields, changed: stands_against, **options)


def names(found: Plan) -> list[object]:
    return [line.fields["name"] for line in found.lines]


def fates(found: Plan) -> list[Fate]:
    return [verdict.fate for verdict in found.verdicts]


lines = st.lists(
    st.builds(rule, st.uuids().map(str), st.text("abc", min_size=1, max_size=2), notes=st.sampled_from(["", "n"])),
    unique_by=lambda line: line.identity,
    max_size=8,
)


@given(present=lines, whole=st.booleans(), numbered=st.booleans(), shuffled=st.randoms())
def test_all_rules_of_a_set_change_nothing_in_it_in_whatever_order_their_lines_come(present, whole, numbered, shuffled):
    rows = [
        row(number, identity=line.identity, **({"line": number} if numbered else {}), **line.fields)
        for number, line in enumerate(present, start=1)
    ]
    if numbered:
        shuffled.shuffle(rows)

    found = plan(*rows, present=present, whole=whole)

    assert set(fates(found)) <= {Fate.UNCHANGED}
    assert list(found.lines) == present
    assert not found.differences


@given(present=lines, wanted=lines)
def test_a_file_that_is_the_whole_set_is_what_comes_of_it(present, wanted):
    rows = [row(number, identity=line.identity, **line.fields) for number, line in enumerate(wanted, start=1)]

    assert list(plan(*rows, present=present, whole=True).lines) == wanted


def test_a_row_changes_only_what_it_tells():
    found = plan(row(2, identity=B, notes="new"))

    [pair] = found.differences.changed
    assert (pair.now.line.identity, pair.fields) == (B, ("notes",))
    assert fates(found) == [Fate.CHANGED]


def test_a_row_without_an_identity_means_the_only_rule_of_its_name():
    assert plan(row(2, name="b", notes="new")).differences.changed[0].now.line.identity == B


def test_a_row_of_a_name_that_two_rules_have_is_refused():
    found = plan(row(2, name="a", notes="new"), present=[*PRESENT, rule(D, "a")])

    assert found.verdicts[0].reason.startswith("2 rules are called “a”.")
    assert not found.differences


def test_a_new_rule_comes_last_or_to_its_line():
    found = plan(
        row(2, name="last", when={"all": []}, code="x"), row(3, name="first", when={"all": []}, code="x", line=1)
    )

    assert names(found) == ["first", "a", "b", "c", "last"]
    assert fates(found) == [Fate.ADDED, Fate.ADDED]


def test_a_rule_goes_up_or_down_to_the_line_it_is_given():
    assert names(plan(row(2, name="c", line=1))) == ["c", "a", "b"]
    assert names(plan(row(2, name="a", line=3))) == ["b", "c", "a"]
    assert fates(plan(row(2, name="a", line=3))) == [Fate.CHANGED]


def test_only_as_the_whole_set_a_file_removes_what_it_does_not_have():
    assert names(plan(row(2, name="c"), row(3, name="a"))) == ["a", "b", "c"]
    assert names(plan(row(2, name="c"), row(3, name="a"), whole=True)) == ["c", "a"]
    assert names(plan(removed=[B])) == ["a", "c"]


def test_two_rows_about_one_rule_are_not_both_taken():
    found = plan(row(2, identity=A, notes="x"), row(3, name="a", notes="y"))

    assert fates(found) == [Fate.CHANGED, Fate.REFUSED]
    assert found.verdicts[1].reason == "Line 2 is about the same rule. Remove one of the two."


def test_what_cannot_be_read_what_lacks_something_and_what_is_objected_to_is_refused_with_the_reason():
    assert plan(row(2, "“code” is empty.")).verdicts[0].reason == "“code” is empty."
    assert plan(row(2, name="new", code="x")).verdicts[0].reason.startswith("Give the rule its conditions")
    assert plan(row(2, name="new", when={"all": []})).verdicts[0].reason.startswith("Name the wrap-up code")
    assert plan(row(2, name="a", notes="n"), stands_against="Not so.").verdicts[0].reason == "Not so."
    backwards = row(2, name="a", valid_from="2026-02-01T00:00:00Z", valid_until="2026-01-01T00:00:00Z")
    assert plan(backwards).verdicts[0].reason.startswith("The rule would end before it begins.")


def test_another_plan_has_another_digest():
    digests = {plan(row(2, name="a", notes=notes)).digest for notes in ("x", "y", "y")}

    assert len(digests) == 2
