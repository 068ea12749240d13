"""A saved view, as a person names it and says who sees it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.forms.filters import AssignmentFilterForm
from dashboard.forms.naming import proper_name
from dashboard.queries.saved_views import parameters_of
from wrapups.models import SavedView


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
    """The same for a new one."""

    default = forms.BooleanField(
        required=False,
        label="Open my list with it",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


def words_of(view: SavedView) -> Sequence[tuple[str, str]]:
    """Return what the view asks for, as label and value, for a list of views."""
    fields: dict[str, Any] = AssignmentFilterForm.base_fields
    asked = parameters_of(view).items()
    return [(str(fields[name].label or name.title()), value) for name, value in asked if name in fields]
