"""What a file of rules would change, found before anything is changed.

A row means the rule of its identity, or else the only one of its name, or else a new one. Its line says where the rule
shall stand; without one a rule stays where it is, and a new one comes last.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from wrapups.domain.comparing import Differences, Line, compare
from wrapups.domain.rule_fields import DEFAULTS, NEEDED, Fields

MOST_RULES = 2_000

Objection = Callable[[Fields, Collection[str]], str]
"""Says what stands against a rule with these fields, of which these are new; empty where nothing does."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule as a file has it: `number` is its line there. `refused` says why it could not be read.

    `given` holds the fields that the row tells, beside `line` and `identity`; `fresh` is the identity of a new rule.
    """

    number: int
    given: Mapping[str, object]
    fresh: str
    refused: str = ""


class Fate(StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one row, of which rule, and, where it is refused, why."""

    number: int
    fate: Fate
    identity: str = ""
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would change: a verdict a row, the rules as they would be, in order, and how that differs."""

    verdicts: tuple[Verdict, ...]
    lines: tuple[Line, ...]
    differences: Differences

    def count(self, fate: Fate) -> int:
        """Return how many rows have this fate."""
        return sum(verdict.fate is fate for verdict in self.verdicts)

    @property
    def digest(self) -> str:
        """Return what tells this plan from any other: a person agrees to what they have seen."""
        told = [(each.number, each.fate, each.reason) for each in self.verdicts]
        lines = [(str(line.identity), line.fields) for line in self.lines]
        return sha256(json.dumps([told, lines], sort_keys=True, default=str).encode()).hexdigest()


def planned(
    present: Sequence[Line],
    rows: Sequence[Row],
    *,
    objection: Objection,
    whole: bool = False,
    removed: Collection[str] = (),
) -> Plan:
    """Return what these rows make of the present rules.

    `whole`: the file is the whole set, so that a rule it does not have is removed, and its order is the order.
    `removed` are the identities of rules to be removed besides.
    """
    reading = _Reading(present, objection)
    for row in rows:
        reading.take(row)
    staying = [line for line in present if line.identity in reading.fields or not whole]
    lines = _ordered([line for line in staying if line.identity not in removed], reading, whole=whole)
    return Plan(_verdicts(reading, compare(present, lines)), tuple(lines), compare(present, lines))


@dataclass
class _Reading:
    """The rows gone through so far."""

    present: Sequence[Line]
    objection: Objection
    fields: dict[str, Fields] = field(default_factory=dict)
    """By identity, the fields of each rule that a row is about, in the order of the file."""
    wanted_line: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = {str(line.identity): line for line in self.present}
        self.names = Counter(str(line.fields["name"]) for line in self.present)
        self.by_name = {str(line.fields["name"]): str(line.identity) for line in self.present}

    def take(self, row: Row) -> None:
        """Go on with one row."""
        reason = row.refused
        if not reason:
            try:
                self._keep(self._identity(row), row)
            except _Refused as refused:
                reason = str(refused)
        if reason:
            self.verdicts.append(Verdict(row.number, Fate.REFUSED, "", str(row.given.get("name", "")), reason))

    def _identity(self, row: Row) -> str:
        told, name = str(row.given.get("identity") or ""), str(row.given.get("name", ""))
        if not told and self.names[name] > 1:
            raise _Refused(f"{self.names[name]} rules are called “{name}”. Give the identity of the one that is meant.")
        identity = told or self.by_name.get(name) or row.fresh
        if identity in self.numbers:
            raise _Refused(f"Line {self.numbers[identity]} is about the same rule. Remove one of the two.")
        return identity

    def _keep(self, identity: str, row: Row) -> None:
        before = self.known.get(identity)
        given = {name: value for name, value in row.given.items() if name in DEFAULTS}
        for name, advice in NEEDED.items():
            if not given.get(name, before and before.fields[name]):
                raise _Refused(advice)
        fields = {**(before.fields if before else DEFAULTS), **given}
        changed = [name for name in fields if before is None or fields[name] != before.fields[name]]
        begins, ends = str(fields["valid_from"]), str(fields["valid_until"])
        if begins and ends and ends <= begins:
            raise _Refused("The rule would end before it begins. Mend valid from or valid until.")
        if reason := self.objection(fields, changed):
            raise _Refused(reason)
        self.fields[identity], self.numbers[identity] = fields, row.number
        if isinstance(line := row.given.get("line"), int):
            self.wanted_line[identity] = line
        self.verdicts.append(Verdict(row.number, Fate.UNCHANGED, identity, str(fields["name"])))


class _Refused(ValueError):
    """A row that cannot be taken."""


def _ordered(staying: Sequence[Line], reading: _Reading, *, whole: bool) -> list[Line]:
    """Return the rules in their new order, by the line each wants; those that want none stay or come last."""
    places = {str(line.identity): place for place, line in enumerate(reading.present, start=1)}
    by_file = whole and not reading.wanted_line
    keys: dict[str, tuple[float, int, int]] = {}
    for place, identity in enumerate((*reading.fields, *(str(line.identity) for line in staying))):
        if identity in keys:
            continue
        now = places.get(identity)
        wanted = place if by_file else reading.wanted_line.get(identity, now)
        if wanted is None:
            keys[identity] = (float("inf"), 0, place)
        else:
            # Who comes up to a line stands before its rule, who goes down to it behind.
            keys[identity] = (wanted, 0 if wanted == now else -1 if now is None or wanted < now else 1, place)
    kept = {str(line.identity): line for line in staying}
    return [
        Line(identity, reading.fields[identity]) if identity in reading.fields else kept[identity]
        for identity in sorted(keys, key=lambda identity: keys[identity])
    ]


def _verdicts(reading: _Reading, differences: Differences) -> tuple[Verdict, ...]:
    """Return the verdicts, where the differences say it, as added or changed, in the order of the file."""
    added = {placed.line.identity for placed in differences.added}
    changed = {pair.now.line.identity for pair in (*differences.changed, *differences.moved)}
    return tuple(
        Verdict(
            each.number,
            Fate.ADDED if each.identity in added else Fate.CHANGED if each.identity in changed else each.fate,
            each.identity,
            each.name,
            each.reason,
        )
        for each in reading.verdicts
    )
