"""Files of rules for reading: which were handed in lately, and what one of them would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wrapups.domain.comparing import Line, Pair
from wrapups.domain.condition_text import written
from wrapups.domain.conditions import parse
from wrapups.domain.rule_fields import Book
from wrapups.domain.rule_plan import Fate, Plan
from wrapups.models import Organization, RuleImport
from wrapups.services.importing_rules import counts_of, preview
from wrapups.services.rule_books import book_of

SHOWN, LATEST = 100, 10
REMOVED = "removed"
TONES: Mapping[str, str] = {
    Fate.ADDED: "good",
    Fate.CHANGED: "waiting",
    Fate.UNCHANGED: "quiet",
    Fate.REFUSED: "bad",
    REMOVED: "warning",
}
"""The look of each fate, in the order of the tabs."""
FIELD_WORDS: Mapping[str, str] = {
    "when": "conditions",
    "valid_from": "valid from",
    "valid_until": "valid until",
    "enabled": "in use",
}
"""What a field is called on screen where that is not its name."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field, before and after, as text; `before` is empty for a new rule."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One rule of a file, or one that goes, with what becomes of it. `number` is its line in the file."""

    number: int | None
    name: str
    fate: str
    reason: str = ""
    changes: Sequence[Change] = ()

    @property
    def tone(self) -> str:
        return TONES[self.fate]


@dataclass(frozen=True, slots=True)
class FateTab:
    """One fate with how many rules have it."""

    fate: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class ImportPage:
    """A file of rules as its page shows it; of one that is no longer waiting only the counts are left."""

    rule_import: Any
    whole: bool = False
    plan: Plan | None = None
    counts: Mapping[str, int] | None = None
    lines: Sequence[ImportLine] = ()
    tabs: Sequence[FateTab] = ()
    fate: str = "all"
    next: int | None = None
    after: int = 0

    @property
    def refused(self) -> int:
        return self._count(Fate.REFUSED)

    @property
    def good(self) -> int:
        """How many rules would be added or changed."""
        return self._count(Fate.ADDED) + self._count(Fate.CHANGED)

    @property
    def removed(self) -> int:
        return self._count(REMOVED)

    @property
    def changes_anything(self) -> bool:
        return self.plan is not None and bool(self.plan.differences)

    @property
    def digest(self) -> str:
        """What the person who takes it in has seen."""
        return self.plan.digest if self.plan else ""

    def _count(self, fate: str) -> int:
        return (self.counts or {}).get(fate, 0)


def latest_imports(organization: Organization) -> Sequence[Any]:
    """Return the files that were handed in last."""
    rows = RuleImport.objects.of(organization).select_related("person").defer("lines")
    return list(rows.order_by("-pk")[:LATEST])


def import_page(rule_import: RuleImport, *, whole: bool, fate: str, after: int) -> ImportPage:
    """Return a file with some of its lines behind `after`; refused ones first, unless a fate or "all" is asked for."""
    if rule_import.state != RuleImport.State.CHECKED:
        return ImportPage(rule_import, counts=rule_import.counted)
    plan = preview(rule_import, whole=whole)
    counts = counts_of(plan)
    wanted = fate if fate in (*TONES, "all") else str(Fate.REFUSED) if counts[Fate.REFUSED] else "all"
    book = book_of(rule_import.organization)
    found = [line for line in _lines(plan, book) if wanted in (line.fate, "all")]
    tabs = [FateTab("all", sum(counts.values()), wanted == "all")]
    tabs += [FateTab(each, counts[each], wanted == each) for each in TONES if counts[each] or wanted == each]
    shown = found[after : after + SHOWN]
    following = after + SHOWN if len(found) > after + SHOWN else None
    return ImportPage(rule_import, whole, plan, counts, shown, tabs, wanted, following, after)


def _lines(plan: Plan, book: Book) -> list[ImportLine]:
    pairs = {str(pair.now.line.identity): pair for pair in (*plan.differences.moved, *plan.differences.changed)}
    moved = {str(pair.now.line.identity): pair for pair in plan.differences.moved}
    added = {str(placed.line.identity): placed.line for placed in plan.differences.added}
    lines = [
        ImportLine(
            each.number,
            each.name or "–",
            each.fate,
            each.reason,
            _new(added[each.identity], book)
            if each.identity in added
            else _changes(pairs.get(each.identity), moved.get(each.identity), book),
        )
        for each in plan.verdicts
    ]
    gone = [ImportLine(None, str(placed.line.fields["name"]), REMOVED) for placed in plan.differences.removed]
    return lines + gone


def _new(line: Line, book: Book) -> list[Change]:
    return [Change(name, "", _text(field, line.fields[field], book)) for field, name in _SHOWN_OF_NEW.items()]


_SHOWN_OF_NEW = {"when": "conditions", "code": "code"}


def _changes(pair: Pair | None, moved: Pair | None, book: Book) -> list[Change]:
    if pair is None:
        return []
    before, now = pair.before.line.fields, pair.now.line.fields
    changes = [
        Change(FIELD_WORDS.get(name, name), _text(name, before[name], book), _text(name, now[name], book))
        for name in pair.fields
    ]
    place = [Change("line", str(moved.before.place), str(moved.now.place))] if moved else []
    return [*changes, *place]


def _text(field: str, value: object, book: Book) -> str:
    if field == "when":
        return written(parse(value), book.directory)
    if field == "code":
        return book.code_text(str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{name} {str(told).lower()}" for name, told in sorted(value.items()))
    return str(value)
