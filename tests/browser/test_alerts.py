"""Alerts in a real browser: a channel is added, tried and muted by hand; accessible, narrow, and in the dark."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import AlertChannelFactory, AlertDeliveryFactory, AlertEventFactory
from wrapups.domain.alerting import Condition
from wrapups.models import AlertChannel, AlertDelivery


@pytest.fixture
def told(organization) -> AlertChannel:
    """A channel that was told this and that, while something stands."""
    AlertChannelFactory(organization=organization, name="#wrapups", slack=True, quiet_days=[5, 6])
    channel: AlertChannel = AlertChannelFactory(organization=organization, name="Night shift")
    standing = AlertEventFactory(organization=organization, urgent=True)
    over = AlertEventFactory(organization=organization, condition=Condition.REFUSED, over=True)
    AlertDeliveryFactory(organization=organization, channel=channel, event=over, sent=True)
    AlertDeliveryFactory(organization=organization, channel=channel, event=over, what="over", given_up=True)
    AlertDeliveryFactory(organization=organization, channel=channel, event=standing, sent=True)
    return channel


@pytest.mark.parametrize("page", ["list", "channel", "form", "rule", "past"])
def test_axe_finds_nothing_wrong(page: str, told: AlertChannel, violations: Callable[..., list[str]]):
    addresses = {
        "list": reverse("alert-list"),
        "channel": reverse("alert-channel-detail", args=[told.pk]),
        "form": reverse("alert-channel-add", args=["slack"]),
        "rule": reverse("alert-rule-change", args=["no_events"]),
        "past": reverse("alert-event-list"),
    }

    assert violations(addresses[page]) == []


def test_a_channel_is_added_tried_and_muted(organization, settings, visit: Opening):
    settings.EMAIL_URL = "smtp://mail.example.com"
    page = visit(reverse("alert-list"))
    page.get_by_role("link", name="New e-mail channel …").click()
    page.get_by_label("Name").fill("Night shift")
    page.get_by_label("E-mail addresses").fill("ops@example")
    page.get_by_role("button", name="Add the channel").click()
    expect(page.get_by_role("alert").filter(has_text="ops@example is not an e-mail address")).to_be_visible()
    page.get_by_label("E-mail addresses").fill("ops@example.org")
    page.get_by_role("button", name="Add the channel").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#log").get_by_text("waiting", exact=True)).to_be_visible()
    AlertDelivery.everywhere.update(state="sent", tries=1, finished_at=datetime.now(UTC))
    expect(page.locator("#log").get_by_text("sent", exact=True)).to_be_visible()
    page.get_by_label("For", exact=True).select_option("8 hours")
    page.get_by_role("button", name="Mute").click()

    expect(page.get_by_role("button", name="Tell it again")).to_be_visible()
    channel = AlertChannel.everywhere.get(organization=organization)
    assert channel.addresses == ["ops@example.org"]
    assert channel.muted_until is not None
