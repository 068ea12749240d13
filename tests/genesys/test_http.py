"""One bounded request: what comes back, what is raised, and that nothing is ever sent twice."""

import datetime as dt
import logging
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.genesys import wire
from wrapups.domain.errors import Unclear, Unsent
from wrapups.genesys.errors import Answer
from wrapups.genesys.http import BODY_LIMIT_BYTES, BoundedHttp

OK = b"HTTP/1.1 200 OK\r\n"
CANARY = "canary-7f3b1a9c5d2e8f6041b7"


def bounded(*, deadline_s: float = 5, private_addresses: bool = True) -> BoundedHttp:
    return BoundedHttp(deadline_s=deadline_s, connect_timeout_s=2, private_addresses=private_addresses)


def send(http: BoundedHttp, url: str, *, method: str = "POST") -> Answer:
    return http.send(method, f"{url}/here", headers={"Authorization": CANARY}, body=b"{}", doing="testing")


def test_an_answer_comes_back_whole_whatever_its_status():
    with wire.serving(wire.http(b"gone", status="410 Gone", headers="X-Why: because\r\n")) as server:
        answer = send(bounded(), server.url)

    assert (answer.status, answer.data, answer.headers["x-why"]) == (410, b"gone", "because")


def test_only_identity_encoding_is_asked_for():
    with wire.serving(wire.http()) as server:
        send(bounded(), server.url)

    assert b"accept-encoding: identity\r\n" in server.requests[0].request.lower()


def test_one_connection_serves_many_calls():
    with wire.serving(wire.http(b"{}")) as server:
        http = bounded()
        for _ in range(3):
            send(http, server.url)

    assert (server.connections, len(server.requests)) == (1, 3)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(wire.hang, id="no answer at all"),
        pytest.param(wire.reset, id="reset after the request"),
        pytest.param(wire.raw(b""), id="closed without an answer"),
        pytest.param(wire.raw(OK + b"Content-Length: 10\r\n\r\n{}"), id="closed in the middle of the body"),
        pytest.param(wire.raw(b"nothing like HTTP\r\n\r\n"), id="not HTTP"),
        pytest.param(wire.raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), id="a bad chunk"),
        pytest.param(
            wire.drip(OK + b"Content-Length: 0\r\nX: " + b"x" * 60 + b"\r\n\r\n"),
            id="headers byte by byte",
        ),
        pytest.param(wire.drip(OK + b"Content-Length: 60\r\n\r\n" + b" " * 60), id="a body byte by byte"),
        pytest.param(wire.http(b"x", headers="Content-Encoding: gzip\r\n"), id="compressed though not asked for"),
        pytest.param(wire.http(b" " * (BODY_LIMIT_BYTES + 1)), id="a body above the limit"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_once_a_byte_has_left_every_failure_is_unclear_and_nothing_is_sent_again(fault, method):
    with wire.serving(fault) as server:
        with pytest.raises(Unclear):
            send(bounded(deadline_s=0.5), server.url, method=method)

        assert len(server.requests) == 1


def test_what_is_left_of_a_broken_answer_never_meets_the_next_call():
    with wire.serving(wire.http(b" " * (BODY_LIMIT_BYTES + 1))) as server:
        http = bounded()
        with pytest.raises(Unclear):
            send(http, server.url)
        server.answer = wire.http(b"mine")

        assert send(http, server.url).data == b"mine"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_an_answer_and_is_not_followed(status):
    with wire.serving(wire.http()) as elsewhere:
        with wire.serving(wire.http(status=status, headers=f"Location: {elsewhere.url}/\r\n")) as server:
            answer = send(bounded(), server.url)

        assert (answer.status, elsewhere.connections) == (int(status[:3]), 0)


@pytest.mark.parametrize("status", ["429 Too Many", "503 Unavailable", "413 Too Large"])
def test_a_retry_after_is_never_waited_for(status):
    with wire.serving(wire.http(status=status, headers="Retry-After: 1\r\n")) as server:
        send(bounded(), server.url)

        assert len(server.requests) == 1


def test_a_refused_connection_is_unsent():
    with wire.serving(wire.hang) as server:
        closed = server.url
    with pytest.raises(Unsent, match="could not be reached while testing"):
        send(bounded(), closed)


def test_a_certificate_nobody_vouches_for_is_refused_before_anything_is_sent(tmp_path):
    with wire.serving(wire.http(), tls=self_signed(tmp_path)) as server:
        with pytest.raises(Unsent):
            send(bounded(), server.url)

        assert server.requests == []


def test_tls_with_a_server_that_speaks_none_is_unsent():
    with wire.serving(wire.hang) as server, pytest.raises(Unsent):
        send(bounded(deadline_s=1), server.url.replace("http:", "https:"))


def test_a_private_address_is_not_even_connected_to():
    with wire.serving(wire.http()) as server:
        with pytest.raises(Unsent) as raised:
            send(bounded(private_addresses=False), server.url)

        assert server.connections == 0
        assert "private address" in str(raised.value.__cause__)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    with wire.serving(wire.http(b"direct")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")

        assert send(bounded(), server.url).data == b"direct"


def test_no_header_of_ours_is_ever_told(caplog):
    caplog.set_level(logging.DEBUG)

    def echo(exchange: wire.Exchange) -> None:
        wire.raw(b"HTTP/1.1 500 " + exchange.request)(exchange)

    with wire.serving(echo) as server:
        answer = send(bounded(), server.url)
        server.answer = wire.reset
        with pytest.raises(Unclear) as raised:
            send(bounded(), server.url)

    told = [repr(answer), str(raised.value), repr(raised.value), repr(raised.value.__cause__), caplog.text]
    assert not [text for text in told if CANARY in text]


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
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
