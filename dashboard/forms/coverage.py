"""Which part of the coverage map is shown, and which of its cells."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict

from dashboard.queries.coverage import CoverageFilter

MOST_PAGES = 1000


class CoverageForm(forms.Form):
    """Reads the map's filter. What cannot be used is an error at its field and narrows nothing."""

    queue = forms.CharField(
        required=False, max_length=256, label="Queue", widget=forms.TextInput({"class": "form-control"})
    )
    rows = forms.IntegerField(required=False, min_value=1, max_value=MOST_PAGES, widget=forms.HiddenInput)
    columns = forms.IntegerField(required=False, min_value=1, max_value=MOST_PAGES, widget=forms.HiddenInput)

    def __init__(self, address: QueryDict, *, sources: Sequence[str], divisions: Sequence[str]) -> None:
        super().__init__(address, auto_id="coverage-%s")
        for name, every, choices in (("division", "every division", divisions), ("source", "every source", sources)):
            self.fields[name] = forms.ChoiceField(
                required=False,
                label={"division": "Division", "source": "Said by"}[name],
                choices=[("", every), *((each, each) for each in choices)],
                widget=forms.Select({"class": "form-select"}),
            )

    def filter(self) -> CoverageFilter:
        """Return what can be used of it."""
        self.is_valid()
        return CoverageFilter(**{name: value for name, value in self.cleaned_data.items() if value})


class CellForm(forms.Form):
    """Reads which cell is asked for; `queue` is a Genesys id, or empty for a disposition on all queues."""

    source = forms.CharField(required=False, max_length=64, strip=False)
    disposition = forms.CharField(required=False, max_length=128, strip=False)
    queue = forms.CharField(required=False, max_length=64)
