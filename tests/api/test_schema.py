"""The description against the API: requests made from it, good and bad, and what must not come back.

`SCHEMA_EXAMPLES=1000` asks more than the everyday run does.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from dashboard.api.openapi import document, operations
from dashboard.wsgi import application
from tests.factories import (
    AssignmentFactory,
    AttemptFactory,
    DispositionFactory,
    MappingRuleFactory,
    key_of,
    put_in_force,
)

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "20"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
    missing_required_header,
    unsupported_method,
]
OPERATIONS = dict(operations(document()))

schema: Any = schemathesis.openapi.from_dict(document())
schema.app = application

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="SCHEMA_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def one_transaction(db: None) -> Iterator[None]:
    """Let all requests of a test share its transaction, as Django's own client does, however long it stands idle."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def there(organization) -> Mapping[str, object]:
    """The parameters of addresses under which something is."""
    failed = AssignmentFactory(organization=organization, failed=True)
    AttemptFactory(assignment=failed)
    AssignmentFactory(organization=organization, skipped=True)
    release = put_in_force(MappingRuleFactory(organization=organization).release)
    conversation_id = failed.communication.conversation.conversation_id
    said = DispositionFactory(organization=organization, conversation_id=conversation_id, source="crm")
    return {
        "assignment_id": failed.pk,
        "conversation_id": conversation_id,
        "disposition_id": said.pk,
        "number": release.number,
    }


@schema.parametrize()
@bounded
def test_whatever_is_asked_the_answer_is_one_that_is_described(case, key, there):
    case.call_and_validate(headers={"Authorization": f"Bearer {key_of(key)}"}, checks=CHECKS)


@schema.include(path_regex=r"\{").parametrize()
@settings(bounded, max_examples=max(2, EXAMPLES // 4), phases=[Phase.generate])
def test_so_it_is_where_something_is_at_the_address(case, key, there):
    case.path_parameters = {name: there[name] for name in case.path_parameters}

    response = case.call(headers={"Authorization": f"Bearer {key_of(key)}"})

    assert response.status_code < 500
    case.validate_response(
        response, checks=[status_code_conformance, content_type_conformance, response_schema_conformance]
    )


@bounded
@given(path=st.text(max_size=40), body=st.binary(max_size=200), method=st.sampled_from(["GET", "POST", "PUT"]))
def test_no_address_and_no_body_makes_it_fail(path, body, method, program):
    response = program.ask(method, "/api/v1/" + path.replace("\0", ""), data=body, content_type="application/json")

    assert response.status_code < 500


def test_the_description_is_itself_as_openapi_3_1_wants_it():
    described = document()

    assert described["openapi"] == "3.1.0"
    for name, shape in described["components"]["schemas"].items():
        Draft202012Validator.check_schema(shape), name


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_describes_its_refusals(name: str):
    told = set(OPERATIONS[name]["responses"])

    assert {"400", "401", "403", "422", "429", "500", "503"} <= told
    if "requestBody" in OPERATIONS[name]:
        assert {"413", "415"} <= told
    if OPERATIONS[name].get("summary", "").startswith(("Add", "Retry")):
        assert "409" in told


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "500", "503"])
def test_every_refusal_has_examples_of_its_shape(status: str):
    content = document()["components"]["responses"][status]["content"]["application/problem+json"]

    assert content["examples"]
    for example in content["examples"].values():
        Draft202012Validator(document()["components"]["schemas"]["Problem"]).validate(example["value"])
        assert str(example["value"]["status"]) == status


def test_everybody_may_read_it(client, db):
    response = client.get("/api/v1/openapi.json")

    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response.json() == document()
