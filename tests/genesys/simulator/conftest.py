"""The simulator as any HTTP client sees it, and as the unmodified SDK does."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import urllib3

from tests.genesys.simulator.factories import CallFactory
from wrapups.genesys.simulator.client import SimulatorControl

Row = dict[str, Any]


@dataclass
class Reply:
    """One answer: its status, headers and body."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The `code` of an error body."""
        return str(self.json["code"])


@dataclass
class Api:
    """Calls the API with a token of its own; one request per call."""

    simulator: SimulatorControl
    token: str = ""
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=10))

    def log_in(self, client_id: str | None = None, secret: str | None = None) -> Reply:
        """Ask for a token; the simulator's own client unless another is given."""
        client = self.simulator.client()
        basic = f"{client_id or client['client_id']}:{secret or client['client_secret']}"
        headers = urllib3.make_headers(basic_auth=basic) | {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.pool.request(
            "POST", f"{self.simulator.url}/oauth/token", body="grant_type=client_credentials", headers=headers
        )
        return Reply(answer.status, answer.headers, answer.data)

    def call(self, method: str, path: str, body: Any = None, *, content_type: str = "application/json") -> Reply:
        """Make one call; `path` is what follows /api/v2/."""
        sent: dict[str, Any] = {"headers": {"Authorization": f"Bearer {self.token}"}}
        if method in ("POST", "PUT", "PATCH"):
            sent["body"] = json.dumps(body).encode()
            sent["headers"]["Content-Type"] = content_type
        address = f"{self.simulator.url}/api/v2/{path}"
        answer = self.pool.request(method, address, redirect=False, **sent)
        return Reply(answer.status, answer.headers, answer.data)

    def get(self, path: str) -> Reply:
        return self.call("GET", path)

    def wrap_up(self, row: Row, media: str = "calls", **wrapup: Any) -> Reply:
        """Apply a wrap-up to the communication of one row of the simulator's state."""
        return self.call("POST", f"{address(row, media)}/communications/{row['communication_id']}/wrapup", wrapup)

    def query(self, **query: Any) -> Reply:
        """Query conversation details, of the last days unless an interval is given."""
        body = {"interval": recent(self.simulator), **query}
        return self.call("POST", "analytics/conversations/details/query", body)


def address(row: Row, media: str = "calls") -> str:
    """Return the path of a row's participant; "" as media is the generic one."""
    parts = ["conversations", media, row["conversation_id"], "participants", row["participant_id"]]
    return "/".join(part for part in parts if part)


def recent(simulator: SimulatorControl) -> str:
    """Return the interval from two days ago to two days from now."""
    now = datetime.fromisoformat(simulator.now())
    return "/".join((now + timedelta(days=days)).isoformat() for days in (-2, 2))


def legs(simulator: SimulatorControl, **wanted: Any) -> list[Row]:
    """Return the connected, ended legs of agents, as the simulator knows them, with these values."""
    return [
        row
        for row in simulator.state()
        if row["purpose"] == "agent"
        and row["connected"]
        and row["ended_at"]
        and not row["observes"]
        and all(row[name] == value for name, value in wanted.items())
    ]


@pytest.fixture
def api(simulator: SimulatorControl) -> Api:
    """The API with a token just issued."""
    api = Api(simulator)
    api.token = api.log_in().json["access_token"]
    return api


@pytest.fixture
def calls(simulator: SimulatorControl) -> CallFactory:
    """Makes calls to load."""
    return CallFactory(simulator)


@pytest.fixture
def leg(calls: CallFactory) -> Row:
    """One ended call of an agent, without after-call work and without a code."""
    return calls.create()


@pytest.fixture(scope="session")
def sdk_module() -> Any:
    """The SDK, imported once, and only by the tests that need it: it takes seconds."""
    import PureCloudPlatformClientV2

    return PureCloudPlatformClientV2


@pytest.fixture
def sdk(sdk_module: Any, simulator: SimulatorControl) -> Any:
    """The unmodified SDK, pointed at the simulator and logged in."""
    client = sdk_module.api_client.ApiClient(host=simulator.url)
    credentials = simulator.client()
    client.get_client_credentials_token(credentials["client_id"], credentials["client_secret"])
    return client
