"""docker-compose.yml and the Dockerfile: valid, and naming only what the project has.

No container engine runs here, so what the files say is compared with what they name.
"""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from dashboard.demo import processes
from dashboard.settings import env
from wrapups.models import Heartbeat

ROOT: Path = settings.BASE_DIR
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "wrapups"}


def test_the_file_is_valid_by_the_compose_specification():
    schema = json.loads(Path(__file__).with_name("compose-spec").joinpath("compose-spec.json").read_text())

    jsonschema.Draft7Validator(schema).validate(COMPOSE)


def test_it_describes_the_processes_servers_and_simulator():
    assert set(COMPOSE["services"]) == {"migrate", "web", "worker", "pump", "listen", "simulator", "postgres", "redis"}


@pytest.mark.parametrize("name", ["listen", "simulator"])
def test_what_is_optional_is_started_only_where_it_is_asked_for(name: str):
    assert COMPOSE["services"][name]["profiles"] == [name]


@pytest.mark.parametrize("name", ["web", "worker", "pump", "simulator"])
def test_a_process_is_started_as_the_demo_starts_it(name: str):
    demo = {
        "web": processes.web(host="0.0.0.0", port=8000),
        "worker": processes.worker(),
        "pump": processes.pump(),
        "simulator": processes.simulator(port=8001, seed=1, conversations=60, arrivals_per_minute=12, speed=10),
    }[name]

    program, *arguments = demo.command
    local = [re.sub(r"^python[\d.]*$", "python", Path(program).name), *arguments]

    assert [_everywhere(word) for word in OURS[name]["command"]] == [_everywhere(word) for word in local]
    assert OURS[name]["environment"]["PROCESS_KIND"] == demo.kind


def test_every_variable_exists():
    used = {name for service in OURS.values() for name in service.get("environment", {})}
    image = set(re.findall(r"(?<!ARG )\b([A-Z][A-Z_]+)=", (ROOT / "Dockerfile").read_text()))

    assert used <= set(env.defaults)
    assert image - {"PATH", "PYTHONUNBUFFERED", "VIRTUAL_ENV"} <= set(env.defaults)


@pytest.mark.parametrize("name", ["runtime", "telemetry"])
def test_the_image_can_be_built_of_either_lock(name: str):
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert "ARG LOCK=runtime" in dockerfile
    assert "--require-hashes /requirements/${LOCK}.lock" in dockerfile
    assert f"requirements/{name}.lock" in dockerfile


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_exists(name: str):
    program, *arguments = OURS[name]["command"]

    if program == "python" and arguments[0] == "manage.py":
        assert arguments[1] in get_commands()
    elif program == "python":
        assert arguments[0] == "-m"
        assert importlib.util.find_spec(f"{arguments[1]}.__main__") is not None
    else:
        assert (processes.PROGRAMS / program).exists()


@pytest.mark.parametrize("kind", Heartbeat.Kind.values)
def test_a_process_without_pages_is_asked_for_its_signs_of_life(kind: str):
    service = {Heartbeat.Kind.LISTENER: "listen"}.get(kind, kind)

    *program, command, asked = OURS[service]["healthcheck"]["test"]

    assert program == ["CMD", "python", "manage.py"]
    assert command in get_commands()
    assert asked == kind


@pytest.mark.parametrize("name", ["web", "simulator"])
def test_the_published_port_is_the_one_listened_on_and_open_to_this_machine_only(name: str):
    command = OURS[name]["command"]
    port = command[command.index("--port") + 1]

    assert OURS[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_addresses_of_the_example_are_those_of_the_services():
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))

    assert "@postgres:5432/" in example["DATABASE_URL"]
    assert example["REDIS_URL"].startswith("redis://redis:6379/")


def test_the_image_runs_the_web_server_unless_told_otherwise():
    dockerfile = (ROOT / "Dockerfile").read_text()
    command = re.search(r"^CMD (\[.*\])", dockerfile.replace("\\\n", ""), flags=re.MULTILINE)

    assert command is not None
    assert json.loads(command[1]) == OURS["web"]["command"]


def test_the_image_copies_what_exists_and_what_the_ignore_file_lets_through():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    paths = [path for line in copied for path in line.split()]
    let_through = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), flags=re.MULTILINE)

    assert paths
    assert all((ROOT / path).exists() for path in paths)
    assert {Path(path).parts[0] for path in paths} == set(let_through)


def _everywhere(word: str) -> str:
    """Return the word with the demo's own host taken for the container's."""
    return "0.0.0.0" if word == "127.0.0.1" else word
