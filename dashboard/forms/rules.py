"""One mapping rule as a form: its name, conditions, wrap-up code and notes, and what else is said of it."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from dashboard.forms.condition_checking import checked
from dashboard.forms.condition_edits import edited
from dashboard.forms.condition_reading import read, typed
from dashboard.forms.condition_tree import TypedCondition, TypedGroup
from dashboard.forms.opened import OpenedForm
from dashboard.forms.organization import clean_notes
from dashboard.forms.rule_names import named_after
from dashboard.forms.rule_policies import RulePoliciesForm, typed_policies
from dashboard.queries.offers import Offered, offered
from wrapups.domain.conditions import Quantifier, parse, to_json
from wrapups.models import MappingRule, Organization, Person
from wrapups.services.usable_rules import MOST_NAME, UnfitRule, cleaned_tags, owners, require_usable

SELECTS = ("wrapup_code", "owner", "policy_overwrite", "policy_legs", "policy_acw_guard", "policy_keep_end_time")
DETAILS = ("owner", "tags", "remark", "valid_from", "valid_until")
MOST_LINE = 100_000
MINUTES = "%Y-%m-%dT%H:%M"


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput({"type": "datetime-local", "step": "60"}, format=MINUTES)


class RuleForm(OpenedForm, RulePoliciesForm):
    """Nothing typed is ever lost: an unfinished tree of conditions comes back as it was, with its errors."""

    name = forms.CharField(
        max_length=MOST_NAME,
        required=False,
        help_text="Left empty, the rule is called after the disposition and the code.",
    )
    line = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_LINE,
        help_text="The rules from there on move down by one. Left empty, it goes to the end.",
    )
    notes = forms.CharField(max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    enabled = forms.BooleanField(required=False, initial=True, label="In use")
    wrapup_code = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        label="Wrap-up code",
        error_messages={"required": "Choose the code that the rule sets."},
    )
    owner = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, help_text="Whom colleagues ask.")
    tags = forms.CharField(max_length=450, required=False, help_text="With commas between them; at most ten.")
    remark = forms.CharField(
        max_length=500,
        required=False,
        help_text="For colleagues; it is written nowhere else.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    valid_from = forms.DateTimeField(required=False, widget=_moment())
    valid_until = forms.DateTimeField(required=False, widget=_moment())

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
        self.people = {each.person_id: each.person for each in owners(organization.pk)}
        self.set_up_policies(organization)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name in SELECTS else "form-control"
        self.fields["enabled"].widget.attrs["class"] = "form-check-input"
        self.fields["valid_until"].help_text = f"What ends at this time is out. Times are {_zone()}."
        codes = [(pk, offer.code.name) for pk, offer in self.offers.items()]
        people = [(pk, person.get_full_name() or person.username) for pk, person in self.people.items()]
        self.fields["wrapup_code"].choices = [("", "Choose a code …"), *codes]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", "nobody"), *people]  # type: ignore[attr-defined]

    @classmethod
    def typed(cls, fields: QueryDict, organization: Organization) -> "RuleForm":
        """Return the form as a person sent it.

        After one of the editor's buttons it is not to be checked yet: then it is unbound, with what was typed in it.
        """
        tree = read(fields, organization)
        if "edit" not in fields:
            return cls(organization, tree, fields)
        values = {name: fields.get(name, "") for name in cls.base_fields}
        return cls(
            organization, edited(tree, fields.get("edit", "")), initial={**values, "enabled": "enabled" in fields}
        )

    @classmethod
    def stored(
        cls, rule: MappingRule, organization: Organization, *, code: str = "", opened: int | None = None
    ) -> "RuleForm":
        """Return the form filled from a rule; `code` is the key of another code that is proposed to be chosen.

        `opened` is the key of the rule's latest audit entry, as read with it.
        """
        values = {name: getattr(rule, name) for name in ("name", "notes", "enabled", "remark")} | {"opened": opened}
        dates = {name: getattr(rule, name) for name in ("valid_from", "valid_until")}
        chosen = {"wrapup_code": rule.wrapup_code_id, "owner": rule.owner_id, "tags": ", ".join(rule.tags)}
        tree = typed(parse(rule.conditions or {"all": []}))
        form = cls(organization, tree, initial={**values, **dates, **chosen, **typed_policies(rule.policies)})
        if code in form.offers:
            form.initial["wrapup_code"] = int(code)
        return form

    @classmethod
    def empty(cls, organization: Organization, *, owner: Person | None = None) -> "RuleForm":
        """Return the form for a new rule, with rows for what most rules ask about: queue and disposition."""
        return cls.begun(organization, _usual_rows(), owner=owner)

    @classmethod
    def begun(
        cls, organization: Organization, tree: TypedGroup, *, name: str = "", owner: Person | None = None
    ) -> "RuleForm":
        """Return the form for a new rule of which something is known already."""
        return cls(organization, tree, initial={"name": name, "enabled": True, "owner": owner.pk if owner else None})

    def clean(self) -> dict[str, Any]:
        """Check the conditions too, each at its row, and what only fits together."""
        cleaned = super().clean() or {}
        self._check_together(cleaned)
        if cleaned.get("name") == "" and "wrapup_code" in cleaned:
            cleaned["name"] = named_after(self.tree, self.offers[str(cleaned["wrapup_code"])].code.name)
        when = checked(self.tree)
        if when is None:
            self.add_error(None, "Something in the conditions is not finished: see the marked places.")
            return cleaned
        return cleaned | {"conditions": to_json(when)}

    def _check_together(self, cleaned: dict[str, Any]) -> None:
        together: dict[str, Any] = {
            name: cleaned[name] for name in ("tags", "valid_from", "valid_until") if name in cleaned
        }
        try:
            require_usable(together, organization_id=self.organization.pk)
        except UnfitRule as error:
            self.add_error(error.column, str(error))

    def clean_notes(self) -> str:
        """Refuse notes that are no template, saying where."""
        return clean_notes(self.cleaned_data["notes"])

    def clean_tags(self) -> list[str]:
        """Return the tags one by one."""
        return cleaned_tags(self.cleaned_data["tags"])

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
        plain = ("name", "conditions", "notes", "enabled", "tags", "remark", "valid_from", "valid_until")
        return {name: self.cleaned_data[name] for name in plain} | {
            "wrapup_code": self.offers[str(self.cleaned_data["wrapup_code"])].code,
            "owner": self.people.get(self.cleaned_data["owner"]),
            "policies": self.policies(),
        }

    @property
    def code_offers(self) -> list[Offered]:
        """Every code with why it cannot be chosen, for the select."""
        return list(self.offers.values())

    @property
    def chosen_code(self) -> str:
        """The key of the code chosen in the select, typed or stored; empty for none."""
        return str(self["wrapup_code"].value() or "")

    @property
    def has_details(self) -> bool:
        """Whether anything is said, or wrong, of what is folded away at first; an owner alone unfolds nothing."""
        return any((self[name].value() and name != "owner") or self[name].errors for name in DETAILS)


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


def _usual_rows() -> TypedGroup:
    rows = [TypedCondition(fact="queue", operator="one_of"), TypedCondition(fact="disposition", operator="any_of")]
    return edited(TypedGroup(members=list(rows)), "refresh")


def _zone() -> str:
    return timezone.get_current_timezone_name().replace("_", " ")


class MoveForm(forms.Form):
    """The line, from 1, that a rule shall have."""

    to_line = forms.IntegerField(min_value=1, max_value=MOST_LINE)
    seen_for = forms.IntegerField(required=False)
    """The line for which a person has seen what the move hides."""

    @property
    def is_seen(self) -> bool:
        """Whether a valid form comes from somebody who knows what this very move hides."""
        return bool(self.cleaned_data["seen_for"] == self.cleaned_data["to_line"])
