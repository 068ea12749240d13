"""The pages of what came in: the list of events, one of them, and what people do with those set apart."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.queries.inbound import EventFilter, event_page
from tests.domain.test_envelopes import CONVERSATION, plain
from tests.factories import (
    ConversationFactory,
    DispositionFactory,
    EventSourceFactory,
    InboundEventFactory,
    OrganizationFactory,
)
from wrapups.domain.roles import Role
from wrapups.models import Act, Disposition, InboundEvent, Organization
from wrapups.models.clock import app_now

State = InboundEvent.State
MANY = 60
PAGE_QUERIES = 4
SPECIAL = "<script>alert(1)</script>"

Making = Callable[..., InboundEvent]


@pytest.fixture
def event(organization: Organization) -> Making:
    """Make an event of the organization's one source."""
    source = EventSourceFactory(organization=organization, name="crm")

    def made(**columns: Any) -> InboundEvent:
        found: InboundEvent = InboundEventFactory(**{"organization": organization, "source": source} | columns)
        return found

    return made


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def listed(client: Client, **asked: Any) -> str:
    return text(client.get(reverse("event-list"), asked))


def group(event: InboundEvent, **more: Any) -> dict[str, Any]:
    return {"reason": event.reason, "up_to": event.pk} | more


def test_without_events_the_page_says_who_may_send_some(admin: Client):
    assert "No event has come in yet" in listed(admin)


def test_the_list_shows_what_each_event_tells_and_how_it_came(admin: Client, event: Making):
    known = event(repeats=2, arrival="late", mismatches=1)
    event(apart=True)

    page = listed(admin)

    assert "a disposition" in page
    assert known.conversation_id in page
    assert "repeated 2 times, altered 1 time, out of order" in page
    assert "kind: This field is missing." in page
    assert "2 repetitions, 1 out of order, 0 after an end already known, 1 altered and refused" in page


def test_what_has_been_set_apart_for_long_is_named_and_kept(admin: Client, event: Making):
    young = event(apart=True, received_at=app_now() - timedelta(days=29))
    assert "more than 30 days ago" not in listed(admin, state="quarantined")

    InboundEvent.everywhere.filter(pk=young.pk).update(received_at=app_now() - timedelta(days=31))

    assert "more than 30 days ago" in listed(admin, state="quarantined")


@pytest.mark.parametrize("role", Role)
def test_everybody_with_a_role_may_look(role: Role, sign_in: Callable[..., Client], event: Making):
    apart = event(apart=True)

    assert sign_in(role).get(reverse("event-list")).status_code == 200
    assert sign_in(role).get(reverse("event-detail", args=[apart.pk])).status_code == 200


def test_who_may_not_change_anything_is_offered_nothing_and_told_who_may(sign_in: Callable[..., Client], event: Making):
    apart, supervisor = event(apart=True), sign_in(Role.SUPERVISOR)

    page = text(supervisor.get(reverse("event-detail", args=[apart.pk])))

    assert "Mend and take in" not in page
    assert "role admin or ops" in page
    assert "Replay" not in listed(supervisor, state="quarantined")


@pytest.mark.parametrize("asked", [EventFilter(), EventFilter(state="quarantined")])
def test_a_long_list_comes_in_pages_at_the_same_cost(asked: EventFilter, event: Making, organization: Organization):
    for _ in range(MANY):
        event(apart=True)

    with CaptureQueriesContext(connection) as queries:
        page = event_page(asked, organization)
        shown = [(row.marks, row.event.sender) for row in page.rows]

    assert len(shown) == 50
    assert page.older
    assert len(queries) <= PAGE_QUERIES


def test_the_next_page_goes_on_where_the_first_ended(admin: Client, event: Making):
    events = [event() for _ in range(MANY)]

    page = listed(admin, before=events[10].pk)

    assert page.count("row-link") == 10
    assert 'rel="prev"' in page


@pytest.mark.parametrize("place", ["x", "-1", "9" * 30, "٣"])
def test_a_place_that_is_none_is_the_top(place: str, admin: Client, event: Making):
    event()

    assert listed(admin, before=place).count("row-link") == 1


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"state": "quarantined"}, 1),
        ({"state": "processed"}, 2),
        ({"q": CONVERSATION.upper()}, 1),
        ({"state": "dismissed"}, 0),
        ({"state": "quarantined", "q": CONVERSATION}, 0),
        ({"state": "nonsense"}, 3),
        ({"source": "0"}, 3),
        ({"source": "'; DROP TABLE"}, 3),
    ],
)
def test_a_filter_narrows_and_nonsense_does_not(asked: dict[str, str], count: int, admin: Client, event: Making):
    event(apart=True)
    event(conversation_id=CONVERSATION)
    event()

    assert listed(admin, **asked).count("row-link") == count


def test_the_events_of_one_source(admin: Client, event: Making, organization: Organization):
    event()
    other = EventSourceFactory(organization=organization, name="survey")
    event(source=other)

    assert listed(admin, source=other.pk).count("row-link") == 1


def test_htmx_gets_the_list_alone(admin: Client, event: Making):
    event()

    page = text(admin.get(reverse("event-list"), headers={"HX-Request": "true"}))

    assert page.startswith('<div id="events">')


def test_what_belongs_to_others_is_not_listed(admin: Client):
    InboundEventFactory(organization=OrganizationFactory())

    assert "No event has come in yet" in listed(admin)


def test_what_was_set_apart_is_grouped_by_its_reason(admin: Client, event: Making):
    for reason in ("One.", "One.", "Two."):
        event(apart=True, reason=reason)

    page = listed(admin, state="quarantined")

    assert page.index("Replay 2") < page.index("Replay 1")


def test_an_event_shows_what_came_and_what_was_said(admin: Client, event: Making, organization: Organization):
    shown = event(conversation_id=CONVERSATION)
    DispositionFactory(organization=organization, conversation_id=CONVERSATION, code="REF-OK", source="crm")
    ConversationFactory(organization=organization, conversation_id=CONVERSATION)

    page = text(admin.get(reverse("event-detail", args=[shown.pk])))

    assert "&quot;disposition&quot;: &quot;REF-OK&quot;" in page
    assert "What is said about the conversation" in page
    assert "Mend and take in" not in page


@pytest.mark.parametrize(("trait", "polls"), [("waiting", True), ("apart", False)])
def test_only_an_event_that_still_moves_asks_for_itself_again(trait: str, polls: bool, admin: Client, event: Making):
    page = text(admin.get(reverse("event-detail", args=[event(**{trait: True}).pk])))

    assert ("data-poll" in page) is polls


def test_whatever_came_is_shown_as_text(admin: Client, event: Making):
    shown = event(apart=True, body=SPECIAL, reason=SPECIAL)

    pages = text(admin.get(reverse("event-detail", args=[shown.pk]))) + listed(admin, state="quarantined")

    assert SPECIAL not in pages
    assert "&lt;script&gt;" in pages


def test_a_mended_event_is_taken_in(admin: Client, event: Making):
    apart = event(apart=True)

    response = admin.post(reverse("event-mend", args=[apart.pk]), {"body": json.dumps(plain())}, follow=True)

    assert "is mended and taken in" in text(response)
    assert "As mended" in text(response)
    assert Disposition.everywhere.get().conversation_id == CONVERSATION


def test_what_cannot_be_mended_so_keeps_what_was_typed_with_the_error_at_the_field(admin: Client, event: Making):
    apart = event(apart=True)
    typed = json.dumps(plain(kind="started"))

    response = admin.post(reverse("event-mend", args=[apart.pk]), {"body": typed})

    page = text(response)
    assert response.status_code == 200
    assert "kind: Choose one of ended, coded, disposition." in page
    assert "started" in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("body", ["", "\x00", "x" * 300_000])
def test_a_text_that_no_event_can_have_is_refused_at_the_field(body: str, admin: Client, event: Making):
    apart = event(apart=True)

    response = admin.post(reverse("event-mend", args=[apart.pk]), {"body": body})

    assert response.status_code == 200
    assert "field-error" in text(response)


def test_a_replayed_event_says_how_it_went(admin: Client, event: Making):
    bad, good = event(apart=True), event()

    said = [text(admin.post(reverse("event-replay", args=[each.pk]), follow=True)) for each in (bad, good)]

    assert "still cannot be read" in said[0]
    assert "is taken in again" in said[1]


def test_what_waits_cannot_be_replayed_and_says_so(admin: Client, event: Making):
    waiting = event(waiting=True)

    assert "still waits" in text(admin.post(reverse("event-replay", args=[waiting.pk]), follow=True))


def test_dismissing_asks_for_a_reason(admin: Client, event: Making):
    apart = event(apart=True)
    address = reverse("event-dismiss", args=[apart.pk])

    said = [text(admin.post(address, {"reason": reason}, follow=True)) for reason in ("", "A test of theirs")]

    apart.refresh_from_db()
    assert "Say why it is not wanted." in said[0]
    assert "is dismissed" in said[1]
    assert apart.state == State.DISMISSED
    assert "A test of theirs" in Act.objects.get().reason


def test_a_group_is_replayed_and_dismissed_as_it_was_seen(admin: Client, event: Making):
    seen, later = event(apart=True), event(apart=True)

    said = [
        text(admin.post(reverse(name), group(seen, because="Tests"), follow=True))
        for name in ("event-replay-group", "event-dismiss-group")
    ]

    seen.refresh_from_db()
    later.refresh_from_db()
    assert "0 taken in, 1 still cannot be read." in said[0]
    assert "1 dismissed." in said[1]
    assert (seen.state, later.state) == (State.DISMISSED, State.QUARANTINED)


def test_dismissing_a_group_asks_for_a_reason(admin: Client, event: Making):
    apart = event(apart=True)

    page = text(admin.post(reverse("event-dismiss-group"), group(apart), follow=True))

    apart.refresh_from_db()
    assert "Say why they are not wanted." in page
    assert apart.state == State.QUARANTINED


@pytest.mark.parametrize("up_to", ["", "x", "0", "9" * 30])
@pytest.mark.parametrize("name", ["event-replay-group", "event-dismiss-group"])
def test_a_group_that_no_page_showed_is_refused(name: str, up_to: str, admin: Client):
    assert admin.post(reverse(name), {"reason": "One.", "up_to": up_to}).status_code == 400


def test_another_organizations_group_is_nobodys(admin: Client):
    foreign = InboundEventFactory(organization=OrganizationFactory(), apart=True)

    admin.post(reverse("event-dismiss-group"), group(foreign, because="Mine now"))

    foreign.refresh_from_db()
    assert foreign.state == State.QUARANTINED
