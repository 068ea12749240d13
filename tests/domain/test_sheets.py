"""Lines of a file of dispositions: their heading, what is kept of them, and what they tell."""

import pytest

from wrapups.domain.sheets import BadFile, BadLine, Columns, Told, guess, heading_of, kept, label, told_in

ID = "6b2c1f0e-12ab-4000-8000-00000000c0de"
NAMES = ["Conversation ID", "Outcome", "Remarks"]
COLUMNS = Columns(0, 1, 2)


def test_a_line_tells_what_its_columns_hold():
    assert told_in([ID.upper(), " REF-OK ", "paid back"], NAMES, COLUMNS) == Told(ID, "REF-OK", "paid back")


def test_a_short_line_has_no_notes():
    assert told_in([ID, "REF-OK"], NAMES, COLUMNS) == Told(ID, "REF-OK", "")


def test_a_guard_against_formulas_is_taken_off():
    assert told_in([ID, "'-1", "'=paid"], NAMES, COLUMNS) == Told(ID, "-1", "=paid")


def test_a_column_that_nobody_chose_is_not_looked_at():
    assert told_in([ID, "REF-OK", "\x1b" * 3000], NAMES, Columns(0, 1)) == Told(ID, "REF-OK", "")


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["", "REF-OK"], "“Conversation ID” is empty."),
        (["secret-4711", "REF-OK"], "“Conversation ID” holds no conversation id."),
        ([ID, ""], "“Outcome” is empty."),
        ([ID], "“Outcome” is empty."),
        ([ID, "REF-OK", "x" * 1001], "“Remarks” has 1,001 characters"),
        ([ID, "REF", "OK", "more"], "more cells than the first one names"),
    ],
)
def test_a_line_that_cannot_be_taken_in_names_its_column_and_the_reason_and_no_cell(cells: list[str], why: str):
    with pytest.raises(BadLine) as refused:
        told_in(cells, NAMES, COLUMNS)

    assert why in str(refused.value)
    assert "secret" not in str(refused.value)
    assert len(str(refused.value)) <= 200


def test_a_reason_stays_short_however_long_a_column_is_called():
    with pytest.raises(BadLine) as refused:
        told_in(["", ""], ["x" * 128, "y"], Columns(0, 1))

    assert len(str(refused.value)) <= 200


@pytest.mark.parametrize(("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (49, "AX")])
def test_a_column_without_a_name_is_called_as_spreadsheets_call_it(place: int, letters: str):
    assert label([""] * 50, place) == f"Column {letters}"


def test_the_heading_loses_empty_ends_and_line_breaks():
    assert heading_of(["Conversation\nID ", "Outcome", "", " "]) == ["Conversation ID", "Outcome"]


@pytest.mark.parametrize(("cells", "why"), [([], "empty"), (["", " "], "empty"), ([ID, "REF-OK"], "Put a line above")])
def test_a_first_line_that_names_no_columns_is_refused(cells: list[str], why: str):
    with pytest.raises(BadFile, match=why):
        heading_of(cells)


def test_fifty_columns_are_kept_and_four_thousand_characters_of_a_cell():
    line = kept(["x" * 200_000] * 10_000, width=10_000)

    assert (len(line), max(map(len, line))) == (50, 4096)


def test_a_line_longer_than_its_heading_stays_so():
    assert kept(["a", "b", "c", "d"], width=2) == ["a", "b", "c"]
    assert kept(["a", "b", "", " "], width=2) == ["a", "b"]
    assert kept(["", " "], width=2) == []


@pytest.mark.parametrize(
    ("names", "samples", "found"),
    [
        (NAMES, [], {"conversation": 0, "disposition": 1, "notes": 2}),
        (["notes", "DISPOSITION_CODE", "interaction-id"], [], {"conversation": 2, "disposition": 1, "notes": 0}),
        (["Case", "Ref", "Result"], [["1", ID, "x"], ["2", ID, "y"]], {"conversation": 1, "disposition": 2}),
        (["Case", "Ref"], [["1", ID], ["2", "none"]], {}),
        (["Case", "Ref"], [], {}),
    ],
)
def test_columns_are_guessed_by_their_names_and_ids_by_their_looks(names, samples, found):
    assert guess(names, samples) == found


def test_columns_are_stored_as_they_are_read():
    for columns in (COLUMNS, Columns(3, 0)):
        assert Columns.of(columns.stored()) == columns
