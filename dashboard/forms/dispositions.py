"""Which dispositions the inbox shows."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict


class InboxForm(forms.Form):
    """Reads which source is asked for; what is none narrows nothing."""

    def __init__(self, address: QueryDict, *, sources: Sequence[str]) -> None:
        super().__init__(address, auto_id="inbox-%s")
        self.fields["source"] = forms.ChoiceField(
            required=False,
            choices=[("", "every source"), *((each, each) for each in sources)],
            widget=forms.Select({"class": "form-select"}),
        )

    @property
    def asked(self) -> str:
        """The source that is asked for, or empty."""
        self.is_valid()
        return str(self.cleaned_data.get("source", ""))
