"""Access tokens: how one is fetched, and what whoever keeps them must promise.

All processes of an organization share one token, because Genesys Cloud throttles its login and counts calls
per token. The keeper lives above (it needs a database); the login itself is here.
"""

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from wrapups.domain.errors import Unclear, Unsent
from wrapups.genesys import errors
from wrapups.genesys.http import BoundedHttp


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh access token and how long it is good for (a day by default, 300 s to 48 h)."""

    access_token: str = field(repr=False)
    expires_in_s: int


class Tokens(Protocol):
    """Keeps one organization's token for every process and thread that calls on its behalf."""

    def current(self) -> str | None:
        """Return the token in use, or None where there is none or it has expired."""

    def renew(self, stale: str | None, login: Callable[[], IssuedToken]) -> str:
        """Return a token other than `stale`, calling `login` at most once however many ask at the same time.

        Who comes second gets the token the first one fetched. What `login` raises is passed on.
        """


class MemoryTokens:
    """Tokens of one process: for tests, scripts and benchmarks."""

    def __init__(self) -> None:
        self._token: str | None = None
        self._lock = threading.Lock()

    def current(self) -> str | None:
        return self._token

    def renew(self, stale: str | None, login: Callable[[], IssuedToken]) -> str:
        with self._lock:
            if self._token is None or self._token == stale:
                self._token = login().access_token
            return self._token


def login_url(api_url: str) -> str:
    """Return where the region's tokens come from: the API's host with `login.` in place of `api.`."""
    return api_url.replace("//api.", "//login.", 1) + "/oauth/token"


def log_in(http: BoundedHttp, api_url: str, client_id: str, client_secret: str) -> IssuedToken:
    """Return a token for the OAuth client (client credentials grant). One request.

    Raises CredentialsRefused, RateLimited (the login's throttling is a 400) or Unsent: also where the login
    itself stayed unclear, because the call that needed the token has not been made.
    """
    basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = http.send(
            "POST", login_url(api_url), headers=headers, body=b"grant_type=client_credentials", doing="logging in"
        )
    except Unclear as error:
        raise Unsent(f"No access token: {error}") from error
    if answer.status != 200:
        raise errors.from_login_answer(answer)
    return _issued(answer.data)


def _issued(body: bytes) -> IssuedToken:
    try:
        answer = orjson.loads(body)
        token, expires_in_s = answer["access_token"], int(answer["expires_in"])
    except (ValueError, KeyError, TypeError):
        raise Unsent("The login's answer holds no access token.", http_status=200) from None
    # It becomes a header: nothing that could end the line.
    if not (isinstance(token, str) and token.isascii() and token.isprintable() and token.strip() and expires_in_s > 0):
        raise Unsent("The login's answer holds no usable access token.", http_status=200)
    return IssuedToken(token, expires_in_s)
