"""How many requests a second the simulator answers on one core.

The simulator is pinned to core 0 and the load comes from this process on core 1, over keep-alive connections, so the
figure is the simulator's own. The rate limit is switched off; nothing else is.
"""

import asyncio
import base64
import json
import os
import random
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running

CONVERSATIONS = 1_000
CONNECTIONS = 16
REQUESTS = 8_000
AIM = 2_000.0
SHARES = {"read a conversation": 4, "apply a wrap-up": 4, "read a wrap-up": 1, "list wrap-up codes": 1}
"""The mix: what one verified wrap-up costs a straightforward client, most of it reading and writing."""


def figures() -> Iterator[dict[str, Any]]:
    """Yield requests per second for each operation alone, for the mix, and for a page of 100 in analytics."""
    if (os.cpu_count() or 1) < 2:
        raise RuntimeError("This bench needs two cores: one for the simulator, one for the load.")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {1})
    try:
        with running(conversations=CONVERSATIONS, pinned_to=("taskset", "-c", "0")) as simulator:
            simulator.switch(rate_limit_calls=10_000_000)
            requests = prepared(simulator)
            chance = random.Random(1)
            requests["mix"] = [
                chance.choice(requests[name])
                for name in chance.choices(list(SHARES), list(SHARES.values()), k=REQUESTS)
            ]
            for name, some in requests.items():
                count = REQUESTS // 20 if "page" in name else REQUESTS
                yield figure(name, asyncio.run(rate(simulator.url, some, count)))
    finally:
        os.sched_setaffinity(0, before)


def figure(name: str, per_second: float) -> dict[str, Any]:
    """Return one line of the bench; only the mix has an aim."""
    aim = AIM if name == "mix" else None
    met = per_second >= AIM if aim else None
    return {
        "bench": "simulator",
        "figure": f"{name}, on one core",
        "value": round(per_second),
        "unit": "requests/s",
        "aim": aim,
        "met": met,
    }


def prepared(simulator: SimulatorControl) -> dict[str, list[bytes]]:
    """Return the requests of each operation, as bytes ready to send."""
    head = f"Host: localhost\r\nAuthorization: Bearer {token(simulator)}\r\n"
    code = simulator.code_id("Resolved")
    legs = [row for row in simulator.state() if row["media_type"] == "voice" and row["purpose"] == "agent"]
    legs = [row for row in legs if row["connected"] and row["ended_at"]]
    ids = list(dict.fromkeys(row["conversation_id"] for row in legs))
    start = "/api/v2/conversations"
    addresses = [
        f"{start}/calls/{r['conversation_id']}/participants/{r['participant_id']}"
        f"/communications/{r['communication_id']}/wrapup"
        for r in legs
    ]
    now = time.time()
    interval = "/".join(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (now - 86_400, now + 86_400))
    page = {"interval": interval, "paging": {"pageSize": 100, "pageNumber": 1}}
    query = "/api/v2/analytics/conversations/details/query"
    return {
        "read a conversation": [written("GET", f"{start}/{one}", head) for one in ids],
        "apply a wrap-up": [
            written("POST", address, head, {"code": code, "notes": "by rule"}) for address in addresses
        ],
        "read a wrap-up": [written("GET", address, head) for address in addresses],
        "list wrap-up codes": [written("GET", "/api/v2/routing/wrapupcodes?pageSize=25", head)],
        "query a page of 100 conversations": [written("POST", query, head, page)],
    }


def token(simulator: SimulatorControl) -> str:
    """Return a token of the simulator's client."""
    client = simulator.client()
    basic = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
    request = urllib.request.Request(
        f"{simulator.url}/oauth/token", b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return str(json.load(response)["access_token"])


def written(method: str, path: str, head: str, body: dict[str, Any] | None = None) -> bytes:
    """Return one HTTP request as bytes."""
    content = b"" if body is None else json.dumps(body).encode()
    kind = "Content-Type: application/json\r\n" if content else ""
    return f"{method} {path} HTTP/1.1\r\n{head}{kind}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def rate(url: str, requests: list[bytes], count: int) -> float:
    """Return the requests per second of `count` requests over CONNECTIONS connections, each answered 2xx."""
    address = urlsplit(url)
    share = count // CONNECTIONS
    started = time.perf_counter()
    await asyncio.gather(
        *(_connection(address.hostname or "", address.port or 0, requests, share, n) for n in range(CONNECTIONS))
    )
    return share * CONNECTIONS / (time.perf_counter() - started)


async def _connection(host: str, port: int, requests: list[bytes], count: int, offset: int) -> None:
    """Send requests one after the other over one connection."""
    reader, writer = await asyncio.open_connection(host, port, limit=8_000_000)
    for number in range(count):
        writer.write(requests[(offset * count + number) % len(requests)])
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 20"):
            raise RuntimeError(f"The simulator answered {head.splitlines()[0]!r}.")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()
