"""A what-if as people ask for it, and the filter of what it found as it stands in an address."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from dashboard.forms.days import require_days
from dashboard.queries.what_ifs import ChangeFilter
from wrapups.models import Organization, Queue, WhatIfChange
from wrapups.services.what_ifs import MOST_DAYS

THESE_DAYS = "days"
STRETCHES = (
    ("7", "The last 7 days"),
    ("30", "The last 30 days"),
    ("90", "The last 90 days"),
    (THESE_DAYS, "These days"),
)
MOST_QUEUES = 2000


class WhatIfForm(forms.Form):
    """Reads the days, as the organization counts them, and the queues; none ticked means every queue."""

    stretch = forms.ChoiceField(choices=STRETCHES, initial="30", error_messages={"required": "Choose the days."})
    first_day = forms.DateField(
        required=False, label="From", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        required=False, label="To, included", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    queues = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": "One of these queues is not known any more. Choose again."}
    )

    def __init__(self, typed: QueryDict | None, organization: Organization, *, now: datetime, **options: Any) -> None:
        super().__init__(typed, auto_id="what-if-%s", **options)
        self._today = now.astimezone(ZoneInfo(organization.time_zone)).date()
        rows = Queue.objects.of(organization).filter(gone_at=None).order_by("name", "pk")
        self._queues = {str(queue.pk): queue for queue in rows[:MOST_QUEUES]}
        self.fields["queues"].choices = [(key, queue.name) for key, queue in self._queues.items()]  # type: ignore[attr-defined]
        for name in ("first_day", "last_day"):
            self.fields[name].widget.attrs.update({"class": "form-control", "max": self._today.isoformat()})
        self.fields["last_day"].help_text = f"Days of {organization.time_zone.replace('_', ' ')}."

    @property
    def chosen_queues(self) -> list[str]:
        """The keys of the queues that are ticked."""
        return [str(key) for key in self["queues"].value() or []]

    def clean(self) -> dict[str, Any]:
        """Refuse days that cannot be, each at its field."""
        cleaned = super().clean() or {}
        if cleaned.get("stretch") == THESE_DAYS:
            self._require_days(cleaned)
        return cleaned

    def asked(self) -> dict[str, Any]:
        """Return the arguments of `what_ifs.ask`. Only for a valid form."""
        stretch = self.cleaned_data["stretch"]
        if stretch == THESE_DAYS:
            first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        else:
            first, last = self._today - timedelta(days=int(stretch) - 1), self._today
        queues = [self._queues[key] for key in self.cleaned_data["queues"]]
        return {"first_day": first, "last_day": last, "queues": queues}

    def _require_days(self, cleaned: dict[str, Any]) -> None:
        for name in ("first_day", "last_day"):
            if cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, "Choose a day.")
        require_days(self, cleaned, today=self._today, most=MOST_DAYS, beyond=f"Choose at most {MOST_DAYS} days.")


class ChangeFilterForm(forms.Form):
    """Reads which changes are asked for. What cannot be used narrows nothing."""

    kind = forms.ChoiceField(required=False, choices=[("", "any"), *WhatIfChange.Kind.choices])
    queue = forms.CharField(required=False, max_length=64)
    from_code = forms.CharField(required=False, max_length=64)
    to_code = forms.CharField(required=False, max_length=64)
    from_rule = forms.CharField(required=False, max_length=120)
    to_rule = forms.CharField(required=False, max_length=120)

    def filter(self) -> ChangeFilter:
        """Return what can be used of it."""
        self.is_valid()
        return ChangeFilter(**{name: value for name, value in self.cleaned_data.items() if value})
