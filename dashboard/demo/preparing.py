"""What an operator would do before the first start: migrate, collect static files, and here seed a contact centre."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path


def prepare(
    *, environment: Mapping[str, str], static_source: Path, static_target: Path, say: Callable[[str], None]
) -> str:
    """Bring database and static files up to date and seed the demo; return how to sign in, as the seed says it.

    Raises `RuntimeError` with the output of the step that failed.
    """
    say("Database: applying migrations")
    _manage("migrate", "--verbosity", "0", environment=environment)
    if _is_stale(static_target / "staticfiles.json", source=static_source):
        say("Static files: collecting")
        _manage("collectstatic", "--no-input", "--clear", "--verbosity", "0", environment=environment)
    say("Contact centre: seeding")
    return _manage("seed_demo", environment=environment)


def _manage(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run a management command with the settings of the run and return what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _is_stale(collected: Path, *, source: Path) -> bool:
    """Return whether a file under `source` is newer than the last collecting, or there was none."""
    if not collected.exists():
        return True
    collected_at = collected.stat().st_mtime
    return any(file.stat().st_mtime > collected_at for file in source.rglob("*"))
