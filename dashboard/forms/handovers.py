"""To whom something is handed, and what is said with it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.queries.owners import NOBODY
from wrapups.domain.facts import storable
from wrapups.models import Membership, Organization, Person
from wrapups.services.handing_over import LONGEST_NOTE
from wrapups.services.owners import may_own, name_of

CHOOSE = "Choose whom to hand it to."


class OwnerForm(forms.Form):
    """Takes a member who may retry what failed, or that nobody is to hold it."""

    owner = forms.ChoiceField(
        label="Hand to",
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )

    def __init__(self, typed: QueryDict | None, *, organization: Organization, **options: Any) -> None:
        super().__init__(typed, auto_id="hand-%s", **options)
        self._owners = {str(each.person_id): each for each in may_own(organization)}
        self.fields["owner"].choices = [("", "Choose …"), *self._named(), (NOBODY, "Nobody: hand it back")]  # type: ignore[attr-defined]

    @property
    def person(self) -> Person | None:
        """Whom it is handed to; None for nobody."""
        member = self._owners.get(self.cleaned_data["owner"])
        return member.person if member else None

    @property
    def limited(self) -> Sequence[Membership]:
        """Those who see some divisions only, and cannot be handed what is of another."""
        return [each for each in self._owners.values() if each.division_ids]

    def _named(self) -> list[tuple[str, str]]:
        return [(key, f"{name_of(each.person)}{_beside(each)}") for key, each in self._owners.items()]


class HandOverForm(OwnerForm):
    """To whom one assignment is handed. `held_by` is who held it when the person looked, empty for nobody."""

    note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea({"class": "form-control", "rows": 2}),
        help_text="They read it beside the failure. It is kept in the history, with your name.",
        error_messages={"max_length": f"Use at most {LONGEST_NOTE} characters."},
    )
    held_by = forms.IntegerField(required=False)

    def clean_note(self) -> str:
        """Keep what the database can keep."""
        return storable(self.cleaned_data["note"])


def _beside(member: Membership) -> str:
    return " · sees some divisions" if member.division_ids else ""
