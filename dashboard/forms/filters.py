"""The filter of the lists as people type it, by controls or as a query, or as it stands in an address."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone

from dashboard.forms.filter_chips import Chip, Named, words_of
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
from dashboard.forms.query_form import QueryForm
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.event_ids import LONGEST_EVENT_ID
from dashboard.queries.keyset import MOST, Ended
from dashboard.queries.names import NoSuchName, kinds_like, name_meant
from dashboard.queries.narrowing import FOUND, NO_FINGERPRINT, NOTHING
from dashboard.queries.orders import NEWEST, ORDERS, place_in
from dashboard.queries.owners import owner_meant
from dashboard.query_bar.ids import SHORTEST_BEGINNING, ids_in
from dashboard.query_bar.moments import Ago
from dashboard.query_bar.words import quoted, words_in
from wrapups.domain.status import Status
from wrapups.domain.vocabulary import MEDIA_TYPES
from wrapups.models import DecisionTally, Organization
from wrapups.models.assignments import REASONS

ANY = ("", "any")
FOUND_WORDS = {
    "none": "none",
    "system": "set by Genesys",
    "chosen": "chosen by a person",
    "missing": "none or set by Genesys",
}
MAY_BE_NONE = ("queue", "code")
MOST_OF_A_KIND = 2
"""Of the names that a text may have meant."""
WITHOUT_CHIP = ("status", "view", "order")
FOLDED = (
    "owner",
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
    "event",
)


class AssignmentFilterForm(QueryForm):
    """Reads a filter. What cannot be used is an error at its field and narrows nothing."""

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
    owner = NameField(required=False, max_length=150, label="Handed to")
    agreement = WordField(required=False, label="Agent's choice", choices=[ANY, *DecisionTally.Agreement.choices])
    source = forms.CharField(required=False, max_length=64, label="Said by")
    disposition = forms.CharField(required=False, max_length=128)
    identity = forms.UUIDField(required=False, widget=forms.HiddenInput, label="Rule")
    since = MomentField(required=False, label="Ended from")
    until = MomentField(required=False, label="Ended before")
    error = forms.CharField(required=False, max_length=96, label="Error code")
    http = forms.IntegerField(required=False, min_value=100, max_value=599, label="HTTP status")
    correlation = forms.CharField(required=False, max_length=128, label="Correlation id")
    event = forms.CharField(required=False, max_length=LONGEST_EVENT_ID, label="Event id")
    fingerprint = forms.RegexField(
        rf"^([0-9a-f]{{32}}|{NO_FINGERPRINT})$", required=False, widget=forms.HiddenInput, label="Cause"
    )
    backfill = forms.IntegerField(
        required=False, min_value=1, max_value=MOST, widget=forms.HiddenInput, label="Back-fill"
    )
    bulk = forms.IntegerField(
        required=False, min_value=1, max_value=MOST, widget=forms.HiddenInput, label="Act on many"
    )
    order = WordField(required=False, choices=[(order, order) for order in ORDERS], widget=forms.HiddenInput)
    view = forms.SlugField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, address: QueryDict, organization: Organization) -> None:
        super().__init__(address, auto_id="filter-%s")
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
        if cleaned.get("words") and not self.organization.sight.customers:
            self.add_error("words", "Notes are masked for your role, so you cannot search them. Ask a supervisor.")
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
    def opens(self) -> bool:
        """Whether a field that is folded away is in use or has an error."""
        return any(name in self.errors or self.cleaned_data.get(name) for name in FOLDED)

    def chips(self) -> list[Chip]:
        """Return what is active, each with the address that goes on without it; the status stands in its own tabs."""
        return [self._chip(name) for name in self.filter().parameters() if name not in WITHOUT_CHIP]

    def parts(self) -> list[Chip]:
        """Return what narrows the list: the chips, and the status."""
        status = [self._chip("status")] if self.filter().status else []
        return [*status, *self.chips()]

    def named(self) -> list[Named]:
        """Return the filters that ask for a code, queue, agent or rule where the text that is asked for names one."""
        asked = self.filter()
        text = " ".join(word.value for word in words_in(asked.words))
        found = kinds_like(self.organization, text, most=MOST_OF_A_KIND) if text else []
        return [
            Named(f"{kind}:{quoted(name)}", asked.but(words="", **{kind: name}))
            for kind, name in found
            if not getattr(asked, kind)
        ]

    def _chip(self, name: str) -> Chip:
        field = self.fields[name]
        words = words_of(name, self.cleaned_data[name], field, self.organization)
        return Chip(str(field.label or name.title()), words, self.filter().but(**{name: None}))


def places(address: QueryDict, order: str = NEWEST) -> dict[str, Ended | None]:
    """Return where in a list to go on: below `before`, or above `after`; what is no place in it is its top."""
    return {name: place_in(order, address.get(name, "")) for name in ("before", "after")}


def _meant(organization: Organization, kind: str, typed: str) -> str:
    if typed == NOTHING and kind in MAY_BE_NONE:
        return typed
    try:
        return owner_meant(organization, typed) if kind == "owner" else name_meant(organization, kind, typed)
    except NoSuchName as nobody:
        raise Unclear(str(nobody), nobody.instead) from None


def _instant(moment: datetime | Ago | None) -> datetime | None:
    return moment.at(timezone.localtime()) if isinstance(moment, Ago) else moment


def _asked(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
