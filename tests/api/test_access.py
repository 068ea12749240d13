"""Who gets in: every endpoint against no key, wrong keys, keys of no use, wrong scopes, and other organizations."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.api.openapi import document
from dashboard.policy import POLICY
from tests.api.conftest import Program
from tests.factories import (
    API_SECRET,
    ApiKeyFactory,
    AssignmentFactory,
    DispositionFactory,
    MappingRuleFactory,
    MembershipFactory,
    OrganizationFactory,
    key_of,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.domain.scopes import Scope
from wrapups.models import ApiKey, Organization
from wrapups.models.clock import app_now

DISPOSITION = {"conversation_id": str(uuid4()), "disposition": "REFUND-OK"}
# The name of an address, its method, what it is sent, and the scopes of which one opens it.
ROUTES = [
    ("api-disposition-add", "POST", DISPOSITION, {Scope.SUBMIT}),
    ("api-disposition-batch", "POST", {"items": [DISPOSITION]}, {Scope.SUBMIT}),
    ("api-disposition", "GET", None, {Scope.SUBMIT, Scope.READ}),
    ("api-assignment-list", "GET", None, {Scope.READ}),
    ("api-assignment-retry-all", "POST", {"ids": [1], "reason": "again"}, {Scope.RETRY}),
    ("api-assignment", "GET", None, {Scope.READ}),
    ("api-assignment-retry", "POST", {}, {Scope.RETRY}),
    ("api-conversation", "GET", None, {Scope.READ}),
    ("api-release-list", "GET", None, {Scope.READ}),
    ("api-release", "GET", None, {Scope.READ}),
    ("api-rules", "GET", None, {Scope.READ}),
    ("api-rules-import", "POST", {"rules": []}, {Scope.RULES}),
    ("api-evaluate", "POST", {"facts": {}}, {Scope.EVALUATE}),
]
OPEN = {"api-openapi", "api-docs", "api-unknown"}
OF_OBJECTS = {"api-disposition", "api-assignment", "api-assignment-retry", "api-conversation", "api-release"}
ROUTE = pytest.mark.parametrize(("name", "method", "told", "scopes"), ROUTES, ids=[route[0] for route in ROUTES])


@pytest.fixture
def addresses(organization: Organization) -> dict[str, str]:
    """The address of each route, about something that is there."""
    failed = AssignmentFactory(organization=organization, failed=True)
    release = put_in_force(MappingRuleFactory(organization=organization).release)
    about = {
        "api-disposition": DispositionFactory(organization=organization, source="crm").pk,
        "api-assignment": failed.pk,
        "api-assignment-retry": failed.pk,
        "api-conversation": failed.communication.conversation.conversation_id,
        "api-release": release.number,
    }
    return {name: reverse(name, args=[about[name]] if name in about else []) for name, *_ in ROUTES}


def asked(key: str | None, address: str, method: str, told: object):
    program = Program(key)
    path = address.removeprefix("/api/v1/")
    return program.get(path) if method == "GET" else program.post(path, told)


def useless(key: ApiKey) -> Iterator[tuple[str, str | None]]:
    """Every way of having no key, by what it is."""
    now = app_now()
    mine = {"organization": key.organization}
    yield "none", None
    yield "not of the form", "hunter2"
    yield "an unknown prefix", f"wu_{'a' * 12}_{API_SECRET}"
    yield "another secret", f"wu_{key.prefix}_{'0' * 64}"
    yield "with something after it", f"{key_of(key)}0"
    yield "in capitals", key_of(key).upper()
    yield "expired", key_of(ApiKeyFactory(expires_at=now - timedelta(seconds=1), **mine))
    yield "revoked", key_of(ApiKeyFactory(revoked_at=now - timedelta(seconds=1), **mine))


def test_every_address_of_the_api_is_walked_here():
    assert {name for name in POLICY if name.startswith("api-")} == {route[0] for route in ROUTES} | OPEN


@ROUTE
def test_without_a_good_key_nothing_opens_and_the_answers_are_alike(name, method, told, scopes, addresses, key):
    answers = {}
    for what, text in useless(key):
        with CaptureQueriesContext(connection) as queries:
            response = asked(text, addresses[name], method, told)
        assert not [each for each in queries if each["sql"].startswith(("INSERT", "UPDATE", "WITH"))], what
        told_back = response.json()
        assert told_back.pop("instance")
        answers[what] = (response.status_code, response["Content-Type"], response["WWW-Authenticate"], str(told_back))

    assert len(set(answers.values())) == 1, answers
    assert answers["none"][:2] == (401, "application/problem+json")


@ROUTE
def test_a_session_opens_nothing(name, method, told, scopes, addresses, organization):
    client = Client()
    client.force_login(
        MembershipFactory(organization=organization, role=Role.ADMIN).person,
        "django.contrib.auth.backends.ModelBackend",
    )

    assert client.generic(method, addresses[name]).status_code == 401


@ROUTE
@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_opens_what_its_scope_says_and_nothing_else(
    name, method, told, scopes, scope, addresses, program_with, organization
):
    key = ApiKeyFactory(organization=organization, name="crm", scopes=[scope.value])

    response = asked(key_of(key), addresses[name], method, told)

    if scope in scopes:
        assert response.status_code not in (401, 403)
    else:
        assert response.status_code == 403
        assert all(each.value in response.json()["detail"] for each in scopes)


def test_a_scope_that_is_no_longer_known_opens_nothing(addresses, organization):
    key = ApiKeyFactory(organization=organization, scopes=["everything", ""])

    assert {asked(key_of(key), addresses[name], method, told).status_code for name, method, told, _ in ROUTES} == {403}


@pytest.mark.parametrize("name", sorted(OF_OBJECTS))
def test_what_belongs_to_another_organization_is_not_there(name, addresses):
    stranger = key_of(ApiKeyFactory(organization=OrganizationFactory()))
    method, told = next((method, told) for each, method, told, _ in ROUTES if each == name)

    response = asked(stranger, addresses[name], method, told)

    assert response.status_code == 404


def test_another_organizations_things_are_in_no_list(addresses):
    stranger = key_of(ApiKeyFactory(organization=OrganizationFactory()))

    lists = [
        asked(stranger, addresses[name], "GET", None).json() for name in ("api-assignment-list", "api-release-list")
    ]

    assert lists == [{"items": [], "next": None}] * 2


def test_ids_of_another_organization_among_ones_own_send_nothing_again(program, organization):
    own = AssignmentFactory(organization=organization, failed=True)
    foreign = AssignmentFactory(failed=True)

    response = program.post("assignments/retry", {"ids": [own.pk, foreign.pk], "reason": "again"})

    own.refresh_from_db()
    assert response.status_code == 404
    assert response.json()["detail"].startswith("1 of these")
    assert own.status == "failed"


def test_every_endpoint_is_described_with_the_key_that_it_needs():
    open_ones = [
        operation["operationId"]
        for methods in document()["paths"].values()
        for operation in methods.values()
        if operation.get("security") != [{"ApiKeyAuth": []}]
    ]

    assert open_ones == []


# How often


def test_a_key_is_told_how_many_calls_it_has_and_when_it_has_none_how_long_to_wait(program_with, organization):
    program = program_with(organization=organization, calls_per_minute=6, allowance=1)

    first, second = program.get("releases"), program.get("releases")

    assert first["RateLimit-Policy"] == '"key";q=1;w=10'
    assert first["RateLimit"].startswith('"key";r=0;t=')
    assert second.status_code == 429
    assert 1 <= int(second["Retry-After"]) <= 10


def test_calls_come_back_with_time_and_never_more_than_a_tenth_of_a_minutes_worth(program_with, organization):
    key = ApiKeyFactory(organization=organization, calls_per_minute=60, allowance=0)
    ApiKey.everywhere.filter(pk=key.pk).update(allowance_at=app_now() - timedelta(hours=1))

    response = Program(key_of(key)).get("releases")

    assert response["RateLimit"] == '"key";r=5;t=0'


def test_a_call_is_noted_on_its_key(program, key):
    program.get("releases")

    key.refresh_from_db()
    assert key.last_used_at is not None


def test_nobody_spends_anothers_calls_by_knowing_its_prefix(program_with, organization):
    key = ApiKeyFactory(organization=organization, calls_per_minute=60, allowance=1)

    Program(f"wu_{key.prefix}_{'0' * 64}").get("releases")

    assert Program(key_of(key)).get("releases").status_code == 200
