"""The only module that imports Genesys' SDK: some four seconds and 215 MiB, so it is imported on first use.

The SDK's methods know paths, verbs and parameters; our HTTP client sends, and our reading reads: the SDK's
models would fail on a null enum, make an all-None object of an empty answer, and cost several times the CPU
(docs/decisions, "Read Genesys' answers as JSON").
"""

import importlib
import inspect
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from wrapups.genesys import errors
from wrapups.genesys.http import BoundedHttp
from wrapups.outgoing.on_record import wire_on_record


def _import_sdk() -> Any:
    """Import the SDK away from the home directory.

    On import it reads ~/.genesyscloudpython/config, which can send every call to another host or write
    headers to a log, and starts threads that watch that file. Both are told off by a file of our own.
    """
    before = os.environ.get("HOME")
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, ".genesyscloudpython")
        folder.mkdir()
        folder.joinpath("config").write_text("[general]\nlive_reload_config = false\n")
        os.environ["HOME"] = home
        try:
            return importlib.import_module("PureCloudPlatformClientV2")
        finally:
            os.environ.pop("HOME")
            if before is not None:
                os.environ["HOME"] = before


_sdk = _import_sdk()
from PureCloudPlatformClientV2.abstract_http_client import AbstractHttpClient  # noqa: E402
from PureCloudPlatformClientV2.rest import RESTResponse  # noqa: E402


class _HttpClient(AbstractHttpClient):
    """The SDK's seam for one call: one request, its answer parsed once, every refusal one of our errors."""

    def __init__(self, http: BoundedHttp, doing: str, on_limit: Callable[[int], None]) -> None:
        super().__init__()
        self._http = http
        self._doing = doing
        self._on_limit = on_limit

    def request(self, options: Any) -> Any:
        query = f"?{urlencode(options.query_params)}" if options.query_params else ""
        body = None if options.method == "GET" else orjson.dumps(options.body)
        wire = wire_on_record()
        wire.leaves(options.method, options.url, None if body is None else options.body)
        answer = self._http.send(
            options.method, options.url + query, headers=options.headers, body=body, doing=self._doing
        )
        wire.came_back(errors.identifier(answer.headers.get("ININ-Correlation-Id")))
        allowed = answer.headers.get("inin-ratelimit-allowed", "")
        if allowed.isascii() and allowed.isdigit():
            self._on_limit(int(allowed[:9]))
        if not 200 <= answer.status < 300:
            raise errors.from_answer(answer, doing=self._doing)
        response = RESTResponse(answer)
        response.data = errors.parsed(answer)
        return response


class _ApiClient(_sdk.ApiClient):  # type: ignore[name-defined]
    """An SDK client that hands back the parsed JSON. Made per call: its attributes are not safe to share."""

    def __init__(self, api_url: str, token: str, http_client: _HttpClient) -> None:
        super().__init__(host=api_url)
        self.access_token = token
        self.user_agent = "wrapups"
        self.set_http_client(http_client)

    def deserialize(self, response: Any, response_type: str) -> Any:
        return response.data


class Sdk:
    """The SDK's methods by name, over our HTTP client."""

    APIS = (
        "ConversationsApi",
        "AnalyticsApi",
        "RoutingApi",
        "AuthorizationApi",
        "TokensApi",
        "UsersApi",
        "OutboundApi",
        "NotificationsApi",
    )

    def __init__(self, api_url: str, http: BoundedHttp, on_limit: Callable[[int], None]) -> None:
        self._api_url = api_url
        self._http = http
        self._on_limit = on_limit

    def call(self, method: str, *ids: str, token: str, doing: str, **arguments: Any) -> Any:
        """Send the one request of an SDK method and return its parsed JSON answer (None for an empty one).

        Raises the errors of `wrapups.domain.errors`.
        """
        client = _ApiClient(self._api_url, token, _HttpClient(self._http, doing, self._on_limit))
        api = next(kind for name in self.APIS if hasattr(kind := getattr(_sdk, name), method))
        # Past the SDK's @deprecated, which changes the warning filters of the whole process.
        send = inspect.unwrap(getattr(api, method))
        return send(api(client), *ids, **arguments)
