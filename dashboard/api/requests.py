"""What an endpoint finds on its request."""

from django.http import HttpRequest

from wrapups.models import ApiKey, Organization
from wrapups.services.auditing import Program
from wrapups.services.keys import Allowance


class ApiRequest(HttpRequest):
    """A request that a key has opened. The organization is the key's, whatever the request says."""

    auth: ApiKey
    organization: Organization
    program: Program
    allowance: Allowance
    reference: str
