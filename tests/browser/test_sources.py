"""Sources of events in a real browser: accessible, narrow, copied, waited for; a secret that the next page has not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import EventSourceFactory, InboundEventFactory
from wrapups.models import EventSource, Organization
from wrapups.models.clock import app_now

KINDS = list(EventSource.Kind)
PAGES = ("list", "add", "rename", *KINDS)


@pytest.fixture
def known(organization: Organization) -> Organization:
    """An organization with a source of every kind, each in another state."""
    now = app_now()
    busy = EventSourceFactory(organization=organization, name="Salesforce", last_event_at=now - timedelta(seconds=13))
    InboundEventFactory.create_batch(3, organization=organization, source=busy)
    EventSourceFactory(organization=organization, name="Genesys by trigger", trigger=True)
    EventSourceFactory(
        organization=organization,
        name="Genesys by AWS",
        eventbridge=True,
        refused=12,
        last_refused_at=now - timedelta(minutes=4),
        last_refusal="The header X-Api-Key had none of this source's secrets.",
    )
    trouble = "2 of 31 queues are not told to our client: MissingPermissions (routing:queue:view)."
    EventSourceFactory(
        organization=organization,
        name="Notifications",
        listener=True,
        heard_at=now - timedelta(seconds=20),
        trouble=trouble,
    )
    EventSourceFactory(organization=organization, name="Survey of last year", enabled=False)
    return organization


def address(page: str, organization: Organization) -> str:
    if page in ("list", "add"):
        return reverse(f"source-{page}")
    kind = "webhook" if page == "rename" else page
    source = EventSource.everywhere.filter(organization=organization, kind=kind, enabled=True).first()
    return reverse("source-rename" if page == "rename" else "source-detail", args=[source.pk])


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, known: Organization, violations: Callable[..., list[str]]):
    assert violations(address(page, known)) == []


def test_axe_finds_nothing_wrong_where_nothing_is(organization, violations: Callable[..., list[str]]):
    assert violations(reverse("source-list")) == []


def test_a_source_is_added_its_secret_copied_and_on_the_next_page_gone(organization: Organization, visit: Opening):
    page = visit(reverse("source-list"), permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Add a source …").click()
    page.get_by_label("Signed webhook").check()
    page.get_by_label("Name").fill("Salesforce")
    page.get_by_role("button", name="Add the source").click()

    page.get_by_role("button", name="Copy the secret").click()
    secret = page.evaluate("navigator.clipboard.readText()")
    assert EventSource.everywhere.get(organization=organization).secrets() == [secret]

    page.get_by_role("link", name="Event sources").first.click()
    page.get_by_role("link", name="Salesforce").click()
    expect(page.get_by_role("heading", name="Set it up")).to_be_visible()
    assert secret not in page.content()


def test_a_block_is_copied_as_it_stands(known: Organization, visit: Opening):
    page = visit(address("eventbridge", known), permissions=["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Copy: wrap-ups.template.json").click()

    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#stack").text_content()


def test_waiting_for_the_first_event_turns_into_when_it_came(organization: Organization, visit: Opening):
    source = EventSourceFactory(organization=organization, name="Salesforce")
    page = visit(reverse("source-detail", args=[source.pk]))
    expect(page.get_by_text("Waiting for the first event …")).to_be_visible()

    EventSource.everywhere.filter(pk=source.pk).update(last_event_at=app_now())

    expect(page.locator("#heard").get_by_text("received")).to_be_visible()
    expect(page.locator("#heard[data-poll]")).to_have_count(0)


def test_the_keyboard_reaches_what_is_longer_than_its_frame(known: Organization, visit: Opening):
    page = visit(address("trigger", known))

    page.locator("pre[aria-label='data-action.json']").focus()

    assert page.evaluate("document.activeElement.tagName") == "PRE"
