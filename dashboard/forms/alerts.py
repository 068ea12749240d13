"""Channels and rules of alerts as an admin types them."""

import re
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.http import QueryDict

from dashboard.forms.naming import proper_name
from dashboard.queries.alerts import WEEKDAYS, webhooks_for_alerts
from wrapups.domain.alerting import MEANINGS, Condition
from wrapups.domain.receivers import LONGEST
from wrapups.models import AlertChannel, AlertRule, Organization, Subscription
from wrapups.services.alert_channels import MOST_ADDRESSES, Wanted
from wrapups.services.alert_rules import Setting

Kind = AlertChannel.Kind
DAYS = list(enumerate(WEEKDAYS))
MUTES = [(1, "1 hour"), (4, "4 hours"), (8, "8 hours"), (24, "a day"), (72, "3 days"), (168, "a week")]
PLACES = {Kind.EMAIL: "addresses", Kind.SLACK: "slack_url", Kind.WEBHOOK: "subscription"}
"""Of each kind of channel, the field that says where it leads."""


def _checks() -> forms.CheckboxSelectMultiple:
    return forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})


def _time() -> forms.TimeInput:
    return forms.TimeInput(attrs={"class": "form-control", "type": "time"}, format="%H:%M")


def _days(label: str) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(label=label, choices=DAYS, coerce=int, required=False, widget=_checks())


class ChannelForm(forms.Form):
    """Where alerts go, which of them, and when not."""

    name = forms.CharField(
        max_length=64,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": "Give the channel a name."},
    )
    addresses = forms.CharField(
        label="E-mail addresses",
        max_length=3000,
        help_text=f"One a line, at most {MOST_ADDRESSES}. Each sees the others.",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3, "spellcheck": "false"}),
        error_messages={"required": "Enter at least one address."},
    )
    slack_url = forms.CharField(
        label="Slack's address",
        max_length=LONGEST,
        help_text="Of an incoming webhook: https://hooks.slack.com/services/… Stored sealed, never shown again.",
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the address that Slack made for the incoming webhook."},
    )
    subscription: forms.ModelChoiceField[Subscription] = forms.ModelChoiceField(
        label="Webhook",
        queryset=None,
        help_text="One that wants to hear of alerts. Posts are signed, tried again and on record there.",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Choose a webhook.", "invalid_choice": "Choose one of the webhooks."},
    )
    conditions = forms.MultipleChoiceField(
        label="Tell it of",
        choices=[(each.value, meaning.name) for each, meaning in MEANINGS.items()],
        initial=[each.value for each in MEANINGS],
        widget=_checks(),
        error_messages={"required": "Choose at least one alert."},
    )
    quiet_from = forms.TimeField(label="Quiet from", required=False, widget=_time())
    quiet_until = forms.TimeField(label="until", required=False, widget=_time())
    quiet_days = _days("Quiet all day on")

    def __init__(
        self, typed: QueryDict | None, organization: Organization, kind: Kind, channel: AlertChannel | None = None
    ) -> None:
        super().__init__(typed, initial=_as_typed(channel) if channel else None, auto_id="alert-%s")
        self.kind = kind
        for other, place in PLACES.items():
            if other != kind:
                del self.fields[place]
        if kind == Kind.WEBHOOK:
            self.fields["subscription"].queryset = webhooks_for_alerts(organization)  # type: ignore[attr-defined]
        if kind == Kind.SLACK and channel is not None:
            self.fields["slack_url"].required = False
            self.fields["slack_url"].help_text = f"Now one at {channel.host}. Leave it empty to keep it."

    @property
    def place(self) -> forms.BoundField:
        """The field that says where the channel leads."""
        return self[PLACES[self.kind]]

    def clean_name(self) -> str:
        """Return the name in one form of spelling."""
        return proper_name(self.cleaned_data["name"])

    def clean_addresses(self) -> list[str]:
        """Return the addresses, each once; refuse the first that is none."""
        typed = [each for each in re.split(r"[\s,;]+", self.cleaned_data["addresses"]) if each]
        for each in typed:
            try:
                validate_email(each)
            except forms.ValidationError:
                raise forms.ValidationError(f"{each[:100]} is not an e-mail address.") from None
        if len(set(typed)) > MOST_ADDRESSES:
            raise forms.ValidationError(f"Enter at most {MOST_ADDRESSES} addresses, or one of a group.")
        return list(dict.fromkeys(typed))

    def wanted(self) -> Wanted:
        """Return what a valid form asks for."""
        return Wanted(kind=self.kind, **self.cleaned_data)


class RuleForm(forms.Form):
    """How one condition is told."""

    enabled = forms.BooleanField(
        label="Tell of it", required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
    )
    urgent = forms.BooleanField(
        label="Urgent: tell it in quiet hours, too",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    threshold = forms.IntegerField(
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages={"required": "Enter a whole number.", "invalid": "Enter a whole number."},
    )
    work_from = forms.TimeField(label="Working hours from", widget=_time())
    work_until = forms.TimeField(label="until", widget=_time())
    work_days = _days("On")

    def __init__(self, typed: QueryDict | None, rule: AlertRule) -> None:
        condition = Condition(rule.condition)
        initial = {name: getattr(rule, name) for name in Setting.__slots__}
        super().__init__(typed, initial=initial, auto_id="alert-%s")
        bounds = MEANINGS[condition].threshold
        if bounds is None:
            del self.fields["threshold"]
        else:
            self.fields["threshold"].label = f"From how many {bounds.unit} on"
            self.fields["threshold"].help_text = f"{bounds.least:,} to {bounds.most:,}; at first {bounds.default:,}."
            self.fields["threshold"].widget.attrs |= {"min": bounds.least, "max": bounds.most}
        if condition is not Condition.NO_EVENTS:
            for name in ("work_from", "work_until", "work_days"):
                del self.fields[name]

    def setting(self) -> Setting:
        """Return what a valid form asks for."""
        return Setting(**{"threshold": None, **self.cleaned_data})


class MuteForm(forms.Form):
    """For how long a channel is told nothing."""

    hours = forms.TypedChoiceField(
        label="For", choices=MUTES, coerce=int, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, typed: QueryDict | None = None) -> None:
        super().__init__(typed, auto_id="mute-%s")


def _as_typed(channel: AlertChannel) -> dict[str, Any]:
    columns = ("name", "subscription", "conditions", "quiet_from", "quiet_until", "quiet_days")
    return {name: getattr(channel, name) for name in columns} | {"addresses": "\n".join(channel.addresses)}
