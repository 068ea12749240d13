"""How long each kind of row is kept, as people type it."""

from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from wrapups.domain.retention import MOST_DAYS, PERIODS, Kind, days_kept
from wrapups.models import Organization


class RetentionForm(forms.Form):
    """Days for each kind, within its bounds. What is left at its default is not kept as a choice."""

    def __init__(self, typed: QueryDict | None, organization: Organization, *, may_change: bool) -> None:
        super().__init__(typed, auto_id="retention-%s")
        now = days_kept(organization.retention)
        for kind, period in PERIODS.items():
            self.fields[kind.value] = forms.IntegerField(
                min_value=period.least,
                max_value=MOST_DAYS,
                initial=now[kind],
                label=period.words,
                help_text=f"{period.because} At least {period.least}, by default {period.days} days.",
                disabled=not may_change,
                widget=forms.NumberInput(attrs={"class": "form-control"}),
            )

    def rows(self) -> Iterable[tuple[forms.BoundField, str, str]]:
        """Yield each field with its kind and unit, as a policy is shown."""
        return [(field, "number", "days") for field in self]

    def chosen(self) -> dict[str, int]:
        """Return what a valid form chooses that is not the default, as it is stored."""
        days = {Kind(name): value for name, value in self.cleaned_data.items()}
        return {kind.value: value for kind, value in days.items() if value != PERIODS[kind].days}
