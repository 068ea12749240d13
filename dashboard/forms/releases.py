"""Releases as people introduce them: why, when, for how much of what ends, and whether codes are written."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from wrapups.domain.rollout import WHOLE, Rollout
from wrapups.models import Organization, Queue, Release
from wrapups.services.publishing import Introduction

REASON = {"required": "Say why."}
LOCAL = "%Y-%m-%dT%H:%M"
CLASSES = {"queues": "form-select", "shadow": "form-check-input", "decides_again": "form-check-input"}


def _decides_again() -> forms.BooleanField:
    return forms.BooleanField(
        required=False,
        initial=True,
        label="Decide again what is not sent yet",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        help_text="A worker goes through it on the facts it was decided by. Otherwise it is sent as it was decided; "
        "what was sent stays in any case. A release in shadow mode decides none of it again.",
    )


class RolloutForm(forms.Form):
    """How much of what ends a release decides."""

    percent = forms.IntegerField(
        min_value=1,
        max_value=WHOLE,
        required=False,
        initial=WHOLE,
        label="Percent of the conversations",
        help_text="The release before it decides the others. It follows from the conversation's id: all parts of one "
        "conversation fall to the same side, and whoever is in at 10 % is in at 20 %.",
    )
    queues = forms.MultipleChoiceField(
        required=False,
        label="Only these queues",
        help_text="None chosen means every queue.",
        widget=forms.SelectMultiple(attrs={"size": 6, "data-combobox": True}),
        error_messages={"invalid_choice": "One of these queues is not known any more."},
    )

    def __init__(self, typed: QueryDict | None, organization: Organization, **options: Any) -> None:
        super().__init__(typed, auto_id=f"{options.pop('prefix_of_ids', 'rollout')}-%s", **options)
        listed = Queue.objects.of(organization).filter(gone_at=None).order_by("name")
        choices = list(listed.values_list("genesys_id", "name"))
        self.fields["queues"].choices = choices  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.widget.attrs["class"] = CLASSES.get(name, "form-control")

    @property
    def rollout(self) -> Rollout:
        """What a valid form asks for."""
        return Rollout(self.cleaned_data.get("percent") or WHOLE, frozenset(self.cleaned_data.get("queues") or ()))


class WidenForm(RolloutForm):
    """Another part than it decides now."""

    reason = forms.CharField(
        max_length=1000, required=False, help_text="Needed where something is taken away from it again."
    )


class PublishForm(RolloutForm):
    """Putting a draft in force: at once, or proposing it, for a time or for others to approve."""

    reason = forms.CharField(
        max_length=1000,
        error_messages=REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands beside every decision this release makes.",
    )
    publish_at = forms.DateTimeField(
        required=False,
        label="At a time",
        input_formats=[LOCAL],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL),
        error_messages={"invalid": "Choose a day and a time."},
    )
    shadow = forms.BooleanField(
        required=False,
        label="Shadow mode: decide and record, write nothing",
        help_text="Every conversation that falls to it shows which code it would get. Nothing is written until it goes "
        "live.",
    )
    decides_again = _decides_again()
    despite = forms.CharField(
        max_length=1000,
        required=False,
        label="Publish anyway, because",
        help_text="The history keeps what stood against it, and this.",
    )

    field_order = ("reason", "publish_at", "decides_again", "shadow", "percent", "queues", "despite")

    def __init__(self, typed: QueryDict | None, release: Release) -> None:
        before = {
            "reason": release.reason,
            "shadow": release.shadow,
            "percent": release.rollout_percent,
            "queues": release.rollout_queues,
        }
        super().__init__(typed, release.organization, prefix_of_ids="publish", initial=before)
        zone = timezone.get_current_timezone_name().replace("_", " ")
        self.fields["publish_at"].help_text = f"In {zone}. Left empty, it comes into force as soon as somebody says so."

    def clean_publish_at(self) -> Any:
        """Refuse a time that is over."""
        at = self.cleaned_data["publish_at"]
        if at is not None and at < timezone.now():
            raise forms.ValidationError("Choose a time ahead.")
        return at

    @property
    def introduction(self) -> Introduction:
        """How a valid form has it come into force."""
        again = self.cleaned_data["decides_again"]
        return Introduction(self.rollout, shadow=self.cleaned_data["shadow"], decides_again=again)

    @property
    def in_steps(self) -> bool:
        """Whether the choices of a careful introduction are to be shown open."""
        given = [self[name].value() for name in ("shadow", "queues")]
        return any(given) or str(self["percent"].value() or WHOLE) != str(WHOLE)


class TimeForm(forms.Form):
    """When a proposed release comes into force by itself."""

    publish_at = forms.DateTimeField(
        required=False,
        label="At a time",
        input_formats=[LOCAL],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}, format=LOCAL),
        error_messages={"invalid": "Choose a day and a time."},
        help_text="Empty: somebody publishes it by hand.",
    )

    def __init__(self, typed: QueryDict | None, release: Release) -> None:
        super().__init__(typed, initial={"publish_at": release.publish_at}, auto_id="time-%s")


class RestoreForm(forms.Form):
    """Putting an earlier release back in force."""

    reason = forms.CharField(
        max_length=1000,
        error_messages=REASON,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text="It stands beside every decision made from then on.",
    )
    decides_again = _decides_again()
    codes_too = forms.BooleanField(
        required=False,
        label="Preview putting the earlier codes back, too",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        help_text="What the present release has written goes where no person has changed it since. You see first how "
        "many that are.",
    )
    despite = forms.CharField(
        max_length=1000,
        required=False,
        label="Put it back anyway, because",
        help_text="The history keeps what stood against it, and this.",
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )

    def __init__(self, typed: QueryDict | None) -> None:
        super().__init__(typed, auto_id="restore-%s")

    @property
    def introduction(self) -> Introduction:
        """How a valid form has it come into force."""
        return Introduction(decides_again=self.cleaned_data["decides_again"])


class PutBackForm(forms.Form):
    """Why a release's codes are put back."""

    reason = forms.CharField(
        max_length=300,
        error_messages=REASON,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text="It stands in the history of every conversation.",
    )

    def __init__(self, typed: QueryDict | None) -> None:
        super().__init__(typed, auto_id="put-back-%s")


class CompareForm(forms.Form):
    """Two releases, by their numbers."""

    a = forms.TypedChoiceField(coerce=int, label="Before")
    b = forms.TypedChoiceField(coerce=int, label="Now")

    def __init__(self, typed: QueryDict | None, numbers: list[tuple[int, str]]) -> None:
        newest = [number for number, _ in numbers[:2]]
        super().__init__(typed, initial=dict(zip(("b", "a"), newest, strict=False)), auto_id="compare-%s")
        for field in self.fields.values():
            field.choices = numbers  # type: ignore[attr-defined]
            field.widget.attrs["class"] = "form-select"
            field.error_messages["invalid_choice"] = "There is no release of this number."
