"""CSV as spreadsheets and programs write it: strictly, line by line, and never guessing at characters."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from wrapups.domain.sheets import BadFile, Row

DELIMITERS = ",;\t"
SAVE_AS = "Save it as “CSV UTF-8” (in Excel: Save as, CSV UTF-8)."
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def rows(file: BinaryIO) -> Iterator[Row]:
    """Yield the lines; a cell may span several, which count. Raises BadFile with the line that cannot be read.

    UTF-8 with or without its mark, UTF-16 with it. The delimiter is what divides the first line into most cells.
    """
    encoding = "utf-16" if file.read(2) in UTF_16 else "utf-8-sig"
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield from _records(_lines(text))
    except UnicodeError:
        raise BadFile(f"{_undecodable(file, encoding)} {SAVE_AS}") from None
    finally:
        text.detach()  # the file is its owner's to close


def _records(lines: Iterator[str]) -> Iterator[Row]:
    first = next(lines, "")
    start = 1
    try:
        delimiter = max(DELIMITERS, key=lambda each: len(next(csv.reader([first], delimiter=each), [])))
        reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        for cells in reader:
            yield Row(start, cells)
            start = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(_in_words(str(error), start)) from None


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    for number, line in enumerate(text, start=1):
        place = line.find("\0")
        if place >= 0:
            raise BadFile(f"Line {number} holds a NUL character at place {place + 1}, so this is no text. {SAVE_AS}")
        yield line


def _in_words(said: str, line: int) -> str:
    """Say what Python's reader found; without `strict` it would take the rest of the file for one cell."""
    if "unexpected end" in said:
        return f"A quote that opens in line {line} is never closed."
    if "field limit" in said:
        most = csv.field_size_limit()
        return f"A cell that begins in line {line} has more than {most:,} characters. Is a quote missing?"
    return f"Line {line} has a quote inside a cell. Write two quotes for one, and a quote on each side of the cell."


def _undecodable(file: BinaryIO, encoding: str) -> str:
    """Say which line is not in the encoding it should be; UTF-16 has no lines that could be found so easily."""
    if encoding == "utf-8-sig":
        file.seek(0)
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return f"Line {number} is not UTF-8."
    return "The file is not the UTF-16 that it begins as."
