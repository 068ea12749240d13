"""Whether what is about customers is shown as it is on a page, or masked."""

from dashboard.requests import AnonymousRequest
from wrapups.domain.masking import MASKED, OPEN, Mask
from wrapups.domain.roles import Right


def mask_of(request: AnonymousRequest) -> Mask:
    """Return what whoever asks is shown of customers."""
    return OPEN if Right.SEE_CUSTOMERS in request.rights else MASKED
