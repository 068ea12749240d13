"""Events: the filter of their list, a text in place of one that could not be read, and a group as it was seen."""

from typing import Any, cast

from django import forms
from django.http import QueryDict

from dashboard.forms.reason import LONGEST
from dashboard.queries.inbound import EventFilter, sources_of
from wrapups.models import InboundEvent, Organization
from wrapups.services.mending import Group

KEY_MAX = 2**63 - 1


class EventFilterForm(forms.Form):
    """Reads a filter; what cannot be used is an error at its field and narrows nothing."""

    state = forms.ChoiceField(
        required=False, choices=[("", "any"), *InboundEvent.State.choices], widget=forms.HiddenInput
    )
    q = forms.CharField(required=False, max_length=64, label="Conversation id")
    source = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)

    def __init__(self, address: QueryDict, organization: Organization) -> None:
        super().__init__(address, auto_id="filter-%s")
        source = cast(forms.ChoiceField, self.fields["source"])
        source.choices = [("", "any"), *((str(pk), name) for pk, name in sources_of(organization))]
        source.widget.attrs["class"] = "form-select"
        self.fields["q"].widget.attrs["class"] = "form-control"

    def filter(self) -> EventFilter:
        """Return what can be used of it."""
        self.is_valid()
        return EventFilter(**{name: value for name, value in self.cleaned_data.items() if value})


class MendForm(forms.Form):
    """The text that takes the place of the one that came. It is kept as typed, line ends apart."""

    body = forms.CharField(
        label="What it should have said",
        strip=False,
        max_length=256 * 1024,
        widget=forms.Textarea({"rows": 12, "class": "form-control code-field", "spellcheck": "false"}),
        help_text="It is read as the source's events are; the text that came is kept beside it.",
    )


class GroupForm(forms.Form):
    """A group of events as the page showed it: for which reason, and how far."""

    reason = forms.CharField(max_length=300, strip=False)
    up_to = forms.IntegerField(min_value=1, max_value=KEY_MAX)
    because = forms.CharField(required=False, max_length=LONGEST)

    def group(self) -> Group | None:
        """Return the group, or None where no page of ours asked for it."""
        if not self.is_valid():
            return None
        cleaned: dict[str, Any] = self.cleaned_data
        return Group(cleaned["reason"], cleaned["up_to"])
