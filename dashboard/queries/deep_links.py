"""Links into Genesys Cloud's own pages.

Genesys documents none of these addresses. The conversation's, the queue's, the OAuth clients' and the roles' are those
that partners' published guides link to. Where Genesys moves a page, its own menu leads there: each link says to what.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from wrapups.domain.advice_parts import Place
from wrapups.models import Organization

if TYPE_CHECKING:
    from dashboard.queries.advice_acts import About

PAGES = "/directory/#"
INTERACTION = "/engage/admin/interactions/{}"
QUEUE = "/admin/organization/queues/{}/general"
OAUTH = "/admin/integrations/oauth"
ROLES = "/admin/people-permissions/roles"
STATUS_PAGE = "https://status.mypurecloud.com/"


@dataclass(frozen=True, slots=True)
class Link:
    """A page of Genesys Cloud's, and what is there."""

    place: Place
    address: str


def interaction_link(organization: Organization, conversation_id: str) -> str:
    """Return the address of a conversation in Genesys Cloud's admin pages; empty where its host is none of theirs.

    https://api.mypurecloud.de becomes https://apps.mypurecloud.de; a simulator has no such pages.
    """
    return _page(organization, INTERACTION.format(quote(conversation_id, safe="")))


def places_of(places: Iterable[Place], about: "About") -> Sequence[Link]:
    """Return the links to these pages, as far as this organization's Genesys Cloud has them."""
    queue_id = about.queue.genesys_id if about.queue else ""
    addresses = {
        Place.INTERACTION: interaction_link(
            about.organization, about.assignment.communication.conversation.conversation_id
        ),
        Place.QUEUE: _page(about.organization, QUEUE.format(quote(queue_id, safe=""))) if queue_id else "",
        Place.OAUTH: _page(about.organization, OAUTH),
        Place.ROLES: _page(about.organization, ROLES),
        Place.STATUS: STATUS_PAGE if _page(about.organization, "") else "",
    }
    return [Link(place, addresses[place]) for place in places if addresses[place]]


def _page(organization: Organization, path: str) -> str:
    api = urlsplit(organization.api_url)
    if api.scheme != "https" or not api.netloc.startswith("api."):
        return ""
    return f"https://apps.{api.netloc.removeprefix('api.')}{PAGES}{path}"
