"""The written documentation against the API: its examples run, its tables are complete."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from dashboard.api.openapi import document
from dashboard.api.schemas.assignments import AssignmentsAsked
from tests.factories import ApiKeyFactory, MappingRuleFactory, OrganizationFactory, key_of, put_in_force
from wrapups.domain.scopes import Scope
from wrapups.models import ApiKey, Disposition

DOCS: Path = settings.BASE_DIR / "docs"
TEXT = (DOCS / "api.md").read_text()
TOLD = re.findall(r"curl \"\$WRAPUPS_URL(\S+)\".*?--json '(.*?)'", TEXT, re.DOTALL)
ANSWER = json.loads(re.findall(r"```json\n(.*?)\n```", TEXT, re.DOTALL)[0])


@pytest.fixture
def key(transactional_db) -> ApiKey:
    """A key that the server sees too; with a release in force to be asked."""
    organization = OrganizationFactory()
    put_in_force(MappingRuleFactory(organization=organization).release)
    return ApiKeyFactory(organization=organization, name="crm")


@pytest.fixture
def environment(key, live_server) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "WRAPUPS_URL": live_server.url, "WRAPUPS_KEY": key_of(key)}


def run(*command: object, environment: dict[str, str], said: str = "") -> str:
    done = subprocess.run(
        [str(part) for part in command],
        env=environment,
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_written_requests_are_answered_as_written(key, live_server, client):
    headers = {"Authorization": f"Bearer {key_of(key)}"}
    answers = {path: client.post(path, body, content_type="application/json", headers=headers) for path, body in TOLD}

    said = Disposition.everywhere.get()
    first = answers["/api/v1/dispositions"]
    assert first.status_code == 202
    assert first.json() == ANSWER | {"id": said.pk, "status_url": f"/api/v1/dispositions/{said.pk}"}
    assert answers["/api/v1/evaluate"].status_code == 200


def test_the_shell_script_hands_in_a_disposition_and_asks_what_became_of_it(environment):
    conversation_id = str(uuid4())

    for _ in range(2):
        out = run("sh", DOCS / "api" / "disposition.sh", conversation_id, "REFUND-OK", environment=environment)

    answer, became = (json.loads(line) for line in out.replace("}{", "}\n{").splitlines())
    assert Disposition.everywhere.get().conversation_id == conversation_id
    assert answer["outcome"] == "accepted"
    assert became["state"] == "waiting"


def test_the_python_client_hands_in_a_csv_twice_without_harm(environment):
    lines = "".join(f"{uuid4()},REFUND-OK\n" for _ in range(3))

    outs = [
        run(sys.executable, DOCS / "api" / "client.py", environment=environment, said=f"{head}\n{lines}{more}")
        for head, more in (
            ("conversation_id,disposition", ""),
            ("conversation_id,disposition", f"{uuid4()},OTHER\n"),
        )
    ]

    assert outs == ["accepted: 3, repeated: 0, conflicts: 0\n", "accepted: 1, repeated: 3, conflicts: 0\n"]
    assert Disposition.everywhere.count() == 4


def test_the_python_client_says_what_was_refused(environment):
    done = subprocess.run(
        [sys.executable, DOCS / "api" / "client.py"],
        env=environment,
        input="conversation_id,disposition\nnone,REFUND-OK\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "items.0.conversation_id" in done.stderr


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to run a Twilio Function with")
def test_the_twilio_function_hands_in_an_outcome_once(environment):
    conversation_id = str(uuid4())
    event = {"ConversationId": conversation_id, "Disposition": "REFUND-OK", "CallSid": "CA1"}
    program = f"""
        const {{ handler }} = require({json.dumps(str(DOCS / "api" / "twilio-function.js"))});
        handler(process.env, {json.dumps(event)}, (error, told) => {{
          if (error) throw error;
          console.log(JSON.stringify(told));
        }});
    """

    told = [json.loads(run("node", "-e", program, environment=environment)) for _ in range(2)]

    assert told[0] == told[1]
    assert Disposition.everywhere.get().event_id == "CA1"


def test_every_scope_and_parameter_is_written_about():
    words = {scope.value for scope in Scope} | set(AssignmentsAsked.model_fields)

    assert {word for word in words if f"`{word}`" not in TEXT} == set()


def test_every_address_that_is_written_about_is_there():
    written = {re.sub(r"\{id\}", "{}", path) for path in re.findall(r"`(?:GET|POST) ((?:/[\w{}]+)+)`", TEXT)}
    there = {re.sub(r"\{\w+\}", "{}", path.removeprefix("/api/v1")) for path in document()["paths"]}

    assert written
    assert {path.removeprefix("/api/v1") for path in written if not path.endswith("/1")} <= there
