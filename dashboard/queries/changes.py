"""What a draft changes against the release in force.

A release has its own copy of every rule. Two copies are the same rule when they have the same name, or else when they
ask and choose the same.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wrapups.models import MappingRule

FIELDS: Mapping[str, str] = {
    "name": "name",
    "conditions": "conditions",
    "wrapup_code_id": "wrap-up code",
    "notes": "notes",
    "enabled": "in use",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A rule before and now, and in words what differs."""

    before: MappingRule
    now: MappingRule
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs between two releases; a rule can be both changed and moved."""

    added: tuple[MappingRule, ...] = ()
    changed: tuple[Changed, ...] = ()
    removed: tuple[MappingRule, ...] = ()
    moved: tuple[Changed, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.moved)

    def marks(self) -> dict[int, str]:
        """Return one word for each rule of the newer release that differs, by its key."""
        marks = {each.now.pk: "moved" for each in self.moved}
        marks.update({each.now.pk: "changed" for each in self.changed})
        marks.update({rule.pk: "added" for rule in self.added})
        return marks


def changes_between(before: Iterable[MappingRule], now: Iterable[MappingRule]) -> Changes:
    """Return what turns `before` into `now`, both in order of their lines."""
    older, newer = list(before), list(now)
    pairs = _paired(older, newer)
    kept = {old.pk for old, _ in pairs} | {new.pk for _, new in pairs}
    line = {rule.pk: place for place, rule in enumerate(older)}
    compared = [Changed(old, new, _differing(old, new)) for old, new in pairs]
    return Changes(
        added=tuple(rule for rule in newer if rule.pk not in kept),
        changed=tuple(each for each in compared if each.fields),
        removed=tuple(rule for rule in older if rule.pk not in kept),
        moved=tuple(compared[place] for place in _out_of_order([line[old.pk] for old, _ in pairs])),
    )


def _paired(older: Sequence[MappingRule], newer: Sequence[MappingRule]) -> list[tuple[MappingRule, MappingRule]]:
    """Return the rules that both have, in the order of the newer."""
    pairs: dict[int, MappingRule] = {}
    left = list(older)
    for sameness in (_by_name, _by_content):
        waiting: dict[str, list[MappingRule]] = {}
        for old in left:
            waiting.setdefault(sameness(old), []).append(old)
        for new in newer:
            if new.pk not in pairs and waiting.get(sameness(new)):
                pairs[new.pk] = waiting[sameness(new)].pop(0)
        taken = {old.pk for old in pairs.values()}
        left = [old for old in left if old.pk not in taken]
    return [(pairs[new.pk], new) for new in newer if new.pk in pairs]


def _by_name(rule: MappingRule) -> str:
    return rule.name


def _by_content(rule: MappingRule) -> str:
    return json.dumps([rule.conditions, rule.wrapup_code_id], sort_keys=True)


def _differing(old: MappingRule, new: MappingRule) -> tuple[str, ...]:
    return tuple(words for field, words in FIELDS.items() if getattr(old, field) != getattr(new, field))


def _out_of_order(places: Sequence[int]) -> list[int]:
    """Return the fewest positions whose removal leaves the places ascending (patience sorting)."""
    tails: list[int] = []
    last: list[int] = []
    came_from: list[int] = []
    for position, place in enumerate(places):
        length = bisect_left(tails, place)
        came_from.append(last[length - 1] if length else -1)
        tails[length:] = [place, *tails[length + 1 :]]
        last[length:] = [position, *last[length + 1 :]]
    staying = set()
    position = last[-1] if last else -1
    while position != -1:
        staying.add(position)
        position = came_from[position]
    return [position for position in range(len(places)) if position not in staying]
