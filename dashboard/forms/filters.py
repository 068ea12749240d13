"""The filter of the lists as people type it, or as it stands in an address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone

from dashboard.queries.assignments import FOUND, NO_FINGERPRINT, AssignmentFilter
from dashboard.queries.keyset import MOST, Ended
from dashboard.queries.names import NAMED, WORDS
from wrapups.domain.status import Status
from wrapups.domain.vocabulary import MEDIA_TYPES
from wrapups.models import DecisionTally, MappingRule, Organization
from wrapups.models.assignments import REASONS

NAMES = ("queue", "agent", "code", "rule")
FOLDED = ("agent", "rule", "media_type", "found", "agreement", "reason", "source", "disposition")
WITHOUT_CHIP = ("status", "view")
ANY = ("", "any")
FOUND_WORDS = {"none": "none", "system": "set by Genesys", "chosen": "chosen by a person"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One active part of a filter; `rest` is the filter without it."""

    label: str
    words: str
    rest: AssignmentFilter


class AssignmentFilterForm(forms.Form):
    """Reads a filter. What cannot be used is an error at its field and narrows nothing."""

    status = forms.ChoiceField(required=False, choices=[ANY, *((s.value, s.value) for s in Status)])
    q = forms.CharField(required=False, max_length=64, label="Id")
    queue = forms.CharField(required=False, max_length=256)
    agent = forms.CharField(required=False, max_length=256)
    code = forms.CharField(required=False, max_length=256, label="Code wanted")
    rule = forms.CharField(required=False, max_length=120)
    media_type = forms.ChoiceField(required=False, label="Media", choices=[ANY, *MEDIA_TYPES.items()])
    found = forms.ChoiceField(
        required=False, label="Code found", choices=[ANY, *((name, FOUND_WORDS[name]) for name in FOUND)]
    )
    reason = forms.ChoiceField(required=False, choices=[ANY, *REASONS.items()])
    agreement = forms.ChoiceField(
        required=False, label="Agent's choice", choices=[ANY, *DecisionTally.Agreement.choices]
    )
    source = forms.CharField(required=False, max_length=64, label="Said by")
    disposition = forms.CharField(required=False, max_length=128)
    identity = forms.UUIDField(required=False, widget=forms.HiddenInput, label="Rule")
    since = forms.DateTimeField(required=False, label="Ended from")
    until = forms.DateTimeField(required=False, label="Ended before")
    fingerprint = forms.RegexField(
        rf"^([0-9a-f]{{32}}|{NO_FINGERPRINT})$", required=False, widget=forms.HiddenInput, label="Cause"
    )
    backfill = forms.IntegerField(
        required=False, min_value=1, max_value=MOST, widget=forms.HiddenInput, label="Back-fill"
    )
    view = forms.SlugField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, address: QueryDict, organization: Organization) -> None:
        super().__init__(address, auto_id="filter-%s")
        self.organization = organization
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
        for name in NAMES:
            self.fields[name].widget.attrs.update({"list": f"names-{name}", "autocomplete": "off", "data-picks": True})
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateTimeInput(
                {"type": "datetime-local", "step": "60", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
            )

    def clean(self) -> dict[str, Any]:
        """Refuse names that nothing has, each at its field."""
        cleaned = super().clean() or {}
        for name in NAMES:
            if cleaned.get(name) and not self._exists(name, cleaned[name]):
                self.add_error(name, f"No {WORDS[name]} is called “{cleaned[name]}”.")
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since >= until:
            self.add_error("until", "Choose a time after the first one.")
        return cleaned

    def filter(self) -> AssignmentFilter:
        """Return what can be used of it."""
        self.is_valid()
        return AssignmentFilter(**{name: _asked(value) for name, value in self.cleaned_data.items() if value})

    @property
    def opens(self) -> bool:
        """Whether a field that is folded away is in use or has an error."""
        return any(name in self.errors or self.cleaned_data.get(name) for name in FOLDED)

    def chips(self) -> list["Chip"]:
        """Return what is active, each with the address that goes on without it."""
        asked = self.filter()
        return [
            Chip(str(self.fields[name].label or name.title()), self._words(name), asked.but(**{name: None}))
            for name in asked.parameters()
            if name not in WITHOUT_CHIP
        ]

    def _words(self, name: str) -> str:
        value, field = self.cleaned_data[name], self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices)[value])  # type: ignore[arg-type]
        if isinstance(value, datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        if name == "identity":
            return self._rule_called(value)
        return f"{value[:8]}…" if name == "fingerprint" else str(value)

    def _rule_called(self, identity: UUID) -> str:
        """Return the name that the rule has in its newest release."""
        rules = MappingRule.objects.of(self.organization).filter(identity=identity).order_by("-release__number")
        return rules.values_list("name", flat=True).first() or "one that does not exist"

    def _exists(self, kind: str, name: str) -> bool:
        return bool(NAMED[kind].objects.of(self.organization).filter(name__iexact=name).exists())


def _asked(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def places(address: QueryDict) -> dict[str, Ended | None]:
    """Return where in a list to go on: below `before`, or above `after`; what is no place is the top of the list."""
    return {name: Ended.read(address.get(name, "")) for name in ("before", "after")}
