"""Files as people hand them in, and the lines that were made of them."""

import io
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

import openpyxl

from tests.factories import PersonFactory
from wrapups.domain.sheets import Columns
from wrapups.models import Organization, Upload
from wrapups.services import uploading
from wrapups.services.auditing import Actor
from wrapups.services.taking_in_files import take_in

HEADING = ["Conversation ID", "Disposition", "Notes"]
COLUMNS = Columns(0, 1, 2)


def csv_of(lines: Iterable[Sequence[str]], *, heading: Sequence[str] = HEADING) -> bytes:
    """Return a CSV file with these lines, whose cells need no quotes."""
    return "".join(",".join(cells) + "\r\n" for cells in (heading, *lines)).encode()


def workbook_of(lines: Iterable[Sequence[str]], *, heading: Sequence[str] = HEADING) -> bytes:
    """Return an Excel workbook with these lines."""
    book, file = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for line in (heading, *lines):
        sheet.append(line)
    book.save(file)
    return file.getvalue()


def some_lines(count: int) -> list[list[str]]:
    """Return so many good lines about conversations of their own."""
    return [[str(uuid4()), "REF-OK", f"case {number}"] for number in range(count)]


def kept(
    organization: Organization, content: bytes, *, filename: str = "calls.csv", source: str = "crm", **person: Any
) -> Upload:
    """Hand a file in."""
    actor = Actor(PersonFactory(**person), "192.0.2.7")
    return uploading.keep(organization, file=io.BytesIO(content), filename=filename, source=source, actor=actor)


def checked(organization: Organization, content: bytes, **options: Any) -> Upload:
    """Hand a file in and have it checked."""
    upload = kept(organization, content, **options)
    return uploading.check(upload, columns=COLUMNS, actor=Actor(upload.person))


def begun(organization: Organization, content: bytes, **options: Any) -> Upload:
    """Hand a file in, and have its good lines taken in by the next worker."""
    upload = checked(organization, content, **options)
    return uploading.begin(upload, good_ones_only=True, actor=Actor(upload.person, "192.0.2.7"))


def taken_in(organization: Organization, content: bytes, **options: Any) -> Upload:
    """Hand a file in and take it in to its end."""
    upload = begun(organization, content, **options)
    while take_in(organization, for_s=60):
        pass
    upload.refresh_from_db()
    return upload


def outcomes(upload: Upload) -> list[str]:
    """Return every line's outcome, in order."""
    return list(upload.lines.order_by("number").values_list("outcome", flat=True))
