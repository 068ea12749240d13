"""What came in, in a real browser: accessible, narrow, by keyboard, and without script."""

import json
from collections.abc import Callable, Mapping

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.domain.test_envelopes import CONVERSATION, plain
from tests.factories import DispositionFactory, EventSourceFactory, InboundEventFactory
from wrapups.models import Organization

PAGES = ("list", "set apart", "processed", "quarantined", "waiting")
REASON = "conversation_id: This is no id of a conversation: such an id is a UUID."
CUT_OFF = json.dumps(plain(conversation_id="12"), indent=2)


@pytest.fixture
def doors(organization: Organization) -> Mapping[str, str]:
    """Events in every state; and the address of each page."""
    crm = EventSourceFactory(organization=organization, name="crm")
    trigger = EventSourceFactory(organization=organization, name="Genesys endings", trigger=True)
    known = InboundEventFactory(organization=organization, source=crm, conversation_id=CONVERSATION, repeats=3)
    DispositionFactory(organization=organization, conversation_id=CONVERSATION, source="crm", notes="Told by phone")
    waiting = InboundEventFactory(organization=organization, source=trigger, waiting=True, arrival="reopened")
    InboundEventFactory(organization=organization, source=crm, dismissed=True, mismatches=1)
    for _ in range(3):
        apart = InboundEventFactory(organization=organization, source=crm, apart=True, reason=REASON, body=CUT_OFF)
    InboundEventFactory(organization=organization, source=trigger, apart=True, body="<html>" + "x" * 2000)
    for _ in range(12):
        InboundEventFactory(organization=organization, source=crm)
    return {
        "list": reverse("event-list"),
        "set apart": f"{reverse('event-list')}?state=quarantined",
        "processed": reverse("event-detail", args=[known.pk]),
        "quarantined": reverse("event-detail", args=[apart.pk]),
        "waiting": reverse("event-detail", args=[waiting.pk]),
    }


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, doors: Mapping[str, str], violations: Callable[..., list[str]]):
    assert violations(doors[page]) == []


def test_axe_finds_nothing_wrong_where_nothing_is(organization: Organization, violations: Callable[..., list[str]]):
    assert violations(reverse("event-list")) == []
    assert violations(reverse("event-list") + "?state=quarantined") == []


def test_the_keyboard_reaches_what_came_in(doors: Mapping[str, str], visit: Opening):
    page = visit(reverse("overview"))

    page.keyboard.press("g")
    page.keyboard.press("i")

    expect(page.get_by_role("heading", name="Intake", exact=True)).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_an_event_is_found_mended_and_taken_in(script: bool, doors: Mapping[str, str], visit: Opening):
    page = visit(doors["list"], java_script_enabled=script)
    page.get_by_role("navigation", name="State").get_by_role("link", name="Set apart").click()
    expect(page.get_by_role("heading", name="One by one")).to_be_visible()
    page.get_by_role("table", name="Events, newest first").get_by_role("link").nth(1).click()

    page.get_by_label("What it should have said").fill(json.dumps(plain(kind="started")))
    page.get_by_role("button", name="Mend and take in").click()
    expect(page.get_by_text("kind: Choose one of ended, coded, disposition.")).to_be_visible()

    page.get_by_label("What it should have said").fill(json.dumps(plain()))
    page.get_by_role("button", name="Mend and take in").click()
    expect(page.get_by_role("heading", name="As mended")).to_be_visible()


def test_a_group_is_dismissed_with_a_reason(doors: Mapping[str, str], visit: Opening):
    page = visit(doors["set apart"])

    page.get_by_text("Dismiss …").first.click()
    page.get_by_role("textbox", name="Reason").fill("A test of theirs")
    page.get_by_role("button", name="Dismiss 3").click()

    expect(page.get_by_text("3 dismissed.")).to_be_visible()
