"""What a newcomer does first: `make demo`, sign in with what it prints, stop it, run it again."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psycopg
import pytest
from django.conf import settings

from dashboard.embedded.places import places_in

# Bounds for a machine that does much else; no test depends on how long something takes.
START_WITHIN_S = 300
STOP_WITHIN_S = 90
COMMAND = (sys.executable, "manage.py", "demo")


@dataclass(frozen=True)
class Run:
    """One run of the demo, and the file that it prints to."""

    process: subprocess.Popen[bytes]
    output: Path

    def greeting(self) -> tuple[str, list[tuple[str, ...]]]:
        """Wait until the run says where it is; return the address, and role, name and password of each person."""
        patience = time.monotonic() + START_WITHIN_S
        while "Ctrl-C stops it" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < patience, self.output.read_text()
            time.sleep(0.2)
        said = self.output.read_text()
        people = re.findall(r"^  (admin|supervisor|ops) +(\S+) +(\S+)$", said, flags=re.MULTILINE)
        return re.findall(r"^The dashboard is at (\S+)$", said, flags=re.MULTILINE)[0], people

    def stop(self) -> int:
        """Ask the run to stop, as Ctrl-C does; return its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_WITHIN_S)


@pytest.fixture
def ports() -> tuple[int, int]:
    """Two ports that are free at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def demo(own_folder: Path, ports: tuple[int, int]) -> Iterator[Callable[[], Run]]:
    """Start the demo in a folder of its own; whatever of it still runs at the end is stopped."""
    environment = {"VAR_DIR": str(own_folder), "PATH": "/usr/bin:/bin"}
    arguments = ("--port", str(ports[0]), "--simulator-port", str(ports[1]))
    started: list[Run] = []

    def start() -> Run:
        output = own_folder / f"output-{len(started)}"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [*COMMAND, *arguments], cwd=settings.BASE_DIR, env=environment, stdout=file, stderr=file
            )
        started.append(Run(process, output))
        return started[-1]

    yield start
    subprocess.run([*COMMAND, "--stop"], cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True)
    for run in started:
        run.process.wait(STOP_WITHIN_S)


@pytest.mark.lengthy
def test_it_says_where_it_is_lets_three_people_in_stops_cleanly_and_keeps_its_data(
    demo: Callable[[], Run], own_folder: Path
):
    first = demo()
    address, people = first.greeting()
    signed_in = [_signed_in_as(address, name, password) for _, name, password in people]
    releases = _releases(own_folder)
    status = first.stop()

    again = demo()
    same = again.greeting()

    assert [role for role, _, _ in people] == ["admin", "supervisor", "ops"]
    assert signed_in == [True, True, True]
    assert status == 0, first.output.read_text()
    assert same == (address, people)
    assert _releases(own_folder) == releases


def test_a_taken_port_is_named_with_what_to_do_before_anything_is_started(
    demo: Callable[[], Run], ports: tuple[int, int], own_folder: Path
):
    with socket.create_server(("127.0.0.1", ports[0])):
        run = demo()
        status = run.process.wait(STOP_WITHIN_S)

    assert status != 0
    assert f"Port {ports[0]} is taken. Give others with --port and --simulator-port." in run.output.read_text()
    assert not (own_folder / "postgres").exists()


def _releases(folder: Path) -> list[tuple[object, ...]]:
    """Return what identifies the releases in the demo's database."""
    with psycopg.connect(places_in(folder).database_url) as connection:
        return connection.execute("SELECT id, state FROM wrapups_release ORDER BY id").fetchall()


def _signed_in_as(address: str, name: str, password: str) -> bool:
    """Sign in as a browser does; return whether the overview then opens, style sheets and all."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = _get(browser, f"{address}/sign-in")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None, page
    form = {"csrfmiddlewaretoken": token[1], "username": name, "password": password}
    with browser.open(f"{address}/sign-in", data=urlencode(form).encode(), timeout=30) as answer:
        page = answer.read().decode()
        landed = answer.url
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', page)
    return landed == f"{address}/" and bool(sheets) and all(_get(browser, address + sheet) for sheet in sheets)


def _get(browser: OpenerDirector, url: str) -> str:
    with browser.open(url, timeout=30) as answer:
        return answer.read().decode()
