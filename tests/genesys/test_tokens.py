"""Logging in, and sharing what comes of it."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.genesys import wire
from wrapups.domain.errors import CredentialsRefused, RateLimited, Unsent
from wrapups.genesys.http import BoundedHttp
from wrapups.genesys.tokens import IssuedToken, MemoryTokens, log_in, login_url

THROTTLED = b'{"error": "invalid_request", "error_description": "rate limit exceeded;"}'
SECRET = "canary-secret-5d2e8f6041b77f3b1a9c"


def logging_in(answer: wire.Behaviour, *, deadline_s: float = 5) -> IssuedToken:
    with wire.serving(answer) as server:
        http = BoundedHttp(deadline_s=deadline_s, connect_timeout_s=1, private_addresses=True)
        return log_in(http, server.url, "client", SECRET)


@pytest.mark.parametrize(
    ("api", "login"),
    [
        ("https://api.mypurecloud.de", "https://login.mypurecloud.de/oauth/token"),
        ("https://api.usw2.pure.cloud", "https://login.usw2.pure.cloud/oauth/token"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/oauth/token"),
    ],
)
def test_each_region_has_its_login_beside_its_api(api, login):
    assert login_url(api) == login


def test_a_login_is_one_request_with_the_client_in_a_header():
    with wire.serving(wire.http(b'{"access_token": "t0ken", "token_type": "bearer", "expires_in": 86400}')) as server:
        http = BoundedHttp(deadline_s=5, connect_timeout_s=1, private_addresses=True)
        issued = log_in(http, server.url, "client", SECRET)

    assert issued == IssuedToken("t0ken", 86400)
    (request,) = server.requests
    assert (request.line, request.body) == ("POST /oauth/token HTTP/1.1", b"grant_type=client_credentials")
    assert base64.b64encode(f"client:{SECRET}".encode()) in request.request


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (wire.http(b'{"error": "invalid_client"}', status="400 Bad"), CredentialsRefused),
        (wire.http(THROTTLED, status="400 Bad"), RateLimited),
        (wire.http(b"<html>", status="503 Away"), Unsent),
        (wire.reset, Unsent),
        (wire.http(b"<html>welcome</html>"), Unsent),
        (wire.http(b"{}"), Unsent),
        (wire.http(b'{"access_token": "two\\r\\nlines", "expires_in": 60}'), Unsent),
        (wire.http(b'{"access_token": "", "expires_in": 60}'), Unsent),
        (wire.http(b'{"access_token": "t0ken", "expires_in": -1}'), Unsent),
        (wire.http(b'{"access_token": "t0ken", "expires_in": null}'), Unsent),
        (wire.http(b'["access_token"]'), Unsent),
    ],
)
def test_a_login_without_a_token_says_why_and_tells_no_secret(answer, expected):
    with pytest.raises(expected) as raised:
        logging_in(answer)

    assert SECRET not in f"{raised.value!r} {raised.value} {raised.value.__cause__!r}"


def test_a_token_does_not_show_in_a_repr():
    assert "t0ken" not in repr(IssuedToken("t0ken", 60))


def test_many_who_find_the_same_token_stale_log_in_once():
    tokens = MemoryTokens()
    tokens.renew(None, lambda: IssuedToken("old", 60))
    logins = []
    together = threading.Barrier(8)

    def login() -> IssuedToken:
        logins.append(1)
        return IssuedToken("new", 60)

    def renew(_: int) -> str:
        together.wait(timeout=5)
        return tokens.renew("old", login)

    with ThreadPoolExecutor(8) as threads:
        renewed = set(threads.map(renew, range(8)))

    assert (renewed, len(logins), tokens.current()) == ({"new"}, 1, "new")
