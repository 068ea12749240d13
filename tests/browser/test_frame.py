"""The frame and its pages in a real browser: accessible, within the content policy, by keyboard, narrow, scriptless."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import (
    ActFactory,
    AgentFactory,
    AssignmentFactory,
    CommunicationFactory,
    DivisionFactory,
    MembershipFactory,
    QueueWrapupCodeFactory,
    SweepFactory,
)
from wrapups.models import CallBudget, CallTally, Organization, Queue
from wrapups.services import pausing
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import Purpose, take_call

PAGES = (
    "overview",
    "history-list",
    "history-changes",
    "catalogue-queues",
    "catalogue-queue",
    "catalogue-codes",
    "catalogue-agents",
    "catalogue-divisions",
    "help",
    "account",
    "change-password",
)


@pytest.fixture
def centre(organization: Organization) -> Organization:
    """An organization with something on each page: outcomes, failures, calls, a pause, a history, a catalogue."""
    now = timezone.now()
    for hours, state in enumerate(("verified", "failed", "conflict", "skipped", "verified")):
        communication = CommunicationFactory(organization=organization, ended_at=now - timedelta(hours=hours))
        timed_out = "ININ-WRAP-UP-TIMEOUT"
        AssignmentFactory(
            organization=organization, communication=communication, found_code_id=timed_out, **{state: True}
        )
    CallBudget.objects.filter(organization=organization).update(tokens=8)
    take_call(organization.pk, purpose=Purpose(CallTally.Use.WRITE, waited_s=3_700))
    SweepFactory(organization=organization)
    SweepFactory(organization=organization, kind="catalogue", problem="Genesys Cloud answered 403.")
    QueueWrapupCodeFactory(organization=organization, queue__gone=True)
    QueueWrapupCodeFactory(organization=organization)
    AgentFactory(organization=organization)
    DivisionFactory(organization=organization, gone=True)
    pausing.hold(organization, actor=Actor(ActFactory(organization=organization).person), reason="maintenance")
    return organization


def address(page: str, organization: Organization) -> str:
    queue = page == "catalogue-queue"
    return reverse(page, args=[Queue.objects.of(organization).first().pk] if queue else [])


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, centre: Organization, violations: Callable[..., list[str]]):
    assert violations(address(page, centre)) == []


@pytest.mark.parametrize("page", ["overview", "history-list", "history-changes", "catalogue-queues"])
def test_axe_finds_nothing_wrong_where_nothing_is(page: str, organization, violations: Callable[..., list[str]]):
    assert violations(reverse(page)) == []


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere"])
def test_axe_finds_nothing_wrong_outside(path: str, violations: Callable[..., list[str]]):
    assert violations(path, role=None, awaited="404 (Not Found)") == []


def test_the_keyboard_reaches_search_areas_and_help(organization, visit: Opening):
    page = visit(reverse("overview"))

    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile(r"/catalogue/queues$"))


def test_j_and_enter_open_the_next_row(centre, visit: Opening):
    page = visit(reverse("catalogue-queues"))

    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/catalogue/queues/\d+$"))


def test_the_theme_changes_in_place_so_that_nothing_typed_is_lost(organization, visit: Opening):
    page = visit(reverse("catalogue-queues"))
    page.locator("#search").fill("half an id")

    page.get_by_label(re.compile("^You:")).click()
    page.get_by_role("button", name="Dark", exact=True).click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#search")).to_have_value("half an id")


def test_typing_a_name_narrows_the_list_and_the_address_follows(centre, visit: Opening):
    page = visit(reverse("catalogue-queues"))

    page.locator("#filter-q").fill("no such queue")

    expect(page.get_by_text("Nothing matches")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=no\+such\+queue|q=no%20such%20queue"))
    page.go_back()
    expect(page.locator("#catalogue tbody tr")).to_have_count(2)


def test_the_overview_keeps_itself_up_to_date_without_loading_again(organization, visit: Opening):
    page = visit(reverse("overview"))
    expect(page.get_by_text("Nothing. Every assignment is done")).to_be_visible()

    AssignmentFactory(organization=organization, failed=True)

    expect(page.get_by_text("will not go on by themselves")).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("scripted", [True, False])
def test_calls_are_paused_with_a_reason_with_and_without_script(scripted: bool, organization, visit: Opening):
    page = visit(reverse("overview"), java_script_enabled=scripted)

    page.get_by_role("button", name="Pause all calls").click()
    page.get_by_label("Reason").fill("Genesys maintenance")
    page.get_by_role("dialog").get_by_role("button", name="Pause all calls").click()

    expect(page.get_by_text("All calls to Genesys Cloud are paused.")).to_be_visible()
    expect(page.get_by_text("Genesys maintenance")).to_be_visible()


def test_a_fragment_that_fails_is_said_above_the_page_and_the_page_stays(centre, visit: Opening):
    page = visit(reverse("catalogue-queues"), awaited="500")
    page.route("**/catalogue/queues?**", lambda route: route.fulfill(status=500, headers={"X-Reference": "c0ffee"}))

    page.locator("#filter-q").fill("x")

    expect(page.locator("#trouble")).to_contain_text("Reference c0ffee")
    expect(page.locator("#catalogue tbody tr")).to_have_count(2)


def test_somebody_signs_in_by_hand_and_out_again(organization, visit: Opening):
    person = MembershipFactory(organization=organization).person
    page = visit(reverse("sign-in"), role=None)

    page.get_by_label("Name").fill(person.username)
    page.get_by_label("Password").fill("a sentence nobody guesses")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()

    page.get_by_label(re.compile("^You:")).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
