"""The examples on the API's page: each is a good one of its shape, and the first is answered as shown."""

import json
import re
import shlex

import pytest
from django.test import Client
from django.urls import reverse
from jsonschema import Draft202012Validator

from dashboard.api.openapi import document
from dashboard.api.reference import Endpoint
from wrapups.models import Disposition


@pytest.fixture
def endpoints(db, client: Client) -> list[Endpoint]:
    areas = client.get(reverse("api-docs")).context["areas"]
    return [each for _, endpoints in areas for each in endpoints]


def body_in(curl: str) -> str:
    words = shlex.split(curl)
    return words[words.index("--json") + 1]


def test_every_example_is_a_good_one_of_its_shape(endpoints):
    for each in endpoints:
        said = [(each.answer, each.answered)] + ([(each.body, body_in(each.curl))] if each.body else [])
        for shape, example in said:
            schema = {**document()["components"]["schemas"][shape], "components": document()["components"]}
            errors = [error.message for error in Draft202012Validator(schema).iter_errors(json.loads(example))]
            assert errors == [], (each.anchor, shape)


def test_every_example_asks_an_address_that_is_there(endpoints):
    assert all("{" not in each.curl.splitlines()[0] for each in endpoints)
    assert len({each.curl.splitlines()[0] for each in endpoints}) > len(endpoints) / 2


def test_the_first_disposition_is_handed_in_and_answered_as_the_page_shows(endpoints, program):
    (first, *_) = endpoints

    answer = program.post("dispositions", raw=body_in(first.curl).encode())

    said = Disposition.everywhere.get()
    assert re.search(r"/api/v1/dispositions \\\n", first.curl)
    assert answer.status_code == int(first.status)
    shown = json.loads(first.answered)
    assert answer.json() == shown | {"id": said.pk, "status_url": f"/api/v1/dispositions/{said.pk}"}
