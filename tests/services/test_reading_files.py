"""Reading what people hand in: what is accepted, and what is refused with the line and what to do."""

import codecs
import io
import tracemalloc
import zipfile
from datetime import datetime

import openpyxl
import pytest

from tests.services.uploads import csv_of, some_lines
from wrapups.domain.sheets import BadFile
from wrapups.services.reading_files import rows_of

LINES = [["id", "disposition"], ["1", "Caf\u00e9"], ["2", "\u20ac 5"]]
TEXT = "\r\n".join(",".join(line) for line in LINES)


def read(content: bytes, filename: str = "calls.csv") -> list[list[str]]:
    """Return the cells of every line."""
    return [row.cells for row in rows_of(io.BytesIO(content), filename=filename)]


def numbers(content: bytes) -> list[int]:
    return [row.number for row in rows_of(io.BytesIO(content), filename="calls.csv")]


def refusal(content: bytes, filename: str = "calls.csv") -> str:
    with pytest.raises(BadFile) as refused:
        read(content, filename)
    return str(refused.value)


# Text


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.replace("\r\n", "\n").encode(),
        TEXT.replace("\r\n", "\r").encode(),
        TEXT.replace("\r\n", "\r", 1).encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        '"id","disposition"\n"1","Caf\u00e9"\n2,"\u20ac 5"\n'.encode(),
    ],
)
def test_marks_line_ends_and_delimiters_make_no_difference(content: bytes):
    assert read(content) == LINES


def test_a_heading_with_commas_in_quotes_does_not_hide_the_delimiter():
    assert read(b'"id, of Genesys, long";code\n1;"a;b"\n') == [["id, of Genesys, long", "code"], ["1", "a;b"]]


def test_lines_are_counted_as_a_text_editor_does():
    assert numbers(b'id,notes\n1,"two\nlines"\n\n2,x\n') == [1, 2, 4, 5]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id\nCaf\u00e9\n".encode("latin-1"), "Line 2 is not UTF-8. Save it as “CSV UTF-8”"),
        (b"id\n" * 9000 + b"\xff\n", "Line 9001 is not UTF-8"),
        ("id,x".encode("utf-16-le"), "Line 1 holds a NUL character at place 2"),
        (b"id,x\n1,ok\n2,\0\n", "Line 3 holds a NUL character at place 3"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "not the UTF-16"),
        (b'id,x\n1,"open\n2,x\n3,y\n', "A quote that opens in line 2 is never closed."),
        (b'id,x\n1,"a"b\n', "Line 2 has a quote inside a cell"),
        (b"id,x\n1," + b"y" * 200_000, "A cell that begins in line 2 has more than 131,072 characters"),
        (b'id,x\n1,"open\n' + b"2,x\n" * 50_000, "A cell that begins in line 2"),
        (b"", "The file is empty"),
        (b" \n ", "The file is empty"),
        (b"<!doctype html><table>", "web page"),
        (codecs.BOM_UTF8 + b"\n<html>", "web page"),
        (b"MZ\x90\x00\x03", "a program"),
        (b"PK\x03\x04rest", "name it .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "protected Excel workbook"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"%PDF-1.7", "PDF"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_the_line_and_what_to_do(content: bytes, said: str):
    assert said in refusal(content)


@pytest.mark.parametrize("filename", ["calls.exe", "calls", "calls.xls", "calls.csv.zip", "../csv"])
def test_a_name_that_promises_neither_text_nor_a_workbook_is_refused(filename: str):
    assert ".csv, .tsv, .txt and .xlsx" in refusal(TEXT.encode(), filename)


def test_the_file_stays_open_for_whoever_opened_it():
    file = io.BytesIO(TEXT.encode())

    list(rows_of(file, filename="calls.csv"))

    assert not file.closed


# Workbooks


def workbook_of(*lines: list[object]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(file)
    return file.getvalue()


def packed(content: bytes, parts: dict[str, bytes]) -> bytes:
    """Return a workbook with these parts beside its own, or in their place."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for kept in old.infolist():
            if kept.filename not in parts:
                new.writestr(kept.filename, old.read(kept))
        for name, part in parts.items():
            new.writestr(name, part)
    return file.getvalue()


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def test_a_workbook_gives_its_first_sheet_with_numbers_and_dates_as_text():
    content = workbook_of(["id", "code", "at"], ["a", 101, datetime(2026, 3, 29, 2, 30)], [1.5, True, None], [2.0])  # noqa: DTZ001

    assert [line[:3] for line in read(content, "calls.xlsx")] == [
        ["id", "code", "at"],
        ["a", "101", "2026-03-29 02:30:00"],
        ["1.5", "TRUE", ""],
        ["2", "", ""],
    ]


def test_a_workbook_that_lies_about_its_size_is_read_to_its_end():
    cells = b'<row r="1"><c t="inlineStr"><is><t>id</t></is></c></row><row r="3"><c><v>7</v></c></row>'
    lying = (SHEET % cells).replace(b"<sheetData>", b'<dimension ref="A1"/><sheetData>')
    content = packed(workbook_of(["x"]), {"xl/worksheets/sheet1.xml": lying})

    assert [line[0] for line in read(content, "calls.xlsx")] == ["id", "", "7"]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"xl/media/zeros.bin": b"\0" * (51 * 1024 * 1024)}, "50 MB"),
        ({f"xl/part{number}.xml": b"<x/>" for number in range(100)}, "100 parts"),
        ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, "links to other workbooks"),
        ({"xl/vbaProject.bin": b"\0"}, "macros"),
        ({"xl/worksheets/sheet1.xml": SHEET % (b"<row>" + b"<c/>" * 100_000 + b"</row>")}, "too many"),
        ({"xl/styles.xml": b"<styleSheet>" + b"<xf/>" * 1_000_000 + b"</styleSheet>"}, "too many"),
        ({"xl/sharedStrings.xml": b"<sst>" + b"<si/>" * 1_000_000 + b"</sst>"}, "too many"),
        ({"xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * 2_000_000 + b"</t></si></sst>"}, "too much text"),
        ({"xl/sharedStrings.xml": b'<sst a="' + b"x" * 2_000_000 + b'"/>'}, "endless tag"),
        ({"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}, "entities"),
        ({"xl/workbook.xml": b"<workbook"}, "cannot be read"),
        ({"xl/worksheets/sheet1.xml": SHEET % b'<row r="1"><c t="s"><v>99</v></c></row>'}, "cannot be read"),
        ({"[Content_Types].xml": b"<Types/>"}, "cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_workbook_that_is_a_trap_is_refused(parts: dict[str, bytes], said: str):
    assert said in refusal(packed(workbook_of(["id"]), parts), "calls.xlsx")


def test_a_workbook_that_declares_less_than_it_unpacks_to_is_refused():
    content = bytearray(packed(workbook_of(["id"]), {"xl/media/zeros.bin": b"\0" * (60 * 1024 * 1024)}))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        declared = archive.getinfo("xl/media/zeros.bin").file_size.to_bytes(4, "little")
    while (place := content.find(declared)) >= 0:
        content[place : place + 4] = (1024).to_bytes(4, "little")

    assert "cannot be read" in refusal(bytes(content), "calls.xlsx")


@pytest.mark.parametrize("content", [b"", b"id,x\n1,2\n", b"\xd0\xcf\x11\xe0", b"PK\x03\x04 broken"])
def test_what_is_named_a_workbook_and_is_none_is_refused(content: bytes):
    assert "workbook" in refusal(content, "calls.xlsx")


# Memory


def test_ten_megabytes_are_read_in_little_memory():
    lines = some_lines(1000)
    content = io.BytesIO(csv_of(lines * 170))
    assert len(content.getvalue()) > 8_000_000
    tracemalloc.start()
    try:
        count = sum(1 for _ in rows_of(content, filename="calls.csv"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == 170_001
    assert peak < 1_000_000
