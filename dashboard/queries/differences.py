"""What one release changes against another, in words: rules as sentences, other fields before and now."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from dashboard.queries.names import Names, ids_in
from dashboard.templatetags.policies import in_words
from wrapups.domain.comparing import Differences, Pair
from wrapups.domain.sentences import Sentence, rule_sentence
from wrapups.models import MappingRule, Organization
from wrapups.services.comparing import differences
from wrapups.services.rulebook import rule_of


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One difference in words; `before` and `now` are whole rules as sentences."""

    kind: str
    name: str
    said: str
    before: Sentence = ()
    now: Sentence = ()
    fields: Sequence[tuple[str, str, str]] = ()
    """What else differs: its label, before and now."""


def change_lines(
    organization: Organization, older: Sequence[MappingRule], newer: Sequence[MappingRule]
) -> list[ChangeLine]:
    """Return every difference in words, in the order added, changed, removed, moved. Owners must be fetched."""
    found = differences(older, newer)
    words = _Words(organization, found, {row.identity: row for row in older}, {row.identity: row for row in newer})
    return list(words.lines())


def marked(found: Differences, newer: Sequence[MappingRule]) -> dict[int, str]:
    """Return one word for each rule of the newer release that differs, by its key."""
    words = {pair.now.line.identity: "moved" for pair in found.moved}
    words.update({pair.now.line.identity: "changed" for pair in found.changed})
    words.update({placed.line.identity: "added" for placed in found.added})
    return {row.pk: words[row.identity] for row in newer if row.identity in words}


def sentences_of(organization: Organization, rows: Sequence[MappingRule]) -> dict[int, Sentence]:
    """Return each rule as a sentence, by its key: a query for each catalogue they name."""
    rules = [rule_of(row) for row in rows]
    wanted = ids_in(rule.when for rule in rules)
    wanted["code"] |= {rule.code_id for rule in rules}
    names = Names(organization, wanted)
    return {rule.key: rule_sentence(rule, names) for rule in rules}


class _Words:
    """The differences between two sets of rules, with the sentences they need read together."""

    def __init__(
        self,
        organization: Organization,
        found: Differences,
        older: Mapping[Hashable, MappingRule],
        newer: Mapping[Hashable, MappingRule],
    ) -> None:
        self._found, self._older, self._newer = found, older, newer
        self._sentences = sentences_of(organization, [*older.values(), *newer.values()])

    def lines(self) -> Iterator[ChangeLine]:
        for placed in self._found.added:
            rule = self._newer[placed.line.identity]
            yield ChangeLine("added", rule.name, f"at line {placed.place}", now=self._sentences[rule.pk])
        for pair in self._found.changed:
            yield self._changed(pair)
        for placed in self._found.removed:
            rule = self._older[placed.line.identity]
            yield ChangeLine("removed", rule.name, f"from line {placed.place}", before=self._sentences[rule.pk])
        for pair in self._found.moved:
            rule = self._newer[pair.now.line.identity]
            yield ChangeLine("moved", rule.name, f"from line {pair.before.place} to line {pair.now.place}")

    def _changed(self, pair: Pair) -> ChangeLine:
        older, newer = self._older[pair.now.line.identity], self._newer[pair.now.line.identity]
        before, now = self._sentences[older.pk], self._sentences[newer.pk]
        reads = (before, now) if before != now else ((), ())
        told = [(label, words(older), words(newer)) for label, words in FIELDS.items()]
        differing = [each for each in told if each[1] != each[2]]
        return ChangeLine("changed", newer.name, f"at line {pair.now.place}", *reads, differing)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _moment(value: datetime | None) -> str:
    return date_format(timezone.localtime(value), "j M Y, H:i") if value else ""


def _owner(rule: MappingRule) -> str:
    return (rule.owner.get_full_name() or rule.owner.username) if rule.owner else ""


FIELDS: Mapping[str, Callable[[MappingRule], str]] = {
    "name": lambda rule: rule.name,
    "in use": lambda rule: _yes(rule.enabled),
    "notes": lambda rule: rule.notes,
    "valid from": lambda rule: _moment(rule.valid_from),
    "valid until": lambda rule: _moment(rule.valid_until),
    "policies": lambda rule: in_words(rule.policies),
    "owner": _owner,
    "tags": lambda rule: ", ".join(rule.tags),
    "remark": lambda rule: rule.remark,
}
"""By label, a field beside the conditions and the code, in words."""
