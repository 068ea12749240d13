"""The Makefile and the locks: what a newcomer and CI rely on."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def test_make_alone_says_what_can_be_made():
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert re.findall(r"^  make (\S+)", said, flags=re.MULTILINE) == re.findall(
        r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE
    )
    assert {"demo", "demo-reset", "demo-stop", "test", "check", "journey", "bench", "lock"} <= set(said.split())


def test_ci_makes_what_a_developer_makes():
    script = (ROOT / ".ci" / "run").read_text()

    assert re.findall(r"^make (\S+)$", script, flags=re.MULTILINE) == ["test", "check"]
    assert "export CI=true" in script


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_holds_names_versions_and_hashes_and_no_address(lock: Path):
    entry = re.compile(r"[a-z0-9._-]+==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")

    strange = [line for line in lock.read_text().splitlines() if not entry.fullmatch(line)]

    assert strange == []


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("runtime", ()), ("development", ("laptop", "test", "lint")), ("bench", ("laptop", "test", "lint", "bench"))],
)
def test_a_lock_has_every_dependency_of_its_groups(lock: str, groups: tuple[str, ...]):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *(each for group in groups for each in project["dependency-groups"][group]),
    ]

    locked = set(re.findall(r"^(\S+)==", (ROOT / "requirements" / f"{lock}.lock").read_text(), flags=re.MULTILINE))

    assert {_name(requirement) for requirement in wanted} <= locked


def _name(requirement: str) -> str:
    """Return the normalized name of a requirement such as `celery[redis]>=5.7`."""
    return re.split(r"[\[<>=;! ]", requirement)[0].lower().replace("_", "-")
