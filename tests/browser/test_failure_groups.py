"""The failure desk in a real browser: a cause is found, acknowledged and resolved, returns, and is ignored."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Opening
from tests.factories import AssignmentFactory, CommunicationFactory, MappingRuleFactory, QueueFactory
from wrapups.domain.status import FailReason
from wrapups.models import Act, FailureGroup, Organization

OFF_QUEUE, SILENT = "a" * 32, "b" * 32


@pytest.fixture
def desk(organization: Organization) -> FailureGroup:
    """Two causes, one of them on two queues, shortly after a hold; return that one."""
    queues = [QueueFactory(organization=organization, name=name) for name in ("Billing EU", "Sales")]
    rule = MappingRuleFactory(organization=organization, name="Refund - EU")
    Act.objects.create(organization=organization, verb="pause all calls", at=timezone.now() - timedelta(minutes=9))
    for number in range(7):
        AssignmentFactory(
            organization=organization,
            communication=CommunicationFactory(organization=organization, queue_id=queues[number % 2].genesys_id),
            rule=rule,
            failed=True,
            fingerprint=OFF_QUEUE,
            ended_at=timezone.now() - timedelta(hours=68 - number),
        )
    AssignmentFactory(
        organization=organization,
        failed=True,
        reason=FailReason.EXHAUSTED,
        error="unclear",
        error_code="",
        error_message="Genesys Cloud did not answer within 20 s.",
        fingerprint=SILENT,
    )
    found: FailureGroup = FailureGroup.everywhere.get(fingerprint=OFF_QUEUE)
    return found


def test_axe_finds_nothing_wrong_with_the_desk(violations: Callable[..., list[str]], desk: FailureGroup) -> None:
    assert violations(reverse("failure-groups")) == []
    assert violations(reverse("failure-group", args=[desk.pk])) == []


def test_a_cause_is_triaged_by_keyboard_and_opens_again_when_it_returns(visit: Opening, desk: FailureGroup) -> None:
    page = visit(reverse("failure-groups"))
    row = page.locator(f"#group-{desk.pk}")
    expect(row).to_contain_text("Billing EU")
    expect(row).to_contain_text("3 h left")

    row.get_by_role("link", name="Genesys refused it").press("Enter")
    page.get_by_role("button", name="I see to it").press("Enter")
    expect(page.locator(".page-head")).to_contain_text("acknowledged")
    page.locator("summary", has_text="Resolve").press("Enter")
    page.get_by_label("What was done").fill("The code is back on both queues.")
    page.get_by_label("What was done").press("Enter")
    expect(page.locator(".page-head")).to_contain_text("resolved")
    AssignmentFactory(organization=desk.organization, failed=True, fingerprint=OFF_QUEUE)
    page.reload()

    expect(page.locator(".page-head")).to_contain_text("returned")
    expect(page.locator(".triage")).to_contain_text("The code is back on both queues.")


def test_without_script_on_a_telephone_a_missing_reason_is_said_at_its_field(
    visit: Opening, desk: FailureGroup
) -> None:
    page = visit(reverse("failure-group", args=[desk.pk]), width=NARROW, java_script_enabled=False)

    page.locator("summary", has_text="Ignore").click()
    page.get_by_label("Reason").fill("   ")
    page.get_by_role("button", name="Ignore it").click()

    expect(page.get_by_role("alert").filter(has_text="Say why")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
