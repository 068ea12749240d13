"""The limits of what may be sent, at the real web server: refused while most of it has not even left the sender."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from dashboard.demo import processes
from dashboard.upload_handler import LARGEST as LARGEST_FILE
from dashboard.views.events import LARGEST as LARGEST_EVENT
from tests.factories import MembershipFactory
from wrapups.domain.roles import Role

ROOT: Path = settings.BASE_DIR
PATIENCE_S = 150
ANNOUNCED = 20 * LARGEST_FILE
PIECE = b"x" * 65_536
BOUNDARY = "----piece"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def address(transactional_db: None, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The web server as the product starts it, on the test's database."""
    own, port = connection.settings_dict, free_port()
    where = f"host={quote(own['HOST'], safe='')}&port={own['PORT']}"
    database = f"postgresql://{own['USER']}:{own['PASSWORD']}@/{own['NAME']}?{where}"
    environment = {**os.environ, "DATABASE_URL": database, "PROCESS_KIND": "web"}
    with (tmp_path / "web.log").open("w") as log:
        web = subprocess.Popen(
            processes.web(host="127.0.0.1", port=port).command, cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            _wait_for(port)
            yield "127.0.0.1", port
        finally:
            web.terminate()
            web.wait(PATIENCE_S)


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE_S):
            return
        time.sleep(0.1)
    raise AssertionError("The web server does not answer.")


def answered_while_sending(
    address: tuple[str, int], path: str, *, begin: bytes = b"", headers: dict[str, str]
) -> tuple[int, int]:
    """Announce far too much and send it until an answer comes; return its status and how many bytes had left us."""
    lines = {"Host": "127.0.0.1", "Content-Length": str(ANNOUNCED), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection(address, timeout=PATIENCE_S) as line:
        line.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + begin)
        answer, sent = b"", len(begin)
        line.setblocking(False)
        until = time.monotonic() + PATIENCE_S
        while not answer and sent < ANNOUNCED and time.monotonic() < until:
            try:
                answer = line.recv(4096)
            except BlockingIOError:
                sent += _send_some(line)
    return int(answer.split()[1] if answer else 0), sent


def _send_some(line: socket.socket) -> int:
    try:
        return line.send(PIECE)
    except (BlockingIOError, ConnectionError):
        time.sleep(0.01)
        return 0


def test_an_event_that_is_too_large_is_refused_by_its_announced_length(address: tuple[str, int]):
    status, sent = answered_while_sending(address, "/events/anything", headers={"Content-Type": "application/json"})

    assert status == 413
    assert sent < ANNOUNCED
    assert LARGEST_EVENT < ANNOUNCED


def test_a_file_that_is_too_large_is_broken_off_on_its_way(address: tuple[str, int]):
    person = MembershipFactory(role=Role.ADMIN).person
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    form = client.get(reverse("upload-add"))
    token = form.context["csrf_token"]
    cookies = "; ".join(f"{name}={each.value}" for name, each in client.cookies.items())
    begin = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="calls.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Cookie": cookies,
        "X-CSRFToken": str(token),
    }

    status, sent = answered_while_sending(address, reverse("upload-add"), begin=begin, headers=headers)

    assert status == 413
    assert sent < 3 * LARGEST_FILE
