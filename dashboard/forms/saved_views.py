"""A saved view, as a person names it and says who sees it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from django import forms
from django.http import QueryDict

from dashboard.forms.filters import AssignmentFilterForm
from dashboard.forms.naming import proper_name
from dashboard.queries.assignments import AssignmentFilter
from wrapups.models import SavedView

FIXED = ""
ROLLING = {"24": "the last 24 hours", "168": "the last 7 days", "672": "the last 28 days"}


class ViewForm(forms.Form):
    """What it is called, and whether everybody in the organization finds it."""

    name = forms.CharField(
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "form-control"}),
        error_messages={"required": "Give the view a name."},
    )
    shared = forms.BooleanField(
        required=False,
        label="Share it with everybody in the organization",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, typed: QueryDict | None, view: SavedView | None = None) -> None:
        initial = {"name": view.name, "shared": view.shared} if view else {}
        super().__init__(typed, initial=initial, auto_id="view-%s")

    def clean_name(self) -> str:
        """Return the name in one form of spelling."""
        return proper_name(self.cleaned_data["name"])


class NewViewForm(ViewForm):
    """The same for a new one, and how it follows the clock where the search begins at a time."""

    default = forms.BooleanField(
        required=False,
        label="Open my list with it",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    rolling = forms.ChoiceField(
        required=False, label="Ended from", widget=forms.Select(attrs={"class": "form-select"}), choices=()
    )

    def __init__(self, typed: QueryDict | None, asked: AssignmentFilter) -> None:
        super().__init__(typed)
        if asked.since and not asked.until:
            fixed = (FIXED, f"always {asked.parameters()['since'].replace('T', ' ')}")
            self.fields["rolling"].choices = [fixed, *ROLLING.items()]  # type: ignore[attr-defined]
        else:
            del self.fields["rolling"]

    @property
    def rolling_h(self) -> int | None:
        """How many hours back the view begins; None where it begins at a fixed time, or at none."""
        return int(self.cleaned_data.get("rolling") or 0) or None


def words_of(view: SavedView) -> Sequence[tuple[str, str]]:
    """Return what the view asks for, as label and value, for a list of views."""
    fields: dict[str, Any] = AssignmentFilterForm.base_fields
    asked = [(name, value) for name, value in parse_qsl(view.query) if not (name == "since" and view.rolling_h)]
    words = [(str(fields[name].label or name.title()), value) for name, value in asked if name in fields]
    return [*words, ("Ended in", ROLLING[str(view.rolling_h)])] if str(view.rolling_h) in ROLLING else words
