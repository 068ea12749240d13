"""When a person wants a report by e-mail."""

from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from wrapups.domain.schedules import Every, Schedule

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class ReportMailForm(forms.Form):
    """Reads how often and when, in the zone that the person sees times in."""

    query = forms.CharField(required=False, max_length=1000, strip=False, widget=forms.HiddenInput)
    every = forms.ChoiceField(
        label="How often",
        choices=[(Every.WEEK.value, "every week"), (Every.DAY.value, "every day")],
        widget=forms.Select({"class": "form-select"}),
    )
    weekday = forms.TypedChoiceField(
        label="On",
        coerce=int,
        required=False,
        choices=list(enumerate(WEEKDAYS)),
        help_text="Of a weekly one.",
        widget=forms.Select({"class": "form-select"}),
    )
    hour = forms.TypedChoiceField(
        label="At",
        coerce=int,
        initial=7,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        widget=forms.Select({"class": "form-select"}),
    )

    def schedule(self) -> Schedule:
        """Return the times that a valid form asks for."""
        asked = self.cleaned_data
        zone = ZoneInfo(timezone.get_current_timezone_name())
        return Schedule(Every(asked["every"]), asked["hour"], zone, asked["weekday"] or 0)
