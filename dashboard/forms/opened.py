"""A form of something that others may change meanwhile: it knows what had been changed when it was opened."""

from django import forms

MOST = 2**63 - 1
HIDDEN = {"autocomplete": "off"}
"""Loading a page anew, some browsers would put back what a hidden field held before."""


class OpenedForm(forms.Form):
    """`opened` goes out with the form; `over` comes only from whoever has seen what changed since."""

    opened = forms.IntegerField(min_value=0, max_value=MOST, required=False, widget=forms.HiddenInput(HIDDEN))
    over = forms.IntegerField(min_value=0, max_value=MOST, required=False, widget=forms.HiddenInput)

    @property
    def seen(self) -> int | None:
        """The key of the latest audit entry whose change a valid form's sender has seen."""
        over, opened = self.cleaned_data["over"], self.cleaned_data["opened"]
        return over if over is not None else opened
