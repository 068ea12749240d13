"""One post to a receiver, over real sockets: what comes of it, whatever the receiver does; and where it never goes."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.genesys import wire
from wrapups.domain import receivers
from wrapups.domain.notices import Outcome
from wrapups.outgoing.posting import REST_BYTES, Courier

OK = b"HTTP/1.1 200 OK\r\n"
BODY, HEADERS = b'{"event":"test"}', {"Wrapups-Event-Id": "1", "Content-Type": "application/json"}


def post(url: str, *, deadline_s: float = 2.0, this_machine: bool = True) -> Outcome:
    return Courier(this_machine=this_machine, deadline_s=deadline_s).post(url, BODY, HEADERS)


def test_a_receiver_gets_the_body_and_the_headers_and_its_status_comes_back():
    with wire.serving(wire.http(b"thanks", status="202 Accepted")) as receiver:
        outcome = post(f"{receiver.url}/wrapups?key=1")

    [request] = receiver.requests
    assert outcome == Outcome(http_status=202)
    assert request.line == "POST /wrapups?key=1 HTTP/1.1"
    assert request.body == BODY
    assert b"wrapups-event-id: 1\r\n" in request.request.lower()


@pytest.mark.parametrize(("value", "asked_s"), [("37", 37), ("soon", None), ("-1", None), ("", None)])
def test_what_it_asks_us_to_wait_comes_back(value: str, asked_s: int | None):
    answer = wire.http(status="429 Too Many Requests", headers=f"Retry-After: {value}\r\n")
    with wire.serving(answer) as receiver:
        assert post(receiver.url) == Outcome(http_status=429, asked_s=asked_s)


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        pytest.param(wire.hang, "No answer came within 0.5 s.", id="hangs"),
        pytest.param(
            wire.drip(OK + b"Content-Length: 0\r\nX: " + b"x" * 90 + b"\r\n\r\n"),
            "No answer came within 0.5 s.",
            id="drips its head",
        ),
        pytest.param(wire.reset, "The connection ended before an answer came.", id="resets"),
        pytest.param(wire.raw(b""), "The connection ended before an answer came.", id="closes"),
        pytest.param(wire.raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "The connection ended before an answer came.", id="no HTTP"),
        pytest.param(
            wire.raw(OK + b"X: x\r\n" * 200 + b"\r\n"), "The connection ended before an answer came.", id="heads"
        ),
        pytest.param(
            wire.raw(OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n"),
            "The connection ended before an answer came.",
            id="a huge head",
        ),
    ],
)
def test_without_a_whole_head_of_an_answer_it_was_not_told_and_is_not_sent_twice(behaviour, problem: str):
    with wire.serving(behaviour) as receiver:
        assert post(receiver.url, deadline_s=0.5) == Outcome(problem=problem)

        assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(wire.raw(OK + b"Content-Length: 100000000\r\n\r\n" + b"x" * (REST_BYTES * 4)), id="huge"),
        pytest.param(wire.drip(OK + b"Content-Length: 600\r\n\r\n" + b"x" * 600), id="dripping"),
        pytest.param(wire.raw(OK + b"Content-Length: 10\r\n\r\n{}"), id="cut off"),
        pytest.param(wire.raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), id="a bad chunk"),
        pytest.param(wire.http(b"\x1f\x8b" + b"x" * 90, headers="Content-Encoding: gzip\r\n"), id="a bomb unopened"),
    ],
)
def test_whatever_follows_the_head_of_an_answer_the_status_counts(behaviour):
    with wire.serving(behaviour) as receiver:
        assert post(receiver.url, deadline_s=5).http_status == 200


def test_of_a_huge_answer_only_a_little_is_read():
    taken = []

    def endless(exchange: wire.Exchange) -> None:
        exchange.sock.sendall(OK + b"Content-Length: 1000000000\r\n\r\n")
        try:
            while not exchange.stopping.is_set():
                taken.append(exchange.sock.send(b"x" * 65_536))
        except OSError:
            return

    with wire.serving(endless) as receiver:
        assert post(receiver.url).http_status == 200

    assert sum(taken) < 50 * 1024 * 1024  # what the sockets' own buffers take, and no more


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent"])
def test_no_redirect_is_followed(status: str):
    with wire.serving(wire.http()) as inner:
        answer = wire.http(status=status, headers=f"Location: {inner.url}/secrets\r\n")
        with wire.serving(answer) as receiver:
            outcome = post(receiver.url)

    assert outcome.http_status == int(status[:3])
    assert not outcome.told
    assert inner.connections == 0


def test_one_connection_serves_many_posts():
    with wire.serving(wire.http(b"{}")) as receiver:
        courier = Courier(this_machine=True)
        for _ in range(3):
            courier.post(receiver.url, BODY, HEADERS)

    assert (receiver.connections, len(receiver.requests)) == (1, 3)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with wire.serving(wire.http()) as receiver:
        assert post(receiver.url).http_status == 200


def test_a_receiver_that_is_not_there_is_told_apart_from_one_that_did_not_answer():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert post(f"http://127.0.0.1:{port}/") == Outcome(problem="No connection could be made.")


def self_signed(folder: Path, name: str) -> ssl.SSLContext:
    """Return a server's TLS under a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.fixture
def example_com(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[wire.Wire]:
    """A receiver on this machine that is hooks.example.com to whoever looks it up; `names` are those TLS asked for."""
    context = self_signed(tmp_path, "hooks.example.com")
    with wire.serving(wire.http(), tls=context) as receiver:
        port = receiver.url.rpartition(":")[2]
        monkeypatch.setattr(receivers, "PORTS", {*receivers.PORTS, port})
        resolving(monkeypatch, ["127.0.0.1"])
        receiver.url = f"https://hooks.example.com:{port}"
        yield receiver


def test_the_connection_goes_to_the_address_and_the_name_stays_in_tls_and_host(
    example_com: wire.Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))

    outcome = post(f"{example_com.url}/wrapups")

    [request] = example_com.requests
    assert outcome == Outcome(http_status=200)  # the certificate is for the name, and the name was checked
    assert f"host: {example_com.url.removeprefix('https://')}\r\n".encode() in request.request.lower()


def test_a_certificate_that_nobody_vouches_for_is_not_spoken_to(example_com: wire.Wire):
    outcome = post(example_com.url)

    assert outcome == Outcome(problem="TLS failed: perhaps its certificate is not for this host, or has expired.")
    assert example_com.requests == []


# Where it never goes


class Resolver:
    """Answers look-ups with what the test says, each answer once and the last one for ever; counts them."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(_family(each), socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that a socket of ours was connected to."""
    seen: list[str] = []

    class Watched(socket.socket):
        def connect(self, address: Any) -> None:
            seen.append(str(address[0]))
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Watched)
    return seen


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> Resolver:
    resolver = Resolver(*answers)
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return resolver


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.5",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "fd00:ec2::254",
        "fe80::1",
    ],
)
def test_a_name_that_leads_to_an_inner_address_is_not_connected_to(monkeypatch, connected: list[str], address: str):
    resolving(monkeypatch, [address])

    outcome = post("https://hooks.example.com/", this_machine=False)

    assert outcome == Outcome(problem="Its host is at a private address, which we do not call.")
    assert connected == []


def test_one_inner_address_among_public_ones_spoils_the_name(monkeypatch, connected: list[str]):
    resolving(monkeypatch, ["93.184.216.34", "10.0.0.5"])

    post("https://hooks.example.com/", this_machine=False)

    assert connected == []


def test_a_name_that_changes_between_two_look_ups_is_looked_up_once_and_connected_to_by_that_answer(
    monkeypatch, connected: list[str]
):
    resolver = resolving(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])

    post("https://hooks.example.com/", this_machine=False)

    assert (resolver.asked, connected) == (1, ["93.184.216.34"])


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://metadata/",
        "https://localhost/",
        "https://good.example@evil.example/",
        "https://good.example:secret@evil.example/",
        "https://evil.example\\@good.example/",
        "https://hooks.example.com:22/",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "//hooks.example.com/",
        "https://hooks.example.com/\r\nHost: inner",
    ],
)
def test_an_address_that_is_none_of_a_receiver_is_not_even_looked_up(monkeypatch, connected: list[str], url: str):
    resolver = resolving(monkeypatch, ["93.184.216.34"])

    outcome = post(url, this_machine=False)

    assert (resolver.asked, connected) == (0, [])
    assert outcome.problem.startswith("Its address is not one we tell.")


def test_a_resolver_that_hangs_has_no_more_than_the_deadline(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30) or [])

    outcome = post("https://hooks.example.com/", deadline_s=0.3)

    released.set()
    assert outcome == Outcome(problem="No connection could be made.")


def test_a_name_that_does_not_exist_is_said_so(monkeypatch):
    def nobody(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)

    assert post("https://hooks.example.com/") == Outcome(problem="Its host name was not found.")
