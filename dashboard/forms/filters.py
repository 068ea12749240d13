"""The filter of the lists as people type it, by controls or as a query, or as it stands in an address."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone

from dashboard.forms.filter_fields import (
    IdsField,
    MomentField,
    MomentInput,
    NameField,
    TextField,
    Unclear,
    WordField,
    as_typed,
)
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.keyset import MOST, Ended
from dashboard.queries.names import NoSuchName, name_meant
from dashboard.queries.narrowing import FOUND, NO_FINGERPRINT, NOTHING
from dashboard.queries.orders import NEWEST, ORDERS, place_in
from dashboard.query_bar.keys import BY_PARAMETER, KEYS, Key
from dashboard.query_bar.moments import Ago
from dashboard.query_bar.reading import SHORTEST_BEGINNING, Fault, Reading, ids_in, read
from dashboard.query_bar.troubles import Trouble, in_parts, troubles_of
from dashboard.query_bar.words import quoted
from dashboard.query_bar.writing import write
from dashboard.templatetags.ids import shorten
from wrapups.domain.status import Status
from wrapups.domain.vocabulary import MEDIA_TYPES
from wrapups.models import DecisionTally, MappingRule, Organization
from wrapups.models.assignments import REASONS

ANY = ("", "any")
FOUND_WORDS = {
    "none": "none",
    "system": "set by Genesys",
    "chosen": "chosen by a person",
    "missing": "none or set by Genesys",
}
MAY_BE_NONE = ("queue", "code")
WITHOUT_CHIP = ("status", "view", "order")
BESIDE_QUERY = ("view",)
"""What the bar's own form sends along: it narrows nothing, so no query says it."""
FOLDED = (
    "division",
    "agent",
    "rule",
    "release",
    "media_type",
    "found",
    "agreement",
    "reason",
    "source",
    "disposition",
    "error",
    "http",
    "correlation",
)


@dataclass(frozen=True, slots=True)
class Chip:
    """One active part of a filter; `rest` is the filter without it."""

    label: str
    words: str
    rest: AssignmentFilter


class AssignmentFilterForm(forms.Form):
    """Reads a filter. What cannot be used is an error at its field, and at its word, and narrows nothing."""

    status = WordField(required=False, choices=[ANY, *((s.value, s.value) for s in Status)])
    q = forms.CharField(required=False, max_length=20_000, min_length=SHORTEST_BEGINNING, label="Id")
    ids = IdsField(required=False, widget=forms.HiddenInput)
    words = TextField(required=False, max_length=500, label="Notes")
    queue = NameField(required=False, max_length=256)
    division = NameField(required=False, max_length=256)
    agent = NameField(required=False, max_length=256)
    code = NameField(required=False, max_length=256, label="Code wanted")
    rule = NameField(required=False, max_length=120)
    release = forms.IntegerField(required=False, min_value=1, max_value=MOST)
    media_type = WordField(required=False, label="Media", choices=[ANY, *MEDIA_TYPES.items()])
    found = WordField(required=False, label="Code found", choices=[ANY, *((name, FOUND_WORDS[name]) for name in FOUND)])
    reason = WordField(required=False, choices=[ANY, *REASONS.items()])
    agreement = WordField(required=False, label="Agent's choice", choices=[ANY, *DecisionTally.Agreement.choices])
    source = forms.CharField(required=False, max_length=64, label="Said by")
    disposition = forms.CharField(required=False, max_length=128)
    identity = forms.UUIDField(required=False, widget=forms.HiddenInput, label="Rule")
    since = MomentField(required=False, label="Ended from")
    until = MomentField(required=False, label="Ended before")
    error = forms.CharField(required=False, max_length=96, label="Error code")
    http = forms.IntegerField(required=False, min_value=100, max_value=599, label="HTTP status")
    correlation = forms.CharField(required=False, max_length=128, label="Correlation id")
    fingerprint = forms.RegexField(
        rf"^([0-9a-f]{{32}}|{NO_FINGERPRINT})$", required=False, widget=forms.HiddenInput, label="Cause"
    )
    backfill = forms.IntegerField(
        required=False, min_value=1, max_value=MOST, widget=forms.HiddenInput, label="Back-fill"
    )
    order = WordField(required=False, choices=[(order, order) for order in ORDERS], widget=forms.HiddenInput)
    view = forms.SlugField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, address: QueryDict, organization: Organization) -> None:
        self.text = address.get("query", "").strip()
        self.reading: Reading = read(self.text)
        super().__init__(_told(address, self.reading), auto_id="filter-%s")
        self.organization = organization
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            if isinstance(field, NameField):
                field.meant = partial(_meant, organization, name)
                field.widget.attrs.update({"list": f"names-{name}", "autocomplete": "off", "data-picks": True})
            if isinstance(field, MomentField):
                field.widget = MomentInput({"step": "60", "class": "form-control"}, format="%Y-%m-%dT%H:%M")

    def clean(self) -> dict[str, Any]:
        """Put pasted ids where ids belong, and refuse a time that ends before it begins."""
        cleaned = super().clean() or {}
        pasted = ids_in(cleaned.get("q", ""))
        if pasted:
            cleaned["ids"] = tuple(dict.fromkeys([*cleaned.get("ids", ()), *pasted]))
            cleaned["q"] = ""
        since, until = (_instant(cleaned.get(name)) for name in ("since", "until"))
        if since and until and since >= until:
            self.add_error("until", "Choose a time after the first one.")
        return cleaned

    def full_clean(self) -> None:
        """Show in each control what was understood."""
        super().full_clean()
        for name, value in getattr(self, "cleaned_data", {}).items():
            self.data[name] = as_typed(value) if value else ""  # type: ignore[index]

    def filter(self) -> AssignmentFilter:
        """Return what can be used of it."""
        self.is_valid()
        return AssignmentFilter(**{name: _asked(value) for name, value in self.cleaned_data.items() if value})

    @property
    def keys(self) -> Collection[Key]:
        """What a query can ask for."""
        return KEYS.values()

    @property
    def opens(self) -> bool:
        """Whether a field that is folded away is in use or has an error."""
        return any(name in self.errors or self.cleaned_data.get(name) for name in FOLDED)

    @cached_property
    def troubles(self) -> list[Trouble]:
        """Return what is wrong with the query, in the order of its words."""
        faults = [*self.reading.faults, *(fault for name in self.errors for fault in self._faults_of(name))]
        return troubles_of(self.text, faults)

    @property
    def query(self) -> str:
        """Return what stands in the bar: the query as it was typed while something is wrong with it, or else anew."""
        return self.text if self.troubles else write(self.filter().parameters())

    @property
    def query_in_parts(self) -> list[tuple[str, bool]]:
        """Return the query in parts, each with whether something is wrong with it."""
        return in_parts(self.text, self.troubles)

    @property
    def leads_on(self) -> bool:
        """Whether it came as a query that was understood whole: what it asks for has one address of its own."""
        return "query" in self.data and not self.troubles

    def address(self, **place: object) -> str:
        """Return the one address of what is asked, from "?" on; of a faulty query the one that shows its faults."""
        if self.troubles:
            kept = {"query": self.text, **{name: self.data.get(name) for name in BESIDE_QUERY}}
            return f"?{urlencode({name: value for name, value in kept.items() if value})}"
        return self.filter().query_string(**place)

    def chips(self) -> list[Chip]:
        """Return what is active, each with the address that goes on without it; the status stands in its own tabs."""
        return [self._chip(name) for name in self.filter().parameters() if name not in WITHOUT_CHIP]

    def parts(self) -> list[Chip]:
        """Return what narrows the list: the chips, and the status."""
        status = [self._chip("status")] if self.filter().status else []
        return [*status, *self.chips()]

    def _chip(self, name: str) -> Chip:
        label = str(self.fields[name].label or name.title())
        return Chip(label, self._words(name), self.filter().but(**{name: None}))

    def _words(self, name: str) -> str:
        value, field = self.cleaned_data[name], self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices)[value])  # type: ignore[arg-type]
        if isinstance(value, datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        if isinstance(value, Ago):
            return value.words
        return WORDS[name](self, value) if name in WORDS else str(value)

    def rule_called(self, identity: UUID) -> str:
        """Return the name that the rule has in its newest release."""
        rules = MappingRule.objects.of(self.organization).filter(identity=identity).order_by("-release__number")
        return rules.values_list("name", flat=True).first() or "one that does not exist"

    def _faults_of(self, name: str) -> list[Fault]:
        if name not in self.reading.places:
            return []
        key = f"{BY_PARAMETER[name].name}:" if name in BY_PARAMETER else ""
        return [
            Fault(*self.reading.places[name], " ".join(error.messages), _instead(key, error))
            for error in self.errors.as_data()[name]
        ]


WORDS: dict[str, Callable[[AssignmentFilterForm, Any], str]] = {
    **dict.fromkeys(MAY_BE_NONE, lambda _, name: "none" if name == NOTHING else name),
    "identity": AssignmentFilterForm.rule_called,
    "fingerprint": lambda _, fingerprint: f"{fingerprint[:8]}…",
    "ids": lambda _, ids: shorten(ids[0]) if len(ids) == 1 else f"{len(ids)} of them",
}
"""What a chip says where it is not the value itself."""


def places(address: QueryDict, order: str = NEWEST) -> dict[str, Ended | None]:
    """Return where in a list to go on: below `before`, or above `after`; what is no place in it is its top."""
    return {name: place_in(order, address.get(name, "")) for name in ("before", "after")}


def _told(address: QueryDict, reading: Reading) -> QueryDict:
    """Return the address with what its query says in place of what it says itself."""
    told = address.copy()
    for name, value in reading.parameters.items():
        told[name] = value
    return told


def _meant(organization: Organization, kind: str, typed: str) -> str:
    if typed == NOTHING and kind in MAY_BE_NONE:
        return typed
    try:
        return name_meant(organization, kind, typed)
    except NoSuchName as nobody:
        raise Unclear(str(nobody), nobody.instead) from None


def _instead(key: str, error: Any) -> tuple[str, ...]:
    return tuple(f"{key}{quoted(word)}" for word in getattr(error, "instead", ()))


def _instant(moment: datetime | Ago | None) -> datetime | None:
    return moment.at(timezone.localtime()) if isinstance(moment, Ago) else moment


def _asked(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
