"""A file of rules as somebody hands it in."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from dashboard.forms.uploads import TOO_LARGE
from dashboard.upload_handler import LARGEST_MB
from wrapups.domain.rule_plan import MOST_RULES


class RuleFileForm(forms.Form):
    """A file of rules."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text=f"CSV, Excel (.xlsx) or JSON, up to {MOST_RULES:,} rules and {LARGEST_MB} MB. "
        "Choose a file, or drop one here.",
        error_messages={"required": "Choose a file."},
        widget=forms.FileInput(attrs={"class": "form-control drop", "accept": ".csv,.tsv,.txt,.xlsx,.json"}),
    )

    def __init__(
        self,
        typed: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        too_large: bool = False,
    ) -> None:
        super().__init__(typed, files, auto_id="rule-file-%s")
        if too_large:
            self.fields["file"].error_messages["required"] = TOO_LARGE
