"""Links into Genesys Cloud's own pages."""

from urllib.parse import quote, urlsplit

from wrapups.models import Organization

INTERACTION = "/directory/#/engage/admin/interactions/"


def interaction_link(organization: Organization, conversation_id: str) -> str:
    """Return the address of a conversation in Genesys Cloud's admin pages; empty where its host is none of theirs.

    https://api.mypurecloud.de becomes https://apps.mypurecloud.de; a simulator has no such pages.
    """
    api = urlsplit(organization.api_url)
    if api.scheme != "https" or not api.netloc.startswith("api."):
        return ""
    host = f"apps.{api.netloc.removeprefix('api.')}"
    return f"https://{host}{INTERACTION}{quote(conversation_id, safe='')}"
