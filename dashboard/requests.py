"""What a view of ours finds on its request."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from wrapups.domain.roles import Right
from wrapups.models import Membership, Organization, Person
from wrapups.services.auditing import Actor


class Request(HttpRequest):
    """A request after the middleware.

    `organization`, `membership` and `actor` are there wherever the policy asks for a right, because the policy has
    refused everybody who has none. On pages that anybody signed in may open they can be missing.
    """

    user: Person
    htmx: HtmxDetails
    reference: str
    memberships: list[Membership]
    membership: Membership
    organization: Organization
    rights: frozenset[Right]
    actor: Actor


class AnonymousRequest(HttpRequest):
    """A request of somebody who may not have signed in."""

    user: Person | AnonymousUser
    htmx: HtmxDetails
    reference: str
