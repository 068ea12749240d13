"""Names for ids of Genesys Cloud, and ids for names that people type."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from wrapups.domain.conditions import Condition, Group
from wrapups.domain.conversation import is_system_code
from wrapups.domain.facts import fact_named
from wrapups.models import Agent, Division, MappingRule, Organization, Queue, WrapupCode

CATALOGUES: Mapping[str, Any] = {"queue": Queue, "division": Division, "agent": Agent, "code": WrapupCode}
NAMED: Mapping[str, Any] = {**CATALOGUES, "rule": MappingRule}
WORDS: Mapping[str, str] = {
    "queue": "queue",
    "division": "division",
    "agent": "agent",
    "code": "wrap-up code",
    "rule": "rule",
}
SOUGHT = ("code", "queue", "agent", "rule")
"""Kinds of which somebody may mean one who types a name and no key."""
OPTIONS = 50
INSTEAD = 5
NEIGHBOURS = 2000
BETWEEN = " · "
"""Stands between a name that is not the only one of its kind and what tells it apart."""


class NoSuchName(ValueError):
    """Nothing of that kind has this name; the text is for the person who typed it. `instead` are names that exist."""

    def __init__(self, said: str, instead: Sequence[str] = ()) -> None:
        super().__init__(said)
        self.instead = tuple(instead)


class Names:
    """Names by catalogue and id, read in one query a catalogue; an id that is not listed is shown as it is."""

    def __init__(self, organization: Organization, wanted: Mapping[str, Iterable[str]]) -> None:
        self._names: dict[tuple[str, str], str] = {}
        for kind, ids in wanted.items():
            known = {genesys_id for genesys_id in ids if genesys_id}
            if known:
                rows = CATALOGUES[kind].objects.of(organization).filter(genesys_id__in=known)
                named = rows.values_list("genesys_id", "name")
                self._names.update({(kind, genesys_id): name for genesys_id, name in named})

    def __call__(self, kind: str, genesys_id: str) -> str:
        """Return the name of an id of a "queue", "division", "agent" or "code", or of a disposition's "source"."""
        if kind == "code" and is_system_code(genesys_id):
            return SYSTEM_CODES.get(genesys_id.upper(), genesys_id)
        return self._names.get((kind, genesys_id), genesys_id)


SYSTEM_CODES: Mapping[str, str] = {"ININ-WRAP-UP-TIMEOUT": "timed out"}


def ids_in(groups: Iterable[Group]) -> dict[str, set[str]]:
    """Return the ids that these conditions name, by catalogue."""
    wanted: dict[str, set[str]] = {kind: set() for kind in CATALOGUES}
    for group in groups:
        for condition in _conditions(group):
            catalogue = fact_named(condition.fact).catalogue
            if catalogue:
                values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
                wanted[catalogue].update(str(value) for value in values if value is not None)
    return wanted


def _conditions(member: Condition | Group) -> Iterable[Condition]:
    if isinstance(member, Condition):
        yield member
    else:
        for inner in member.members:
            yield from _conditions(inner)


def options(organization: Organization, kind: str, typed: str) -> list[tuple[str, str]]:
    """Return up to 50 names of that kind which contain what was typed, each fit to be resolved by `id_named`.

    Beside each stands what helps to know it by: a queue's or code's division, an agent's e-mail address; or nothing.
    """
    rows = _offered(organization, kind).filter(name__icontains=_clean(typed)[:200])
    if kind == "rule":
        return [(name, "") for name in _sorted(rows)[:OPTIONS]]
    found = list(rows.filter(gone_at=None).order_by("name")[:OPTIONS])
    apart = _told_apart(organization, kind, found)
    shared = {row.name for row in found if [other.name for other in found].count(row.name) > 1}
    return [
        (f"{row.name}{BETWEEN}{apart[row.pk]}", "") if row.name in shared else (row.name, apart[row.pk])
        for row in found
    ]


def id_named(organization: Organization, kind: str, typed: str) -> str:
    """Return the Genesys id of what has this name; raise NoSuchName where nothing, or more than one thing, has it."""
    typed = _clean(typed)
    name, _, _ = typed.rpartition(BETWEEN)
    rows = CATALOGUES[kind].objects.of(organization).filter(gone_at=None)
    found = list(rows.filter(Q(name__iexact=typed) | Q(name__iexact=name or typed))[: OPTIONS + 1])
    exact = [row for row in found if row.name.casefold() == typed.casefold()]
    if not exact:
        apart = _told_apart(organization, kind, found)
        exact = [row for row in found if f"{row.name}{BETWEEN}{apart[row.pk]}".casefold() == typed.casefold()]
    if len(exact) == 1:
        return str(exact[0].genesys_id)
    word = WORDS[kind]
    if exact:
        raise NoSuchName(f"More than one {word} is called “{typed}”; choose one from the list.")
    raise NoSuchName(f"No {word} is called “{typed}”; choose one from the list.")


def name_meant(organization: Organization, kind: str, typed: str) -> str:
    """Return the name that was typed, whatever its case, or the only one that begins so; else raise NoSuchName.

    What is gone from Genesys counts too: conversations of its time are still there. At most three queries, one mostly.
    """
    typed = _clean(typed)
    # A name that was chosen from a list may have behind it what tells it apart there; here all of that name count.
    called = Q(name__iexact=typed) | Q(name__iexact=typed.rpartition(BETWEEN)[0] or typed)
    exact = list(_sorted(NAMED[kind].objects.of(organization).filter(called))[:OPTIONS])
    if exact:
        return typed if typed in exact else exact[0]
    offered = _offered(organization, kind)
    begun = list(_sorted(offered.filter(name__istartswith=typed))[: INSTEAD + 1])
    if len({name.casefold() for name in begun}) == 1:
        return begun[0]
    if begun:
        more = f"{INSTEAD}+" if len(begun) > INSTEAD else len(begun)
        raise NoSuchName(f"{more} {WORDS[kind]}s begin with “{typed}”. Choose one.", begun[:INSTEAD])
    close = _close(typed, _sorted(offered.filter(name__istartswith=typed[:1]))[:NEIGHBOURS])
    meant = f" Did you mean “{close[0]}”?" if close else ""
    raise NoSuchName(f"No {WORDS[kind]} is called “{typed}”.{meant}", close)


def _sorted(rows: QuerySet[Any]) -> QuerySet[Any, str]:
    """Return the names of these rows, each once."""
    return rows.order_by("name").values_list("name", flat=True).distinct()


def _close(typed: str, names: Iterable[str]) -> list[str]:
    """Return the names that look like what was typed, or begin like it, the most alike first."""
    looks: dict[str, str] = {}
    for name in names:
        looks[name.casefold()] = name
        looks.setdefault(name.casefold()[: len(typed)], name)
    found = get_close_matches(typed.casefold(), looks, n=INSTEAD)
    return list(dict.fromkeys(looks[look] for look in found))


def names_like(organization: Organization, kind: str, typed: str, *, most: int) -> list[str]:
    """Return so many names at most that contain what was typed, those that begin so first, each once; one query."""
    typed = _clean(typed)[:200]
    begins = Case(When(name__istartswith=typed, then=0), default=1)
    rows = _offered(organization, kind).filter(name__icontains=typed).annotate(begins=begins)
    return list(rows.order_by("begins", "name").values_list("name", flat=True).distinct()[:most])


def kinds_like(organization: Organization, typed: str, *, most: int) -> list[tuple[str, str]]:
    """Return codes, queues, agents and rules whose name contains what was typed as kind and name, so many of each.

    Those that begin so come first. One query, in four parts.
    """
    typed = _clean(typed)[:200]
    begins = Case(When(name__istartswith=typed, then=0), default=1)
    parts = [
        _offered(organization, kind)
        .filter(name__icontains=typed)
        .annotate(begins=begins, place=Value(place))
        .order_by("begins", "name")
        .values_list("begins", "place", "name")
        .distinct()[:most]
        for place, kind in enumerate(SOUGHT)
    ]
    return [(SOUGHT[place], name) for _, place, name in sorted(parts[0].union(*parts[1:], all=True))]


def _offered(organization: Organization, kind: str) -> QuerySet[Any]:
    """Return what a person may be offered: of queues, those whose conversations they see."""
    rows: QuerySet[Any] = NAMED[kind].objects.of(organization)
    ids = organization.sight.queue_ids
    return rows if kind != "queue" or ids is None else rows.filter(genesys_id__in=ids)


def _clean(typed: str) -> str:
    return typed.replace("\0", "").strip()


def _told_apart(organization: Organization, kind: str, rows: list[Any]) -> dict[int, str]:
    if kind == "agent":
        return {row.pk: row.email for row in rows}
    names = Names(organization, {"division": [row.division_id for row in rows]})
    return {row.pk: names("division", row.division_id) for row in rows}
