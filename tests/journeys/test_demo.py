"""What a newcomer does first: `make demo`, sign in with what it prints, stop it, run it again."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psycopg
import pytest
from django.conf import settings

from dashboard.embedded.places import places_in

WAIT_S = 90

Demo = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def ports() -> tuple[int, int]:
    """Two ports that are free at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def demo(own_folder: Path, ports: tuple[int, int]) -> Iterator[Demo]:
    """Start the demo in the folder; whatever of it still runs at the end is stopped."""
    environment = {"VAR_DIR": str(own_folder), "PATH": "/usr/bin:/bin"}
    arguments = ["--port", str(ports[0]), "--simulator-port", str(ports[1])]
    command = [sys.executable, "manage.py", "demo"]
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [*command, *arguments], cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield start
    subprocess.run([*command, "--stop"], cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True)
    for process in started:
        process.wait(WAIT_S)
        assert process.stdout is not None
        process.stdout.close()


def test_it_says_where_it_is_lets_three_people_in_stops_cleanly_and_keeps_its_data(demo: Demo, own_folder: Path):
    first = demo()
    address, people = _greeting(first)
    signed_in = [_signed_in_as(address, name, password) for _, name, password in people]
    with psycopg.connect(places_in(own_folder).database_url) as connection:
        releases = connection.execute("SELECT count(*) FROM wrapups_release").fetchone()
    first.send_signal(signal.SIGTERM)
    first_status = first.wait(WAIT_S)

    again = demo()
    same_address, same_people = _greeting(again)
    with psycopg.connect(places_in(own_folder).database_url) as connection:
        releases_again = connection.execute("SELECT count(*) FROM wrapups_release").fetchone()

    assert [role for role, _, _ in people] == ["admin", "supervisor", "ops"]
    assert signed_in == [True, True, True]
    assert first_status == 0
    assert (same_address, same_people) == (address, people)
    assert releases_again == releases


def test_a_taken_port_is_named_with_what_to_do(demo: Demo, ports: tuple[int, int], own_folder: Path):
    with socket.create_server(("127.0.0.1", ports[0])):
        process = demo()
        status = process.wait(WAIT_S)

    assert status != 0
    assert not (own_folder / "postgres").exists()


def _greeting(process: subprocess.Popen[str]) -> tuple[str, list[tuple[str, str, str]]]:
    """Return the address, and role, name and password of the people the demo prints once it answers."""
    assert process.stdout is not None
    address, people = "", []
    for line in process.stdout:
        if found := re.match(r"The dashboard is at (\S+)", line):
            address = found[1]
        elif found := re.match(r"  (admin|supervisor|ops) +(\S+) +(\S+)$", line):
            people.append((found[1], found[2], found[3]))
        elif line.startswith("Ctrl-C"):
            return address, people
    raise AssertionError(f"the demo ended with {process.wait(WAIT_S)} before it said where it is")


def _signed_in_as(address: str, name: str, password: str) -> bool:
    """Sign in as a browser does; return whether the overview then opens, style sheets and all."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = _get(browser, f"{address}/sign-in")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "username": name, "password": password}
    with browser.open(f"{address}/sign-in", data=urlencode(form).encode(), timeout=30) as answer:
        page = answer.read().decode()
        landed = answer.url
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', page)
    return landed == f"{address}/" and bool(sheets) and all(_get(browser, address + sheet) for sheet in sheets)


def _get(browser: OpenerDirector, url: str) -> str:
    with browser.open(url, timeout=30) as answer:
        return answer.read().decode()
