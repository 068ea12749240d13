"""What lines of requests carry: which request, page, organization and person, each by a key and none by a name."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from dashboard import urls
from dashboard.logs import logging_settings
from tests.factories import API_SECRET, ApiKeyFactory, key_of
from wrapups.models import Organization, Person
from wrapups.services.marking import marks

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


def failing(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


# Under the name of a page that asks for an organization.
urlpatterns = [*urls.urlpatterns, path("failing", failing, name="failure-list")]


@pytest.fixture
def lines(settings: Settings) -> Iterator[Any]:
    """Everything that is logged, as production writes it: one JSON object a line."""
    settings.ROOT_URLCONF = __name__
    formatter = logging_settings(level="INFO", form="json")["formatters"]["line"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatter.pop("()")(**formatter))
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in handler.stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_every_line_of_a_persons_request_says_whose_it_is(organization: Organization, admin: Client, lines: Any):
    admin.raise_request_exception = False
    person = Person.objects.get()

    response = admin.get("/failing?q=%2B4930123456")

    expected = {
        "request": response["X-Reference"],
        "page": "failure-list",
        "organization": organization.pk,
        "person": person.pk,
    }
    assert len(lines()) == 2
    for line in lines():
        assert {name: line.get(name) for name in expected} == expected
        assert not {person.username, person.last_name, organization.name} & {str(each) for each in line.values()}
        assert "4930123456" not in str(line)


def test_every_line_of_a_programs_request_says_whose_it_is(
    lines: Any, organization: Organization, monkeypatch: pytest.MonkeyPatch
):
    key = ApiKeyFactory(organization=organization)
    monkeypatch.setattr("dashboard.api.endpoints.releases.Release", None)

    response = Client().get("/api/v1/releases", headers={"Authorization": f"Bearer {key_of(key)}"})

    assert response.status_code == 500
    assert {(line["request"], line["organization"], line["api_key"]) for line in lines()} == {
        (response["X-Reference"], organization.pk, key.pk)
    }
    assert API_SECRET not in str(lines())


def test_nothing_of_a_request_is_left_to_the_next_one_of_its_thread(organization: Organization, admin: Client):
    admin.get("/account")

    assert marks() == {}
