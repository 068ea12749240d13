"""Which of the alerts there were somebody looks for, as chosen or as it stands in an address."""

from django import forms
from django.http import QueryDict

from dashboard.queries.alert_events import OVER, STANDING, EventFilter
from wrapups.domain.alerting import MEANINGS


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


class EventFilterForm(forms.Form):
    """Reads a filter; what is none of the choices is an error at its field and narrows nothing."""

    condition = forms.ChoiceField(
        label="Alert",
        required=False,
        choices=[("", "any"), *((each.value, meaning.name) for each, meaning in MEANINGS.items())],
        widget=_select(),
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "any"), (STANDING, "still so"), (OVER, "over")],
        widget=_select(),
    )

    def __init__(self, address: QueryDict) -> None:
        super().__init__(address, auto_id="filter-%s")

    def asked(self) -> EventFilter:
        """Return what can be used of it."""
        self.is_valid()
        return EventFilter(**{name: value for name, value in self.cleaned_data.items() if value})
