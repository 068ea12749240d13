"""Back-fills in a real browser: accessible, within the content policy, narrow, by keyboard, without JavaScript."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import (
    AssignmentFactory,
    BackfillFactory,
    MappingRuleFactory,
    QueueFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.models import Backfill, Organization
from wrapups.models.clock import app_now

PAGES = ("list", "empty", "new", "reading", "ready", "running", "done")


@pytest.fixture
def address(organization: Organization) -> Callable[[str], str]:
    """Return the address of a page, once there is what it shows."""

    def of(page: str) -> str:
        if page == "empty":
            return reverse("backfill-list")
        release = put_in_force(MappingRuleFactory(organization=organization).release)
        if page == "new":
            return reverse("backfill-add")
        made = a_backfill(organization, release=release, **({} if page in ("list", "reading") else {page: True}))
        return reverse("backfill-list") if page == "list" else reverse("backfill-detail", args=[made.pk])

    return of


def a_backfill(organization: Organization, **values: object) -> Backfill:
    codes = [WrapupCodeFactory(organization=organization, name=name) for name in ("Resolved", "Refund granted")]
    queues = [QueueFactory(organization=organization, name=name) for name in ("Technical Support", "Billing EU")]
    made: Backfill = BackfillFactory(
        organization=organization,
        begins_at=app_now() - timedelta(days=89),
        reason="The CRM has a new outcome since May",
        read=18_200,
        **values,
    )
    made.counted = {
        "fates": {"assigned": 12_340, "known": 4_020, "skipped": 2_707, "failed": 12, "too_old": 55},
        "codes": {str(codes[0].pk): 12_000, str(codes[1].pk): 340},
        "queues": {queues[0].genesys_id: 12_000, queues[1].genesys_id: 340},
        "reasons": {"no_rule": 2_700, "agent_chose": 7, "code_not_on_queue": 12},
        "late": 9_000,
    }
    made.assigned = 900 if made.confirmed_at else 0
    made.save()
    for traits in ({}, {"verified": True}, {"failed": True}):
        AssignmentFactory.create_batch(3, organization=organization, backfill=made, **traits)
    return made


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_inaccessible(page: str, address: Callable[[str], str], violations: Callable[..., list[str]]):
    assert violations(address(page)) == []


def test_from_the_days_to_the_preview_by_keyboard(address: Callable[[str], str], visit: Opening):
    shown = visit(address("new"))
    shown.get_by_label("Reason").focus()
    shown.keyboard.type("New rules")

    shown.keyboard.press("Enter")

    expect(shown.get_by_role("status").filter(has_text="reading and counting")).to_be_visible()
    expect(shown.get_by_text("0 conversations read")).to_be_visible()


def test_the_page_follows_by_itself_until_the_preview_is_there(
    address: Callable[[str], str], visit: Opening, organization: Organization
):
    shown = visit(address("reading"))
    expect(shown.get_by_text("reading and counting")).to_be_visible()

    Backfill.everywhere.of(organization).update(state=Backfill.State.READY)

    expect(shown.get_by_role("button", name="Assign 12,340 codes")).to_be_visible(timeout=15_000)
    assert shown.locator("#backfill[data-poll]").count() == 0


def test_without_javascript_a_preview_is_confirmed_and_cancelled(address: Callable[[str], str], visit: Opening):
    shown = visit(address("ready"), java_script_enabled=False)

    shown.get_by_role("button", name="Assign 12,340 codes").click()
    expect(shown.get_by_role("heading", name="Done so far")).to_be_visible()
    shown.get_by_label("is cancelled, too").check()
    shown.get_by_role("button", name="Cancel the back-fill").click()

    expect(shown.get_by_text("3 assignments were cancelled with it")).to_be_visible()
