"""What a person wants done with many assignments: with those they ticked, or with all that the list finds."""

from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from dashboard.forms.filters import AssignmentFilterForm
from dashboard.queries.keyset import PAGE_SIZE, key_in
from wrapups.models import BulkAct
from wrapups.services.bulk_acting import TYPED_ABOVE, CannotAct, is_number

MOST_TICKED = 10 * PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done, and with which: the keys that were ticked, or, without any, all that the filter finds."""

    kind: BulkAct.Kind
    ticked: frozenset[int]


class BulkActForm(forms.Form):
    """Reads which act, and whether it is about what was ticked (`of` is "ticked") or about the whole list ("found")."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in BulkAct.ON_ASSIGNMENTS])
    of = forms.ChoiceField(choices=[("ticked", "the selected ones"), ("found", "all that match")])

    def wish(self, found: AssignmentFilterForm) -> Wish:
        """Return what is wanted. Raises CannotAct where it is not clear what that would be: an empty filter is not
        everything, and a filter with an error is not the same without it.
        """
        if not self.is_valid():
            raise CannotAct("Choose what to do, and with which.")
        kind = BulkAct.Kind(self.cleaned_data["kind"])
        if self.cleaned_data["of"] == "ticked":
            return Wish(kind, self._ticked())
        if found.filter().narrows_rows and not found.leaves_out:
            return Wish(kind, frozenset())
        raise CannotAct("Nothing narrows this list, or something in its filter is wrong. Narrow it, then act on it.")

    def _ticked(self) -> frozenset[int]:
        typed = self.data.getlist("row") if isinstance(self.data, QueryDict) else []
        keys = frozenset(key for text in typed if (key := key_in(text)) is not None)
        if not keys:
            raise CannotAct("Select some rows first.")
        if len(keys) > MOST_TICKED:
            raise CannotAct(f"Select up to {MOST_TICKED} rows, or narrow the list and act on all of it.")
        return keys


class ConfirmForm(forms.Form):
    """Why it is done and, where there are many, how many are meant."""

    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea({"class": "form-control", "rows": 2}),
        help_text="It stands in the history with every one of them.",
        error_messages={"required": "Say why; it is kept with each of them."},
    )
    typed = forms.CharField(
        max_length=16,
        required=False,
        widget=forms.TextInput({"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, typed: QueryDict | None, *, possible: int) -> None:
        super().__init__(typed)
        self._possible = possible
        self.fields["typed"].label = f"Type {possible:,}, the number of assignments you mean"
        if possible <= TYPED_ABOVE:
            del self.fields["typed"]

    def clean_typed(self) -> str:
        """Refuse another number than the one that is meant."""
        typed = str(self.cleaned_data["typed"])
        if not is_number(typed, self._possible):
            raise forms.ValidationError(f"Type {self._possible:,}, the number of assignments you mean.")
        return typed
