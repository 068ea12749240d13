"""Workbooks of exports: rows as XML, and the workbook around them. `openpyxl` reads them back."""

import gc
import io
import sys
from collections.abc import Callable
from types import FrameType
from zipfile import ZipFile

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from wrapups.domain.cells import guarded
from wrapups.services.export_sheets import SHEET, make_workbook, sheet_rows

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r")
)


def workbook(*pieces: bytes) -> io.BytesIO:
    file = io.BytesIO()
    make_workbook(pieces, file)
    return file


def calls_in(act: Callable[[], object]) -> int:
    """Return how many functions are called by it, those written in C too."""
    calls = 0

    def count(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    gc.disable()  # what is collected meanwhile is called back too
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(TEXT, min_size=1, max_size=30), min_size=1, max_size=4))
def test_a_cell_reads_as_the_text_that_was_put_into_it(rows: list[list[str]]):
    file = workbook(sheet_rows(rows, first=1, numbers=()))

    read = load_workbook(file).active
    assert [[read.cell(line, at).value or "" for at in range(1, len(row) + 1)] for line, row in enumerate(rows, 1)] == [
        [guarded(text) for text in row] for row in rows
    ]


def test_columns_are_called_as_excel_calls_them():
    piece = sheet_rows([["x"] * 800], first=1, numbers=()).decode()

    assert all(f'r="{get_column_letter(at)}1"' in piece for at in range(1, 801))


def test_pieces_are_one_sheet_whose_heading_stays_in_sight():
    heading, more = (sheet_rows([[text]], first=line, numbers=()) for line, text in ((1, "Queue"), (2, "Billing")))

    sheet = load_workbook(workbook(heading, more)).active

    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["Queue", "Billing"]
    assert sheet.freeze_panes == "A2"


def test_numbers_are_numbers_only_in_their_columns_and_no_other_digits():
    piece = sheet_rows([["7", "7"], ["\u0667", "x"]], first=1, numbers={0})

    sheet = load_workbook(workbook(piece)).active

    assert list(sheet.iter_rows(values_only=True)) == [(7, "7"), ("\u0667", "x")]


def test_a_workbook_without_rows_can_be_opened():
    assert ZipFile(workbook()).read(SHEET).count(b"<sheetData>") == 1
    assert load_workbook(workbook()).active.title == "Conversations"


def test_what_is_left_to_do_at_the_end_does_not_grow_with_the_rows_of_a_piece():
    def calls_for(rows: int) -> int:
        piece = sheet_rows([["text"] * 30] * rows, first=1, numbers=())
        return calls_in(lambda: workbook(piece))

    calls_for(1)  # what is imported and compiled the first time

    assert calls_for(1000) == calls_for(10)
