"""What-ifs in a real browser: accessible, narrow, by keyboard, without JavaScript, followed while one runs."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import AgentFactory, QueueFactory
from tests.services.past import asked, codes, decided, drafted, published, skipped, when
from wrapups.domain.status import SkipReason
from wrapups.models import Organization, WhatIf, WhatIfChange
from wrapups.models.clock import app_now
from wrapups.services import simulating

PAGES = ("empty", "no draft", "list", "new", "running", "done", "changes", "change", "nothing")
REFUND, TROUBLE, UPGRADE = (when("disposition.crm", code) for code in ("REF-OK", "TRB-1", "UPG-2"))


@pytest.fixture
def address(organization: Organization) -> Callable[[str], str]:
    """Return the address of a page, once there is what it shows."""

    def of(page: str) -> str:
        if page == "no draft":
            return reverse("what-if-list")
        a_past(organization)
        if page in ("empty", "new"):
            return reverse("what-if-list" if page == "empty" else "what-if-add")
        what_if = asked(organization, days=3 if page == "nothing" else 30)
        if page == "running":
            since = app_now()
            WhatIf.everywhere.filter(pk=what_if.pk).update(
                total=50_000, done=20_000, changed=311, created_at=since, lease_until=since
            )
        else:
            simulating.simulate(organization, for_s=60)
        if page == "list":
            return reverse("what-if-list")
        if page == "changes":
            return reverse("what-if-changes", args=[what_if.pk]) + "?kind=other"
        if page == "change":
            change = WhatIfChange.everywhere.filter(what_if=what_if).first()
            return reverse("what-if-change", args=[what_if.pk, change.pk])
        return reverse("what-if-detail", args=[what_if.pk])

    return of


def a_past(organization: Organization) -> None:
    """Let conversations have ended, and a draft be there that would decide some of them otherwise."""
    resolved, escalated, refund = codes(organization, "Resolved", "Escalated to tier 2", "Refund granted")
    refund.dialler_flags = ["Contact_UnCallable"]
    refund.save()
    published(organization, {"Refunds": (REFUND, resolved), "Trouble": (TROUBLE, escalated)})
    drafted(organization, {"Refunds apart": (REFUND, refund), "Upgrades": (UPGRADE, resolved)})
    agent = AgentFactory(organization=organization, name="Ana Lindqvist").genesys_id
    for queue in ("Technical Support", "Billing EU"):
        known = QueueFactory(organization=organization, name=queue).genesys_id
        for disposition, times in (("REF-OK", 6), ("TRB-1", 2), ("none", 3)):
            for _ in range(times):
                facts = {"disposition.crm": disposition, "media": "voice", "queue": known, "agent": agent}
                decided(organization, facts, days_ago=9, communication__agent_id=agent)
    skipped(organization, {"disposition.crm": "UPG-2", "media": "voice"}, SkipReason.NO_RULE, days_ago=9)
    skipped(organization, {"media": "voice"}, SkipReason.CAMPAIGN, days_ago=9)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_inaccessible(page: str, address: Callable[[str], str], violations: Callable[..., list[str]]):
    assert violations(address(page)) == []


def test_from_the_days_to_both_decisions_by_keyboard(
    address: Callable[[str], str], visit: Opening, organization: Organization
):
    shown = visit(address("new"))
    shown.get_by_label("The last 30 days").focus()
    shown.keyboard.press("ArrowDown")
    expect(shown.get_by_label("The last 90 days")).to_be_checked()
    shown.keyboard.press("Enter")
    expect(shown.get_by_text("A worker will begin in a moment")).to_be_visible()

    simulating.simulate(organization, for_s=60)

    sum_up = shown.get_by_text("12 Resolved → Refund granted")
    expect(sum_up).to_be_visible(timeout=15_000)
    assert shown.locator("#what-if[data-poll]").count() == 0
    sum_up.focus()
    shown.keyboard.press("Enter")
    expect(shown.get_by_role("heading", name="12 would change")).to_be_visible()
    shown.get_by_role("link", name="Why").first.focus()
    shown.keyboard.press("Enter")
    expect(shown.get_by_role("heading", name="Resolved → Refund granted")).to_be_visible()
    expect(shown.get_by_role("heading", name="in force")).to_be_visible()


def test_without_javascript_one_is_asked_and_cancelled(address: Callable[[str], str], visit: Opening):
    shown = visit(address("new"), java_script_enabled=False)

    shown.get_by_label("Billing EU").check()
    shown.get_by_role("button", name="See what would change").click()
    expect(shown.get_by_text("Billing EU, against")).to_be_visible()
    shown.get_by_role("button", name="Cancel").click()

    expect(shown.get_by_text("The what-if is cancelled.")).to_be_visible()


def test_the_changes_are_taken_away_as_a_file(address: Callable[[str], str], visit: Opening):
    shown = visit(address("done"))

    with shown.expect_download() as taken:
        shown.get_by_role("button", name="All as CSV").click()

    assert taken.value.suggested_filename.startswith("what-if-")
