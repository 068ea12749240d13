"""What narrows a list of the catalogue, as it stands in an address."""

from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.queries import catalogue
from wrapups.models import Division, Organization

STATES = (("", "all"), ("listed", "listed now"), ("gone", "gone"))


class CatalogueFilterForm(forms.Form):
    """What cannot be used narrows nothing. Divisions have no division."""

    q = forms.CharField(required=False, max_length=256, label="Name", empty_value="")
    state = forms.ChoiceField(required=False, choices=STATES, label="In Genesys")
    division = forms.ChoiceField(required=False)

    def __init__(self, address: QueryDict, organization: Organization, *, kind: str) -> None:
        typed = address.copy()
        typed["q"] = address.get("q", "").replace("\x00", "").strip()[:256]
        super().__init__(typed, auto_id="filter-%s")
        if kind == "divisions":
            del self.fields["division"]
        else:
            names = Division.objects.of(organization).order_by("name").values_list("genesys_id", "name")
            self.fields["division"].choices = [("", "all"), *names]  # type: ignore[attr-defined]
        if kind == "agents":
            self.fields["q"].label = "Name or e-mail"
        self.fields["q"].widget = forms.TextInput({"type": "search", "autocomplete": "off", "maxlength": "256"})
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
        self.is_valid()

    @property
    def narrows(self) -> bool:
        """Whether anything is asked at all."""
        return any(self.cleaned_data.values())

    def apply(self, listed: Any) -> Any:
        """Return the rows that are asked for."""
        asked = self.cleaned_data
        rows = catalogue.narrowed(listed, state=asked.get("state", ""), division=asked.get("division", ""))
        return catalogue.named_like(rows, asked.get("q", ""))
