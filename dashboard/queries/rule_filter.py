"""Which of a release's rules are shown: by text, tag, owner, the code they choose, the queue they name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.queries.names import ids_in
from dashboard.queries.releases import RuleLine
from wrapups.domain.conditions import parse
from wrapups.domain.sentences import plain
from wrapups.models import Organization, Queue

LONGEST = 100
PAGE = 200
NOBODY = "nobody"
LABELS = {"q": "Text", "tag": "Tag", "owner": "Owner", "code": "Code", "queue": "Queue"}


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """What is asked for, as it stands in an address; an empty word asks for nothing. Case does not count."""

    q: str = ""
    tag: str = ""
    owner: str = ""
    """A username, or "nobody"."""
    code: str = ""
    queue: str = ""
    release: str = ""
    """Which release is shown; it narrows nothing."""
    line: int = 1
    """The first line that is shown."""

    @classmethod
    def read(cls, address: QueryDict) -> "RuleFilter":
        """Return what an address asks for; what cannot be used asks for nothing."""
        words = {each.name: address.get(each.name, "").replace("\0", "").strip()[:LONGEST] for each in fields(cls)}
        line = words.pop("line")
        return cls(**words, line=int(line) if line.isascii() and line.isdigit() and 0 < len(line) < 7 else 1)

    @property
    def narrows(self) -> bool:
        """Whether anything is asked at all."""
        return any(getattr(self, name) for name in LABELS)

    @property
    def query_string(self) -> str:
        """Return it as the part of an address after the path, empty where nothing is asked."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        told = {name: value for name, value in said.items() if value not in ("", 1)}
        return f"?{urlencode(told)}" if told else ""

    def chips(self) -> Iterator[tuple[str, str, "RuleFilter"]]:
        """Yield what is active: its label, its words, and the filter without it."""
        for name, label in LABELS.items():
            if getattr(self, name):
                yield label, getattr(self, name), replace(self, **{name: ""}, line=1)

    def cleared(self) -> "RuleFilter":
        """Return the filter that asks for nothing."""
        return RuleFilter(release=self.release)

    def kept(self, organization: Organization, lines: Sequence[RuleLine]) -> list[RuleLine]:
        """Return the lines that are asked for; a query only where a queue is named."""
        queues = _queues(organization, self.queue) if self.queue else frozenset()
        return [line for line in lines if self._wants(line, queues)] if self.narrows else list(lines)

    def _wants(self, line: RuleLine, queues: frozenset[str]) -> bool:
        rule = line.rule
        owner = rule.owner.username if rule.owner else NOBODY
        asked = (
            not self.q or self.q.casefold() in _text(line),
            not self.tag or self.tag.casefold() in [tag.casefold() for tag in rule.tags],
            not self.owner or self.owner.casefold() == owner.casefold(),
            not self.code or self.code.casefold() == rule.wrapup_code.name.casefold(),
            not self.queue or bool(queues & ids_in([parse(rule.conditions or {"all": []})])["queue"]),
        )
        return all(asked)


@dataclass(frozen=True, slots=True)
class Shown:
    """The page of the list that is shown, and how to go on; `found` counts all that are asked for."""

    asked: RuleFilter
    lines: Sequence[RuleLine]
    found: int
    before: RuleFilter | None
    after: RuleFilter | None
    tags: Sequence[str]
    owners: Mapping[str, str]
    """By username, the full names of those who own a rule of the release."""


def page_with(line: int) -> RuleFilter:
    """Return what asks for the page of the whole list that holds this line."""
    return RuleFilter(line=line - (line - 1) % PAGE)


def shown(asked: RuleFilter, organization: Organization, lines: Sequence[RuleLine]) -> Shown:
    """Return at most 200 of the lines that are asked for, from the line that is asked for on."""
    kept = asked.kept(organization, lines)
    first = next((place for place, line in enumerate(kept) if line.rule.line >= asked.line), 0)
    rest = kept[first + PAGE :]
    before = kept[max(0, first - PAGE)] if first else None
    people = {line.rule.owner.username: str(line.rule.owner.get_full_name()) for line in lines if line.rule.owner}
    return Shown(
        asked,
        kept[first : first + PAGE],
        len(kept),
        replace(asked, line=before.rule.line) if before else None,
        replace(asked, line=rest[0].rule.line) if rest else None,
        sorted(_tags(lines), key=str.casefold),
        people,
    )


def _tags(lines: Iterable[RuleLine]) -> set[str]:
    return {tag for line in lines for tag in line.rule.tags}


def _text(line: RuleLine) -> str:
    rule = line.rule
    return " ".join((rule.name, plain(line.sentence).replace("*", ""), rule.notes, rule.remark, *rule.tags)).casefold()


def _queues(organization: Organization, name: str) -> frozenset[str]:
    found = Queue.objects.of(organization).filter(name__iexact=name)
    return frozenset(found.values_list("genesys_id", flat=True))
