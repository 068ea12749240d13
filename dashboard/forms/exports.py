"""An export as people ask for it: what kind of file, which columns, and why where customers are shown in it."""

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.queries.exports import COLUMNS, KNOWN_BY, Column
from wrapups.models import Export

LISTED, EVERY, TICKED = "list", "every", "ticked"


class ExportForm(forms.Form):
    """Reads what the file should be. What is in it is the filter of the address, exactly."""

    format = forms.ChoiceField(
        choices=Export.Format.choices,
        initial=Export.Format.WORKBOOK,
        label="File",
        widget=forms.Select({"class": "form-select"}),
    )
    columns = forms.ChoiceField(
        choices=((LISTED, "As in the list"), (TICKED, "Those ticked below"), (EVERY, f"All {len(COLUMNS)} columns")),
        initial=LISTED,
        widget=forms.Select({"class": "form-select"}),
        help_text="There are also ids, the code it carries now, releases, times, notes, counts and errors.",
    )
    ticked = forms.MultipleChoiceField(
        choices=[(name, column.label) for name, column in COLUMNS.items()],
        required=False,
        label="Columns",
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        error_messages={"invalid_choice": "There is no such column."},
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

    def __init__(self, typed: QueryDict | None, *, sees_customers: bool, listed: Collection[str]) -> None:
        """`listed` are the columns of the list as the person sees it: they are ticked at first."""
        self._listed = (KNOWN_BY, *listed)
        super().__init__(typed, initial={"ticked": self._listed}, auto_id="export-%s")
        if not sees_customers:
            del self.fields["with_customers"]

    def ticks(self) -> Iterable[tuple[forms.boundfield.BoundWidget, Column]]:
        """Return each column with its box."""
        return zip(self["ticked"], COLUMNS.values(), strict=True)

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where customers are shown, and for a column where they are to be chosen."""
        cleaned = super().clean() or {}
        if cleaned.get("with_customers") and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Say why customers' numbers and notes have to leave with the file.")
        ticked = cleaned.get("ticked")
        if cleaned.get("columns") == LISTED and ticked and set(ticked) != set(self._listed):
            self.add_error("columns", "You ticked others than the list has. Choose “Those ticked below” to get them.")
        if cleaned.get("columns") == TICKED and not ticked and "ticked" not in self.errors:
            self.add_error("ticked", "Tick at least one column.")
        return cleaned

    def wished(self) -> dict[str, Any]:
        """Return the file's part of `exporting.Wish`. Only for a valid form."""
        chosen = self.cleaned_data
        columns = {LISTED: self._listed, EVERY: tuple(COLUMNS), TICKED: tuple(chosen["ticked"])}
        return {
            "format": Export.Format(chosen["format"]),
            "columns": columns[chosen["columns"]],
            "with_customers": chosen.get("with_customers", False),
            "reason": chosen["reason"],
        }
