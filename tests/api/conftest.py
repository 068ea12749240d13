"""A program with a key, and an organization that it belongs to."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.factories import ApiKeyFactory, OrganizationFactory, key_of
from wrapups.models import ApiKey, Organization


class Program:
    """Another program, which knows nothing but its key: sends JSON, reads JSON."""

    def __init__(self, key: str | None) -> None:
        self._client = Client(raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, query: str = "", **headers: str) -> Any:
        return self._client.get(f"/api/v1/{path}{query}", headers={**self._headers, **headers})

    def post(self, path: str, told: object = None, *, raw: bytes | None = None, **headers: str) -> Any:
        """Post JSON, or (`raw`) bytes as they are; a header's name is written with _ for -."""
        body = json.dumps(told).encode() if raw is None else raw
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = named.pop("Content-Type", "application/json")
        path = f"/api/v1/{path}"
        return self._client.generic("POST", path, body, content_type=kind, headers={**self._headers, **named})

    def ask(self, method: str, path: str, **more: Any) -> Any:
        return self._client.generic(method, path, headers=self._headers, **more)


@pytest.fixture
def organization(db: None) -> Organization:
    """The organization that the program's key belongs to."""
    return OrganizationFactory()


@pytest.fixture
def key(organization: Organization) -> ApiKey:
    """A key that may do everything in it."""
    return ApiKeyFactory(organization=organization, name="crm")


@pytest.fixture
def program(key: ApiKey) -> Program:
    """The program that has the key."""
    return Program(key_of(key))


@pytest.fixture
def program_with() -> Callable[..., Program]:
    """Make a program with a key of its own: `program_with(scopes=["read"])`."""

    def made(**values: Any) -> Program:
        return Program(key_of(ApiKeyFactory(**values)))

    return made
