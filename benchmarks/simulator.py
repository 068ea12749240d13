"""How many requests a second the simulator answers on one core.

The simulator is pinned to core 0 and the load comes from this process on core 1, over keep-alive connections, so the
figure is the simulator's own. The rate limit is switched off; nothing else is. What other processes take of core 0
lowers the first figure of the mix, and not the second, which divides by the CPU time the simulator used.
"""

import asyncio
import base64
import json
import os
import random
import time
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from benchmarks import Figure
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running

OPTIONS: Mapping[str, str] = {"conversations": "1000", "requests": "8000"}

AIM = 2_000
CONNECTIONS = 16
NO_LIMIT = 10_000_000
UNIT = "requests/s on one core"
PAGE = "query a page of 100 conversations"
SHARES = {"read a conversation": 4, "apply a wrap-up": 4, "read a wrap-up": 1, "list wrap-up codes": 1}
"""The mix: mostly what a straightforward client does for each wrap-up, one read and one write."""


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Measure each operation alone, a page of analytics, and last the mix."""
    if (os.cpu_count() or 1) < 2:
        raise RuntimeError("This bench needs two cores: one for the simulator, one for the load.")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {1})
    try:
        with running(conversations=int(options["conversations"]), pinned_to=("taskset", "-c", "0")) as simulator:
            simulator.switch(rate_limit_calls=NO_LIMIT)
            yield from measured(simulator, int(options["requests"]))
    finally:
        os.sched_setaffinity(0, before)


def measured(simulator: SimulatorControl, count: int) -> Iterator[Figure]:
    """Yield requests per second; `count` requests for each figure, a twentieth of it for pages of analytics."""
    requests = prepared(simulator)
    chance = random.Random(1)
    drawn = chance.choices(list(SHARES), list(SHARES.values()), k=count)
    for name, some in requests.items():
        number = count // 20 if name == PAGE else count
        yield Figure("simulator", name, asyncio.run(rate(simulator.url, some, number)), UNIT)
    mixed = [chance.choice(requests[name]) for name in drawn]
    used = simulator.calls()["cpu_s"]
    yield Figure("simulator", "mix", asyncio.run(rate(simulator.url, mixed, count)), UNIT, at_least=AIM)
    used = simulator.calls()["cpu_s"] - used
    yield Figure("simulator", "mix, by the simulator's own CPU time", count / used, "requests/CPU-s", at_least=AIM)


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
        PAGE: [written("POST", query, head, page)],
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
