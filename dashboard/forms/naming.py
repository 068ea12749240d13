"""Names as people type them into forms."""

from django import forms

from wrapups.domain import naming


def proper_name(name: str) -> str:
    """Return the name in one form of spelling; raises ValidationError where something in it cannot be seen."""
    try:
        return naming.proper_name(name)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from None
