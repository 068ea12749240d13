"""One mapping rule as a form: its name, conditions, wrap-up code and notes."""

from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.forms.condition_checking import checked
from dashboard.forms.condition_edits import edited
from dashboard.forms.condition_reading import read, typed
from dashboard.forms.condition_tree import TypedGroup
from dashboard.queries.offers import Offered, offered
from wrapups.domain.conditions import Quantifier, parse, to_json
from wrapups.models import MappingRule, Organization

CLASSES = {"enabled": "form-check-input", "wrapup_code": "form-select"}


class RuleForm(forms.Form):
    """Nothing typed is ever lost: an unfinished tree of conditions comes back as it was, with its errors."""

    name = forms.CharField(max_length=120, error_messages={"required": "Give the rule a name."})
    notes = forms.CharField(max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    enabled = forms.BooleanField(required=False, initial=True, label="In use")
    wrapup_code = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        label="Wrap-up code",
        error_messages={"required": "Choose the code that the rule sets."},
    )

    def __init__(
        self,
        organization: Organization,
        tree: TypedGroup,
        fields: QueryDict | None = None,
        *,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(fields, initial=initial, auto_id="rule-%s")
        self.organization, self.tree = organization, tree
        self.offers = {str(offer.code.pk): offer for offer in offered(organization, queues_chosen(tree))}
        for name, field in self.fields.items():
            field.widget.attrs["class"] = CLASSES.get(name, "form-control")
        choices = [(pk, offer.code.name) for pk, offer in self.offers.items()]
        self.fields["wrapup_code"].choices = [("", "Choose a code …"), *choices]  # type: ignore[attr-defined]

    @classmethod
    def typed(cls, fields: QueryDict, organization: Organization) -> "RuleForm":
        """Return the form as a person sent it.

        After one of the editor's buttons it is not to be checked yet: then it is unbound, with what was typed in it.
        """
        tree = read(fields, organization)
        if "edit" not in fields:
            return cls(organization, tree, fields)
        values = {name: fields.get(name, "") for name in ("name", "notes", "wrapup_code")}
        return cls(
            organization, edited(tree, fields.get("edit", "")), initial={**values, "enabled": "enabled" in fields}
        )

    @classmethod
    def stored(cls, rule: MappingRule, organization: Organization) -> "RuleForm":
        """Return the form filled from a rule."""
        values = {name: getattr(rule, name) for name in ("name", "notes", "enabled")}
        tree = typed(parse(rule.conditions or {"all": []}))
        return cls(organization, tree, initial={**values, "wrapup_code": rule.wrapup_code_id})

    @classmethod
    def empty(cls, organization: Organization) -> "RuleForm":
        """Return the form for a rule that is not there yet, with one row to begin with."""
        return cls(organization, edited(TypedGroup(), "add-condition:c"))

    def clean(self) -> dict[str, Any]:
        """Check the conditions too, each at its row."""
        cleaned = super().clean() or {}
        when = checked(self.tree)
        if when is None:
            self.add_error(None, "Something in the conditions is not finished: see the marked places.")
            return cleaned
        return cleaned | {"conditions": to_json(when)}

    def clean_wrapup_code(self) -> int:
        """Refuse a code that a chosen queue does not have, saying which and what to do."""
        pk: int = self.cleaned_data["wrapup_code"]
        offer = self.offers[str(pk)]
        if offer.why_not:
            raise forms.ValidationError(
                f"The code {offer.code.name} is {offer.why_not}. Choose another one, or add it there in Genesys first."
            )
        return pk

    def for_service(self) -> dict[str, Any]:
        """Return a valid form as `wrapups.services.releasing` takes a rule."""
        return self.cleaned_data | {"wrapup_code": self.offers[str(self.cleaned_data["wrapup_code"])].code}

    @property
    def code_offers(self) -> list[Offered]:
        """Every code with why it cannot be chosen, for the select."""
        return list(self.offers.values())

    @property
    def chosen_code(self) -> str:
        """The key of the code chosen in the select, typed or stored; empty for none."""
        return str(self["wrapup_code"].value() or "")


def queues_chosen(tree: TypedGroup) -> set[str]:
    """Return the queues the rule asks for; those it excludes do not matter for its code."""
    if tree.quantifier == Quantifier.NONE.value:
        return set()
    chosen: set[str] = set()
    for member in tree.members:
        if isinstance(member, TypedGroup):
            chosen |= queues_chosen(member)
        elif member.fact == "queue" and member.operator in ("is", "one_of"):
            chosen.update(member.values)
    return chosen


class MoveForm(forms.Form):
    """The line, from 1, that a rule shall have."""

    to_line = forms.IntegerField(min_value=1, max_value=100_000)


class ReasonForm(forms.Form):
    """Why somebody does something that others will wonder about."""

    reason = forms.CharField(
        max_length=1000,
        error_messages={"required": "Say why."},
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )
