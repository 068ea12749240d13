"""The filter of the history as people type it, or as it stands in an address."""

from typing import cast

from django import forms
from django.db.models.functions import Lower
from django.http import QueryDict

from dashboard.queries.diffs import audited_tables
from dashboard.queries.history import HistoryFilter, verbs_of
from wrapups.models import ApiKey, Organization, Person

KEY_MAX = 2**63 - 1


class HistoryFilterForm(forms.Form):
    """Reads a filter; what cannot be used is an error at its field and narrows nothing."""

    who = forms.ChoiceField(required=False)
    verb = forms.ChoiceField(required=False, label="What they did")
    table = forms.ChoiceField(required=False, label="What")
    row = forms.CharField(required=False, max_length=64, label="Its key")
    since = forms.DateTimeField(
        required=False,
        label="Since",
        widget=forms.DateTimeInput({"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M"),
    )
    act = forms.IntegerField(required=False, min_value=1, max_value=KEY_MAX, widget=forms.HiddenInput)

    def __init__(self, address: QueryDict, organization: Organization, *, changes: bool) -> None:
        super().__init__(address, auto_id="filter-%s")
        self._choose(
            "who",
            [("", "anybody"), *([("system", "the engine")] if changes else []), *_people_and_programs(organization)],
        )
        self._choose("table", [("", "anything"), *audited_tables().items()])
        if changes:
            del self.fields["verb"]
        else:
            del self.fields["table"], self.fields["row"], self.fields["act"]
            self._choose("verb", [("", "anything"), *((verb, verb) for verb in verbs_of(organization))])
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"

    def filter(self) -> HistoryFilter:
        """Return what can be used of it."""
        self.is_valid()
        return HistoryFilter(**{name: value for name, value in self.cleaned_data.items() if value})

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


def _people_and_programs(organization: Organization) -> list[tuple[str, str]]:
    members = Person.objects.filter(memberships__organization=organization).order_by(Lower("username"))
    people = [(f"person:{person.pk}", person.get_full_name() or person.username) for person in members]
    keys = ApiKey.objects.of(organization).order_by(Lower("name"))
    return people + [(f"key:{key.pk}", f"API key {key.name}") for key in keys]
