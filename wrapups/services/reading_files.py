"""A file of lines and columns that somebody handed in, read once from begin to end, whatever it really is."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from wrapups.domain.sheets import BadFile, Row
from wrapups.services import reading_csv

BEGINNINGS = {
    b"PK\x03\x04": "an Excel workbook or another archive. If it is a workbook, name it .xlsx.",
    b"\xd0\xcf\x11\xe0": "an old or a protected Excel workbook. Save it as .xlsx without a password, or as CSV UTF-8.",
    b"MZ\x90\x00": "a program.",
    b"\x7fELF": "a program.",
    b"%PDF": "a PDF. Export the table as CSV UTF-8.",
    b"\x1f\x8b": "a compressed file. Unpack it first.",
    b"<": "a web page or XML. Export the table as CSV UTF-8.",
}
"""What a file is that begins so, and what to do."""
LONGEST_BEGINNING = 512
TEXT, WORKBOOK = frozenset({".csv", ".tsv", ".txt"}), frozenset({".xlsx"})


def rows_of(file: BinaryIO, *, filename: str) -> Iterator[Row]:
    """Yield the lines of a CSV file or of a workbook's first sheet; raises BadFile where that is not possible.

    The name says what the file should be; what it begins with has to agree.
    """
    kind, begins = PurePath(filename).suffix.lower(), file.read(LONGEST_BEGINNING)
    file.seek(0)
    if kind in WORKBOOK:
        return _workbook(file, begins)
    if kind not in TEXT:
        raise BadFile("Only .csv, .tsv, .txt and .xlsx files are read. Save the table as one of them.")
    if not begins.strip():
        raise BadFile("The file is empty.")
    for beginning, meaning in BEGINNINGS.items():
        if begins.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(beginning):
            raise BadFile(f"This is no CSV file but {meaning}")
    return reading_csv.rows(file)


def unpacks_to(file: BinaryIO, *, filename: str) -> int:
    """Return how many bytes a workbook unpacks to, by its own word; 0 for anything else.

    Raises BadFile for one that is too large or of the wrong kind, as `rows_of` would.
    """
    if PurePath(filename).suffix.lower() not in WORKBOOK or file.read(4) != b"PK\x03\x04":
        file.seek(0)
        return 0
    file.seek(0)
    from wrapups.services import reading_workbooks

    return reading_workbooks.unpacks_to(file)


def _workbook(file: BinaryIO, begins: bytes) -> Iterator[Row]:
    if not begins.startswith(b"PK\x03\x04"):
        meaning = next((words for start, words in BEGINNINGS.items() if begins.startswith(start)), "something else.")
        raise BadFile(f"This is no Excel workbook but {meaning}")
    from wrapups.services import reading_workbooks  # openpyxl, which most processes never need

    return reading_workbooks.rows(file)
