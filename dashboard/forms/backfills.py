"""A back-fill as people ask for it: from which day to which, and why; and what becomes of it when it is cancelled."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from dashboard.forms.days import require_days
from wrapups.models import Organization
from wrapups.services.backfilling import MOST_DAYS

USUAL = timedelta(days=89)


class BackfillForm(forms.Form):
    """Reads the days, as the organization counts them. Whole days begin and end at one moment, whatever clocks do."""

    first_day = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last_day = forms.DateField(label="To, included", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(
        max_length=300,
        help_text="It stands in the history, for whoever asks why.",
        error_messages={"required": "Say why."},
    )

    def __init__(self, typed: QueryDict | None, organization: Organization, *, now: datetime) -> None:
        self._today = now.astimezone(ZoneInfo(organization.time_zone)).date()
        super().__init__(
            typed, initial={"first_day": self._today - USUAL, "last_day": self._today}, auto_id="backfill-%s"
        )
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"
        for name in ("first_day", "last_day"):
            self.fields[name].widget.attrs["max"] = self._today.isoformat()
        self.fields["last_day"].help_text = f"Days of {organization.time_zone.replace('_', ' ')}."

    def clean(self) -> dict[str, Any]:
        """Refuse days that cannot be, each at its field."""
        cleaned = super().clean() or {}
        beyond = f"Choose at most {MOST_DAYS} days; the rest can follow in another back-fill."
        require_days(self, cleaned, today=self._today, most=MOST_DAYS, beyond=beyond)
        return cleaned


class CancelForm(forms.Form):
    """What becomes of what was assigned already."""

    GO_ON, CANCEL = "go_on", "cancel"
    assignments = forms.ChoiceField(
        choices=[(GO_ON, "goes on"), (CANCEL, "is cancelled")],
        required=False,
        error_messages={"invalid_choice": "Say which."},
    )

    @property
    def with_assignments(self) -> bool:
        """Whether they are cancelled, too."""
        return bool(self.cleaned_data["assignments"] == self.CANCEL)
