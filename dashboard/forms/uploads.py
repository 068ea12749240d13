"""A file of dispositions as somebody hands it in, and which of its columns holds what."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from dashboard.upload_handler import LARGEST_MB
from wrapups.domain.cells import source_in
from wrapups.domain.sheets import Columns, guess, label
from wrapups.models import Upload

TOO_LARGE = f"The file is larger than {LARGEST_MB} MB, so it was not read. Divide it, or leave columns out."
NOT_IN_THE_FILE = ""


class UploadForm(forms.Form):
    """A file, and whose dispositions are in it."""

    source = forms.CharField(
        max_length=64,
        label="Source",
        help_text="Whose dispositions these are, such as crm. Rules ask for them by this name.",
        widget=forms.TextInput(attrs={"class": "form-control", "list": "sources", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text=f"CSV or Excel (.xlsx), up to 50,000 lines and {LARGEST_MB} MB. The first line names the "
        "columns. Choose a file, or drop one here.",
        error_messages={"required": "Choose a file."},
        widget=forms.FileInput(attrs={"class": "form-control drop", "accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def __init__(
        self,
        typed: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        source: str = "",
        too_large: bool = False,
    ) -> None:
        super().__init__(typed, files, initial={"source": source}, auto_id="upload-%s")
        if too_large:
            self.fields["file"].error_messages["required"] = TOO_LARGE

    def clean_source(self) -> str:
        """Return the name as it is kept."""
        try:
            return source_in(self.cleaned_data["source"])
        except ValueError as error:
            raise forms.ValidationError(f"This {error}" if str(error).startswith("holds") else str(error)) from None


class ColumnsForm(forms.Form):
    """Which column of an upload is the conversation, the disposition, the notes."""

    conversation = forms.TypedChoiceField(coerce=int, label="Conversation id")
    disposition = forms.TypedChoiceField(coerce=int, label="Disposition")
    notes = forms.TypedChoiceField(coerce=int, label="Notes", required=False, empty_value=None)

    def __init__(self, typed: QueryDict | None, upload: Upload, *, samples: list[list[str]]) -> None:
        guessed = upload.mapping or guess(upload.columns, samples)
        super().__init__(typed, initial=guessed, auto_id="columns-%s")
        places = [(place, label(upload.columns, place)) for place in range(len(upload.columns))]
        for name, field in self.fields.items():
            nothing = "not in this file" if name == "notes" else "choose a column"
            field.choices = [(NOT_IN_THE_FILE, nothing), *places]  # type: ignore[attr-defined]
            field.widget.attrs["class"] = "form-select"
            field.error_messages["required"] = "Choose the column."

    def clean(self) -> dict[str, Any]:
        """Refuse one column for two things."""
        chosen = [place for place in self.cleaned_data.values() if place is not None]
        if len(set(chosen)) < len(chosen):
            raise forms.ValidationError("Choose another column for each.")
        return self.cleaned_data

    def columns(self) -> Columns:
        """Return what a valid form says."""
        return Columns(**self.cleaned_data)
