"""Which groups of failures are shown, and what a person says about one."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.queries.failure_groups import LATEST, ORDERS, GroupFilter
from wrapups.domain.facts import storable
from wrapups.models import FailureGroup, Person
from wrapups.services.triaging import LONGEST_REASON

SNOOZES = ((1, "1 hour"), (4, "4 hours"), (24, "a day"), (72, "3 days"), (168, "a week"))
"""How long a group may be snoozed, in hours and in words."""


class GroupFilterForm(forms.Form):
    """Reads which groups are asked for; what is none narrows nothing."""

    state = forms.ChoiceField(required=False, choices=[("", "to do"), *FailureGroup.State.choices])
    owner = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    order = forms.ChoiceField(required=False, choices=[(order, order) for order in ORDERS])

    def __init__(self, address: QueryDict, *, owners: Sequence[Person]) -> None:
        super().__init__(address, auto_id="groups-%s")
        people = [(person.pk, person.get_full_name() or person.username) for person in owners]
        self.fields["owner"].choices = [("", "anybody"), *people]  # type: ignore[attr-defined]
        self.fields["owner"].widget.attrs["class"] = "form-select"

    def filter(self) -> GroupFilter:
        """Return what can be used of it."""
        self.is_valid()
        return GroupFilter(
            self.cleaned_data.get("state", ""),
            self.cleaned_data.get("owner"),
            self.cleaned_data.get("order") or LATEST,
        )


class Word(StrEnum):
    """What a person can say about a group."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    IGNORE = "ignore"
    REOPEN = "reopen"


class TriageForm(forms.Form):
    """What a person says about a group. `seen` is the mark of the state in which they saw it."""

    word = forms.TypedChoiceField(choices=[(word.value, word.value) for word in Word], coerce=Word)
    seen = forms.CharField(max_length=64)
    owner = forms.ModelChoiceField(queryset=Person.objects.none(), required=False)
    hours = forms.TypedChoiceField(choices=SNOOZES, coerce=int, required=False, empty_value=None)
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        required=False,
        error_messages={"max_length": f"Use at most {LONGEST_REASON} characters."},
    )

    def __init__(self, typed: QueryDict | None, *, owners: Sequence[Person]) -> None:
        super().__init__(typed, auto_id="triage-%s")
        self.fields["owner"].queryset = Person.objects.filter(pk__in=[each.pk for each in owners])  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for what the word needs."""
        cleaned = super().clean() or {}
        word = cleaned.get("word")
        cleaned["reason"] = storable(cleaned.get("reason", ""))
        if word is Word.SNOOZE and not cleaned.get("hours"):
            self.add_error("hours", "Choose how long nobody has to see to it.")
        if word is Word.IGNORE and not cleaned["reason"].strip() and "reason" not in self.errors:
            self.add_error("reason", "Say why nothing has to be done about it.")
        return cleaned

    @property
    def until_after(self) -> timedelta:
        """How long the group is to be snoozed."""
        return timedelta(hours=self.cleaned_data["hours"])
