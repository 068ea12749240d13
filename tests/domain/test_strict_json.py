"""JSON from strangers is read in one way only, or refused with the reason and the place."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.strict_json import LARGEST, SMALLEST, NotStrictJson, parse

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(SMALLEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(DOCUMENTS, st.booleans(), st.sampled_from([None, 2]))
def test_what_was_written_is_what_is_read(document: Any, ascii_only: bool, indent: int | None):
    written = json.dumps(document, ensure_ascii=ascii_only, indent=indent)

    assert parse(written, max_depth=20) == document
    assert parse(written.encode(), max_depth=20) == document


@given(st.binary(max_size=60) | st.text('{}[]:,"\\ud8bN01e9-.\0 \n', max_size=40))
def test_whatever_comes_is_read_as_python_reads_it_or_refused_in_words(raw: bytes | str):
    with suppress(NotStrictJson):
        assert json.dumps(parse(raw), allow_nan=False) == json.dumps(json.loads(raw))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": 1, "\\u0061": 2}', "twice"),
        ('[{"a": {"b": 1}, "c": {}, "a": []}]', "twice"),
        ("[NaN]", "finite"),
        ("-Infinity", "finite"),
        ("[1e999]", "finite"),
        ("-1e999", "finite"),
        (f"[{LARGEST + 1}]", "64 bits"),
        (f"[{SMALLEST - 1}]", "64 bits"),
        ("9" * 300, "64 bits"),
        ("9" * 5000, "finite"),
        ('["a\\u0000"]', "NUL"),
        ('["\\ud800"]', "surrogate"),
        ('{"\\udc00x": 1}', "surrogate"),
        ('"\ud800"', "surrogate"),
        ("[" * 9 + "]" * 9, "More than 8"),
        ('{"a":' * 100_000, "More than 8"),
        (b'{"a": "\xff"}', "UTF-8"),
        ("\ufeff{}", "byte order mark"),
        ("", "not JSON"),
        ("{'a': 1}", "not JSON"),
        ('{"a": 1} {"b": 2}', "not JSON"),
        ('{"a": 01}', "not JSON"),
        ('["a\nb"]', "not JSON"),
        ('["\\x"]', "not JSON"),
        ('["', "not JSON"),
        ("]", "not JSON"),
        ('":"', ""),
    ],
)
def test_what_can_be_read_in_two_ways_or_not_be_stored_is_refused(raw: bytes | str, said: str):
    if not said:
        assert parse(raw) == json.loads(raw)
        return
    with pytest.raises(NotStrictJson, match=said):
        parse(raw)


def test_a_refusal_names_the_place_and_repeats_nothing_of_the_text():
    with pytest.raises(NotStrictJson) as refused:
        parse('{\n  "secret-key": 1,\n  "secret-key": 2\n}')

    assert (refused.value.line, refused.value.column) == (3, 3)
    assert str(refused.value) == "At line 3, column 3: This key is given twice in one object."


@pytest.mark.parametrize("document", [{"a": {"a": {"a": 1}}}, [{"a": 1}, {"a": 2}], {"a": "a:a", "b": ["a", "a"]}])
def test_a_key_may_come_again_in_another_object(document: Any):
    assert parse(json.dumps(document)) == document


def test_as_many_containers_as_allowed_may_be_inside_each_other():
    assert parse("[" * 3 + "]" * 3, max_depth=3) == [[[]]]


@pytest.mark.parametrize("piece", ['"\\"', '"', "[]", "1,", "{}", "-", "e", '\\"', '{"a":1},'])
def test_the_longest_text_a_door_takes_is_refused_before_anybody_tires(piece: str):
    """What took time by the square of the length would keep this test for hours."""
    with pytest.raises(NotStrictJson):
        parse("[" + piece * (262_144 // len(piece)))
