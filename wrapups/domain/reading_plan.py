"""How to read a stretch of the past: by details jobs as far as these can see, by queries where they cannot.

Jobs read a data lake that may be a day behind, need time to gather, and alone show participant attributes. Whether a
job's interval has a limit is not documented, so each keeps to the one of a query.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from wrapups.domain.slices import Slice, slices

SHORT = timedelta(days=1)
"""A stretch this short is read by queries, which answer at once."""


class Source(StrEnum):
    JOB = "job"
    QUERY = "query"


class AttributesOutOfReach(ValueError):
    """The rules ask for participant attributes of a time that no job can see; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Part:
    """What ended in this slice, and where it is read."""

    source: Source
    slice: Slice


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts that are left, latest first; `at` is how far the first has been read, as its source tells it."""

    parts: tuple[Part, ...]
    at: str = ""

    @property
    def over(self) -> bool:
        """Whether all has been read."""
        return not self.parts

    @property
    def ends_at(self) -> datetime | None:
        """Where what is left ends; None where nothing is."""
        return self.parts[0].slice.ends_at if self.parts else None

    def after(self, at: str) -> "Plan":
        """Return the plan when its first part is read up to `at`; empty: to its end."""
        return replace(self, at=at) if at else Plan(self.parts[1:])

    def to_text(self) -> str:
        """Return it as JSON."""
        parts = [
            [part.source.value, part.slice.begins_at.isoformat(), part.slice.ends_at.isoformat()] for part in self.parts
        ]
        return json.dumps({"parts": parts, "at": self.at})

    @classmethod
    def of_text(cls, text: str) -> "Plan":
        """Return what `to_text` made text of."""
        kept = json.loads(text)
        parts = tuple(
            Part(Source(source), Slice(datetime.fromisoformat(begin), datetime.fromisoformat(end)))
            for source, begin, end in kept["parts"]
        )
        return cls(parts, kept["at"])


def plan(begins_at: datetime, ends_at: datetime, *, jobs_until: datetime | None, attributes: bool) -> Plan:
    """Return how to read what ended from `begins_at` on and before `ends_at`.

    `jobs_until` is how far jobs can see, None where there are none for us. With `attributes` nothing but jobs will do:
    what ended after they can see is left out, and where nothing is left this raises AttributesOutOfReach.
    """
    if not attributes and (jobs_until is None or ends_at - begins_at <= SHORT):
        return Plan(_parts(Source.QUERY, begins_at, ends_at))
    if jobs_until is None:
        raise AttributesOutOfReach(
            "The rules ask for participant attributes, which only details jobs show for the past, and Genesys Cloud"
            " allows us none. Give the client's role analytics:conversationDetail:view."
        )
    edge = min(ends_at, jobs_until)
    by_jobs = _parts(Source.JOB, begins_at, edge)
    if attributes and not by_jobs:
        raise AttributesOutOfReach(
            "The rules ask for participant attributes, which only details jobs show for the past, and these cannot see"
            " so far yet. Try again in a day."
        )
    later = () if attributes else _parts(Source.QUERY, max(begins_at, edge), ends_at)
    return Plan((*later, *by_jobs))


def _parts(source: Source, begins_at: datetime, ends_at: datetime) -> tuple[Part, ...]:
    return tuple(Part(source, each) for each in slices(begins_at, ends_at))
