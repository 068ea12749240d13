"""F26 to F29: events that come a hundred times, changed, in the wrong order, or recorded and played again."""

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from tests.factories import EventSourceFactory
from tests.faults.test_people import at_once
from tests.services.centre import ANY_CALL, OTHER, PLENTY, WANTED, Centre, Row, when
from tests.services.clock import Clock
from wrapups.domain.signing import sign
from wrapups.domain.status import Status
from wrapups.models import Act, Assignment, CallBudget, Disposition, EventSource, InboundEvent
from wrapups.models.clock import app_now
from wrapups.services.taking_in import take_in

SECRET = "the secret"
AT_ONCE, EACH = 25, 4
HUNDRED = AT_ONCE * EACH
"""As many threads as a few web processes have, each posting one time after the other: a test's PostgreSQL has 60
connections."""
SHUFFLES = 12
SEED = 7

Posting = Callable[..., Any]


@pytest.fixture
def source(steady: Centre) -> EventSource:
    return EventSourceFactory(organization=steady.organization, name="crm")


@pytest.fixture
def post(source: EventSource) -> Posting:
    """Post an event about a conversation, signed now or so many seconds from now."""

    def posted(row: Row, *, signed_at_s: float = 0, ago_s: float = 0, **changed: Any) -> Any:
        at = app_now() - timedelta(seconds=ago_s)
        said = {"conversation_id": row["conversation_id"], "kind": "disposition", "occurred_at": at.isoformat()}
        raw = json.dumps(said | {"event_id": "case-1", "disposition": "REF-OK"} | changed).encode()
        header = sign([SECRET], raw, at=app_now() + timedelta(seconds=signed_at_s))
        return Client().generic(
            "POST", f"/events/{source.key}", raw, "application/json", headers={"Wrapups-Signature": header}
        )

    return posted


def looked_at(centre: Centre) -> int:
    CallBudget.objects.update(tokens=PLENTY)
    return take_in(centre.organization, gateway=centre.gateway)


# F26, the same event a hundred times at once


@pytest.mark.django_db(transaction=True)
def test_an_event_that_comes_a_hundred_times_at_once_is_one_event(steady: Centre, post: Posting):
    row = steady.call()
    occurred_at = steady.clock.now().isoformat()

    got: list[Any] = at_once(lambda: [post(row, occurred_at=occurred_at) for _ in range(EACH)], people=AT_ONCE)
    answers = [answer for each in got for answer in each]

    event = InboundEvent.everywhere.get()
    assert Counter(answer.status_code for answer in answers) == {202: HUNDRED}
    assert {answer.json()["event"] for answer in answers} == {event.pk}
    assert Counter(answer.json()["repeated"] for answer in answers) == {False: 1, True: HUNDRED - 1}
    assert event.repeats == HUNDRED - 1
    assert Disposition.everywhere.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_events_of_one_source_at_once_are_each_kept(steady: Centre, post: Posting):
    row = steady.call()
    numbers = count()

    answers: list[Any] = at_once(lambda: post(row, event_id=f"case-{next(numbers)}"), people=AT_ONCE)

    assert Counter(answer.status_code for answer in answers) == {202: AT_ONCE}
    assert InboundEvent.everywhere.count() == Disposition.everywhere.count() == AT_ONCE


# F27, the same id with another body


@pytest.mark.parametrize(
    "changed", [{"disposition": "OTHER"}, {"notes": "more"}, {"kind": "ended"}, {"occurred_at": "2026-01-01T00:00:00Z"}]
)
def test_an_event_that_was_altered_on_its_way_is_refused_and_noted(
    changed: dict[str, str], steady: Centre, post: Posting
):
    row = steady.call()
    occurred_at = steady.clock.now().isoformat()
    post(row, occurred_at=occurred_at)

    answers = [post(row, **{"occurred_at": occurred_at} | changed) for _ in range(3)]

    event = InboundEvent.everywhere.get()
    assert [answer.status_code for answer in answers] == [409] * 3
    assert (event.mismatches, event.repeats) == (3, 0)
    assert Disposition.everywhere.get().code == "REF-OK"
    assert Act.objects.get().verb == "refuse a changed event"


@pytest.mark.django_db(transaction=True)
def test_of_two_bodies_that_race_under_one_id_one_stands(steady: Centre, post: Posting):
    row = steady.call()
    codes = iter("ABCDEFGH")

    answers: list[Any] = at_once(lambda: post(row, disposition=next(codes)))

    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 7}
    assert Disposition.everywhere.count() == 1
    assert InboundEvent.everywhere.get().mismatches == 7


# F28, events out of order


def test_in_whatever_order_words_about_a_conversation_come_the_youngest_counts(steady: Centre, post: Posting):
    steady.publish((when("disposition.crm", "is", "YOUNGEST"), WANTED), (ANY_CALL, OTHER))
    words = [("OLD", 30), ("OLDER", 40), ("YOUNGEST", 10), ("YOUNG", 20)]
    chance = random.Random(SEED)

    for shuffle in range(SHUFFLES):
        row = steady.call()
        acts: list[Callable[[], object]] = [
            partial(post, row, event_id=f"{shuffle}-{code}", disposition=code, ago_s=ago_s) for code, ago_s in words
        ]
        acts.append(partial(steady.decide, row))
        chance.shuffle(acts)
        for act in acts:
            act()

        assert steady.assignment(row).wrapup_code.name == WANTED, f"shuffle {shuffle}"

    assert InboundEvent.everywhere.filter(arrival="late").exists()


def test_an_end_told_before_and_again_after_the_conversation_was_read_decides_it_once(
    steady: Centre, clock: Clock, post: Posting
):
    steady.publish((ANY_CALL, WANTED))
    row = steady.call()
    post(row, event_id="second leg", kind="ended", disposition=None, ago_s=100)
    looked_at(steady)

    post(row, event_id="first leg, told late", kind="ended", disposition=None, ago_s=130)
    clock.advance(60)
    looked_at(steady)

    late = InboundEvent.everywhere.get(event_id="first leg, told late")
    assert (late.state, late.arrival) == (InboundEvent.State.PROCESSED, "late")
    assert Assignment.everywhere.get().status == Status.PENDING


# F29, recorded and played again


@pytest.mark.parametrize("signed_at_s", [-301, -3600, -86_400, 301, 600])
def test_a_recorded_event_and_one_of_the_future_are_refused(signed_at_s: float, steady: Centre, post: Posting):
    assert post(steady.call(), signed_at_s=signed_at_s).status_code == 401
    assert not InboundEvent.everywhere.exists()
    assert EventSource.everywhere.get().refused == 1


def test_one_played_again_while_its_signature_is_good_is_a_repetition(steady: Centre, post: Posting):
    row, occurred_at = steady.call(), steady.clock.now().isoformat()
    post(row, occurred_at=occurred_at)

    again = post(row, occurred_at=occurred_at, signed_at_s=-200)

    assert again.json()["repeated"]
    assert Disposition.everywhere.count() == 1


# A database that does not answer


@pytest.mark.django_db(transaction=True)
def test_while_the_table_is_locked_the_sender_is_asked_to_send_again_and_nothing_is_lost(steady: Centre, post: Posting):
    row, occurred_at = steady.call(), steady.clock.now().isoformat()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE wrapups_inboundevent IN ACCESS EXCLUSIVE MODE")
        answers: list[Any] = at_once(lambda: post(row, occurred_at=occurred_at), people=1)

    accepted = post(row, occurred_at=occurred_at)

    [refused] = answers
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert "lock" not in refused.content.decode()
    assert (accepted.status_code, accepted.json()["repeated"]) == (202, False)
