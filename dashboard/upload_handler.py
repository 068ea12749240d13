"""How files come in: at few addresses, to disk as they come, and no more of them than the cap."""

from typing import Any

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.urls import reverse

LARGEST_MB = 10
LARGEST = LARGEST_MB * 1024 * 1024
"""The largest file that is taken, in bytes. Django's own limit on a form does not count its files."""
EXPECTED_AT = ("upload-add", "rule-import-add")


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Writes a file to disk piece by piece, and breaks the connection off where it is too large or not expected."""

    request: HttpRequest

    def new_file(self, *args: Any, **options: Any) -> None:
        """Begin a file, unless nobody asked for one here."""
        if self.request.path not in map(reverse, EXPECTED_AT):
            raise StopUpload(connection_reset=True)
        super().new_file(*args, **options)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write the next piece, or mark the request as too large and read no more of it."""
        if start + len(raw_data) > LARGEST:
            self.request.too_large = True  # type: ignore[attr-defined]
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)


def is_too_large(request: HttpRequest) -> bool:
    """Read the request, and return whether a file of it was broken off for its size."""
    return not request.FILES and getattr(request, "too_large", False)
