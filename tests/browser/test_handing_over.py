"""Handing failures to a person, in a real browser: many from the list, and one from its page."""

from playwright.sync_api import expect

from tests.browser.conftest import Opening, faults, overflows
from tests.factories import AssignmentFactory, MembershipFactory
from wrapups.models import Handover, Organization
from wrapups.services import bulk_work


def test_failures_are_handed_to_somebody_shown_as_theirs_and_one_is_taken_back(
    visit: Opening, organization: Organization
) -> None:
    AssignmentFactory.create_batch(3, organization=organization, failed=True)
    MembershipFactory(organization=organization, person__first_name="Maria", person__last_name="Lopez")
    page = visit("/failures", bypass_csp=True)
    boxes = page.locator("[data-select]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_label("What to do").select_option("hand_over")
    page.get_by_role("button", name="Preview the selected").click()
    expect(page.get_by_label("Hand to")).to_be_visible()
    found = faults(page, "light")

    page.get_by_label("Hand to").select_option(label="Maria Lopez")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#bulk-act")).to_contain_text("no call")
    page.get_by_label("Reason").fill("You know this queue")
    page.get_by_role("button", name="Hand over 2 assignments").click()
    expect(page.locator("#bulk-act")).to_contain_text("You may leave")
    bulk_work.work(organization, for_s=5)
    page.reload()
    page.get_by_role("link", name="Show them").click()
    expect(page.locator(".handed")).to_have_count(2)
    found += [fault for theme in ("light", "dark") for fault in faults(page, theme)]

    page.get_by_role("link", name="Failed").first.click()
    page.get_by_role("link", name="Hand over …").click()
    found += [fault for theme in ("light", "dark") for fault in faults(page, theme)] + overflows(page)
    page.get_by_label("Hand to").select_option("nobody")
    page.get_by_label("Note").fill("On holiday")
    page.get_by_role("button", name="Hand it over").click()
    expect(page.get_by_text("Nobody holds it now.")).to_be_visible()

    assert Handover.everywhere.count() == 1
    assert found == []
