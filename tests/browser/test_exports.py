"""Exports and erasing a customer in a real browser: both stories from begin to end, and their pages by axe."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Opening
from tests.factories import AssignmentFactory, ConversationFactory, ErasureFactory, ExportFactory
from wrapups.models import Erasure, Export, Organization
from wrapups.models.clock import app_now
from wrapups.services import erasing_work

NUMBER = "+49 30 1234-4321"


def test_a_search_is_taken_away_as_a_file(organization: Organization, visit: Opening):
    for _ in range(3):
        AssignmentFactory(organization=organization, failed=True)
    page = visit(reverse("conversation-list") + "?status=failed", role="supervisor")

    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.get_by_text("exactly as the list finds them")).to_be_visible()
    page.get_by_text("Choose the columns").click()
    page.get_by_role("checkbox", name="Queue id").check()
    expect(page.get_by_label("Columns", exact=True)).to_have_value("ticked")
    page.get_by_label("Show customers' numbers").check()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    expect(page.get_by_role("checkbox", name="Queue id")).to_be_checked()
    page.get_by_role("textbox", name="Reason").fill("Complaint 12")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()

    assert download.value.suggested_filename.endswith(".xlsx")
    assert "queue_id" in Export.everywhere.get().columns
    page.get_by_role("link", name="Your exports").click()
    expect(page.get_by_role("row")).to_have_count(2)
    with page.expect_download():
        page.get_by_role("button", name="Download export").click()


def test_a_customer_is_erased(organization: Organization, visit: Opening):
    conversation = ConversationFactory(organization=organization, ani="tel:+493012344321")
    page = visit(reverse("organization-retention"), width=NARROW)

    page.get_by_role("link", name="Customer data").click()
    page.get_by_role("link", name="Erase a customer").first.click()
    page.get_by_label("The customer").fill(NUMBER)
    page.get_by_label("Reason").fill("Request 12")
    page.get_by_role("button", name="Find the customer").click()
    expect(page.get_by_text("Looking through every table")).to_be_visible()
    while erasing_work.work(organization, for_s=60):
        pass
    page.get_by_label("Type the number of conversations").fill("1")
    page.get_by_role("button", name="Erase the customer").click()
    while erasing_work.work(organization, for_s=60):
        pass

    expect(page.get_by_role("heading", name="Found and erased")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Customer •••• 4321")
    conversation.refresh_from_db()
    assert conversation.ani == "erased"


@pytest.fixture
def address(organization: Organization) -> Callable[[str], str]:
    """Return the address of a page, once there is what it shows."""

    def of(page: str) -> str:
        if page == "export":
            AssignmentFactory(organization=organization, failed=True)
            return reverse("export-add") + "?status=failed"
        if page == "being written":
            made = ExportFactory(organization=organization, total=90_000, done=31_000, reason="Complaint 12")
            Export.everywhere.filter(pk=made.pk).update(lease_until=app_now())
            return reverse("export-detail", args=[made.pk])
        if page == "no erasure":
            return reverse("erasure-list")
        found = {"wrapups_conversation": 12, "wrapups_disposition": 3, "wrapups_mappingrule": 1}
        made = ErasureFactory(
            organization=organization, state=Erasure.State.READY, conversations=12, found=found, table="wrapups_act"
        )
        return reverse("erasure-detail", args=[made.pk])

    return of


@pytest.mark.parametrize("page", ["export", "being written", "no erasure", "erasure"])
def test_nothing_is_inaccessible(page: str, address: Callable[[str], str], violations: Callable[..., list[str]]):
    assert violations(address(page), width=NARROW) == []
