"""F2, F3, F7, F8, F11, F38, F41: real processes on services of their own, killed, frozen, stopped and starved."""

import socket
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from dashboard.chaos import team
from dashboard.chaos.blows import persistently
from dashboard.chaos.running import ENVIRONMENT
from dashboard.chaos.team import Team
from dashboard.chaos.work import Work
from dashboard.demo import processes
from dashboard.demo.processes import Process
from dashboard.embedded import postgres
from dashboard.embedded.places import Places, places_in
from dashboard.standalone import own_services
from tests.factories import AlertChannelFactory, HeartbeatFactory
from tests.faults.toxic_proxy import Toxic, proxied
from wrapups.domain.alerting import Condition
from wrapups.domain.status import LIVE, Status
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import seeding
from wrapups.models import AlertDelivery, Assignment, Attempt, AuditEntry, Heartbeat, Organization
from wrapups.models.clock import app_now

pytestmark = pytest.mark.long

PATIENCE_S = 180
WRITES = ["POST */wrapup"]


@dataclass
class Product:
    """The product on services of its own, before any of its processes runs."""

    environment: Mapping[str, str]
    places: Places
    simulator: SimulatorControl
    organization: Organization
    work: Work

    @contextmanager
    def run_by(self, *crew: Process, **settings: str) -> Iterator[Team]:
        """Run these processes, restarted when they die, for as long as the block lasts."""
        environment = {**self.environment, **ENVIRONMENT, **settings}
        team = Team(crew, environment, Path(self.environment["VAR_DIR"]) / "team.log")
        team.start()
        try:
            yield team
        finally:
            team.stop()

    def said(self) -> str:
        """Return what the processes said."""
        return (Path(self.environment["VAR_DIR"]) / "team.log").read_text(errors="replace")

    def feed(self, count: int) -> None:
        """Let so many conversations have ended just now."""
        self.work.feed(count, ended_within_s=60)

    def wait_until_through(self) -> None:
        """Wait until all that was fed is delivered, or left alone."""
        until(lambda: persistently(self._through), "it has not all come to an end")

    def statuses(self) -> Mapping[str, int]:
        """Return how many assignments have each status."""
        rows = list(Assignment.everywhere.values_list("status", flat=True))
        return {status: rows.count(status) for status in set(rows)}

    def writes(self) -> int:
        """Return how many writes arrived."""
        return len(self.simulator.ledger())

    def _through(self) -> bool:
        rows = Assignment.everywhere.all()
        return rows.count() == len(self.work.legs) and not rows.filter(status__in=LIVE).exists()


@pytest.fixture
def product(django_db_blocker: DjangoDbBlocker) -> Iterator[Product]:
    """A product that is seeded and waits for work."""
    own = connection.settings_dict.copy()
    with django_db_blocker.unblock(), own_services(durable=True) as environment, running() as simulator:
        organization = seeding.seed(simulator, password="a sentence nobody guesses", grace_s=0, settle_s=6)
        places = places_in(Path(environment["VAR_DIR"]))
        yield Product(environment, places, simulator, organization, Work(simulator, seed=1))
        connection.close()
        connection.settings_dict.update(own)


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds, three minutes at most."""
    for _ in range(PATIENCE_S * 4):
        if holds():
            return
        threading.Event().wait(0.25)
    raise AssertionError(f"After {PATIENCE_S} s {what}.")


def pump() -> Process:
    """Return the pump, which would refuse leases as short as these."""
    usual = processes.pump()
    return replace(usual, command=(*usual.command, "--skip-checks"))


def test_a_worker_killed_in_the_middle_of_its_call_costs_no_second_write(product: Product):
    product.simulator.fault("hang_after", operations=WRITES, count=1, seconds=30)
    product.feed(1)

    with product.run_by(processes.worker(), pump()) as crew:
        until(lambda: product.writes() == 1, "no write has arrived")
        team.kill(crew.of("worker")[0])
        product.wait_until_through()

    assert crew.restarts == 1
    assert product.statuses() == {Status.VERIFIED: 1}
    assert product.writes() == 1
    assert Attempt.objects.filter(finished_at=None).count() == 1


def test_a_worker_that_freezes_in_its_call_and_comes_back_finishes_nothing(product: Product):
    product.simulator.switch(latency_ms=1500)
    product.feed(1)

    with product.run_by(processes.worker(), processes.worker(), pump(), WORKER_THREADS="1") as crew:
        until(lambda: persistently(Attempt.objects.filter(kind="write").exists), "nobody has begun a write")
        for worker in crew.of("worker"):
            team.freeze(worker)
        until(
            lambda: persistently(Assignment.everywhere.filter(status=Status.UNKNOWN).exists),
            "nobody has taken the row back",
        )
        for worker in crew.of("worker"):
            team.thaw(worker)
        product.wait_until_through()

    first = Attempt.objects.filter(kind="write").earliest("pk")
    assert first.finished_at is None or first.outcome.startswith("stale:")
    assert product.statuses() == {Status.VERIFIED: 1}
    assert sum(entry["before"] != entry["after"] for entry in product.simulator.ledger()) == 1


@pytest.mark.parametrize("broker", ["never there", "frozen under way"])
def test_without_a_broker_everything_is_delivered_by_the_pump(broker: str, product: Product):
    with proxied(product.places.valkey_socket) as proxy:
        if broker == "never there":
            proxy.toxic = Toxic("down")
            product.feed(5)
        with product.run_by(processes.worker(), pump(), REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0"):
            if broker == "frozen under way":
                product.feed(2)
                product.wait_until_through()
                proxy.toxic = Toxic("timeout")
                product.feed(5)
            product.wait_until_through()

    assert set(product.statuses()) == {Status.VERIFIED}
    assert product.writes() == len(product.work.legs)
    assert "Workers are deaf" in product.said()


def test_a_database_that_is_away_is_waited_for_by_the_same_processes(product: Product):
    product.feed(10)

    with product.run_by(processes.worker(), pump()) as crew:
        until(lambda: product.writes() > 0, "no write has arrived")
        connection.close()
        postgres.stop(product.places)
        threading.Event().wait(10)
        postgres.start(product.places)
        product.feed(10)
        product.wait_until_through()

    assert crew.restarts == 0
    assert product.statuses() == {Status.VERIFIED: 20}
    assert sum(entry["before"] != entry["after"] for entry in product.simulator.ledger()) == 20


def test_workers_that_are_asked_to_stop_finish_their_calls_so_that_nothing_is_in_doubt(product: Product):
    product.simulator.switch(latency_ms=300)
    product.feed(60)

    with product.run_by(processes.worker(), processes.worker(), pump()) as crew:
        until(lambda: product.writes() > 0, "no write has arrived")
        for number in range(6):
            stopped = crew.of("worker")[number % 2].running
            stopped.terminate()
            stopped.join(PATIENCE_S)
            assert not stopped.is_alive()
        product.wait_until_through()

    assert product.statuses() == {Status.VERIFIED: 60}
    assert not Attempt.objects.filter(finished_at=None).exists()
    assert not AuditEntry.objects.filter(after__status=Status.UNKNOWN).exists()
    assert product.writes() == 60


def test_a_worker_tells_in_the_place_of_a_pump_that_is_gone(product: Product):
    AlertChannelFactory(organization=product.organization)
    HeartbeatFactory(kind=Heartbeat.Kind.PUMP, beat_at=app_now() - timedelta(minutes=1))
    told = AlertDelivery.everywhere.filter(event__condition=Condition.SILENT, event__subject="pump", tries__gt=0)

    with product.run_by(processes.worker()):
        until(lambda: persistently(told.exists), "nobody has been told")

    assert told.count() == 1


def test_many_slow_clients_do_not_keep_the_others_from_being_answered(product: Product):
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        port = found.getsockname()[1]
    address = f"http://127.0.0.1:{port}/healthz"

    with web_server(product, port):
        until(lambda: answers(address), "the web process has not answered")
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
        for each in slow:
            each.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n0")
        answered = [answers(address) for _ in range(10)]
        for each in slow:
            each.close()

    assert answered == [True] * 10


@contextmanager
def web_server(product: Product, port: int) -> Iterator[None]:
    """Run the web process, which has processes of its own."""
    web = processes.web(host="127.0.0.1", port=port)
    environment = {**product.environment, "PROCESS_KIND": web.kind}
    with subprocess.Popen(web.command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.terminate()


def answers(address: str) -> bool:
    """Return whether there is an answer, and a good one."""
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return bool(response.status == 200)
    except OSError:
        return False
