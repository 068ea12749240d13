"""Erasing a customer as an admin types it: whom and why, and later the number that confirms it."""

from django import forms
from django.http import QueryDict

from wrapups.domain.erasing import BadIdentifier, identifiers_in


class ErasureForm(forms.Form):
    """Reads whom to erase, one identifier a line, and why."""

    identifiers = forms.CharField(
        max_length=4000,
        label="The customer",
        widget=forms.Textarea({"class": "form-control", "rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text="Every number, e-mail address and external contact id of theirs, one a line. Write a number with its "
        "country: +49 30 1234 4321. Spaces, tel: and sip: do not matter.",
        error_messages={"required": "Say whom: a number, an e-mail address or an external contact id, one a line."},
    )
    reason = forms.CharField(
        max_length=300,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        help_text="It stays in the history: say the number of the request, not whom it is about.",
        error_messages={"required": "Say why."},
    )

    def __init__(self, typed: QueryDict | None) -> None:
        super().__init__(typed, auto_id="erasure-%s")

    def clean_identifiers(self) -> str:
        """Refuse what identifies nobody."""
        typed: str = self.cleaned_data["identifiers"]
        try:
            identifiers_in(typed)
        except BadIdentifier as error:
            raise forms.ValidationError(str(error)) from None
        return typed


class ConfirmErasureForm(forms.Form):
    """Reads the number of conversations, by which somebody shows that they have read it."""

    conversations = forms.IntegerField(
        min_value=0,
        label="Type the number of conversations",
        widget=forms.TextInput({"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Type the number.", "invalid": "Type the number in digits."},
    )

    def __init__(self, typed: QueryDict | None) -> None:
        super().__init__(typed, auto_id="confirm-%s")
