"""What is to be done with the rules that are ticked in the list."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from wrapups.models import Organization
from wrapups.services.usable_rules import MOST_TAG, cleaned_tags, owners

MOST = 5000
ACTS = {
    "enable": "is in use",
    "disable": "is out of use",
    "tag": "has the tag",
    "untag": "is without the tag",
    "own": "has its owner",
}
"""By act, what is so of a rule afterwards."""


class SelectedForm(forms.Form):
    """One act on the ticked rules, with the tag or the owner that it needs."""

    act = forms.ChoiceField(choices=list(ACTS.items()), error_messages={"required": "Choose what to do with them."})
    tag = forms.CharField(required=False, max_length=MOST_TAG)
    owner = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)

    def __init__(self, typed: QueryDict, organization: Organization) -> None:
        super().__init__(typed)
        self.chosen: Sequence[int] = [int(pk) for pk in typed.getlist("rule")[:MOST] if pk.isascii() and pk.isdigit()]
        self._people = {each.person_id: each.person for each in owners(organization.pk)}
        self.fields["owner"].choices = [("", "nobody"), *((pk, str(pk)) for pk in self._people)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse an act on nothing, and one without what it needs."""
        cleaned = super().clean() or {}
        if not self.chosen:
            self.add_error(None, "Tick the rules first.")
        if cleaned.get("act") in ("tag", "untag") and len(cleaned_tags(cleaned.get("tag") or "")) != 1:
            self.add_error("tag", "Write one tag, without a comma.")
        if cleaned.get("act") == "own" and not cleaned.get("owner"):
            self.add_error("owner", "Choose whose they shall be.")
        return cleaned

    def problem(self) -> str:
        """Return what is wrong, in a line."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)

    def for_service(self) -> dict[str, Any]:
        """Return a valid form as `releasing.change_rules` takes it."""
        match self.cleaned_data["act"]:
            case "tag":
                return {"add_tag": self._tag}
            case "untag":
                return {"remove_tag": self._tag}
            case "own":
                return {"owner": self._people[self.cleaned_data["owner"]]}
            case act:
                return {"enabled": act == "enable"}

    def done(self, changed: int) -> str:
        """Return in a sentence how many rules differ by it."""
        if not changed:
            return "Nothing was changed: they were like that already."
        return f"{changed} rule{'' if changed == 1 else 's'} changed: each {ACTS[self.cleaned_data['act']]} now."

    @property
    def _tag(self) -> str:
        [tag] = cleaned_tags(self.cleaned_data["tag"])
        return tag
