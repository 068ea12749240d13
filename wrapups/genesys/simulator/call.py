"""One call as an operation sees it, and how it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from uuid import uuid4

import orjson

from wrapups.genesys.simulator.catalogue import is_uuid
from wrapups.genesys.simulator.clients import Client
from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.operations import OPERATIONS, Operation
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.simulation import Simulation

JSON = "application/json"


class Answer(NamedTuple):
    """What goes back over the wire."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON


def answer(body: object, status: int = 200) -> Answer:
    """Return an answer with this body as JSON."""
    return Answer(status, orjson.dumps(body))


class Request:
    """One HTTP request, read completely."""

    def __init__(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.path = path
        self.query_text = query
        self.headers = headers
        self.body = body
        self.correlation_id = headers.get("inin-correlation-id") or str(uuid4())

    @property
    def bearer(self) -> str:
        """Return the token the request came with, empty when it came without one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the query parameters; the last value of each counts."""
        return {name: values[-1] for name, values in parse_qs(self.query_text, keep_blank_values=True).items()}


@dataclass(frozen=True)
class Call:
    """One admitted call: the request, the operation it means, who asks, and the organization it is about."""

    simulation: Simulation
    request: Request
    operation: Operation
    parameters: dict[str, str]
    client: Client
    dropped: bool = False
    """Whether a fault makes this call's write be accepted and never applied."""

    def parameter(self, name: str) -> str:
        """Return a path parameter that has to be a UUID (400 invalid.id when it is none)."""
        value = self.parameters[name]
        if not is_uuid(value):
            raise Problem("invalid.id")
        return value.lower()

    def ids(self, name: str) -> list[str]:
        """Return a comma-joined list of the query, empty when it is not given."""
        return [value for value in self.request.query.get(name, "").split(",") if value]

    def number(self, name: str, default: int, *, maximum: int | None = None) -> int:
        """Return a query parameter that has to be a number from 1 to `maximum`."""
        value = self.request.query.get(name, str(default))
        if not value.isdigit() or int(value) < 1 or (maximum is not None and int(value) > maximum):
            raise Problem("invalid.query.param.value", value=value, parameter=name)
        return int(value)

    def json(self) -> Any:
        """Return the body as JSON; 415 for another Content-Type, 400 when it is no JSON."""
        content_type = self.request.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() != JSON:
            raise Problem("unsupported.media.type")
        try:
            return orjson.loads(self.request.body or b"null")
        except orjson.JSONDecodeError as error:
            raise Problem("bad.request") from error

    def conversation(self) -> Conversation:
        """Return the conversation of the path: 404 when there is none yet, 403 when its divisions are out of reach."""
        conversation_id = self.parameter("conversationId")
        conversation = self.simulation.conversations.begun(conversation_id)
        if conversation is None:
            raise Problem("conversation.error.conversation.not.found")
        if not self.client.reaches(self.operation.permissions, conversation.timeline.division_ids):
            raise Problem("missing.division.permission", type="Conversation", id=conversation_id)
        return conversation


Handler = Callable[[Call], Answer]
HANDLERS: dict[str, Handler] = {}


def serves(*keys: str) -> Callable[[Handler], Handler]:
    """Register a function for operations; each has to be in operations.json (KeyError)."""

    def register(handler: Handler) -> Handler:
        for key in keys:
            HANDLERS[OPERATIONS[key].key] = handler
        return handler

    return register
