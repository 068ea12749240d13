"""Webhooks in a real browser: accessible, within the content policy, narrow, by keyboard."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import AssignmentFactory, DeliveryFactory, NoticeFactory, SubscriptionFactory
from wrapups.models import Notice, Organization, Subscription

PAGES = (
    "subscription-list",
    "subscription-add",
    "subscription-detail",
    "subscription-change",
    "subscription-secret",
    "subscription-remove",
    "notice-detail",
)


@pytest.fixture
def told(organization: Organization) -> Notice:
    """One of three webhooks has been told this and that, and the newest was given up."""
    SubscriptionFactory(organization=organization, name="Data warehouse", paused=True, events=["verified"])
    SubscriptionFactory(organization=organization, name="Workforce planning", held=True, events=["overridden"])
    subscription = SubscriptionFactory(
        organization=organization,
        name="Customer records",
        url="https://hooks.customer-records.example.com/a/rather/long/path/into/the/wrap-up/collector",
        failures=2,
        old_secret_sealed="an old one",
    )
    for how in ({}, {"told": True}, {"told": True}, {"given_up": True}):
        failed = AssignmentFactory(organization=organization)
        notice: Notice = NoticeFactory(
            organization=organization, subscription=subscription, assignment=failed, event="failed", **how
        )
        for n in range(notice.tries // 8 + 1):
            DeliveryFactory(organization=organization, notice=notice, failed=n % 3 != 2)
    return notice


def address(page: str, told: Notice) -> str:
    of = {"notice-detail": [told.pk], "subscription-list": [], "subscription-add": []}
    return reverse(page, args=of.get(page, [told.subscription.pk]))


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, told: Notice, violations: Callable[..., list[str]]):
    assert violations(address(page, told)) == []


def test_axe_finds_nothing_wrong_where_nothing_is(organization, violations: Callable[..., list[str]]):
    assert violations(reverse("subscription-list")) == []


def test_a_webhook_is_added_its_secret_read_once_and_a_test_sent(organization, settings, visit: Opening):
    page = visit(reverse("subscription-list"))
    page.get_by_role("link", name="New webhook …").click()
    page.get_by_label("Name").fill("Customer records")
    page.get_by_label("Address").fill("http://hooks.example.com")
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.get_by_role("alert").filter(has_text="begin with https://")).to_be_visible()
    page.get_by_label("Address").fill("https://hooks.example.com/wrapups")
    page.get_by_role("button", name="Add the webhook").click()
    secret = page.locator(".secret code").inner_text()
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("button", name="Send a test").click()

    expect(page.get_by_text("waiting", exact=True)).to_be_visible()
    subscription = Subscription.everywhere.get(organization=organization)
    assert subscription.secrets() == [secret]
    Notice.everywhere.filter(subscription=subscription).update(state="told", finished_at="2026-01-01T00:00:00Z")
    expect(page.get_by_text("delivered", exact=True)).to_be_visible()


def test_the_log_narrows_without_leaving_the_page(told: Notice, visit: Opening):
    page = visit(address("subscription-detail", told))

    page.get_by_role("link", name="Given up").click()

    expect(page.locator("#log tbody tr")).to_have_count(1)
    assert page.url.endswith("?state=given_up")
