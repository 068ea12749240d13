"""Reports in a real browser: accessible in light and dark, narrow, by keyboard, and without scripts."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import Settings

from dashboard.queries.reports.registry import KINDS
from tests.browser.conftest import NARROW, Opening
from tests.factories import (
    AssignmentFactory,
    MappingRuleFactory,
    QueueFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Organization, Release, Sweep
from wrapups.services.tallying import COUNTED_DAYS, count_day, today_in

CODES = ("Solved", "Refund granted", "Refund refused", "Called back", "Payment arranged by instalments", "Duplicate")


@pytest.fixture
def centre(organization: Organization) -> Organization:
    """An organization with four weeks of conversations, and a release published within them."""
    queues = [
        QueueFactory(organization=organization, name=name).genesys_id for name in ("Billing EU", "Retention", "Sales")
    ]
    codes = [WrapupCodeFactory(organization=organization, name=name) for name in CODES]
    rule = MappingRuleFactory(organization=organization, name="Refund - EU", wrapup_code=codes[1], release__number=14)
    put_in_force(rule.release)
    Release.everywhere.filter(pk=rule.release_id).update(published_at=timezone.now() - timedelta(days=9))
    for days in range(20):
        for place in range(3 + days % 4):
            chose = place == 2
            AssignmentFactory(
                organization=organization,
                communication__queue_id=queues[(days + place) % 3],
                communication__ended_at=timezone.now() - timedelta(days=days, minutes=5),
                wrapup_code=codes[(place * days) % len(codes)],
                rule=rule,
                status=Status.SKIPPED if chose else Status.VERIFIED,
                reason=SkipReason.AGENT_CHOSE if chose else "",
                found_code_id=codes[1].genesys_id if chose else ("ININ-WRAP-UP-TIMEOUT" if place else ""),
            )
    for ago in range(COUNTED_DAYS):
        count_day(organization, today_in(organization) - timedelta(days=ago))
    SweepFactory(organization=organization, kind=Sweep.Kind.TALLY)
    return organization


def test_every_report_is_accessible_in_light_and_dark(
    violations: Callable[..., list[str]], centre: Organization, settings: Settings
):
    settings.EMAIL_URL = "smtp://mail.example.com"
    pages = [reverse("report", args=[name]) for name in KINDS]
    pages += [reverse("report-mail-add", args=["codes"]), reverse("report-mail-list")]

    assert [fault for page in pages for fault in violations(page)] == []


def test_a_supervisor_sees_what_a_release_changed_and_follows_a_bar_to_its_conversations(
    visit: Opening, centre: Organization
):
    page = visit(reverse("overview"), role="supervisor")
    page.get_by_role("link", name="Code mix").click()
    expect(page.get_by_role("heading", name="Before and after release 14")).to_be_visible()
    column = page.locator(".report-chart a:has(.slot)").last
    of_all_queues = column.get_attribute("aria-label") or ""
    page.get_by_role("textbox", name="Queue").fill("Billing EU")
    page.get_by_role("textbox", name="Queue").press("Enter")
    expect(page).to_have_url(re.compile(r"queue=Billing(\+|%20)EU"))
    # The address changes before the chart does.
    expect(column).not_to_have_attribute("aria-label", of_all_queues)
    total = (column.get_attribute("aria-label") or "").rpartition(": ")[2]

    column.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Conversations")
    expect(page.locator("tbody tr[id^=assignment-]")).to_have_count(int(total))


@pytest.mark.parametrize("name", ["codes", "timeouts"])
def test_a_narrow_page_scrolls_its_tables_and_not_itself(name: str, visit: Opening, centre: Organization):
    page = visit(reverse("report", args=[name]), width=NARROW)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
