"""Who a token is and what it may do, as `TokenInfo` and `AuthzSubject` render it."""

from wrapups.domain.permissions import Granted, Identity
from wrapups.genesys.errors import unreadable
from wrapups.genesys.fields import record, records, required_text, text, texts


def identity(answer: object) -> Identity:
    """Return the organization of a `TokenInfo`. Raises Unclear where the answer makes no sense."""
    organization = record(record(answer, "answer").get("organization"), "organization")
    return Identity(required_text(organization, "id"), text(organization, "name"))


def granted(answer: object) -> Granted:
    """Return the permissions of an `AuthzSubject`, read with its full roles.

    A policy is a domain, an entity and actions, each of which may be `*`. Without policies the answer would look like
    a client that may do nothing, so that is Unclear instead.
    """
    divisions: dict[str, set[str]] = {}
    for grant in records(record(answer, "answer"), "grants"):
        division_id = required_text(record(grant.get("division"), "division"), "id")
        role = record(grant.get("role"), "role")
        if "policies" not in role:
            raise unreadable("a role came without its policies")
        for policy in records(role, "policies"):
            name = f"{text(policy, 'domain')}:{text(policy, 'entityName')}"
            for action in texts(policy, "actions"):
                divisions.setdefault(f"{name}:{action}", set()).add(division_id)
    return Granted({name: frozenset(where) for name, where in divisions.items()})
