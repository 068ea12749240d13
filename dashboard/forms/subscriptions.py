"""A webhook as an admin types it."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict

from dashboard.forms.naming import proper_name
from wrapups.domain.notices import ALERT, EVENTS
from wrapups.domain.receivers import LONGEST, BadReceiver, require_receiver
from wrapups.domain.status import Status
from wrapups.models import Subscription

MEANINGS = {
    Status.VERIFIED: "the code was read back from Genesys Cloud, and is ours",
    Status.FAILED: "no code could be given; a person has to look",
    Status.OVERRIDDEN: "a person chose another code after ours",
    Status.CONFLICT: "another code was there first; a person has to decide",
}
ALERTED = "something needs somebody; a channel of Alerts says what, and when not"


class SubscriptionForm(forms.Form):
    """What the receiver is called, where it is, and what it wants to hear of."""

    name = forms.CharField(
        max_length=64,
        help_text="For the people here; the receiver never sees it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Name the program that will be told."},
    )
    url = forms.CharField(
        max_length=LONGEST,
        label="Address",
        help_text="An https address on the public internet. Each post is signed, so it need not hold a secret.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url", "placeholder": "https://"}
        ),
        error_messages={"required": "Say where to post to."},
    )
    events = forms.MultipleChoiceField(
        label="Tell it when an assignment is, or there is",
        choices=[*((event.value, MEANINGS[event]) for event in EVENTS), (ALERT, ALERTED)],
        initial=[Status.VERIFIED, Status.FAILED, Status.OVERRIDDEN],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={"required": "Choose at least one of the events."},
    )

    def __init__(self, typed: QueryDict | None, subscription: Subscription | None = None) -> None:
        columns = ("name", "url", "events")
        initial = {name: getattr(subscription, name) for name in columns} if subscription else None
        super().__init__(typed, initial=initial, auto_id="webhook-%s")
        for name in ("name", "url"):
            self.fields[name].widget.attrs["class"] = "form-control"

    def clean_name(self) -> str:
        """Return the name in one form of spelling."""
        return proper_name(self.cleaned_data["name"])

    def clean_url(self) -> str:
        """Refuse an address that we would never post to, before it is kept."""
        url: str = self.cleaned_data["url"]
        try:
            require_receiver(url, this_machine=settings.LOOPBACK_RECEIVERS)
        except BadReceiver as bad:
            raise forms.ValidationError(str(bad)) from None
        return url

    def wanted(self) -> dict[str, Any]:
        """Return what a valid form asks for, for `subscribing.subscribe` and `subscribing.change`."""
        return {name: self.cleaned_data[name] for name in ("name", "url", "events")}
