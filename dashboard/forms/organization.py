"""An organization's settings as people type them: policies, the OAuth client, a probe."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict

from dashboard.forms.opened import OpenedForm
from wrapups.domain import notes
from wrapups.domain.eligibility import Legs, Overwrite
from wrapups.models import Organization

GENESYS_ID = RegexValidator(
    r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", "This is no Genesys id; such an id looks like 6b2c1f0e-…."
)

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Which conversations": ("overwrite", "legs", "skip_campaigns", "require_queue", "lookback_h", "too_late_h"),
    "What is asked for": ("asks_predictions", "prediction_after_s"),
    "When a code is written": ("grace_s", "acw_guard", "acw_recheck_s", "fresh_for_s", "read_first"),
    "How it is written": ("disable_end_time_updates", "default_notes"),
    "How it is proved": ("settle_s", "confirm_within_s"),
    "Releases of rules": ("approval_required",),
    "Pace": ("calls_per_minute", "burst"),
}
LABELS = {
    "overwrite": "Codes that are there already",
    "legs": "Which agents' parts",
    "skip_campaigns": "Leave campaign calls alone",
    "require_queue": "Only conversations of a queue",
    "lookback_h": "Look back",
    "too_late_h": "Too late after",
    "asks_predictions": "Ask what Copilot predicted",
    "prediction_after_s": "Ask so long after the end",
    "grace_s": "Grace time",
    "acw_guard": "Wait for after-call work",
    "acw_recheck_s": "Look again after",
    "fresh_for_s": "Believe a reading for",
    "read_first": "Read each one right before",
    "disable_end_time_updates": "Leave the handle time as it is",
    "default_notes": "Notes",
    "settle_s": "Settle time",
    "confirm_within_s": "Confirm in bulk within",
    "approval_required": "A second person approves",
    "calls_per_minute": "Calls a minute",
    "burst": "Calls at once",
}
MEANINGS = {
    "overwrite": "A code that a person chose is only ever replaced if you say so here.",
    "legs": "After a transfer several agents had the conversation. Last and longest are as known at its end.",
    "skip_campaigns": "The first code on a campaign call makes the dialer act, which nothing takes back.",
    "require_queue": "Without a queue it is a direct or internal call, which normally needs no wrap-up.",
    "lookback_h": "How far back ended conversations are looked for after a stop; never beyond the day it was added.",
    "too_late_h": "An answer that refuses a conversation older than this is final and not tried again.",
    "asks_predictions": "One call for each conversation that no rule decides, where a rule asks for the predicted "
    "code. The client needs the permission conversation:summary:view.",
    "prediction_after_s": "A conversation is asked about once; Genesys Cloud does not say when its summary is there.",
    "grace_s": "Agents and other systems have the first word for so long after the end.",
    "acw_guard": "Writing a code ends after-call work under the agent's hands. With this it is waited for.",
    "acw_recheck_s": "How long until a communication in after-call work is looked at again.",
    "fresh_for_s": "What was read longer ago is read again, a hundred at a time, before anything is written.",
    "read_first": "One call more for each code, and hardly any chance that an agent's own code is overwritten.",
    "disable_end_time_updates": "Asks Genesys Cloud not to move the end of wrap-up, so that handle times stay true.",
    "default_notes": "Written beside the code where a rule has no notes of its own. Facts may stand in it, such as "
    "{disposition.CRM}, {queue} or {agent}.",
    "settle_s": "How long an accepted code is left alone before it is read back.",
    "confirm_within_s": "What a bulk read does not show by then is read on its own.",
    "approval_required": "A release is published only after somebody who did not propose it has approved it.",
    "calls_per_minute": "Genesys Cloud allows 300 a minute for each token. Stay below it.",
    "burst": "How many calls may be made in one moment after a quiet time.",
}
UNITS = {"h": "hours", "s": "seconds"}
OVERWRITE_WORDS = {
    Overwrite.NEVER: "Never replace any",
    Overwrite.SYSTEM: "Replace those Genesys Cloud filled in itself (ININ-…)",
    Overwrite.AGENT: "Replace those a person chose, too",
}
LEGS_WORDS = {
    Legs.EVERY: "Every agent's part gets the code",
    Legs.FIRST: "Only the first agent's",
    Legs.LAST: "Only the last agent's",
    Legs.LONGEST: "Only the longest",
}


class PoliciesForm(OpenedForm, forms.ModelForm[Organization]):
    """What we may do in an organization, and how fast."""

    class Meta:
        model = Organization
        fields = tuple(name for names in GROUPS.values() for name in names)
        labels = LABELS
        help_texts = MEANINGS
        widgets = {
            "overwrite": forms.RadioSelect,
            "legs": forms.RadioSelect,
            "default_notes": forms.Textarea({"rows": 2}),
        }

    def __init__(
        self, typed: QueryDict | None, organization: Organization, *, may_change: bool, opened: int | None = None
    ) -> None:
        super().__init__(typed, instance=organization, initial={"opened": opened}, auto_id="policy-%s")
        cast(forms.ChoiceField, self.fields["overwrite"]).choices = list(OVERWRITE_WORDS.items())
        cast(forms.ChoiceField, self.fields["legs"]).choices = list(LEGS_WORDS.items())
        for field in self.fields.values():
            field.disabled = not may_change
            checked = isinstance(field.widget, forms.CheckboxInput | forms.RadioSelect)
            field.widget.attrs["class"] = "form-check-input" if checked else "form-control"

    def clean_default_notes(self) -> str:
        """Refuse notes that are no template, saying where."""
        return clean_notes(self.cleaned_data["default_notes"])

    def groups(self) -> Iterable[tuple[str, list[tuple[forms.BoundField, str, str]]]]:
        """Yield each group with its fields, their kinds (check, radio, text, number) and their units."""
        for title, names in GROUPS.items():
            yield title, [(self[name], _kind(self[name]), UNITS.get(name.rpartition("_")[2], "")) for name in names]

    def changes(self) -> dict[str, Any]:
        """Return what a valid form changes, for `organizing.change_policies`."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self.Meta.fields}


def clean_notes(text: str) -> str:
    """Return notes that can be used; else raise a ValidationError that says where and what to do."""
    try:
        notes.parse(text)
    except notes.BadNotes as error:
        raise forms.ValidationError(str(error)) from error
    return text


class ClientForm(forms.Form):
    """The OAuth client. Its secret goes in and never comes out again."""

    client_id = forms.CharField(max_length=64, label="Client id", validators=[GENESYS_ID])
    client_secret = forms.CharField(
        max_length=256,
        label="Client secret",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="It is stored sealed and never shown again, to nobody.",
    )

    def __init__(self, typed: QueryDict | None, organization: Organization) -> None:
        super().__init__(typed, initial={"client_id": organization.client_id}, auto_id="client-%s")
        _style(self)


class ProbeForm(forms.Form):
    """Which conversation to look at, and why."""

    conversation_id = forms.CharField(
        max_length=64,
        label="Conversation id",
        validators=[GENESYS_ID],
        help_text="An ended conversation of a test queue. The next step shows what is there; nothing is written yet.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        max_length=300,
        help_text="It stands in the history beside every code that is written.",
        error_messages={"required": "Say why."},
    )

    def __init__(self, typed: QueryDict | None, *, conversation_id: str = "") -> None:
        super().__init__(typed, auto_id="probe-%s", initial={"conversation_id": conversation_id})
        _style(self)


class ConfirmForm(forms.Form):
    """Which communication to probe, and that codes may be written to it."""

    communication_id = forms.CharField(max_length=64, error_messages={"required": "Choose a communication."})
    sure = forms.BooleanField(error_messages={"required": "Confirm that codes may be written to it."})

    def problem(self) -> str:
        """Return what is missing, in one line; empty for a valid form."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


def _style(form: forms.Form) -> None:
    for field in form.fields.values():
        field.widget.attrs["class"] = "form-control"


def _kind(field: forms.BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, forms.RadioSelect):
        return "radio"
    if isinstance(widget, forms.Textarea):
        return "text"
    return "check" if isinstance(widget, forms.CheckboxInput) else "number"
