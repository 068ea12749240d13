"""What an organization's files of rules are read and written by: its catalogues, its people, its rules as fields."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from wrapups.domain import overrides
from wrapups.domain.comparing import Line
from wrapups.domain.conditions import Condition, Group, Quantifier, parse, to_json
from wrapups.domain.directory import WORDS, Directory, Listed
from wrapups.domain.facts import fact_named
from wrapups.domain.notes import BadNotes
from wrapups.domain.notes import parse as parse_notes
from wrapups.domain.rule_fields import Book, Fields, on_one_line, plain, told_at
from wrapups.models import (
    Agent,
    Division,
    MappingRule,
    Membership,
    Organization,
    Person,
    Queue,
    QueueWrapupCode,
    Release,
    WrapupCode,
)

CATALOGUES: Mapping[str, Any] = {"queue": Queue, "division": Division, "agent": Agent, "code": WrapupCode}


def book_of(organization: Organization) -> Book:
    """Return what names in the organization's files mean; each catalogue is one query, made when it is needed."""

    def read(kind: str) -> Iterable[Listed]:
        rows = CATALOGUES[kind].everywhere.filter(organization=organization).order_by("pk")
        return (
            Listed(key, name, gone is not None) for key, name, gone in rows.values_list("genesys_id", "name", "gone_at")
        )

    owning = MappingRule.everywhere.filter(organization=organization, owner__isnull=False).values("owner")
    members = Membership.objects.filter(organization=organization).values("person")
    people = Person.objects.filter(Q(pk__in=members) | Q(pk__in=owning)).values_list("username", flat=True)
    return Book(Directory(read), frozenset(people), ZoneInfo(organization.time_zone))


def lines_of(release: Release | None) -> list[Line]:
    """Return a release's rules in order, in the fields that files have; none for no release."""
    if release is None:
        return []
    return [Line(str(rule.identity), fields_of(rule)) for rule in rows_of(release)]


def rows_of(release: Release) -> Sequence[Any]:
    """Return a release's rules in order, with their codes and owners."""
    return list(release.rules.select_related("wrapup_code", "owner").order_by("line"))


def fields_of(rule: MappingRule) -> dict[str, object]:
    """Return a stored rule in the fields that files have."""
    return {
        "name": on_one_line(rule.name),
        "when": to_json(parse(rule.conditions or {"all": []})),
        "code": rule.wrapup_code.genesys_id,
        "notes": plain(rule.notes),
        "enabled": rule.enabled,
        "owner": rule.owner.username if rule.owner else "",
        "tags": list(dict.fromkeys(filter(None, map(on_one_line, rule.tags)))),
        "remark": plain(rule.remark),
        "valid_from": told_at(rule.valid_from),
        "valid_until": told_at(rule.valid_until),
        "policies": overrides.to_json(overrides.parse(rule.policies or {})),
    }


class Catalogued:
    """Says what stands against a rule that a file adds or changes, as the editor would: two queries, when first asked.

    A rule that stays as it is, is never objected to.
    """

    def __init__(self, organization: Organization, directory: Directory) -> None:
        self._organization, self._directory = organization, directory
        self._gone: Collection[str] | None = None
        self._offers: dict[str, set[str]] = {}

    def __call__(self, fields: Fields, changed: Collection[str]) -> str:
        """Return why the rule cannot be so; empty where it can."""
        if "notes" in changed:
            try:
                parse_notes(str(fields["notes"]))
            except BadNotes as error:
                return f"In the notes, at character {error.position}: {error}"
        if not {"when", "code"} & set(changed):
            return ""
        when = parse(fields["when"])
        for condition in conditions_in(when):
            for kind, key in _keys(condition):
                if not self._directory.name(kind, key):
                    return f"No {WORDS[kind]} has the id {key}. Write its name."
        return self.about_code(str(fields["code"]), queues_asked(when))

    def about_code(self, code: str, queues: Iterable[str]) -> str:
        """Return why rules for these queues cannot choose this code; empty where they can."""
        if self._gone is None:
            self._read()
        name = self._directory.name("code", code)
        if not name:
            return f"No wrap-up code has the id {code}. Write its name."
        if code in (self._gone or ()):
            return f"The code “{name}” is no longer in Genesys Cloud. Choose another one."
        for queue in queues:
            if queue in self._offers and code not in self._offers[queue]:
                where = self._directory.name("queue", queue) or queue
                return f"The code “{name}” is not on the queue “{where}”. Choose another one, or add it there first."
        return ""

    def _read(self) -> None:
        """A queue whose codes were never read excludes none: Genesys decides at the write."""
        codes = WrapupCode.everywhere.filter(organization=self._organization, gone_at__isnull=False)
        self._gone = frozenset(codes.values_list("genesys_id", flat=True))
        pairs = QueueWrapupCode.everywhere.filter(organization=self._organization, gone_at=None)
        for queue, code in pairs.values_list("queue__genesys_id", "wrapup_code__genesys_id"):
            self._offers.setdefault(queue, set()).add(code)


def conditions_in(member: Condition | Group) -> Iterable[Condition]:
    """Yield every single condition."""
    if isinstance(member, Condition):
        yield member
    else:
        for inner in member.members:
            yield from conditions_in(inner)


def _keys(condition: Condition) -> Iterable[tuple[str, str]]:
    catalogue = fact_named(condition.fact).catalogue
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return ((catalogue, str(value)) for value in values if catalogue and value is not None)


def queues_asked(group: Group) -> list[str]:
    """Return the queues that conditions ask for; those they exclude do not matter for the code."""
    if group.quantifier is Quantifier.NONE:
        return []
    queues: list[str] = []
    for member in group.members:
        if isinstance(member, Group):
            queues += queues_asked(member)
        elif member.fact == "queue" and member.operator in ("is", "one_of"):
            queues += [key for _, key in _keys(member)]
    return queues
