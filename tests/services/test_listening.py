"""Listening to notifications: the real gateway, the simulator's real sockets, and everything that can end one."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command

from tests.factories import EventSourceFactory, OrganizationFactory, QueueFactory
from tests.genesys.simulator.factories import CallFactory
from wrapups.domain.notifications import LONGEST_PAUSE_S, LONGEST_UNRENEWED_S, pause_s, queue_topic, subscribe_again_s
from wrapups.genesys.gateway import GenesysGateway
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.management.commands import listen as command
from wrapups.models import CallBudget, EventSource, InboundEvent, Organization, Queue
from wrapups.services import listening
from wrapups.services.listening import Listener, channels_needed, sources_heard

PATIENCE_S = 20.0
QUEUE = "Technical Support"
CHANNEL, SUBSCRIBE = (
    "POST /api/v2/notifications/channels",
    "PUT /api/v2/notifications/channels/{channelId}/subscriptions",
)


@pytest.fixture
def source(transactional_db: None, simulator: SimulatorControl) -> EventSource:
    """The listener of an organization that knows the simulator's queues and has calls in plenty."""
    client = simulator.client()
    organization = OrganizationFactory(
        api_url=simulator.url, client_id=client["client_id"], calls_per_minute=3000, burst=50
    )
    organization.client_secret = client["client_secret"]
    organization.save()
    CallBudget.objects.filter(organization=organization).update(tokens=50)
    for row in simulator.catalogue()["queues"]:
        QueueFactory(organization=organization, genesys_id=row["id"], name=row["name"])
    listener: EventSource = EventSourceFactory(organization=organization, listener=True, name="Genesys")
    return listener


@contextmanager
def listening_to(source: EventSource, gateway: GenesysGateway, *, count: int = 1) -> Iterator[None]:
    """Listen, with so many listeners, each in a thread of its own, until the block ends."""
    listeners = [Listener(source, gateway=gateway, chance=lambda: 1.0) for _ in range(count)]
    threads = [threading.Thread(target=each.run) for each in listeners]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for each in listeners:
            each.stop()
        for thread in threads:
            thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in threads)


def awaited(what: Callable[[], Any]) -> Any:
    """Return what comes true in the end."""
    until = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < until, "It has not come true."
        time.sleep(0.02)
    return found


def connected(simulator: SimulatorControl, count: int = 1) -> list[dict[str, Any]]:
    """Wait until so many sockets are open, and return the channels that live."""

    def rows() -> list[dict[str, Any]]:
        found = simulator.channels()
        return found if sum(each["connected"] for each in found) == count else []

    return awaited(rows)


def ended(simulator: SimulatorControl, **values: Any) -> dict[str, Any]:
    """Let a call end now, and return its agent's row."""
    row = CallFactory(simulator).create(talk=(-50, 100), **values)
    simulator.advance(101)
    return row


def events() -> list[InboundEvent]:
    return list(InboundEvent.everywhere.order_by("pk"))


def refresh(source: EventSource) -> EventSource:
    source.refresh_from_db()
    return source


# Hearing


def test_an_ending_is_taken_in_seconds_after_it_happened(source, gateway, simulator):
    with listening_to(source, gateway):
        connected(simulator)
        row = ended(simulator)
        [event] = awaited(events)

    assert (event.kind, event.conversation_id) == ("ended", row["conversation_id"])
    assert (event.source_id, event.state) == (source.pk, InboundEvent.State.RECEIVED)
    assert refresh(source).last_event_at is not None


def test_nothing_but_ids_and_times_is_kept_of_what_was_heard(source, gateway, simulator):
    with listening_to(source, gateway):
        connected(simulator)
        ended(simulator, attributes={"customer": "canary"}, remote="tel:+15550100")
        [event] = awaited(events)

    assert "canary" not in event.body
    assert "15550100" not in event.body


def test_what_is_told_again_with_every_change_is_passed_on_once(source, gateway, simulator):
    with listening_to(source, gateway):
        connected(simulator)
        first = ended(simulator)
        awaited(events)
        simulator.agent_sets_code(first["conversation_id"], first["communication_id"], simulator.code_id("Resolved"))
        ended(simulator)
        awaited(lambda: len(events()) == 2)

    assert [event.repeats for event in events()] == [0, 0]


def test_two_listeners_are_harmless(source, gateway, simulator):
    with listening_to(source, gateway, count=2):
        connected(simulator, 2)
        ended(simulator)
        awaited(lambda: [event for event in events() if event.repeats == 1])

    assert len(events()) == 1


def test_a_sign_of_life_is_noted(source, gateway, simulator):
    with listening_to(source, gateway):
        awaited(lambda: refresh(source).heard_at)

    assert source.trouble == ""
    assert source.last_event_at is None


# Losing the channel


def test_after_a_drop_it_listens_again_on_a_new_channel_with_all_its_topics(source, gateway, simulator):
    with listening_to(source, gateway):
        [first] = connected(simulator)
        simulator.drop_sockets()
        [second] = [each for each in connected_anew(simulator, first) if each["connected"]]
        ended(simulator)
        awaited(events)

    assert set(second["topics"]) == set(first["topics"]) == {queue_topic(each) for each in queue_ids(source)}


def test_a_notice_of_closing_is_heeded_before_the_socket_closes(source, gateway, simulator):
    simulator.switch(closing_notice_s=3600)
    with listening_to(source, gateway):
        [first] = connected(simulator)
        simulator.announce_closing()
        connected_anew(simulator, first)
        ended(simulator)
        awaited(events)

    assert refresh(source).trouble == ""


def test_before_its_channel_expires_it_subscribes_again(source, gateway, simulator):
    # It subscribes again when seven tenths are over; what is left is for a machine that is slow.
    simulator.switch(channel_lifetime_s=3.0, heartbeat_s=0.1)
    with listening_to(source, gateway):
        [first] = connected(simulator)
        awaited(lambda: simulator.calls()["operations"].get(SUBSCRIBE, 0) >= 3)

        assert [each["id"] for each in simulator.channels()] == [first["id"]]
    assert simulator.calls()["operations"][CHANNEL] == 1


def test_a_queue_that_is_new_is_heard_from_the_next_subscribing_on(source, gateway, simulator):
    simulator.switch(channel_lifetime_s=1.0, heartbeat_s=0.1)
    known = Queue.everywhere.get(organization=source.organization, name=QUEUE)
    Queue.everywhere.filter(pk=known.pk).update(gone_at="2026-01-01T00:00:00Z")
    with listening_to(source, gateway):
        connected(simulator)
        Queue.everywhere.filter(pk=known.pk).update(gone_at=None)

        awaited(lambda: queue_topic(known.genesys_id) in simulator.channels()[0]["topics"])


def test_a_socket_that_is_silent_counts_as_lost(source, gateway, simulator, monkeypatch):
    monkeypatch.setattr(listening, "SILENCE_S", 0.2)
    simulator.switch(heartbeat_s=3600)
    with listening_to(source, gateway):
        awaited(lambda: simulator.calls()["operations"].get(CHANNEL, 0) >= 2)

    assert "not even a heartbeat" in refresh(source).trouble


@pytest.mark.parametrize("operation", [CHANNEL, SUBSCRIBE])
def test_a_call_that_fails_is_made_again_on_a_new_channel_after_a_pause(operation, source, gateway, simulator):
    simulator.fault("status", operations=[operation], status=503, count=1)
    with listening_to(source, gateway):
        awaited(lambda: "503" in refresh(source).trouble)
        connected(simulator)
        ended(simulator)
        awaited(events)
        awaited(lambda: not refresh(source).trouble)


def test_what_keeps_it_from_listening_is_said(source, gateway, simulator):
    home = next(each["id"] for each in simulator.catalogue()["divisions"] if each["home"])
    simulator.grant("routing:queue:view", division_ids=[home])
    with listening_to(source, gateway):
        trouble = awaited(lambda: refresh(source).trouble)

    assert "queues are not told to our client" in trouble
    assert "routing:queue:view" in trouble


def test_without_a_queue_there_is_nothing_to_listen_to_and_no_subscribing(source, gateway, simulator):
    Queue.everywhere.of(source.organization).delete()
    with listening_to(source, gateway):
        trouble = awaited(lambda: refresh(source).trouble)

    assert "No queue is known yet" in trouble
    assert SUBSCRIBE not in simulator.calls()["operations"]


# The budget


def test_every_call_comes_out_of_the_organization_s_budget(source, gateway, simulator):
    with listening_to(source, gateway):
        connected(simulator)

    spent = 50 - CallBudget.objects.get(organization=source.organization).tokens
    assert simulator.calls()["operations"][CHANNEL] + simulator.calls()["operations"][SUBSCRIBE] == 2
    assert spent > 0


def test_while_calls_are_held_nothing_is_asked(source, gateway, simulator, monkeypatch):
    monkeypatch.setattr(listening, "CALL_PATIENCE_S", 0.05)
    CallBudget.objects.filter(organization=source.organization).update(held_at="2026-01-01T00:00:00Z")
    with listening_to(source, gateway):
        trouble = awaited(lambda: refresh(source).trouble)

    assert "call budget" in trouble
    assert simulator.calls()["calls"] == 0


# What listens


@pytest.mark.django_db
def test_those_listen_that_are_switched_on():
    on = EventSourceFactory(listener=True)
    EventSourceFactory(listener=True, enabled=False)
    EventSourceFactory()

    assert sources_heard() == [on]
    assert sources_heard(on.organization.slug) == [on]
    assert sources_heard("another") == []


@pytest.mark.django_db
@pytest.mark.parametrize(("queues", "channels"), [(0, 1), (3, 1), (4, 2), (7, 3)])
def test_there_is_a_channel_for_as_many_queues_as_one_may_have(queues, channels, monkeypatch):
    monkeypatch.setattr(listening, "MOST_TOPICS", 3)
    source = EventSourceFactory(listener=True)
    QueueFactory.create_batch(queues, organization=source.organization)

    assert channels_needed(source) == channels


def test_each_part_hears_its_own_queues_and_all_parts_hear_them_all(source, gateway, simulator, monkeypatch):
    monkeypatch.setattr(listening, "MOST_TOPICS", 5)
    listeners = [Listener(source, gateway=gateway, part=part) for part in range(channels_needed(source))]
    threads = [threading.Thread(target=each.run) for each in listeners]
    for thread in threads:
        thread.start()
    try:
        told = [each["topics"] for each in connected(simulator, len(listeners))]
    finally:
        for each in listeners:
            each.stop()
        for thread in threads:
            thread.join(PATIENCE_S)

    assert sorted(topic for topics in told for topic in topics) == sorted(map(queue_topic, queue_ids(source)))
    assert max(map(len, told)) == 5


def test_the_command_begins_a_listener_that_is_switched_on_and_ends_one_that_is_switched_off(source, simulator):
    listeners = command.Listeners()
    try:
        listeners.look()
        connected(simulator)
        EventSource.everywhere.filter(pk=source.pk).update(enabled=False)
        listeners.look()
        awaited(lambda: not any(each["connected"] for each in simulator.channels()))
        EventSource.everywhere.filter(pk=source.pk).update(enabled=True)
        listeners.look()
        connected(simulator)
    finally:
        listeners.leave()

    assert not any(thread.name.startswith("listen ") and thread.is_alive() for thread in threading.enumerate())


def test_the_command_listens_until_it_is_told_to_stop(source, simulator):
    heard: list[int] = []

    def stop() -> None:
        connected(simulator)
        heard.append(len(simulator.channels()))
        os.kill(os.getpid(), signal.SIGTERM)

    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    stopping = threading.Thread(target=stop)
    stopping.start()
    try:
        call_command("listen", organization=source.organization.slug)
    finally:
        stopping.join(PATIENCE_S)
        for name, handler in before.items():
            signal.signal(name, handler)

    assert heard == [1]
    awaited(lambda: not any(each["connected"] for each in simulator.channels()))


@pytest.mark.django_db
def test_the_command_knows_no_organization_of_another_name():
    with pytest.raises(Organization.DoesNotExist):
        call_command("listen", organization="nobody")


# Pauses


def test_pauses_double_up_to_a_minute():
    assert [pause_s(failures, jitter=0.0) for failures in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert {pause_s(failures, jitter=0.0) for failures in (7, 10, 10_000)} == {LONGEST_PAUSE_S}


def test_jitter_takes_away_up_to_half_of_a_pause():
    assert pause_s(3, jitter=1.0) == 2
    assert pause_s(3, jitter=0.5) == 3


@pytest.mark.parametrize(
    ("life_s", "again_s"), [(86_400.0, LONGEST_UNRENEWED_S), (None, LONGEST_UNRENEWED_S), (1000.0, 700.0), (-5.0, 0.1)]
)
def test_a_channel_is_renewed_well_before_it_expires(life_s, again_s):
    assert subscribe_again_s(life_s) == pytest.approx(again_s)


def connected_anew(simulator: SimulatorControl, before: dict[str, Any]) -> list[dict[str, Any]]:
    """Wait for an open socket of another channel, and return the channels that live."""
    return awaited(lambda: [each for each in simulator.channels() if each["connected"] and each["id"] != before["id"]])


def queue_ids(source: EventSource) -> list[str]:
    return list(Queue.everywhere.of(source.organization).values_list("genesys_id", flat=True))
