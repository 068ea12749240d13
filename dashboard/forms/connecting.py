"""Another Genesys Cloud organization, as an admin types it."""

from typing import cast

from django import forms
from django.http import QueryDict

from dashboard.forms.organization import GENESYS_ID
from wrapups.models import Organization
from wrapups.services.connecting import addresses


class ConnectionForm(forms.Form):
    """Where an organization is, and the OAuth client that opens it. The secret goes in and never comes out again."""

    api_url = forms.ChoiceField(
        label="Region",
        help_text="Where you sign in to Genesys Cloud. A wrong one is refused like a wrong secret.",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Choose its region.", "invalid_choice": "Choose one of the regions."},
    )
    client_id = forms.CharField(
        max_length=64,
        label="Client id",
        validators=[GENESYS_ID],
        help_text="Of an OAuth client with the grant type Client Credentials that nothing else uses.",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
    )
    client_secret = forms.CharField(
        max_length=256,
        label="Client secret",
        help_text="It is stored sealed and never shown again, to nobody.",
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, typed: QueryDict | None, organization: Organization | None = None) -> None:
        known = {"api_url": organization.api_url, "client_id": organization.client_id} if organization else None
        super().__init__(typed, initial=known, auto_id="connection-%s")
        listed = [(address, f"{name}: {address.partition('://')[2]}") for address, name in addresses().items()]
        cast(forms.ChoiceField, self.fields["api_url"]).choices = [("", "Choose …"), *listed]


class NewOrganizationForm(ConnectionForm):
    """An organization that is to be connected."""

    field_order = ("name", "api_url", "client_id", "client_secret")

    name = forms.CharField(
        max_length=120,
        help_text="As people here call it; Genesys Cloud does not see it.",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": "Give it a name."},
    )
