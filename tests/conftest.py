"""What every test may ask for: the database, the broker, the simulator, a browser."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from pytest_django import Settings

from dashboard.embedded import services as embedded_services
from dashboard.embedded.places import Places
from tests import plugin, schema
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running

SEED = 1
"""Of the simulator's names and numbers."""
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# What a chromium needs that runs as root in a container and should stay off the network.
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def services() -> Iterator[Places]:
    """This run's own PostgreSQL and Valkey."""
    plugin.sweep()
    with embedded_services.running(django_settings.VAR_DIR, durable=False) as places:
        yield places


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder for services of the test's own. Any user can pass through to it; pytest's own folders are private."""
    folder = Path(tempfile.mkdtemp(prefix=f"{plugin.PREFIX}{os.getpid()}-"))
    yield folder
    embedded_services.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def schema_turn() -> Iterator[ExitStack]:
    """What this process holds while it makes the test database from the migrations."""
    with ExitStack() as turn:
        yield turn


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, schema_turn: ExitStack, request: pytest.FixtureRequest
) -> None:
    """Have PostgreSQL running before pytest-django makes the test database on it, unless `DATABASE_URL` names one."""
    if not django_settings.DATABASE_URL:
        places = request.getfixturevalue("services")
        ours = connection.settings_dict
        schema_turn.enter_context(schema.turn())
        if schema.restore(places, ours["TEST"]["NAME"] or f"{TEST_DATABASE_PREFIX}{ours['NAME']}"):
            schema_turn.close()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Leave the test database to its server, which goes with this run's folder, unless `DATABASE_URL` names another."""
    return django_db_keepdb or not django_settings.DATABASE_URL


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, schema_turn: ExitStack, request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep what the migrations made; empty the tables between tests that commit in our own way."""
    if not django_settings.DATABASE_URL and not schema.kept().exists():
        schema.keep(request.getfixturevalue("services"), connection.settings_dict["NAME"])
    schema_turn.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", schema.emptying)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords in no time: that Argon2 is slow is the point of it, but not of a test."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorControl]:
    """One simulated Genesys Cloud for the whole run, as a process of its own."""
    with running(seed=SEED) as control:
        yield control


@pytest.fixture
def simulator(simulator_process: SimulatorControl, settings: Settings) -> SimulatorControl:
    """The simulated Genesys Cloud, emptied and with its defaults; organizations may be pointed at it."""
    simulator_process.reset(seed=SEED)  # a test may have chosen another
    settings.ALLOWED_GENESYS_HOSTS = [simulator_process.url]
    return simulator_process


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the machine's own chromium instead of one that Playwright would download."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_FLAGS}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the lengthy ones, so that nobody waits for one at the end. They go to one process, which waits most of
    the time.
    """
    items.sort(key=lambda item: item.get_closest_marker("lengthy") is None)
    _skip_what_has_no_browser(items)


def _skip_what_has_no_browser(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none, and say so; where CI=true promises one, let it fail."""
    if Path(CHROMIUM).exists() or os.environ.get("CI") == "true":
        return
    reason = f"no chromium at {CHROMIUM}: install it, or set CHROMIUM"
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=reason))
