"""What a service refuses, said in the form that asked for it."""

from django import forms

from wrapups.services.refused import Refused


def say_at_field(form: forms.Form, error: Refused) -> None:
    """Add the error where it is to be mended: at its field, or above the form where the form has no such field."""
    form.add_error(error.field if error.field in form.fields else None, str(error))
