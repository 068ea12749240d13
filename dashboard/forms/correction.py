"""Another code for one agent's part of a conversation, and why."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from wrapups.domain.facts import storable
from wrapups.models import WrapupCode
from wrapups.services.correcting import LONGEST_NOTES

LONGEST_REASON = 1000


class CorrectionForm(forms.Form):
    """Takes only codes that can stand there; `over` is the id of the code that the person was shown, empty for none."""

    code = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        label="The right code",
        error_messages={
            "required": "Choose the code that is right.",
            "invalid_choice": "This code can no longer be chosen here. Choose another.",
        },
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label="Why",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It is kept in the history, with your name.",
        error_messages={"required": "Say why another code is right."},
    )
    notes = forms.CharField(
        max_length=LONGEST_NOTES,
        required=False,
        label="Notes",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Written beside the code in Genesys Cloud, where agents read them.",
    )
    over = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, typed: QueryDict | None, *, codes: Sequence[WrapupCode], over: str) -> None:
        super().__init__(typed, auto_id="correct-%s", initial={"over": over})
        choices = [("", "Choose a code …"), *((code.pk, code.name) for code in codes)]
        self.fields["code"].choices = choices  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "code" else "form-control"

    def clean(self) -> dict[str, Any]:
        """Keep what the database can keep."""
        cleaned = super().clean() or {}
        return cleaned | {name: storable(cleaned[name]) for name in ("reason", "notes") if name in cleaned}
