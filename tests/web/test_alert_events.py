"""Past alerts: what stood from when to when, who was told, and an address for each filter."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.queries import alert_events
from tests.factories import AlertChannelFactory, AlertDeliveryFactory, AlertEventFactory
from wrapups.domain.alerting import Condition
from wrapups.models import AlertDelivery, AlertEvent, Organization

PAST = "alert-event-list"


def page(client: Client, query: str = "") -> str:
    return client.get(reverse(PAST) + query).content.decode()


def listed(client: Client, query: str = "") -> list[AlertEvent]:
    rows: list[Any] = client.get(reverse(PAST) + query).context["page"].rows
    return [each.row.event for each in rows]


def test_before_the_first_alert_it_says_what_would_be_here(admin: Client):
    assert "There was no alert yet" in page(admin)


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_everybody_sees_what_there_was_how_long_it_lasted_and_who_was_told(organization, sign_in, role: str):
    event = AlertEventFactory(organization=organization, over=True)
    told = {"organization": organization, "event": event}
    night, slack = (AlertChannelFactory(organization=organization, name=name) for name in ("Night", "Slack"))
    AlertDeliveryFactory(**told, channel=night, sent=True)
    AlertDeliveryFactory(**told, channel=night, what=AlertDelivery.What.OVER, sent=True)
    AlertDeliveryFactory(**told, channel=slack, given_up=True)
    client = sign_in(role)

    [shown] = client.get(reverse(PAST)).context["page"].rows
    text = page(client)

    assert [
        (each.channel.name, [(row.delivery.what, row.standing.word) for row in each.tellings]) for each in shown.told
    ] == [("Night", [("raised", "sent"), ("over", "sent")]), ("Slack", [("raised", "given up")])]
    assert all(words in text for words in ("were paused by Mara Lindqvist", "after 9 min", "that it is over:"))
    assert reverse(PAST) in client.get(reverse("alert-list")).content.decode()


def test_what_stands_is_there_too_and_says_when_nobody_was_told(organization, admin: Client):
    AlertEventFactory(organization=organization)

    text = page(admin)

    assert "still so</span>" in text
    assert "nobody</span>" in text


def test_every_filter_has_an_address(organization: Organization, admin: Client):
    stands, over, other = (
        AlertEventFactory(organization=organization, condition=condition, **how)
        for condition, how in ((Condition.HELD, {}), (Condition.HELD, {"over": True}), (Condition.REFUSED, {}))
    )
    AlertEventFactory()

    found = {query: listed(admin, query) for query in ("", "?condition=held", "?state=over", "?state=standing")}

    assert found == {
        "": [other, over, stands],
        "?condition=held": [over, stands],
        "?state=over": [over],
        "?state=standing": [other, stands],
    }
    assert listed(admin, "?condition=held&state=standing") == [stands]
    assert "Nothing matches" in page(admin, "?condition=catalogue")


@pytest.mark.parametrize("query", ["?condition=no-such", "?state=no-such"])
def test_a_filter_that_is_none_is_said_and_narrows_nothing(organization, admin: Client, query: str):
    event = AlertEventFactory(organization=organization)

    assert listed(admin, query) == [event]
    assert "field-error" in page(admin, query)


def test_older_ones_are_a_page_further_in_the_same_filter(organization, admin: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(alert_events, "PAGE_SIZE", 2)
    third, second, first = reversed(AlertEventFactory.create_batch(3, organization=organization, over=True))

    text = page(admin, "?condition=held")

    assert listed(admin, "?condition=held") == [third, second]
    assert f"condition=held&amp;before={second.pk}" in text
    assert listed(admin, f"?condition=held&before={second.pk}") == [first]


def test_it_costs_the_same_however_much_was_told(organization, admin, django_assert_max_num_queries):
    channels = AlertChannelFactory.create_batch(4, organization=organization)
    for event in AlertEventFactory.create_batch(30, organization=organization, over=True):
        for channel in channels:
            AlertDeliveryFactory(organization=organization, channel=channel, event=event, sent=True)

    with django_assert_max_num_queries(15):
        text = page(admin)

    assert text.count('class="alert-told"') == alert_events.PAGE_SIZE
