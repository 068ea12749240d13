"""Acting on many from a list, in a real browser: by mouse and keyboard, accessible, narrow, and found again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opening, faults
from tests.factories import AssignmentFactory
from wrapups.domain.status import FailReason, Status
from wrapups.models import Assignment, BulkAct, Organization
from wrapups.models.clock import AppNow
from wrapups.services import bulk_work


@pytest.fixture
def failed(organization: Organization) -> list[Assignment]:
    """Some that failed, of which one cannot be retried."""
    made = AssignmentFactory.create_batch(5, organization=organization, failed=True)
    AssignmentFactory(organization=organization, failed=True, reason=FailReason.TOO_LATE)
    return made


def test_rows_are_ticked_with_shift_previewed_confirmed_and_followed_until_one_still_fails(
    visit: Opening, organization: Organization, failed: list[Assignment]
) -> None:
    page = visit("/failures?status=failed", bypass_csp=True)
    boxes = page.locator("[data-select]")
    boxes.first.click()
    boxes.last.click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("6 selected")
    found = faults(page, "light")

    page.get_by_role("button", name="Preview the selected").click()
    expect(page.locator("#bulk-act")).to_contain_text("Genesys Cloud refused it as too old")
    found += [fault for theme in ("light", "dark") for fault in faults(page, theme)]
    page.get_by_label("Reason").fill("The role was mended")
    page.get_by_role("button", name="Retry 5 assignments").click()
    expect(page.locator("#bulk-act")).to_contain_text("You may leave")

    bulk_work.work(organization, for_s=5)
    for status, rows in ((Status.FAILED, failed[:1]), (Status.VERIFIED, failed[1:])):
        for step in (Status.SENDING, status):
            Assignment.everywhere.filter(pk__in=[row.pk for row in rows]).update(status=step)
    BulkAct.everywhere.update(due_at=AppNow())
    bulk_work.work(organization, for_s=5)
    page.goto(page.url.replace(f"/acts/{BulkAct.everywhere.get().pk}", "/work"))
    page.get_by_role("link", name="Retry 6 assignments").click()

    expect(page.locator("#bulk-act")).to_contain_text("6 of 6 through")
    page.get_by_role("link", name="Show it").click()
    expect(page.locator("tr[id^=assignment]")).to_have_count(1)
    assert found == []


def test_without_script_and_by_keyboard_the_same_is_done_on_all_that_match(
    visit: Opening, organization: Organization, failed: list[Assignment], violations: Callable[..., list[str]]
) -> None:
    page = visit("/conversations?status=failed", java_script_enabled=False)

    button = page.get_by_role("button", name="Preview all 6 that match")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Reason").fill("The role was mended")
    page.get_by_role("button", name="Retry 5 assignments").click()

    expect(page.locator("#bulk-act")).to_contain_text("running")
    act = BulkAct.everywhere.get()
    assert violations(f"/acts/{act.pk}") + violations(f"/acts/{act.pk}/rows") == []
