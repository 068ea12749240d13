"""What-ifs for reading: their list, how one stands, and what it found in sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from dashboard.queries.backfills import Days
from dashboard.queries.keyset import Page, page_of
from dashboard.queries.names import Names
from dashboard.templatetags.badges import Look
from dashboard.templatetags.dialler import dialler_words
from wrapups.models import Organization, WhatIf, WhatIfChange, WrapupCode
from wrapups.models.clock import app_now

NO_QUEUE = "none"
MOST_PAIRS = 3
"""So many pairs of codes stand in the sentence that sums a what-if up."""

Kind = WhatIfChange.Kind
State = WhatIf.State

STATES: Mapping[str, Look] = {
    State.RUNNING: Look("waiting", "clock", "A worker decides the past again. Nothing is written."),
    State.DONE: Look("good", "circle-check", "All of it was decided again."),
    State.FAILED: Look("bad", "circle-x", "It cannot go on, for the reason given."),
    State.CANCELLED: Look("quiet", "circle-slash", "Somebody ended it; what it found until then stays."),
}

KINDS: Mapping[str, Look] = {
    Kind.OTHER: Look("waiting", "git-compare", "Both choose a code, and not the same."),
    Kind.MATCHED: Look("good", "circle-plus", "No rule in force matches, and one of the draft does."),
    Kind.UNMATCHED: Look("warning", "circle-minus", "A rule in force matches, and none of the draft does."),
}


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are asked for: codes and queues by Genesys id, so that a line's link shows just what it counts.

    `queue` is NO_QUEUE for communications without one. Empty means "any".
    """

    kind: str = ""
    queue: str = ""
    from_code: str = ""
    to_code: str = ""
    from_rule: str = ""
    to_rule: str = ""

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the matching ones of these changes."""
        asked = {COLUMNS[name]: value for name, value in self.parameters().items()}
        if self.queue == NO_QUEUE:
            asked["queue_id"] = ""
        return rows.filter(**asked)

    def parameters(self) -> dict[str, str]:
        """Return what stands in the address for this filter."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in asked.items() if value}

    def query_string(self, **more: object) -> str:
        """Return the address's part from "?" on, with further parameters."""
        return f"?{urlencode(self.parameters() | {name: str(value) for name, value in more.items() if value})}"

    def but(self, **changes: str) -> "ChangeFilter":
        """Return this filter with some of it changed."""
        return replace(self, **changes)


COLUMNS = {
    "kind": "kind",
    "queue": "queue_id",
    "from_code": "before_code_id",
    "to_code": "after_code_id",
    "from_rule": "before_rule",
    "to_rule": "after_rule",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One what-if in a list."""

    what_if: Any
    days: Days
    look: Look


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what was, what would be, how often; `share` is in hundredths of the highest."""

    before: str
    after: str
    number: int
    share: int
    asked: ChangeFilter
    dialler: str = ""
    """What the new code means to outbound campaigns."""

    @property
    def address(self) -> str:
        return self.asked.query_string()


@dataclass(frozen=True, slots=True)
class Table:
    """The lines with most changes; `more_lines` others have `more_changes` together."""

    lines: Sequence[Line]
    more_lines: int = 0
    more_changes: int = 0


def what_if_page(organization: Organization, *, before: int | None, after: int | None) -> Page:
    """Return a page of the list, newest first: `rows` are `Row`s."""
    page = page_of(what_ifs_of(organization), before=before, after=after)
    return Page([Row(each, Days.of(each), STATES[each.state]) for each in page.rows], page.newer, page.older)


def what_ifs_of(organization: Organization) -> QuerySet[Any]:
    """Return what-ifs with what their pages show; their rules, which are long, are read only when asked for."""
    return WhatIf.objects.of(organization).select_related("person", "organization", "against").defer("rules")


class Shown:
    """One what-if as its page shows it."""

    def __init__(self, what_if: Any) -> None:
        self.what_if = what_if
        self.days = Days.of(what_if)
        self.look = STATES[what_if.state]

    @property
    def moves(self) -> bool:
        """Whether a worker is to go on with it, so that the page asks again."""
        return bool(self.what_if.state == State.RUNNING)

    @property
    def per_second(self) -> float:
        """How many communications were decided a second, since it was asked."""
        until = self.what_if.finished_at or app_now()
        return float(self.what_if.done / max(0.001, (until - self.what_if.created_at).total_seconds()))

    @property
    def finishes_at(self) -> datetime | None:
        """About when it will be through, at the pace so far; None while that is not known."""
        if not (self.moves and self.what_if.done):
            return None
        left = max(0, self.what_if.total - self.what_if.done)
        return app_now() + timedelta(seconds=left / self.per_second)

    # What it found

    def count(self, name: str) -> int:
        """Return how many communications there are of a kind of change, or of another sum."""
        return int(self.what_if.counted.get(name, 0))

    @property
    def left_alone(self) -> int:
        """How many the policies exclude, whatever the rules say."""
        return self.count("left_alone")

    @property
    def other_rule(self) -> int:
        """How many get the same code by another rule."""
        return self.count("other_rule")

    @property
    def unread(self) -> int:
        """How many were decided without participant attributes, though rules ask for some."""
        return self.count("unread")

    @property
    def summary(self) -> list[tuple[int, str, str]]:
        """The parts of the sentence that sums it up: how many, of what, and the way to them."""
        pairs = [line for line in self.codes.lines if line.asked.kind == Kind.OTHER]
        parts = [(line.number, f"{line.before} → {line.after}", line.address) for line in pairs[:MOST_PAIRS]]
        rest = self.count(Kind.OTHER) - sum(number for number, _, _ in parts)
        if rest:
            parts.append((rest, "to other codes", ChangeFilter(kind=Kind.OTHER).query_string()))
        return parts + [
            (self.count(kind), str(kind.label), ChangeFilter(kind=kind.value).query_string())
            for kind in (Kind.UNMATCHED, Kind.MATCHED)
            if self.count(kind)
        ]

    @cached_property
    def codes(self) -> Table:
        """By pair of codes, those with most changes first."""
        return self._table("codes", self._code_line)

    @cached_property
    def rules(self) -> Table:
        """By pair of rules."""
        return self._table("rules", _rule_line)

    @cached_property
    def queues(self) -> Table:
        """By queue."""
        return self._table("queues", self._queue_line)

    @property
    def queue_names(self) -> list[str]:
        """The queues it was asked about; none means every queue."""
        return [self._names("queue", each) for each in self.what_if.queues]

    @property
    def dialler_lines(self) -> list[Line]:
        """The lines whose new code means something to outbound campaigns."""
        return [line for line in self.codes.lines if line.dialler]

    def _table(self, name: str, line_of: Any) -> Table:
        lines = self.what_if.counted.get(name, [])
        most = max((line[-1] for line in lines), default=1)
        more = self.what_if.counted.get("more", {}).get(name, (0, 0))
        return Table([line_of(line, round(100 * line[-1] / most)) for line in lines], *more)

    def _code_line(self, stored: Sequence[Any], share: int) -> Line:
        kind, before, after, number = stored
        asked = ChangeFilter(kind=kind, from_code=before, to_code=after)
        dialler = dialler_words(self._flags.get(after, ()))
        return Line(self._names("code", before), self._names("code", after), number, share, asked, dialler)

    def _queue_line(self, stored: Sequence[Any], share: int) -> Line:
        queue, number = stored
        return Line(self._names("queue", queue), "", number, share, ChangeFilter(queue=queue or NO_QUEUE))

    @cached_property
    def _names(self) -> Names:
        codes = {each for line in self.what_if.counted.get("codes", []) for each in line[1:3]}
        queues = {line[0] for line in self.what_if.counted.get("queues", [])} | set(self.what_if.queues)
        return Names(self.what_if.organization, {"code": codes, "queue": queues})

    @cached_property
    def _flags(self) -> Mapping[str, Sequence[str]]:
        codes = {line[2] for line in self.what_if.counted.get("codes", [])}
        rows = WrapupCode.objects.of(self.what_if.organization).filter(genesys_id__in=codes)
        return dict(rows.exclude(dialler_flags=[]).values_list("genesys_id", "dialler_flags"))


def _rule_line(stored: Sequence[Any], share: int) -> Line:
    kind, before, after, number = stored
    return Line(before, after, number, share, ChangeFilter(kind=kind, from_rule=before, to_rule=after))
