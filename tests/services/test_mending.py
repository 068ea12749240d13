"""What people do with events: mend, replay, dismiss; one, or all that were set apart for one reason."""

import json
from typing import Any

import pytest

from tests.domain.test_envelopes import CONVERSATION, plain
from tests.factories import EventSourceFactory, InboundEventFactory, OrganizationFactory, PersonFactory
from wrapups.domain.envelopes import BadEnvelope
from wrapups.models import Act, Disposition, EventSource, InboundEvent
from wrapups.services import mending
from wrapups.services.auditing import Actor
from wrapups.services.mending import CannotChange, Group, dismiss, dismiss_group, mend, replay, replay_group
from wrapups.services.receiving import receive

State = InboundEvent.State


@pytest.fixture
def source(db) -> EventSource:
    return EventSourceFactory()


@pytest.fixture
def actor(db) -> Actor:
    return Actor(PersonFactory(), origin="10.0.0.7")


@pytest.fixture
def apart(source: EventSource) -> InboundEvent:
    """A disposition about a conversation whose id was cut off."""
    return tell(source, conversation_id="12")


def tell(source: EventSource, **changed: Any) -> InboundEvent:
    received = receive(source, raw=json.dumps(plain(**changed)))
    event: InboundEvent = InboundEvent.everywhere.get(pk=received.pk)
    return event


def group_of(event: InboundEvent, *, up_to: int | None = None) -> Group:
    return Group(event.reason, up_to or event.pk)


def test_a_mended_event_is_taken_in_and_what_came_is_kept(apart: InboundEvent, actor: Actor):
    came = apart.body

    mend(apart, body=json.dumps(plain()), actor=actor)

    apart.refresh_from_db()
    assert (apart.state, apart.reason, apart.conversation_id) == (State.PROCESSED, "", CONVERSATION)
    assert (apart.body, json.loads(apart.mended)) == (came, plain())
    assert Disposition.everywhere.get().code == "REF-OK"


def test_mending_is_read_as_the_source_is_read_and_what_is_still_wrong_is_said(apart: InboundEvent, actor: Actor):
    with pytest.raises(BadEnvelope) as refused:
        mend(apart, body=json.dumps(plain(kind="started")), actor=actor)

    apart.refresh_from_db()
    assert refused.value.where == "kind"
    assert (apart.state, apart.mended) == (State.QUARANTINED, "")
    assert not Act.objects.exists()


def test_a_mended_end_is_looked_at_at_once(apart: InboundEvent, actor: Actor):
    mend(apart, body=json.dumps(plain(kind="ended", disposition=...)), actor=actor)

    apart.refresh_from_db()
    assert apart.state == State.RECEIVED
    assert apart.due_at is not None


def test_who_mended_what_is_in_the_history(apart: InboundEvent, actor: Actor):
    mend(apart, body=json.dumps(plain()), actor=actor)

    act = Act.objects.get()
    assert (act.person, act.verb, act.reason) == (actor.person, "mend event", f"Event {apart.pk}")
    assert act.entries.get().table == "wrapups_disposition"


def test_what_was_taken_in_cannot_be_mended(source: EventSource, actor: Actor):
    with pytest.raises(CannotChange, match="set apart or dismissed"):
        mend(tell(source), body=json.dumps(plain(disposition="OTHER")), actor=actor)

    assert Disposition.everywhere.get().code == "REF-OK"


def test_the_sender_may_send_the_mended_event_again_itself(apart: InboundEvent, source: EventSource, actor: Actor):
    mend(apart, body=json.dumps(plain()), actor=actor)

    tell(source)

    assert Disposition.everywhere.count() == 1


def test_a_replayed_event_says_nothing_twice(source: EventSource, actor: Actor):
    event = replay(tell(source), actor=actor)

    assert (event.state, event.replays) == (State.PROCESSED, 1)
    assert Disposition.everywhere.count() == 1


def test_a_replayed_end_is_looked_at_anew(source: EventSource, actor: Actor):
    event = InboundEventFactory(source=source, organization=source.organization, kind="ended", looks=3)

    replayed = replay(event, actor=actor)

    assert (replayed.state, replayed.looks) == (State.RECEIVED, 0)
    assert replayed.finished_at is None


def test_an_event_that_still_waits_cannot_be_replayed(source: EventSource, actor: Actor):
    event = InboundEventFactory(source=source, organization=source.organization, waiting=True)

    with pytest.raises(CannotChange, match="still waits"):
        replay(event, actor=actor)


def test_an_unreadable_event_is_set_apart_again_with_what_is_wrong_now(source: EventSource, actor: Actor):
    event = InboundEventFactory(source=source, organization=source.organization, dismissed=True, reason="Once wrong.")

    replayed = replay(event, actor=actor)

    assert replayed.state == State.QUARANTINED
    assert replayed.reason == "kind: This field is missing."


def test_dismissing_needs_a_reason_and_something_set_apart(apart: InboundEvent, source: EventSource, actor: Actor):
    with pytest.raises(CannotChange, match="Say why"):
        dismiss(apart, reason=" ", actor=actor)
    with pytest.raises(CannotChange, match="set apart"):
        dismiss(tell(source), reason="no", actor=actor)

    dismiss(apart, reason="A test of theirs", actor=actor)

    apart.refresh_from_db()
    assert apart.state == State.DISMISSED
    assert Act.objects.get().reason.endswith("A test of theirs")


def test_a_group_is_replayed_as_it_was_seen(source: EventSource, actor: Actor):
    group = Group("Once wrong.", 0)
    good = InboundEventFactory(source=source, organization=source.organization, apart=True, reason=group.reason)
    InboundEvent.everywhere.filter(pk=good.pk).update(body=json.dumps(plain()))
    bad = InboundEventFactory(source=source, organization=source.organization, apart=True, reason=group.reason)
    came_later = InboundEventFactory(source=source, organization=source.organization, apart=True, reason=group.reason)

    outcome = replay_group(source.organization, Group(group.reason, bad.pk), actor=actor)

    for event in (good, bad, came_later):
        event.refresh_from_db()
    assert (outcome.taken_in, outcome.still_bad, outcome.left) == (1, 1, 0)
    assert [good.state, bad.state, came_later.state] == [State.PROCESSED, State.QUARANTINED, State.QUARANTINED]
    assert (bad.replays, came_later.replays) == (1, 0)


def test_of_a_large_group_the_oldest_go_first_and_what_is_left_is_said(
    source: EventSource, actor: Actor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mending, "MOST_TOGETHER", 2)
    events = [InboundEventFactory(source=source, organization=source.organization, apart=True) for _ in range(3)]

    outcome = replay_group(source.organization, group_of(events[-1]), actor=actor)

    assert (outcome.still_bad, outcome.left) == (2, 1)


def test_a_group_is_dismissed_with_a_reason_as_it_was_seen(apart: InboundEvent, source: EventSource, actor: Actor):
    came_later = tell(source, conversation_id="13")
    with pytest.raises(CannotChange, match="Say why"):
        dismiss_group(source.organization, group_of(apart), reason="", actor=actor)

    assert dismiss_group(source.organization, group_of(apart), reason="Tests", actor=actor) == 1

    came_later.refresh_from_db()
    assert came_later.state == State.QUARANTINED


def test_a_group_is_of_one_organization(apart: InboundEvent, actor: Actor):
    foreign = OrganizationFactory()

    assert dismiss_group(foreign, group_of(apart), reason="Tests", actor=actor) == 0
    assert replay_group(foreign, group_of(apart), actor=actor).taken_in == 0
