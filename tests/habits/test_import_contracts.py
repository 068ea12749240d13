"""The import contracts of pyproject.toml: kept, and each one seen to fail on a deliberate violation."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

from dashboard.demo.processes import PROGRAMS

ROOT: Path = settings.BASE_DIR
CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]
# A line that would break the contract, and the module it would stand in.
VIOLATIONS = {
    "Higher layers use lower ones, never the reverse": ("wrapups/models/__init__.py", "import wrapups.tasks"),
    "The domain is plain Python and re2": ("wrapups/domain/rules.py", "import django"),
    "Only the gateway knows the Genesys SDK": ("wrapups/tasks.py", "import PureCloudPlatformClientV2"),
    "Only tasks and the project know Celery": ("wrapups/services/__init__.py", "import celery"),
    "The gateway knows no rows: it is handed to services as an argument": (
        "wrapups/genesys/__init__.py",
        "import wrapups.models",
    ),
    "A page reads rows and calls services; it never calls Genesys nor waits for a worker": (
        "dashboard/views/__init__.py",
        "import wrapups.tasks",
    ),
    "The simulator is a program of its own": ("wrapups/genesys/simulator/__init__.py", "import django"),
}


def test_every_contract_is_kept():
    done = _lint(ROOT)

    assert done.returncode == 0, done.stdout


def test_every_contract_has_a_violation_to_be_tried_with():
    assert set(VIOLATIONS) == set(CONTRACTS)


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_violation_breaks_its_contract(contract: str, tmp_path: Path):
    module, line = VIOLATIONS[contract]
    for part in ("dashboard", "wrapups"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("static", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as source:
        source.write(f"\n{line}\n")

    done = _lint(tmp_path)

    assert done.returncode == 1
    assert f"{' '.join(contract.split())} BROKEN" in " ".join(done.stdout.split())


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAMS / "lint-imports", "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )
