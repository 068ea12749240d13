"""What a view of ours finds on its request."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from wrapups.domain.roles import Right
from wrapups.models import Membership, Organization, Person
from wrapups.services.auditing import Actor


class AnonymousRequest(HttpRequest):
    """A request of somebody who may not have signed in."""

    user: Person | AnonymousUser
    htmx: HtmxDetails
    reference: str
    memberships: list[Membership]
    rights: frozenset[Right]
    organization: Organization


class Request(AnonymousRequest):
    """A request that the policy has let through.

    `organization`, `membership` and `actor` are there wherever the policy asks for a right, because it has refused
    everybody who has none. On pages that anybody signed in may open there can be no membership and no organization.
    """

    user: Person
    membership: Membership
    actor: Actor
