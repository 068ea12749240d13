"""Serves who a token is and what it may do: tokens/me, subjects/me, divisions and users."""

from typing import Any

from wrapups.genesys.simulator.call import Answer, Call, answer, serves
from wrapups.genesys.simulator.catalogue import Division
from wrapups.genesys.simulator.clients import EVERYWHERE
from wrapups.genesys.simulator.serving.listing import asked_for, page

CLIENT_NAME = "Wrap-up service"
GRANTED_AT = "2026-01-01T00:00:00.000Z"


@serves("GET /api/v2/tokens/me")
def token(call: Call) -> Answer:
    """Answer with the `TokenInfo`: no user, because client credentials have none."""
    catalogue = call.simulation.catalogue
    organization = {"id": catalogue.organization_id, "name": catalogue.organization_name}
    client = {"id": call.client.id, "name": CLIENT_NAME, "organization": organization}
    return answer({"organization": organization, "homeOrganization": organization, "OAuthClient": client})


@serves("GET /api/v2/authorization/subjects/me")
def subject(call: Call) -> Answer:
    """Answer with the `AuthzSubject`: one role per division, its policies only with includeFullRoles=true."""
    full = call.request.query.get("includeFullRoles", "").lower() == "true"
    grants = [
        {
            "subjectId": call.client.id,
            "division": division_body(division),
            "role": _role(held, full=full),
            "grantMadeAt": GRANTED_AT,
        }
        for division in call.simulation.catalogue.divisions.values()
        if (held := [name for name, where in sorted(call.client.grants.items()) if where & {EVERYWHERE, division.id}])
    ]
    own = f"/api/v2/authorization/subjects/{call.client.id}"
    return answer({"id": call.client.id, "name": CLIENT_NAME, "grants": grants, "version": 1, "selfUri": own})


@serves("GET /api/v2/authorization/divisions")
def divisions(call: Call) -> Answer:
    """Answer with a page of divisions."""
    found = asked_for(call.simulation.catalogue.divisions.values(), call)
    return page(call, [division_body(division) for division in found])


@serves("GET /api/v2/users")
def users(call: Call) -> Answer:
    """Answer with a page of users of the state asked for: active ones, unless `state` says otherwise."""
    catalogue = call.simulation.catalogue
    state = call.request.query.get("state", "active")
    asked = [agent for agent in asked_for(catalogue.agents.values(), call) if state in ("any", agent.state)]
    return page(
        call,
        [
            {
                "id": agent.id,
                "name": agent.name,
                "email": agent.email,
                "username": agent.email,
                "title": agent.title,
                "state": agent.state,
                "version": 1,
                "division": division_reference(catalogue.divisions[agent.division_id]),
                "selfUri": f"/api/v2/users/{agent.id}",
            }
            for agent in asked
        ],
    )


def division_body(division: Division) -> dict[str, Any]:
    """Return the `AuthzDivision` of a division."""
    return division_reference(division) | {"homeDivision": division.home, "description": ""}


def division_reference(division: Division) -> dict[str, Any]:
    """Return id, name and address of a division."""
    return {"id": division.id, "name": division.name, "selfUri": f"/api/v2/authorization/divisions/{division.id}"}


def _role(permissions: list[str], *, full: bool) -> dict[str, Any]:
    """Return the role that holds these permissions; a policy is one permission, `domain:entity:action`."""
    role: dict[str, Any] = {"id": "wrap-up-service", "name": CLIENT_NAME, "default": False}
    if full:
        parts = [permission.split(":") for permission in permissions]
        role["policies"] = [{"domain": d, "entityName": e, "actions": [a]} for d, e, a in parts]
    return role
