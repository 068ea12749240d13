"""A source of events, as an admin asks for it. What a name may be, the service says."""

from django import forms
from django.http import QueryDict

from wrapups.models import EventSource

Kind = EventSource.Kind
MEANINGS = {
    Kind.WEBHOOK: ("Signed webhook", "A CRM, a survey or a program of yours says how a conversation ended."),
    Kind.TRIGGER: ("Genesys Cloud trigger", "Genesys tells of endings by a workflow and a data action."),
    Kind.EVENTBRIDGE: ("AWS EventBridge", "Genesys tells of endings through your AWS account."),
    Kind.LISTENER: ("Genesys Cloud notifications", "A process of ours listens to the queues. Nothing to set up there."),
}
"""Each kind in the order of the form, with what it is for."""


class NameForm(forms.Form):
    """What a source is called."""

    name = forms.CharField(
        max_length=64,
        help_text="Rules ask for its dispositions by this name, so call it what your people call the system.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "form-control"}),
        error_messages={"required": "Give the source a name."},
    )

    def __init__(self, typed: QueryDict | None, name: str = "") -> None:
        super().__init__(typed, initial={"name": name}, auto_id="source-%s")


class SourceForm(NameForm):
    """What kind of source it is, and its name."""

    kind = forms.ChoiceField(
        label="What sends the events?",
        choices=[(kind.value, words) for kind, (words, _) in MEANINGS.items()],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"required": "Choose what sends the events."},
    )
    field_order = ("kind", "name")

    def kinds(self) -> list[tuple[forms.boundfield.BoundWidget, str]]:
        """Return each choice of the kind with what it is for."""
        return list(zip(self["kind"], (meaning for _, meaning in MEANINGS.values()), strict=True))
