"""A rule's own policies as a person chooses them: each one, or as the organization has it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from dashboard.forms.organization import LEGS_WORDS, MEANINGS, OVERWRITE_WORDS
from wrapups.domain.overrides import MAX_GRACE_S, NAMES
from wrapups.models import Organization

COLUMNS: Mapping[str, str] = {"keep_end_time": "disable_end_time_updates"}
"""By the name of a rule's policy, the organization's column where that is called otherwise."""
LABELS = {
    "overwrite": "Codes that are there already",
    "legs": "Which agent's part",
    "grace_s": "Grace time, seconds",
    "acw_guard": "After-call work",
    "keep_end_time": "Handle time",
}
FLAG_WORDS: Mapping[str, Mapping[bool, str]] = {
    "acw_guard": {True: "Wait for its end", False: "Do not wait for it"},
    "keep_end_time": {True: "Leave it as it is", False: "Let Genesys Cloud move it"},
}
WORDS: Mapping[str, Mapping[Any, str]] = {"overwrite": OVERWRITE_WORDS, "legs": LEGS_WORDS, **FLAG_WORDS}
PREFIX = "policy_"


class RulePoliciesForm(forms.Form):
    """One field for each policy that a rule may have of its own; empty means as the organization has it."""

    policy_overwrite = forms.ChoiceField(required=False)
    policy_legs = forms.ChoiceField(required=False)
    policy_grace_s = forms.IntegerField(required=False, min_value=0, max_value=MAX_GRACE_S)
    policy_acw_guard = forms.ChoiceField(required=False)
    policy_keep_end_time = forms.ChoiceField(required=False)

    def set_up_policies(self, organization: Organization) -> None:
        """Give each field its words and, beside "as the organization", what the organization has."""
        for name in NAMES:
            field = self.fields[PREFIX + name]
            column = COLUMNS.get(name, name)
            present = getattr(organization, column)
            field.label, field.help_text = LABELS[name], MEANINGS[column]
            if isinstance(field, forms.ChoiceField):
                usual = f"As the organization: {WORDS[name][present]}"
                field.choices = [("", usual), *((_typed(value), words) for value, words in WORDS[name].items())]
            else:
                field.widget.attrs["placeholder"] = f"As the organization: {present}"

    def policy_fields(self) -> Iterable[forms.BoundField]:
        """Return the fields in the order they are shown."""
        return [self[name] for name in RulePoliciesForm.base_fields]

    def policies(self) -> dict[str, object]:
        """Return what a valid form says, as a rule stores it."""
        chosen = {name: self.cleaned_data.get(PREFIX + name) for name in NAMES}
        return {name: _meant(name, value) for name, value in chosen.items() if value not in ("", None)}

    @property
    def has_policies(self) -> bool:
        """Whether anything is chosen, or wrong, so that the part is shown unfolded."""
        return any(field.value() not in ("", None) or field.errors for field in self.policy_fields())


def typed_policies(stored: Mapping[str, object]) -> dict[str, object]:
    """Return the fields' values for the policies of a stored rule."""
    return {PREFIX + name: _typed(value) for name, value in stored.items()}


def _typed(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _meant(name: str, value: object) -> object:
    return value == "yes" if name in FLAG_WORDS else value


def said(name: str, value: object) -> str:
    """Return one policy of a stored rule in words, such as "only the first agent's"."""
    words = WORDS[name][value] if name in WORDS else f"grace time {value} s"
    return words[:1].lower() + words[1:]
