"""The common case of rules as a table: for one source, which disposition on which queue becomes which code.

A rule is in the table where its conditions are exactly these two: the queue is one of some, and the source's
disposition is one; or only the latter, for every other queue. Rules for the same disposition and code are one rule with
all their queues. A rule for every other queue stands behind those that name one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from wrapups.domain.comparing import Line
from wrapups.domain.conditions import Condition, Group, Quantifier, parse
from wrapups.domain.facts import DISPOSITION
from wrapups.domain.operators import fold
from wrapups.domain.rule_fields import LONGEST
from wrapups.domain.rule_plan import Row

Cell = tuple[str, str]
"""A disposition, as it is compared, and a queue's id."""

OTHERS = ""
"""In place of a queue's id: every queue that no rule before names for the disposition."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule that is in the table, with its place among all rules, from 1."""

    identity: str
    place: int
    queues: tuple[str, ...]
    disposition: str
    code: str


@dataclass(frozen=True, slots=True)
class Edits:
    """What changed cells make of the rules: rows as a file would have them, and the identities of rules that go."""

    rows: tuple[Row, ...] = ()
    removed: tuple[str, ...] = ()


def sources_in(lines: Iterable[Line]) -> list[str]:
    """Return the sources that rules ask for, each once, by name."""
    found: set[str] = set()
    for line in lines:
        found |= {name.removeprefix(DISPOSITION) for name in _facts(parse(line.fields["when"]))}
    return sorted(found)


def entries_of(lines: Sequence[Line], source: str) -> list[Entry]:
    """Return the rules in use that are in the source's table, in their order."""
    found = (_entry(place, line, source) for place, line in enumerate(lines, start=1) if line.fields["enabled"])
    return [entry for entry in found if entry is not None]


def cells_of(entries: Iterable[Entry]) -> dict[Cell, str]:
    """Return the code of each cell: that of the first rule for it."""
    cells: dict[Cell, str] = {}
    for entry in entries:
        for queue in entry.queues:
            cells.setdefault((fold(entry.disposition), queue), entry.code)
    return cells


def edited(
    lines: Sequence[Line], source: str, wanted: Mapping[tuple[str, str], str], names: Mapping[str, str]
) -> Edits:
    """Return what cells (a disposition as it is spelt, and a queue) with these codes, or none, make of the rules.

    `names` gives codes by id, for the names of new rules. A new rule stands behind the last one of the table, or
    before the first that matches everything.
    """
    entries = entries_of(lines, source)
    queues = {entry.identity: list(entry.queues) for entry in entries}
    fresh: dict[tuple[str, str, bool], list[str]] = {}
    for (disposition, queue), code in wanted.items():
        same = [entry for entry in entries if fold(entry.disposition) == fold(disposition)]
        for entry in same:
            queues[entry.identity] = [each for each in queues[entry.identity] if each != queue]
        if code:
            kept = next((queues[entry.identity] for entry in same if _joins(entry, queue, code, same)), None)
            (fresh.setdefault((disposition, code, queue == OTHERS), []) if kept is None else kept).append(queue)
    changed = [entry for entry in entries if queues[entry.identity] != list(entry.queues)]
    rows = [_row(entry.identity, queues[entry.identity], entry.disposition, source) for entry in changed]
    named, others = _place_of_new(lines, entries), _place_of_others(lines, entries)
    new = [
        _row(
            str(uuid4()),
            told,
            disposition,
            source,
            name=f"{disposition} - {names[code]}",
            code=code,
            line=others if of_others else named,
        )
        for (disposition, code, of_others), told in sorted(fresh.items(), key=lambda item: item[0][2])
    ]
    return Edits(
        tuple(row for row in (*rows, *new) if row is not None),
        tuple(entry.identity for entry in changed if not queues[entry.identity]),
    )


def _row(
    identity: str, queues: list[str], disposition: str, source: str, *, line: int | None = None, **new: str
) -> Row | None:
    """Return a rule of the table as a file would have it; None for one that is left without a queue."""
    if not queues:
        return None
    about: dict[str, object] = {"fact": f"{DISPOSITION}{source}", "operator": "is", "value": disposition}
    named: list[dict[str, object]] = [{"fact": "queue", "operator": "one_of", "value": queues}]
    conditions = [about] if queues == [OTHERS] else [*named, about]
    given: dict[str, object] = {"identity": identity, "when": {"all": conditions}, **new}
    if "name" in new:
        given |= {"name": new["name"][: LONGEST["name"]], "line": line}
    return Row(1, given, identity)


def _joins(entry: Entry, queue: str, code: str, same: Iterable[Entry]) -> bool:
    """Whether a cell of this code can be one more queue of a rule: of one that no rule for every other queue hides."""
    if entry.code != code or (OTHERS in entry.queues) != (queue == OTHERS):
        return False
    return queue == OTHERS or not any(OTHERS in each.queues and each.place < entry.place for each in same)


def _place_of_new(lines: Sequence[Line], entries: Sequence[Entry]) -> int | None:
    """Before the first rule for every other queue, else behind the last of the table."""
    return min((each.place for each in entries if OTHERS in each.queues), default=_place_of_others(lines, entries))


def _place_of_others(lines: Sequence[Line], entries: Sequence[Entry]) -> int | None:
    if entries:
        return max(entry.place for entry in entries) + 1
    return next((place for place, line in enumerate(lines, start=1) if not parse(line.fields["when"]).members), None)


def _entry(place: int, line: Line, source: str) -> Entry | None:
    group = parse(line.fields["when"])
    told = {member.fact: member for member in group.members if isinstance(member, Condition)}
    about = told.get(f"{DISPOSITION}{source}")
    queue = told.get("queue")
    of_others = queue is None and len(group.members) == 1
    if group.quantifier is not Quantifier.ALL or about is None or (len(group.members) != 2 and not of_others):
        return None
    if about.operator not in ("is", "one_of") or not (of_others or (queue and queue.operator in ("is", "one_of"))):
        return None
    dispositions, queues = _values(about), _values(queue) if queue else (OTHERS,)
    if len(dispositions) != 1:
        return None
    return Entry(str(line.identity), place, queues, dispositions[0], str(line.fields["code"]))


def _values(condition: Condition) -> tuple[str, ...]:
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return tuple(dict.fromkeys(str(value) for value in values))


def _facts(group: Group) -> Iterable[str]:
    for member in group.members:
        if isinstance(member, Group):
            yield from _facts(member)
        elif member.fact.startswith(DISPOSITION):
            yield member.fact
