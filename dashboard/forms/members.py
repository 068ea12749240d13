"""A person of the organization, as an admin asks for it: who they are, their role, the divisions they see."""

from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.http import QueryDict

from dashboard.forms.naming import proper_name
from wrapups.domain.roles import Role
from wrapups.models import Division, Membership, Organization

MOST_DIVISIONS = 500
MEANINGS = {
    Role.ADMIN: "everything: rules, releases, settings, people",
    Role.SUPERVISOR: "searches conversations and exports them, retries, corrects codes, sees customers' numbers",
    Role.OPS: "searches conversations, retries, hands in files, pauses calls; customers' numbers are masked",
}


class MemberForm(forms.Form):
    """What somebody may do, and whose conversations they see."""

    role = forms.ChoiceField(
        choices=[(role.value, role.value.title()) for role in MEANINGS],
        initial=Role.SUPERVISOR.value,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"required": "Choose a role."},
    )
    division_ids = forms.MultipleChoiceField(
        label="Sees the conversations of",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        help_text="Tick none for every division. A conversation belongs to the division of its queue.",
    )

    def __init__(
        self, typed: QueryDict | None, organization: Organization, membership: Membership | None = None
    ) -> None:
        initial = {"role": membership.role, "division_ids": membership.division_ids} if membership else {}
        super().__init__(typed, initial=initial, auto_id="member-%s")
        kept = membership.division_ids if membership else []
        rows = Division.objects.of(organization).order_by("name")[:MOST_DIVISIONS]
        shown = [row for row in rows if row.gone_at is None or row.genesys_id in kept]
        divisions: Any = self.fields["division_ids"]
        divisions.choices = [(row.genesys_id, row.name) for row in shown]

    def roles(self) -> list[tuple[forms.boundfield.BoundWidget, str]]:
        """Return each choice of the role with what it may."""
        return list(zip(self["role"], MEANINGS.values(), strict=True))

    def standing(self) -> dict[str, Any]:
        """Return what a valid form asks for, for `wrapups.services.admitting`."""
        return {"role": Role(self.cleaned_data["role"]), "division_ids": self.cleaned_data["division_ids"]}


class NewMemberForm(MemberForm):
    """The same for somebody who is to be let in."""

    username = forms.CharField(
        label="Signs in as",
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Somebody who has an account already keeps it, with its password.",
        error_messages={"required": "Say what they sign in with."},
    )
    first_name = forms.CharField(max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    last_name = forms.CharField(max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(
        label="E-mail", max_length=254, required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    field_order = ("username", "first_name", "last_name", "email", "role", "division_ids")

    def __init__(self, typed: QueryDict | None, organization: Organization) -> None:
        super().__init__(typed, organization)
        for name in ("username", "first_name", "last_name", "email"):
            self.fields[name].widget.attrs["class"] = "form-control"

    def clean_username(self) -> str:
        """Return the name in one form of spelling."""
        return proper_name(self.cleaned_data["username"])
