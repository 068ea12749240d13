"""A key for another program, as an admin asks for it."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.forms.naming import proper_name
from wrapups.domain.scopes import MEANINGS, Scope
from wrapups.models.clock import app_now

MOST_CALLS = 6000
NEVER = "never"
LIVES = {"30": "30 days", "90": "90 days", "365": "a year", NEVER: "until it is revoked"}


class KeyForm(forms.Form):
    """What the program is called, what it may do, how long and how often."""

    name = forms.CharField(
        max_length=64,
        help_text="Dispositions that are posted with it carry this as their source; rules ask for it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Name the program that will use it."},
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(scope.value, meaning) for scope, meaning in MEANINGS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one; a key that may do nothing is of no use."},
    )
    lives = forms.ChoiceField(label="It is good for", choices=list(LIVES.items()), initial="90")
    calls_per_minute = forms.IntegerField(
        label="Calls a minute",
        min_value=1,
        max_value=MOST_CALLS,
        initial=600,
        help_text="A tenth of them may come at once, the others evenly; more are answered 429, with the time to wait.",
    )

    def __init__(self, typed: QueryDict | None) -> None:
        super().__init__(typed, auto_id="key-%s")
        for name in ("name", "calls_per_minute"):
            self.fields[name].widget.attrs["class"] = "form-control"
        self.fields["lives"].widget.attrs["class"] = "form-select"
        self.fields["scopes"].widget.attrs["class"] = "form-check-input"

    def clean_name(self) -> str:
        """Return the name in one form of spelling."""
        return proper_name(self.cleaned_data["name"])

    def wanted(self) -> dict[str, Any]:
        """Return what a valid form asks for, for `keys.add_key`."""
        return {
            "name": self.cleaned_data["name"],
            "scopes": [Scope(each) for each in self.cleaned_data["scopes"]],
            "calls_per_minute": self.cleaned_data["calls_per_minute"],
            "expires_at": _expiry(self.cleaned_data["lives"]),
        }


def _expiry(lives: str) -> datetime | None:
    return None if lives == NEVER else app_now() + timedelta(days=int(lives))
