"""The way of every API call: token, rate limit, permission, operation; each refusal with the documented body."""

import binascii
from base64 import b64decode
from urllib.parse import parse_qs

import orjson

from wrapups.genesys.simulator.call import Answer, Call, Request, answer
from wrapups.genesys.simulator.operations import TOKEN, Operation
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.serving import HANDLERS
from wrapups.genesys.simulator.simulation import Simulation

MAX_BODY = 512_000
"""Source: limit request.bytes.max of namespace platform.api."""


def serve(
    simulation: Simulation, request: Request, found: tuple[Operation, dict[str, str]] | None, *, dropped: bool = False
) -> Answer:
    """Return the answer to an API request; `found` is the operation it means and its path parameters.

    `dropped` is a fault: a write is accepted and never applied.
    """
    if found and found[0] is TOKEN:
        return issue_token(simulation, request)
    headers: dict[str, str] = {}
    try:
        answered = _admitted(simulation, request, found, headers, dropped=dropped)
    except Problem as problem:
        answered = refuse(problem, request)
    return answered._replace(headers=(*answered.headers, *headers.items()))


def refuse(problem: Problem, request: Request) -> Answer:
    """Return the answer that says what was refused and why."""
    return Answer(problem.status, orjson.dumps(problem.body(request.correlation_id)))


def issue_token(simulation: Simulation, request: Request) -> Answer:
    """Answer `POST /oauth/token`: a token, or 400 `invalid_client`, or 400 "rate limit exceeded" when throttled."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    form = parse_qs(request.body.decode("utf-8", "replace"))
    if form.get("grant_type") != ["client_credentials"]:
        return _token_refused("unsupported_grant_type", "The simulator issues tokens for client_credentials only.")
    try:
        client_id, _, secret = b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        scheme, client_id, secret = "", "", ""
    if scheme.lower() != "basic":
        return _token_refused("invalid_client", "client credentials are missing or malformed")
    switches = simulation.switches
    try:
        token = simulation.clients.issue(
            client_id, secret, lifetime_s=switches.token_lifetime_s, rate_per_minute=switches.token_rate_per_minute
        )
    except LookupError:
        return _token_refused("invalid_client", "client not found: invalid client credentials")
    except OverflowError:
        return _token_refused("invalid_request", "rate limit exceeded; slow down token requests")
    return answer({"access_token": token, "token_type": "bearer", "expires_in": switches.token_lifetime_s})


def _admitted(
    simulation: Simulation,
    request: Request,
    found: tuple[Operation, dict[str, str]] | None,
    headers: dict[str, str],
    *,
    dropped: bool,
) -> Answer:
    """Return the operation's answer and fill in the rate limit headers; raises Problem for every refusal."""
    if len(request.body) > MAX_BODY:
        raise Problem("request.entity.too.large", maximum=MAX_BODY)
    client = simulation.clients.bearing(request.bearer)
    switches = simulation.switches
    counted, limited = simulation.limiter.count(
        request.bearer,
        simulation.clock.seconds(),
        allowed=switches.rate_limit_calls,
        window_s=switches.rate_limit_window_s,
    )
    headers |= counted
    if limited:
        raise limited
    if found is None:
        raise Problem("not.found")
    operation, parameters = found
    client.admit(operation)
    return HANDLERS[operation.key](Call(simulation, request, operation, parameters, client, dropped))


def _token_refused(error: str, description: str) -> Answer:
    return answer({"error": error, "description": description, "error_description": description}, 400)
