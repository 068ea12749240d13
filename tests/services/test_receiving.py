"""Events come in by one door: each is kept once, passed on once, and set apart where it cannot be read."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.domain.test_envelopes import CONVERSATION, eventbridge, plain
from tests.factories import ConversationFactory, EventSourceFactory, OrganizationFactory
from wrapups.models import Act, Disposition, EventSource, InboundEvent
from wrapups.models.clock import app_now
from wrapups.services.receiving import FIRST_LOOK_S, AnotherBody, Received, receive

State = InboundEvent.State
A_NEW_DISPOSITION_COSTS = 7
A_NEW_ENDING_COSTS = 3


@pytest.fixture
def source(db) -> EventSource:
    return EventSourceFactory()


def tell(source: EventSource, **changed: Any) -> Received:
    return receive(source, raw=json.dumps(plain(**changed)).encode())


def event_of(received: Received) -> InboundEvent:
    return InboundEvent.everywhere.get(pk=received.pk)


def test_a_disposition_is_kept_and_passed_on(source: EventSource):
    received = tell(source, notes="by phone")

    event, said = event_of(received), Disposition.everywhere.get()
    assert (received.state, received.repeated, received.reason) == (State.PROCESSED, False, "")
    assert (event.kind, event.conversation_id, event.sender) == ("disposition", CONVERSATION, source.name)
    assert (said.source, said.event_id, said.code, said.notes) == (source.name, "crm-1", "REF-OK", "by phone")
    assert said.said_at == event.occurred_at
    assert event.finished_at is not None
    assert event.due_at is None


def test_an_ending_waits_until_its_conversation_can_be_seen(source: EventSource):
    now = app_now()

    received = tell(source, kind="ended", disposition=..., occurred_at=now.isoformat())

    event = event_of(received)
    assert event.state == State.RECEIVED
    assert event.due_at == event.received_at + timedelta(seconds=FIRST_LOOK_S)
    assert event.finished_at is None


def test_an_ending_told_late_need_not_wait(source: EventSource):
    event = event_of(tell(source, kind="ended", occurred_at=(app_now() - timedelta(hours=1)).isoformat()))

    assert event.due_at == event.received_at


def test_the_time_of_a_sender_that_is_ahead_of_us_makes_nothing_wait_longer(source: EventSource):
    event = event_of(tell(source, kind="ended", occurred_at=(app_now() + timedelta(days=1)).isoformat()))

    assert event.due_at == event.received_at + timedelta(seconds=FIRST_LOOK_S)


def test_the_same_event_again_is_counted_and_changes_nothing(source: EventSource):
    first = tell(source)

    again = tell(source)

    assert again == Received(first.pk, State.PROCESSED, "", repeated=True)
    assert event_of(first).repeats == 1
    assert Disposition.everywhere.count() == 1


def test_the_same_event_in_other_words_is_the_same(source: EventSource):
    first = tell(source)

    again = receive(source, raw=json.dumps(dict(reversed(plain().items())), indent=2))

    assert (again.pk, again.repeated) == (first.pk, True)
    assert event_of(first).mismatches == 0


def test_an_event_that_genesys_delivers_twice_in_two_envelopes_is_one(db):
    source = EventSourceFactory(eventbridge=True)

    for envelope in (eventbridge(), eventbridge() | {"id": "another", "time": "2026-03-01T12:00:09Z"}):
        receive(source, raw=json.dumps(envelope))

    assert InboundEvent.everywhere.get().repeats == 1


def test_the_same_id_with_another_body_is_refused_and_marked_in_the_history_once(source: EventSource):
    first = tell(source)

    for code in ("REF-NO", "REF-NO", "REF-MAYBE"):
        with pytest.raises(AnotherBody, match="first one stands"):
            tell(source, disposition=code)

    event, act = event_of(first), Act.objects.get()
    assert (event.mismatches, event.repeats) == (3, 0)
    assert Disposition.everywhere.get().code == "REF-OK"
    assert (act.organization, act.person, act.verb) == (source.organization, None, "refuse a changed event")
    assert str(event.pk) in act.reason


def test_another_source_may_use_the_same_id(source: EventSource):
    other = EventSourceFactory(organization=source.organization)

    assert not tell(source).repeated
    assert not tell(other).repeated


def test_another_organization_may_have_a_source_of_the_same_name(source: EventSource):
    foreign = EventSourceFactory(name=source.name, organization=OrganizationFactory())

    assert not tell(source).repeated
    assert not tell(foreign).repeated


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"{", "{"),
        (b'{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        (b"\xff\x00{}", "\\xff\\x00{}"),
        (b"", ""),
    ],
)
def test_what_cannot_be_read_is_kept_apart_with_the_reason(raw: bytes, kept: str, source: EventSource):
    received = receive(source, raw=raw)

    event = event_of(received)
    assert received.state == State.QUARANTINED
    assert received.reason.startswith("line 1, column ")
    assert (event.reason, event.body, event.due_at) == (received.reason, kept, None)


def test_the_same_unreadable_bytes_again_are_counted(source: EventSource):
    first = receive(source, raw=b"{")

    again = receive(source, raw=b"{")

    assert (again.pk, again.repeated, again.state) == (first.pk, True, State.QUARANTINED)


def test_an_event_that_is_older_than_one_already_here_is_counted_as_out_of_order(source: EventSource):
    newer = event_of(tell(source, event_id="b", occurred_at="2026-03-01T12:00:10Z"))

    older = event_of(tell(source, event_id="a", occurred_at="2026-03-01T12:00:00Z"))

    assert (newer.arrival, older.arrival) == ("", "late")


@pytest.mark.parametrize(("ended_before_s", "arrival"), [(600, "reopened"), (2, ""), (-60, "")])
def test_an_end_after_the_end_we_know_of_is_counted_as_opened_again(ended_before_s, arrival, source: EventSource):
    now = app_now()
    ConversationFactory(
        organization=source.organization,
        conversation_id=CONVERSATION,
        ended_at=now - timedelta(seconds=ended_before_s),
    )

    event = event_of(tell(source, kind="ended", occurred_at=now.isoformat()))

    assert event.arrival == arrival


def test_a_source_knows_to_the_second_when_it_was_last_heard(source: EventSource):
    tell(source, event_id="a")
    source.refresh_from_db()
    heard_at = source.last_event_at

    tell(source, event_id="b")

    source.refresh_from_db()
    assert heard_at is not None
    assert source.last_event_at == heard_at


def test_what_fails_half_way_leaves_nothing(source: EventSource):
    with transaction.atomic():
        tell(source)
        transaction.set_rollback(True)

    assert not InboundEvent.everywhere.exists()
    assert not Disposition.everywhere.exists()


@pytest.mark.parametrize(("kind", "cost"), [("disposition", A_NEW_DISPOSITION_COSTS), ("ended", A_NEW_ENDING_COSTS)])
def test_an_event_costs_few_statements(kind: str, cost: int, source: EventSource):
    with CaptureQueriesContext(connection) as queries:
        tell(source, kind=kind, **({} if kind == "disposition" else {"disposition": ...}))

    assert len(queries) <= cost
