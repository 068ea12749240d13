"""An audit entry as people read it: which thing, and what it was before and is now, with names for keys."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dashboard.queries.changed_things import Thing, has_name, things_of
from dashboard.queries.column_words import COUNTERS, IN_CATALOGUES, LABELS, UNSAID
from dashboard.queries.names import Names, ids_in
from wrapups.domain.conditions import Condition, Group, InvalidCondition, Quantifier, parse
from wrapups.domain.facts import Fact, UnknownFact, fact_named
from wrapups.domain.masking import Mask
from wrapups.domain.sentences import condition_sentence
from wrapups.models import Assignment, Disposition, Export, MappingRule, Organization, RuleCase, SavedView

ABOUT_CUSTOMERS = frozenset({
    *((Assignment._meta.db_table, column) for column in ("notes", "error_message")),
    *((Disposition._meta.db_table, column) for column in ("notes", "event_id")),
    *((RuleCase._meta.db_table, column) for column in ("name", "facts")),
    *((Export._meta.db_table, column) for column in ("asked", "address")),
    (SavedView._meta.db_table, "query"),
})  # fmt: skip
"""Columns that may hold a customer's number or what somebody wrote about one."""

OPENINGS = {Quantifier.ALL: "all of", Quantifier.ANY: "any of", Quantifier.NONE: "none of"}


@dataclass(frozen=True, slots=True)
class Change:
    """One column, before and after, as text; empty where there was, or is, nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One changed row. `kind` is what it is ("mapping rule"), `name` which one, where it has a name.

    `address` leads to it; empty where no page shows it, or it is gone.
    """

    entry: Any
    kind: str
    name: str
    changes: list[Change]
    address: str = ""


def audited_tables() -> dict[str, str]:
    """Return what the audit watches: table -> what one row of it is called, by name."""
    watched = {table: _kind(model) for table, model in _models().items() if _is_audited(model)}
    return dict(sorted(watched.items(), key=lambda item: item[1]))


def readable(entries: Sequence[Any], organization: Organization, mask: Mask) -> list[Changed]:
    """Return the entries for reading. A fixed number of queries: one a table that is named, and the catalogues."""
    words = _Words(entries, organization, mask)
    return [words.of(entry) for entry in entries]


class _Words:
    """The names that some entries need, read together."""

    def __init__(self, entries: Sequence[Any], organization: Organization, mask: Mask) -> None:
        self._organization, self._mask = organization, mask
        self._named = things_of(_keys(entries), organization)
        wanted = ids_in([group for entry in entries for group in _groups(entry)])
        for kind, genesys_id in (each for entry in entries for each in _ids(entry)):
            wanted[kind].add(genesys_id)
        self._catalogue = Names(organization, wanted)

    def of(self, entry: Any) -> Changed:
        model = _models().get(entry.table)
        kind = _kind(model) if model else entry.table
        thing = self._thing(model, entry.row)
        return Changed(entry, kind, thing.name or _own_name(entry), list(self._changes(entry, model)), thing.address)

    def _thing(self, model: type[models.Model] | None, key: str) -> Thing:
        return (self._named.get((model, key)) if model else None) or Thing("")

    def _changes(self, entry: Any, model: type[models.Model] | None) -> Iterable[Change]:
        before, after = entry.before or {}, entry.after or {}
        for column in sorted(before.keys() | after.keys()):
            field = _field(model, column)
            was, is_now = self._text(field, before.get(column)), self._text(field, after.get(column))
            personal = (entry.table, column) in ABOUT_CUSTOMERS
            changed = was != is_now
            if personal:
                was, is_now = self._mask.text(was), self._mask.text(is_now)
            if changed and not (entry.operation != "update" and column in UNSAID):
                yield Change(_label(field, column), was, is_now)

    def _text(self, field: models.Field[Any, Any] | None, value: object) -> str:
        if value is None or value in ("", {}, []):
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(field, models.ForeignKey):
            return self._thing(field.related_model, str(value)).name or str(value)
        if isinstance(field, models.DateTimeField):
            return _moment(str(value))
        return self._by_name(field.name if field else "", value)

    def _by_name(self, column: str, value: object) -> str:
        if column in COUNTERS and not value:
            return ""
        if column in IN_CATALOGUES:
            return self._ids_as_names(IN_CATALOGUES[column], value)
        if column == "conditions":
            return self._conditions(value)
        if column == "facts" and isinstance(value, Mapping):
            return "; ".join(self._fact(name, said) for name, said in value.items() if said not in (None, "", []))
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def _ids_as_names(self, kind: str, value: object) -> str:
        return ", ".join(self._catalogue(kind, str(each)) for each in (value if isinstance(value, list) else [value]))

    def _fact(self, name: str, said: object) -> str:
        fact = _fact_named(name)
        if fact is None:
            return f"{name}: {json.dumps(said, ensure_ascii=False)}"
        if fact.catalogue:
            return f"{fact.label}: {self._ids_as_names(fact.catalogue, said)}"
        values = [fact.choices.get(str(each), str(each)) for each in (said if isinstance(said, list) else [said])]
        return f"{fact.label}: {', '.join(values)}{f' {fact.unit}' if fact.unit else ''}"

    def _conditions(self, stored: object) -> str:
        try:
            return self._group(parse(stored))
        except InvalidCondition:
            return json.dumps(stored, ensure_ascii=False)

    def _group(self, group: Group) -> str:
        parts = [
            "".join(part.text for part in condition_sentence(member, self._catalogue))
            if isinstance(member, Condition)
            else f"({self._group(member)})"
            for member in group.members
        ]
        return f"{OPENINGS[group.quantifier]}: {'; '.join(parts)}" if parts else "always"


def _keys(entries: Iterable[Any]) -> dict[type[models.Model], set[str]]:
    """Return the keys whose names are needed: of the changed rows, and of what their columns point to."""
    keys: dict[type[models.Model], set[str]] = {}
    for entry in entries:
        model = _models().get(entry.table)
        if model is None:
            continue
        if has_name(model):
            keys.setdefault(model, set()).add(entry.row)
        for column, value in [*(entry.before or {}).items(), *(entry.after or {}).items()]:
            field = _field(model, column)
            if isinstance(field, models.ForeignKey) and value is not None and has_name(field.related_model):
                keys.setdefault(field.related_model, set()).add(str(value))
    return keys


def _groups(entry: Any) -> Iterable[Group]:
    if entry.table != MappingRule._meta.db_table:
        return
    for columns in (entry.before, entry.after):
        stored = (columns or {}).get("conditions")
        if stored is not None:
            try:
                yield parse(stored)
            except InvalidCondition:
                continue


def _ids(entry: Any) -> Iterable[tuple[str, str]]:
    """Yield the ids of Genesys Cloud that its columns hold: of which catalogue, and the id."""
    for columns in (entry.before or {}, entry.after or {}):
        for column, value in columns.items():
            if column in IN_CATALOGUES:
                yield from _each(IN_CATALOGUES[column], value)
            elif column == "facts" and isinstance(value, Mapping):
                for name, said in value.items():
                    fact = _fact_named(name)
                    yield from _each(fact.catalogue if fact else "", said)


def _each(kind: str, value: object) -> Iterable[tuple[str, str]]:
    if kind:
        yield from ((kind, str(each)) for each in (value if isinstance(value, list) else [value]) if each)


def _fact_named(name: str) -> Fact | None:
    try:
        return fact_named(name)
    except UnknownFact:
        return None


def _label(field: Any, column: str) -> str:
    name = field.name if field else column
    return LABELS.get(name) or _on_screen(field.verbose_name if field else column.replace("_", " "))


def _own_name(entry: Any) -> str:
    columns = {**(entry.before or {}), **(entry.after or {})}
    return str(columns.get("name") or columns.get("username") or columns.get("number") or "")


def _field(model: type[models.Model] | None, column: str) -> Any:
    fields: Iterable[Any] = model._meta.concrete_fields if model else ()
    return next((field for field in fields if field.column == column), None)


def _moment(value: str) -> str:
    moment = parse_datetime(value)
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else value


def _models() -> dict[str, type[models.Model]]:
    return {model._meta.db_table: model for model in apps.get_app_config("wrapups").get_models()}


def _kind(model: type[models.Model]) -> str:
    return _on_screen(model._meta.verbose_name)


def _on_screen(name: object) -> str:
    """Return a name from the code as people spell it."""
    return str(name).replace("wrapup", "wrap-up")


def _is_audited(model: type[models.Model]) -> bool:
    return any(trigger.name == "audited" for trigger in getattr(model._meta, "triggers", ()))
