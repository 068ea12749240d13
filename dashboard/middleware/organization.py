"""Which organization a request is about, and what its person may do there."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from dashboard.policy import POLICY, PUBLIC
from dashboard.requests import Request
from wrapups.domain.roles import rights_of
from wrapups.models import Membership
from wrapups.services.auditing import Actor
from wrapups.services.marking import mark
from wrapups.services.seeing import seen_by

SESSION_KEY = "organization"


class OrganizationMiddleware:
    """Sets memberships, membership, organization, rights and actor on the request, before the policy is asked.

    The organization comes as this person sees it (`wrapups.services.seeing`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: Request, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Look the person's memberships up; a public page asks for none."""
        request.memberships, request.rights = [], frozenset()
        match = request.resolver_match
        if match is None or POLICY.get(match.view_name) is PUBLIC or not request.user.is_authenticated:
            return
        mark(person=request.user.pk)
        request.actor = Actor(request.user, origin=request.META.get("REMOTE_ADDR", ""))
        memberships = Membership.objects.filter(person=request.user).select_related("organization")
        request.memberships = list(memberships.order_by("organization__name", "pk"))
        if request.memberships:
            request.membership = _chosen(request.memberships, request.session.get(SESSION_KEY))
            request.organization = seen_by(request.membership)
            request.rights = rights_of(request.membership.role)
            mark(organization=request.organization.pk)


def _chosen(memberships: list[Membership], organization_id: object) -> Membership:
    """Return the membership the session names, or the first by name."""
    return next((each for each in memberships if each.organization_id == organization_id), memberships[0])
