"""An audit entry as people read it: which thing, and what it was before and is now, with names for keys."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dashboard.queries.names import Names, ids_in
from wrapups.domain.conditions import Condition, Group, InvalidCondition, Quantifier, parse
from wrapups.domain.masking import Mask
from wrapups.domain.sentences import condition_sentence
from wrapups.models import Assignment, Disposition, Export, MappingRule, Organization, RuleCase, SavedView
from wrapups.models.scoping import Owned

UNSAID = frozenset({"id", "organization_id", "created_at", "updated_at", "seen_at", "read_at", "received_at"})
"""Columns that say nothing to a person where a row appears or disappears as a whole."""

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
    """One changed row. `kind` is what it is ("mapping rule"), `name` which one, where it has a name."""

    entry: Any
    kind: str
    name: str
    changes: list[Change]


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
        self._named = self._names_of_rows(_keys(entries))
        groups = [group for entry in entries for group in _groups(entry)]
        self._catalogue = Names(organization, ids_in(groups))

    def of(self, entry: Any) -> Changed:
        model = _models().get(entry.table)
        kind = _kind(model) if model else entry.table
        name = self._named.get((model, entry.row)) or _own_name(entry)
        return Changed(entry, kind, name, list(self._changes(entry, model)))

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
                yield Change(_on_screen(field.verbose_name if field else column.replace("_", " ")), was, is_now)

    def _text(self, field: models.Field[Any, Any] | None, value: object) -> str:
        if value is None or value in ("", {}, []):
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(field, models.ForeignKey):
            return self._named.get((field.related_model, str(value)), str(value))
        if isinstance(field, models.DateTimeField):
            return _moment(str(value))
        if field is not None and field.name == "conditions":
            return self._conditions(value)
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

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

    def _names_of_rows(self, keys: Mapping[type[models.Model], set[str]]) -> dict[tuple[Any, str], str]:
        names: dict[tuple[Any, str], str] = {}
        for model, wanted in keys.items():
            rows: Any = (
                model.objects.of(self._organization) if issubclass(model, Owned) else model._default_manager.all()
            )
            names.update({(model, str(row.pk)): str(row) for row in rows.filter(pk__in=wanted)})
        return names


def _keys(entries: Iterable[Any]) -> dict[type[models.Model], set[str]]:
    """Return the keys whose names are needed: of the changed rows, and of what their columns point to."""
    keys: dict[type[models.Model], set[str]] = {}
    for entry in entries:
        model = _models().get(entry.table)
        if model is None:
            continue
        if _has_name(model):
            keys.setdefault(model, set()).add(entry.row)
        for column, value in [*(entry.before or {}).items(), *(entry.after or {}).items()]:
            field = _field(model, column)
            if isinstance(field, models.ForeignKey) and value is not None and _has_name(field.related_model):
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


def _own_name(entry: Any) -> str:
    columns = {**(entry.before or {}), **(entry.after or {})}
    return str(columns.get("name") or columns.get("username") or columns.get("number") or "")


def _has_name(model: Any) -> bool:
    columns = {field.name for field in model._meta.get_fields()}
    return bool(columns & {"name", "username", "number"})


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
