"""A saved case as a form: its name, its facts, and the code it expects."""

from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.forms.facts import TypedFacts
from dashboard.forms.naming import proper_name
from wrapups.models import Organization, RuleCase, WrapupCode

NOTHING = "no rule matches"


class CaseForm(forms.Form):
    """Nothing typed is lost: unfinished facts come back as they were, each with its error."""

    name = forms.CharField(max_length=120, error_messages={"required": "Give the case a name."})
    expected = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="The rules must choose")

    def __init__(
        self,
        organization: Organization,
        facts: TypedFacts,
        fields: QueryDict | None = None,
        *,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(fields, initial=initial, auto_id="case-%s")
        self.facts = facts
        self.codes = {str(code.pk): code for code in WrapupCode.objects.of(organization).order_by("name")}
        present = [(pk, _called(code)) for pk, code in self.codes.items()]
        self.fields["expected"].choices = [("", f"no code: {NOTHING}"), *present]  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs["class"] = "form-control"
        self.fields["expected"].widget.attrs["class"] = "form-select"

    @classmethod
    def stored(cls, case: RuleCase, organization: Organization, facts: TypedFacts) -> "CaseForm":
        """Return the form filled from a case."""
        return cls(organization, facts, initial={"name": case.name, "expected": case.expected_code_id})

    def clean_name(self) -> str:
        """Refuse what cannot be seen in a name."""
        return proper_name(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        """Check the facts too, each at its row."""
        cleaned = super().clean() or {}
        if not self.facts.check(finished=True):
            self.add_error(None, "Something in the facts is not finished: see the marked places.")
        return cleaned

    def key_of(self, code_id: str) -> int | None:
        """Return the key of the code with this Genesys id, or None."""
        return next((code.pk for code in self.codes.values() if code.genesys_id == code_id), None)

    def for_service(self) -> dict[str, Any]:
        """Return a valid form as `wrapups.services.cases` takes a case."""
        expected = self.codes.get(str(self.cleaned_data["expected"]))
        return {"name": self.cleaned_data["name"], "facts": self.facts.facts(), "expected_code": expected}


def _called(code: WrapupCode) -> str:
    return f"{code.name} (no longer in Genesys)" if code.gone_at else code.name
