"""Whether a key is shown what is about customers as it is, or masked."""

from dashboard.api.requests import ApiRequest
from wrapups.domain.masking import MASKED, OPEN, Mask
from wrapups.domain.scopes import Scope, scopes_of


def mask_of(request: ApiRequest, *, of: str = "") -> Mask:
    """Return what the key is shown of customers; what it said itself, as the source `of`, it is shown as it is."""
    may = Scope.CUSTOMERS in scopes_of(request.auth.scopes) or of == request.auth.name
    return OPEN if may else MASKED
