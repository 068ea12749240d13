"""What it costs to take an event in: two web workers as production runs them, and a crowd that posts at once.

Ours proves the sender, reads the event, and keeps it once and for all; a disposition is passed on to the rules as well.
Beside it, in turns and on the same durable PostgreSQL, a bare Django view that inserts the row and nothing else. The
crowd runs on the same machine, so figures of speed are of all together; CPU per event is each one's own.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from benchmarks import Figure
from benchmarks._product import load_product

if TYPE_CHECKING:
    from benchmarks._doors import Post

OPTIONS: Mapping[str, str] = {"events": "3000", "people": "8"}

TURNS = 6
WARM_UP = 100
AIM_SHARE = 0.5
AIM_P99_MS = 100


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Post so many events of each kind, in turns, and yield what they took."""
    load_product()
    from benchmarks import _doors
    from dashboard.embedded.places import places_in
    from dashboard.standalone import own_services
    from wrapups.models import InboundEvent

    events, people = int(options["events"]), int(options["people"])
    with own_services(durable=True) as environment:
        makers = _makers()
        postgres = places_in(Path(environment["VAR_DIR"])).postgres
        with (
            _doors.open_door("dashboard.wsgi:application", environment, postgres=postgres) as ours,
            _doors.open_door("benchmarks._bare:application", environment, postgres=postgres) as bare,
        ):
            served = {name: _doors.Served() for name in makers}
            for turn in range(TURNS + 1):
                for name, make in makers.items():
                    posts = [make() for _ in range(events // TURNS if turn else WARM_UP)]
                    into = served[name] if turn else _doors.Served()
                    (bare if name == "bare view" else ours).post(posts, people=people, into=into)
        kept = InboundEvent.everywhere.count()
    posted = len(makers) * (events // TURNS * TURNS + WARM_UP)
    yield Figure("intake", "accepted and not kept", posted - kept, "events", at_most=0)
    for name, each in served.items():
        aims = name != "bare view"
        yield Figure("intake", f"{name}, committed", each.per_second, "events/s")
        yield Figure("intake", f"{name}, p50", each.latency_ms(0.5), "ms")
        yield Figure("intake", f"{name}, p99", each.latency_ms(0.99), "ms", at_most=AIM_P99_MS if aims else None)
        yield Figure("intake", f"{name}, web CPU per event", each.web_cpu_ms, "ms")
        yield Figure("intake", f"{name}, PostgreSQL CPU per event", each.database_cpu_ms, "ms")
        if aims:
            share = each.per_second / served["bare view"].per_second
            yield Figure("intake", f"{name}, speed of the bare view's", share, "share", at_least=AIM_SHARE)


def _makers() -> Mapping[str, "Callable[[], Post]"]:
    """Make an organization and a source of its own, and return what makes posts of each kind, signed when made."""
    from benchmarks._doors import Post
    from wrapups.domain.signing import sign
    from wrapups.models import EventSource, Organization
    from wrapups.models.clock import app_now

    organization = Organization.objects.create(name="Bench", slug="bench", api_url="https://api.mypurecloud.ie")
    source = EventSource(organization=organization, name="crm", key=uuid4().hex, kind=EventSource.Kind.WEBHOOK)
    secret = uuid4().hex
    source.replace_secret(secret)
    source.save()

    def body(kind: str, more: Mapping[str, str]) -> bytes:
        said = {"event_id": str(uuid4()), "conversation_id": str(uuid4()), "occurred_at": app_now().isoformat()}
        return json.dumps({**said, "kind": kind, **more}).encode()

    def signed(raw: bytes) -> "Post":
        return Post(f"/events/{source.key}", raw, {"Wrapups-Signature": sign([secret], raw, at=app_now())})

    return {
        "ending": lambda: signed(body("ended", {})),
        "disposition": lambda: signed(body("disposition", {"disposition": "REF-OK", "notes": "told by phone"})),
        "bare view": lambda: Post(f"/events/{organization.pk}", body("ended", {}), {}),
    }
