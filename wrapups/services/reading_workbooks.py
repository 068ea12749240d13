"""An Excel workbook from a stranger: what it unpacks to is bounded before anything is made of it."""

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import BinaryIO
from xml.parsers import expat

from openpyxl import load_workbook

from wrapups.domain.sheets import BadFile, Row

MOST_PARTS, MOST_BYTES = 100, 50 * 1024 * 1024
MOST_GROUPS, MOST_IN_A_GROUP, MOST_TEXT = 250_000, 20_000, 1_000_000
"""How many rows and shared strings a part may have, and how many elements and characters each of them, or the rest."""
MOST_ROWS, MOST_COLUMNS = 1_048_576, 256
"""As many rows as Excel has. Empty columns behind the last of these are not looked for."""
PIECE = 65_536
FOREIGN = {"externalLinks/": "links to other workbooks", "vbaProject": "macros"}
BROKEN = (
    *(AttributeError, EOFError, IndexError, KeyError, NotImplementedError, OSError, OverflowError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, zipfile.BadZipFile, zlib.error, expat.ExpatError),
)
"""What zipfile, expat and openpyxl raise for what is no workbook."""
NO_WORKBOOK = "This workbook cannot be read. Save it in Excel as .xlsx once more, or as CSV UTF-8."


def rows(file: BinaryIO) -> Iterator[Row]:
    """Yield the rows of the first sheet, numbers and dates as text; raises BadFile for what is too large or broken.

    A formula counts as what Excel last computed for it.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _guard(archive)
            for part in archive.infolist():
                _Weighing().weigh(archive, part)
        sheet = load_workbook(file, read_only=True, data_only=True, keep_links=False).worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is often wrong
        cells = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
        for number, values in enumerate(cells, start=1):
            yield Row(number, [_text(value) for value in values])
    except BadFile:
        raise
    except BROKEN:
        raise BadFile(NO_WORKBOOK) from None


def unpacks_to(file: BinaryIO) -> int:
    """Return how many bytes it says that it unpacks to; raises BadFile where that is too much. It reads no part."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _guard(archive)
    except BadFile:
        raise
    except BROKEN:
        raise BadFile(NO_WORKBOOK) from None
    finally:
        file.seek(0)


def _guard(archive: zipfile.ZipFile) -> int:
    """Return what its parts declare to unpack to; raises BadFile where that is too much. None is read beyond it."""
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or size > MOST_BYTES:
        raise BadFile(
            f"The workbook unpacks to more than {MOST_PARTS} parts or {MOST_BYTES // 1024**2} MB. "
            "Copy the columns you need to a new one, or save it as CSV UTF-8."
        )
    for mark, meaning in FOREIGN.items():
        if any(mark in part.filename for part in parts):
            raise BadFile(f"The workbook has {meaning}. Copy the cells to a new one as values.")
    return size


class _Weighing:
    """Counts what a part would become in memory, without keeping any of it.

    openpyxl forgets each row and each shared string when it has read it, so it is their number that counts, and the
    size of each; a small file can hold a row of ten million cells.
    """

    def __init__(self) -> None:
        self._groups = self._elements = self._characters = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begins
        self._parser.CharacterDataHandler = self._reads
        self._parser.StartDoctypeDeclHandler = self._declares

    def weigh(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
        """Go through one part; raises BadFile where it is too heavy. What is no XML, like a picture, weighs nothing."""
        fed = 0
        try:
            with archive.open(part) as stream:
                while piece := stream.read(PIECE):
                    self._parser.Parse(piece, False)
                    fed += len(piece)
                    if fed - self._parser.CurrentByteIndex > MOST_TEXT:
                        raise BadFile("The workbook has an endless tag.")
        except expat.ExpatError:
            return

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] in ("row", "si"):
            self._groups += 1
            self._elements = self._characters = 0
        self._elements += 1
        if self._groups > MOST_GROUPS or self._elements > MOST_IN_A_GROUP:
            raise BadFile("The workbook has too many rows, cells or styles. Copy the columns you need to a new one.")

    def _reads(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > MOST_TEXT:
            raise BadFile("The workbook has a row with too much text.")

    def _declares(self, *declared: object) -> None:
        raise BadFile("The workbook declares XML entities, which no spreadsheet writes.")


def _text(value: object) -> str:
    """Return a cell's value as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat(" ") if isinstance(value, datetime) else _plain(value)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)
