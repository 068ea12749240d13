"""What went out and came back for one call, for whoever keeps it on record: no header, no secret, no notes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LEFT_OUT = "notes"
"""The part of a body that is about a customer: it is kept as null, which says that there was one."""


@dataclass(slots=True)
class Wire:
    """One request as it left, and the id by which Genesys Cloud's support finds its answer.

    `request` is None until there is one. Of a call that had to be made again only the last is kept.
    """

    request: dict[str, Any] | None = None
    correlation_id: str = ""

    def leaves(self, method: str, url: str, body: object) -> None:
        """Keep what is about to be sent."""
        self.request, self.correlation_id = {"method": method, "path": urlsplit(url).path}, ""
        if body is not None:
            self.request["body"] = _without_notes(body)

    def came_back(self, correlation_id: str) -> None:
        """Keep the id of the answer."""
        self.correlation_id = correlation_id


_current: ContextVar[Wire | None] = ContextVar("wire_on_record", default=None)


@contextmanager
def on_record() -> Iterator[Wire]:
    """Keep what is sent, in this thread, while this is open."""
    wire = Wire()
    before = _current.set(wire)
    try:
        yield wire
    finally:
        _current.reset(before)


def wire_on_record() -> Wire:
    """Return where to keep what is sent now; where nobody asked for it, what nobody will look at."""
    return _current.get() or Wire()


def _without_notes(body: object) -> object:
    if not isinstance(body, Mapping):
        return body
    return {name: None if name == LEFT_OUT else _without_notes(value) for name, value in body.items()}
