"""What it costs to understand one page of 100 conversations: the SDK's models, and our reading of the JSON.

The page is a details answer of the simulator, or a file of analytics JSON (`--page FILE`, repeated to 100).
"""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from benchmarks import Figure
from wrapups.genesys import analytics
from wrapups.genesys.http import BoundedHttp
from wrapups.genesys.sdk import Sdk
from wrapups.genesys.simulator.process import running
from wrapups.genesys.tokens import log_in

OPTIONS = {"page": "", "rounds": "9"}
CONVERSATIONS = 100


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Yield the size of the page and the median CPU time of both, in milliseconds on one core."""
    body = _page_of(Path(options["page"])) if options["page"] else _simulated_page()
    rounds, read_at = int(options["rounds"]), datetime.now(UTC)
    ours = _median_ms(lambda: analytics.ended_page(orjson.loads(body), read_at=read_at), rounds)
    models = _median_ms(_into_models(body), rounds)
    yield Figure("reading", "page", len(body), "bytes")
    yield Figure("reading", "ours", ours, "ms")
    yield Figure("reading", "SDK models", models, "ms")
    yield Figure("reading", "SDK models / ours", models / ours, "x")


def _median_ms(work: Callable[[], object], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return statistics.median(spent) * 1000


def _into_models(body: bytes) -> Callable[[], object]:
    """Return what the SDK does with the answer, without its HTTP client."""
    import PureCloudPlatformClientV2

    class Answer:
        data = body.decode()

        def getheader(self, _name: str) -> str:
            return "application/json"

    client = PureCloudPlatformClientV2.ApiClient(host="http://127.0.0.1")
    return lambda: client.deserialize(Answer(), "AnalyticsConversationQueryResponse")


def _page_of(file: Path) -> bytes:
    conversations = itertools.cycle(orjson.loads(file.read_bytes())["conversations"])
    return orjson.dumps({"conversations": list(itertools.islice(conversations, CONVERSATIONS)), "totalHits": 100})


def _simulated_page() -> bytes:
    now = datetime.now(UTC)
    day = f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}/{now:%Y-%m-%dT%H:%M:%SZ}"
    query = {"interval": day, "paging": {"pageSize": CONVERSATIONS, "pageNumber": 1}}
    with running(conversations=CONVERSATIONS) as simulator:
        client, http = simulator.client(), BoundedHttp(deadline_s=20, connect_timeout_s=5, private_addresses=True)
        token = log_in(http, simulator.url, client["client_id"], client["client_secret"]).access_token
        sdk = Sdk(simulator.url, http, lambda _: None)
        answer = sdk.call("post_analytics_conversations_details_query", token=token, doing="measuring", body=query)
    return orjson.dumps(answer)
