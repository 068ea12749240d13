"""An export as people ask for it: what kind of file, which columns, and why where customers are shown in it."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.queries.exports import COLUMNS, KNOWN_BY
from wrapups.models import Export

EVERY = "every"


class ExportForm(forms.Form):
    """Reads what the file should be. What is in it is the filter of the address, exactly."""

    format = forms.ChoiceField(
        choices=Export.Format.choices,
        initial=Export.Format.WORKBOOK,
        label="File",
        widget=forms.Select({"class": "form-select"}),
    )
    columns = forms.ChoiceField(
        choices=(("list", "As in the list"), (EVERY, f"All {len(COLUMNS)} columns")),
        initial="list",
        widget=forms.Select({"class": "form-select"}),
        help_text="All: also ids, the code it carries now, releases, times, notes, counts and errors.",
    )
    with_customers = forms.BooleanField(
        required=False,
        label="Show customers' numbers, participant attributes and notes",
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )
    reason = forms.CharField(
        required=False,
        max_length=300,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        help_text="Needed where customers are shown. It stands in the history.",
    )

    def __init__(self, typed: QueryDict | None, *, sees_customers: bool) -> None:
        super().__init__(typed, auto_id="export-%s")
        if not sees_customers:
            del self.fields["with_customers"]

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where customers are shown."""
        cleaned = super().clean() or {}
        if cleaned.get("with_customers") and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Say why customers' numbers and notes have to leave with the file.")
        return cleaned

    def wished(self, *, listed: Collection[str]) -> dict[str, Any]:
        """Return the file's part of `exporting.Wish`; `listed` are the columns of the list. Only for a valid form."""
        chosen = self.cleaned_data
        return {
            "format": Export.Format(chosen["format"]),
            "columns": tuple(COLUMNS) if chosen["columns"] == EVERY else (KNOWN_BY, *listed),
            "with_customers": chosen.get("with_customers", False),
            "reason": chosen["reason"],
        }
