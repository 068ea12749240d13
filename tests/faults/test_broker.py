"""F5 to F9: whatever becomes of the broker, ringing costs a moment, and the row is still there to be worked."""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import IO

import pytest
import redis
from django.conf import settings as django_settings

from dashboard.celery import app
from dashboard.demo import processes
from dashboard.embedded.places import Places
from tests.faults.toxic_proxy import Toxic, ToxicProxy, proxied
from tests.faults.witness import statuses, verified, work_until_through
from tests.services.centre import ANY_CALL, WANTED, Centre
from wrapups import tasks
from wrapups.domain.status import Status
from wrapups.models import Sweep
from wrapups.pump import Pump
from wrapups.services.watching import workers_deaf

WORKER_PATIENCE_S = 90.0
DOWN, FROZEN, RESET = Toxic("down"), Toxic("timeout"), Toxic("reset_peer")


@pytest.fixture
def way_to_broker(services: Places, monkeypatch: pytest.MonkeyPatch) -> Iterator[ToxicProxy]:
    """A way to the broker that can be spoiled; what we ring goes by it."""
    with proxied(services.valkey_socket) as proxy:
        go_by(f"redis://127.0.0.1:{proxy.port}/0", monkeypatch)
        yield proxy


@pytest.fixture
def broker(services: Places) -> Iterator[redis.Redis]:
    """The broker itself, put back as it was."""
    with redis.Redis(unix_socket_path=str(services.valkey_socket)) as broker:
        yield broker
        broker.replicaof("NO", "ONE")
        broker.config_set("maxmemory", "0")
        broker.flushall()


def go_by(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ring by this address from now on, and forget the connections there are."""
    monkeypatch.setattr(app.conf, "broker_write_url", url)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


def doorbells(broker: redis.Redis) -> int:
    """Return how many doorbells wait to be heard."""
    prefix = str(app.conf.broker_transport_options["global_keyprefix"])
    return sum(int(broker.llen(f"{prefix}{queue}")) for queue in app.amqp.queues)


def no_duties() -> None:
    """Leave work on rows as all there is to ring for."""
    of_rows = [Sweep.Kind.VERIFY, Sweep.Kind.REFRESH]
    Sweep.objects.exclude(kind__in=of_rows).update(due_at="2100-01-01T00:00:00Z")


def deliver_by_pumps_alone(centre: Centre) -> None:
    """Let pumps that have been up for a while go round, while time passes."""
    for _ in range(6):
        centre.clock.advance(centre.organization.settle_s + 65)
        Pump(workers_get_s=0).round(centre.organization)


@pytest.mark.parametrize("toxic", [DOWN, FROZEN, RESET], ids=["down", "frozen", "reset"])
def test_ringing_a_broker_that_is_unwell_is_given_up_and_said(toxic: Toxic, way_to_broker: ToxicProxy, centre: Centre):
    way_to_broker.toxic = toxic

    with pytest.raises(tasks.BROKER_TROUBLE):
        tasks.drain.delay(centre.organization.pk)


@contextmanager
def a_worker(*arguments: str) -> Iterator[IO[str]]:
    """Run a worker as it is deployed, on this run's services; yield what it says."""
    command = [*processes.worker().command, *arguments]
    environment = {**os.environ, "PROCESS_KIND": "worker", "VAR_DIR": str(django_settings.VAR_DIR)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as one:
        assert one.stdout is not None
        watchdog = threading.Timer(WORKER_PATIENCE_S, one.kill)
        watchdog.start()
        yield one.stdout
        watchdog.cancel()
        one.kill()


def test_what_is_done_by_the_clock_is_heard_before_the_drains_that_wait(broker: redis.Redis):
    nobody_s = 0
    for _ in range(3):
        tasks.drain.delay(nobody_s)
    tasks.discover.delay(nobody_s)
    tasks.verify.delay(nobody_s)

    with a_worker("--concurrency", "1") as said:
        heard = list(islice((found[1] for line in said if (found := re.search(r"tasks\.(\w+)\[.*received", line))), 5))

    assert heard == ["discover", "verify", "drain", "drain", "drain"]


@pytest.mark.parametrize("toxic", [DOWN, FROZEN], ids=["down", "frozen"])
def test_without_a_broker_the_pump_finds_delivers_and_verifies_by_itself(
    toxic: Toxic, way_to_broker: ToxicProxy, steady: Centre
):
    steady.call()
    steady.publish((ANY_CALL, WANTED))
    way_to_broker.toxic = toxic

    deliver_by_pumps_alone(steady)

    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == 1


def test_a_broker_that_is_well_again_is_rung_as_before(way_to_broker: ToxicProxy, broker: redis.Redis, steady: Centre):
    steady.assign()
    no_duties()
    way_to_broker.toxic = DOWN
    Pump().round(steady.organization)
    way_to_broker.toxic = None

    Pump().round(steady.organization)

    assert doorbells(broker) == 1


@pytest.mark.parametrize("trouble", ["out of memory", "read-only", "wrong password"])
def test_a_broker_that_refuses_costs_a_line_in_the_log_and_no_row(
    trouble: str,
    way_to_broker: ToxicProxy,
    broker: redis.Redis,
    steady: Centre,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    steady.assign()
    no_duties()
    if trouble == "out of memory":
        broker.config_set("maxmemory", "1")
    elif trouble == "read-only":
        broker.replicaof("127.0.0.1", "1")
    else:
        go_by(f"redis://nobody:s3cr3t@127.0.0.1:{way_to_broker.port}/0", monkeypatch)

    Pump(workers_get_s=0).round(steady.organization)
    rung = statuses(steady)
    work_until_through(steady)

    assert "did not take the doorbell" in caplog.text
    assert "s3cr3t" not in caplog.text
    assert rung == [Status.PENDING]
    assert verified(steady) == 1


def test_a_flushed_broker_is_rung_again(way_to_broker: ToxicProxy, broker: redis.Redis, steady: Centre):
    steady.assign()
    no_duties()
    Pump().round(steady.organization)
    broker.flushall()

    Pump().round(steady.organization)

    assert doorbells(broker) == 1


def test_an_accepted_code_that_nobody_reads_back_tells_of_deaf_workers(steady: Centre):
    steady.assign()
    steady.apply()
    no_duties()

    steady.clock.advance(steady.organization.settle_s + 29)
    early = workers_deaf(steady.organization)
    steady.clock.advance(32)

    assert not early
    assert workers_deaf(steady.organization)


@pytest.mark.parametrize("rules", [True, False], ids=["with rules", "without rules"])
def test_a_look_for_conversations_that_nobody_takes_tells_of_deaf_workers(rules: bool, steady: Centre):
    no_duties()
    Sweep.objects.filter(kind=Sweep.Kind.DISCOVER).update(due_at=steady.clock.now())
    if rules:
        steady.publish((ANY_CALL, WANTED))

    steady.clock.advance(31)

    assert workers_deaf(steady.organization) == rules
