"""A rule as a row: what stands in its cells comes back as it was, and what people type is understood or refused."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import groups
from wrapups.domain.conditions import parse, to_json
from wrapups.domain.directory import Directory, Listed
from wrapups.domain.facts import storable
from wrapups.domain.rule_blocks import block_of
from wrapups.domain.rule_blocks import given_in as block_given_in
from wrapups.domain.rule_cells import COLUMNS, cells_of, given_in, places_of
from wrapups.domain.rule_fields import DEFAULTS, LONGEST, Book, instant_in, on_one_line, plain, told_at
from wrapups.domain.sheets import BadFile, BadLine

LISTED = {
    "code": [
        Listed("code-1", "Refund granted"),
        Listed("code-2", "Twice"),
        Listed("code-3", "Twice"),
        Listed("code-4", "=1+1 [code-1]"),
    ],
    "queue": [Listed("a", "Billing EU"), Listed("b", "Sales; north"), Listed("c", "Refunds")],
}
BOOK = Book(
    Directory(lambda kind: LISTED.get(kind, [])), frozenset({"ines", "Mara"}), zone=ZoneInfo("Europe/Amsterdam")
)
IDENTITY = "6b2c1f0e-0000-4000-8000-000000000001"


def texts(name: str) -> st.SearchStrategy[str]:
    signs = st.text(alphabet=st.sampled_from("=+-@'\"\r\n\t;,[]{} aé\u200b\u0085"), max_size=12)
    return (
        st.one_of(signs, st.text(max_size=30).map(storable)).map(plain).filter(lambda text: len(text) < LONGEST[name])
    )


tags = st.lists(texts("remark").map(on_one_line).filter(lambda tag: 0 < len(tag) <= 40), max_size=4, unique=True)
instants = st.one_of(st.just(""), st.datetimes(timezones=st.just(UTC)).map(told_at))
rules = st.fixed_dictionaries(
    {
        "name": texts("name").map(on_one_line).filter(bool),
        "when": groups().map(lambda stored: to_json(parse(stored))),
        "code": st.sampled_from([each.key for each in LISTED["code"]]),
        "notes": texts("notes"),
        "enabled": st.booleans(),
        "owner": st.sampled_from(["", "ines", "Mara"]),
        "tags": tags,
        "remark": texts("remark"),
        "valid_from": instants,
        "valid_until": instants,
        "policies": st.sampled_from([{}, {"grace_s": 0}, {"acw_guard": False, "legs": "last", "overwrite": "agent"}]),
    }
)


@given(fields=rules)
def test_a_row_says_what_its_rule_was(fields):
    cells = cells_of(7, IDENTITY, fields, BOOK)

    assert given_in(cells, places_of(COLUMNS), BOOK) == fields | {"line": 7, "identity": IDENTITY}


@given(fields=rules)
def test_a_block_says_what_its_rule_was(fields):
    assert block_given_in(block_of(IDENTITY, fields, BOOK), BOOK) == fields | {"identity": IDENTITY}


def test_no_cell_is_a_formula():
    cells = cells_of(1, IDENTITY, DEFAULTS | {"name": "=HYPERLINK(1)", "code": "code-4", "notes": "+1"}, BOOK)

    assert [cell for cell in cells if cell.startswith(("=", "+"))] == []


def row(**cells: str) -> dict[str, object]:
    return given_in(list(cells.values()), places_of([name.replace("_", " ") for name in cells]), BOOK)


def test_a_queue_a_source_and_a_disposition_are_conditions_too():
    assert row(queue="Billing EU; Refunds", source="CRM", Disposition_Code="REF-OK", wrap_up_code="refund granted") == {
        "code": "code-1",
        "name": "REF-OK - Billing EU; Refunds",
        "when": {
            "all": [
                {"fact": "queue", "operator": "one_of", "value": ["a", "c"]},
                {"fact": "disposition.CRM", "operator": "is", "value": "REF-OK"},
            ]
        },
    }


def test_without_a_source_any_source_counts_and_without_a_queue_any_queue():
    given = row(disposition="REF-OK", code="Refund granted")

    assert given["when"] == {"all": [{"fact": "disposition", "operator": "any_of", "value": ["REF-OK"]}]}


def test_a_queue_may_have_a_semicolon_in_its_name():
    given = row(queue="Sales; north", disposition="X", code="Twice [code-3]")

    assert given["when"]["all"][0]["value"] == ["b"]
    assert given["code"] == "code-3"


def test_a_time_without_an_offset_is_of_the_organization_s_zone():
    assert instant_in("2026-07-01 08:00", BOOK.zone) == "2026-07-01T06:00:00Z"
    assert row(name="a", valid_from="2026-07-01T08:00:00+00:00")["valid_from"] == "2026-07-01T08:00:00Z"
    assert told_at(datetime(2026, 7, 1, 8, tzinfo=UTC)) == "2026-07-01T08:00:00Z"


def test_what_a_row_leaves_out_is_not_told_and_an_empty_cell_of_conditions_is_none():
    assert row(identity=IDENTITY, tags="a, b", conditions=" ") == {"identity": IDENTITY, "tags": ["a", "b"]}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"name": "a", "code": ""}, "“code” is empty."),
        ({"name": "a", "code": "Refunded"}, "“code”: No wrap-up code is called “Refunded”."),
        ({"name": "a", "code": f"Twice{' ' * 100_000}x"}, "“code”: No wrap-up code has a name of 100,006 characters."),
        ({"name": "a", "code": "Twice"}, "“code”: 2 wrap-up codes are called “Twice”."),
        ({"name": "a" * 121}, "“name”: This has 121 characters; 120 is the most."),
        ({"name": "a", "conditions": "queue is Billing"}, "“conditions”: At character 10: Write the value in quotes."),
        ({"name": "a", "conditions": "always", "disposition": "X"}, "Give either conditions, or queue, source"),
        ({"queue": "Billing", "disposition": "X"}, "“queue”: No queue is called “Billing”."),
        ({"queue": "Refunds", "disposition": ""}, "“disposition”: is empty."),
        ({"name": "a", "enabled": "maybe"}, "“enabled”: Write yes or no."),
        ({"name": "a", "owner": "nobody"}, "“owner”: Nobody here has the user name “nobody”."),
        ({"name": "a", "tags": ",".join(f"t{n}" for n in range(11))}, "“tags”: A rule has at most 10 tags"),
        ({"name": "a", "valid_until": "tomorrow"}, "“valid until”: Write the time like"),
        ({"name": "a", "policies": "grace_s=-1"}, "“policies”: The policy grace_s is a whole number"),
        ({"name": "a", "policies": "grace"}, "“policies”: Write policies like"),
        ({"name": "a", "line": "0"}, "“line”: Write a whole number"),
        ({"name": "a", "identity": "7"}, "“identity”: This is no identity of a rule."),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_column(cells, said):
    with pytest.raises(BadLine) as refused:
        row(**cells)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        (["name", "Rule", "code"], "Two columns, “name” and “Rule”, tell the same."),
        (["a", "b"], "The first line must name the columns"),
    ],
)
def test_a_heading_that_tells_nothing_or_twice_is_refused(heading, said):
    with pytest.raises(BadFile) as refused:
        places_of(heading)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ([], "A rule is an object"),
        ({"name": "a", "when": []}, "“code” is missing."),
        ({"name": "a", "code": "Refund granted"}, "“when” is missing."),
        ({"name": "a", "when": "always", "code": "Refund granted"}, "“when” must be a list of texts."),
        ({"name": "a", "when": [], "code": "Refund granted", "tags": [1]}, "“tags” must be a list of texts."),
        ({"name": "a", "when": ["queue"], "code": "Refund granted"}, "“when”: At character 6"),
        ({"nmae": "a"}, "A rule has no “nmae”."),
    ],
)
def test_a_block_that_cannot_be_understood_is_refused_with_its_key(block, said):
    with pytest.raises(BadLine) as refused:
        block_given_in(block, BOOK)

    assert said in str(refused.value)
