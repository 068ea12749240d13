"""The door where outside systems post events: who gets in, what is answered, and what costs no work."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.views.events import LARGEST
from tests.domain.test_envelopes import eventbridge, plain, trigger
from tests.factories import EventSourceFactory, InboundEventFactory
from wrapups.domain.signing import TOLERANCE_S, sign
from wrapups.models import Disposition, EventSource, InboundEvent
from wrapups.models.clock import app_now

SECRET = "the secret"
BODY = json.dumps(plain()).encode()
GENERIC = {"detail": "The sender did not prove itself."}


@pytest.fixture
def webhook(db) -> EventSource:
    return EventSourceFactory()


def post(source: EventSource, raw: bytes = BODY, *, headers: Mapping[str, str] | None = None, **extra: Any) -> Any:
    """Post to a source's address; without `headers` as a webhook that signs."""
    signed = {"Wrapups-Signature": sign([SECRET], raw, at=app_now())} if headers is None else headers
    return Client(enforce_csrf_checks=True).generic(
        "POST", f"/events/{source.key}", raw, "application/json", headers=signed, **extra
    )


def refusals(source: EventSource) -> tuple[int, str]:
    source.refresh_from_db()
    return source.refused, source.last_refusal


def test_a_signed_event_is_answered_when_it_is_stored(webhook: EventSource):
    response = post(webhook)

    event = InboundEvent.everywhere.get()
    assert (response.status_code, response.json()) == (
        202,
        {"event": event.pk, "state": "processed", "repeated": False, "reason": ""},
    )


def test_the_same_event_again_is_answered_as_before(webhook: EventSource):
    first = post(webhook).json()

    response = post(webhook)

    assert (response.status_code, response.json()) == (202, first | {"repeated": True})


@pytest.mark.parametrize(
    ("kind", "header", "body"),
    [
        ("trigger", {"Authorization": f"Bearer {SECRET}"}, trigger()),
        ("trigger", {"Authorization": f"bearer {SECRET}"}, trigger()),
        ("eventbridge", {"X-Api-Key": SECRET}, eventbridge()),
    ],
)
def test_what_cannot_sign_proves_itself_by_a_header(kind: str, header: Mapping[str, str], body: Any, db):
    response = post(EventSourceFactory(kind=kind), json.dumps(body).encode(), headers=header)

    assert (response.status_code, response.json()["state"]) == (202, "received")


def test_a_source_has_two_secrets_while_its_sender_changes_over(webhook: EventSource):
    webhook.replace_secret("the new one")
    webhook.save()

    for number, secret in enumerate(("the new one", SECRET)):
        raw = json.dumps(plain(event_id=str(number))).encode()
        assert post(webhook, raw, headers={"Wrapups-Signature": sign([secret], raw, at=app_now())}).status_code == 202


def at(off_s: float, *, secret: str = SECRET, raw: bytes = BODY) -> Mapping[str, str]:
    return {"Wrapups-Signature": sign([secret], raw, at=app_now() + timedelta(seconds=off_s))}


UNPROVED: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "no signature": dict,
    "another secret": lambda: at(0, secret="guessed"),
    "other bytes": lambda: at(0, raw=b"{}"),
    "too old": lambda: at(-TOLERANCE_S - 2),
    "of the future": lambda: at(600),
    "not a time": lambda: {"Wrapups-Signature": "t=noon,v1=" + "0" * 64},
    "a scheme that is none": lambda: {"Wrapups-Signature": at(0)["Wrapups-Signature"].replace("v1", "v0")},
    "a short one": lambda: {"Wrapups-Signature": at(0)["Wrapups-Signature"][:-1]},
    "two times": lambda: {"Wrapups-Signature": "t=1," + at(0)["Wrapups-Signature"]},
    "a huge one": lambda: {"Wrapups-Signature": "t=1,v1=" + "0" * 60_000},
    "not even text": lambda: {"Wrapups-Signature": "t=\xff,v1=\xff"},
    "the secret itself": lambda: {"Authorization": f"Bearer {SECRET}", "X-Api-Key": SECRET},
}


@pytest.mark.parametrize("how", UNPROVED)
def test_who_proves_nothing_is_told_nothing_and_counted(how: str, webhook: EventSource):
    response = post(webhook, headers=UNPROVED[how]())

    count, said = refusals(webhook)
    assert (response.status_code, response.json()) == (401, GENERIC)
    assert not InboundEvent.everywhere.exists()
    assert count == 1
    assert said
    assert webhook.last_refused_at is not None


@pytest.mark.parametrize("kind", ["trigger", "eventbridge"])
@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer ", "X-Api-Key": ""},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": "Bearer guess", "X-Api-Key": "guess"},
        {"Authorization": "Bearer \xe9", "X-Api-Key": "\xe9"},
        {"Authorization": f"Bearer {SECRET}x", "X-Api-Key": f"{SECRET}x"},
    ],
)
def test_a_header_without_the_secret_proves_nothing(kind: str, header: Mapping[str, str], db):
    source = EventSourceFactory(kind=kind)

    assert post(source, headers=header).status_code == 401
    assert refusals(source)[0] == 1


def test_a_refusal_keeps_nothing_of_what_was_sent(db):
    source = EventSourceFactory(trigger=True)

    post(source, headers={"Authorization": "Bearer almost-the-secret"})

    assert "almost" not in refusals(source)[1]


def test_a_source_without_a_secret_lets_nobody_in(db):
    source = EventSourceFactory(trigger=True, secret_sealed="")

    assert post(source, headers={"Authorization": "Bearer "}).status_code == 401


def test_json_written_anew_on_its_way_is_not_what_was_signed(webhook: EventSource):
    signed = {"Wrapups-Signature": sign([SECRET], BODY, at=app_now())}

    assert post(webhook, json.dumps(plain(), indent=1).encode(), headers=signed).status_code == 401


def test_the_charset_that_a_header_claims_changes_nothing(webhook: EventSource):
    raw = json.dumps(plain(notes="Größe"), ensure_ascii=False).encode()

    post(webhook, raw, CONTENT_TYPE="application/json; charset=utf-16")

    assert Disposition.everywhere.get().notes == "Größe"


def test_nobody_is_at_an_address_that_is_none(db):
    assert Client().post("/events/nobody", {}, "application/json").status_code == 404


def test_a_listener_has_no_address(db):
    assert post(EventSourceFactory(listener=True)).status_code == 404


def test_a_source_that_is_switched_off_takes_nothing_in(webhook: EventSource):
    EventSource.everywhere.update(enabled=False)

    assert post(webhook).status_code == 403
    assert not InboundEvent.everywhere.exists()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_door_is_posted_to_and_nothing_else(method: str, webhook: EventSource, client: Client):
    assert client.generic(method, f"/events/{webhook.key}").status_code == 405


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({"CONTENT_LENGTH": str(LARGEST + 1)}, 413),
        ({"CONTENT_LENGTH": "9" * 400}, 413),
        ({"CONTENT_LENGTH": ""}, 411),
        ({"CONTENT_LENGTH": "-1"}, 411),
        ({"HTTP_CONTENT_ENCODING": "gzip"}, 415),
        ({"HTTP_CONTENT_ENCODING": "br"}, 415),
    ],
)
def test_what_is_too_large_or_packed_is_refused_before_any_work(extra: dict[str, str], status: int, webhook):
    with CaptureQueriesContext(connection) as queries:
        response = post(webhook, headers={}, **extra)

    assert response.status_code == status
    assert len(queries) == 0


def test_the_largest_body_that_is_taken_is_taken(webhook: EventSource):
    raw = b" " * (LARGEST - len(BODY)) + BODY

    assert post(webhook, raw).json()["state"] == "processed"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a":' * 50_000, "More than 8"),
        (b"[" * LARGEST, "More than 8"),
        (b'{"a": NaN}', "no finite number"),
        (b'{"a": 1e999}', "no finite number"),
        (b'{"a": %s}' % (b"9" * 5_000), "no finite number"),
        (b'{"a": 9223372036854775808}', "64 bits"),
        (b'{"event_id": "a", "event_id": "b"}', "given twice"),
        (b'{"event_id": "\\ud800"}', "surrogate"),
        (b'{"event_id": "\\u0000"}', "NUL"),
        (b"\x00\xff", "not UTF-8"),
        (b"<html>", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_what_proves_itself_and_cannot_be_read_is_kept_apart_and_not_asked_for_again(
    raw: bytes, reason: str, webhook: EventSource
):
    response = post(webhook, raw, CONTENT_LENGTH=str(len(raw)))

    assert (response.status_code, response.json()["state"]) == (202, "quarantined")
    assert reason in response.json()["reason"]
    assert InboundEvent.everywhere.get().state == InboundEvent.State.QUARANTINED


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"conversation_id": "12"}, "conversation_id"),
        ({"conversation_id": "..%2f..%2fusers"}, "conversation_id"),
        ({"conversation_id": "x" * 10_240}, "conversation_id"),
        ({"occurred_at": 1.0}, "occurred_at"),
        ({"occurred_at": True}, "occurred_at"),
        ({"event_id": -1}, "event_id"),
    ],
)
def test_what_is_wrong_is_answered_by_the_field(changed: dict[str, Any], where: str, webhook: EventSource):
    response = post(webhook, json.dumps(plain(**changed)).encode())

    assert response.json()["reason"].startswith(f"{where}: ")


def test_the_id_of_a_conversation_may_be_in_capitals(webhook: EventSource):
    said = plain()

    post(webhook, json.dumps(said | {"conversation_id": said["conversation_id"].upper()}).encode())

    assert Disposition.everywhere.get().conversation_id == said["conversation_id"]


def test_another_body_under_the_same_id_is_refused(webhook: EventSource):
    post(webhook)

    response = post(webhook, json.dumps(plain(disposition="OTHER")).encode())

    assert response.status_code == 409
    assert Disposition.everywhere.get().code == "REF-OK"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200), signed=st.booleans(), header=st.text(st.characters(codec="latin-1"), max_size=90))
def test_no_bytes_and_no_header_make_the_door_fail(raw: bytes, signed: bool, header: str, webhook: EventSource):
    headers = None if signed else {"Wrapups-Signature": header}

    assert post(webhook, raw, headers=headers, CONTENT_LENGTH=str(len(raw))).status_code in (202, 401)


def test_a_wrong_post_costs_three_statements_and_reveals_none_of_our_pages(webhook: EventSource):
    with CaptureQueriesContext(connection) as queries:
        response = post(webhook, headers={"Wrapups-Signature": "t=1,v1=" + "0" * 64})

    assert len(queries) <= 3
    assert response["Content-Type"] == "application/json"


# More than a person can see to


@pytest.fixture
def full(webhook: EventSource, settings) -> EventSource:
    """A source of which as many events are set apart as may be: one."""
    settings.MOST_SET_APART = 1
    InboundEventFactory(organization=webhook.organization, source=webhook, apart=True)
    return webhook


def test_what_cannot_be_read_is_set_apart_up_to_the_limit_of_its_source(webhook: EventSource, settings):
    settings.MOST_SET_APART = 2

    statuses = [post(webhook, f'{{"number": {number}}}'.encode()).status_code for number in range(3)]

    assert statuses == [202, 202, 503]
    assert InboundEvent.everywhere.filter(state="quarantined").count() == 2


def test_whoever_is_turned_away_is_told_why_and_when_to_come_again_and_is_counted(full: EventSource):
    response = post(full, b'{"kind": "ended"}')

    full.refresh_from_db()
    assert (response.status_code, response["Retry-After"]) == (503, "300")
    assert "event_id" in response.json()["detail"]
    assert "send it later" in response.json()["detail"]
    assert (full.turned_away, full.turned_away_at is not None) == (1, True)


def test_what_can_be_read_goes_on_coming_in_and_so_does_what_is_known(full: EventSource, settings):
    bad = b'{"kind": "coded"}'
    settings.MOST_SET_APART = 2
    post(full, bad)

    assert (post(full).status_code, post(full, bad).json()["repeated"]) == (202, True)


def test_one_source_s_flood_turns_no_other_away(full: EventSource):
    other = EventSourceFactory(organization=full.organization)

    assert post(other, b"{}").status_code == 202


def test_when_a_person_has_seen_to_one_there_is_room_for_another(full: EventSource):
    InboundEvent.everywhere.update(state=InboundEvent.State.DISMISSED)

    assert post(full, b"{}").status_code == 202
