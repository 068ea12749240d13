"""Rules as files and as a table in a real browser: accessible, narrow, by keyboard and with the mouse."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Opening, faults
from tests.factories import MappingRuleFactory, MembershipFactory, QueueFactory, ReleaseFactory, WrapupCodeFactory
from wrapups.models import Organization, Release
from wrapups.services import importing_rules
from wrapups.services.auditing import Actor

RAW = b"""name,conditions,code
First,queue is 'Sales',Refund granted
Refused,queue is 'Nowhere',Refund granted
Everything by phone,media is 'voice' and talk_s is less than 10,Refund granted
"""
PAGES = ("rule-import-add", "rule-import-detail", "mapping-table")


@pytest.fixture
def draft(organization: Organization) -> Release:
    """A draft with a rule that is in the CRM's table, and one that is not."""
    for name in ("Billing EU", "Sales", "Refunds and complaints of the north"):
        queue = QueueFactory(organization=organization, name=name)
    granted = WrapupCodeFactory(organization=organization, name="Refund granted")
    WrapupCodeFactory(organization=organization, name="Refund refused")
    release = ReleaseFactory(organization=organization)
    conditions = [
        {"fact": "queue", "operator": "one_of", "value": [queue.genesys_id]},
        {"fact": "disposition.CRM", "operator": "is", "value": "REF-OK"},
    ]
    for line, (name, told) in enumerate((("In the table", conditions), ("Everything by phone", [])), start=1):
        MappingRuleFactory(
            organization=organization,
            release=release,
            line=line,
            name=name,
            conditions={"all": told},
            wrapup_code=granted,
        )
    return release


@pytest.fixture
def address(organization: Organization, draft: Release) -> Callable[[str], str]:
    """Return the address of a page; a file with added, changed and refused rules is there."""
    actor = Actor(MembershipFactory(organization=organization).person)
    kept = importing_rules.keep(organization, file=io.BytesIO(RAW), filename="rules of november.csv", actor=actor)
    return lambda page: reverse(page, args=[kept.pk] if page == "rule-import-detail" else [])


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page, address, violations):
    assert violations(address(page)) == []


def test_a_file_is_guided_from_its_choice_to_the_draft(draft, visit: Opening, tmp_path: Path):
    file = tmp_path / "rules.csv"
    file.write_bytes(RAW)
    page = visit(reverse("rule-import-add"))
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("No queue is called “Nowhere”.")).to_be_visible()
    page.get_by_role("link", name="All").click()
    expect(page.get_by_role("row", name="Everything by phone")).to_contain_text("talk_s is less than 10")
    page.get_by_label("Import the good ones").check()
    page.get_by_role("button", name="Take into the draft").click()

    expect(page.get_by_text("The file is in the draft: 1 added, 1 changed.")).to_be_visible()
    assert list(draft.rules.order_by("line").values_list("name", flat=True)) == [
        "In the table",
        "Everything by phone",
        "First",
    ]


def test_a_cell_is_filled_by_keyboard_alone(draft, visit: Opening):
    page = visit(reverse("mapping-table"))
    cell = page.get_by_label("REF-OK on Billing EU")
    cell.focus()
    page.keyboard.type("Refund refused")
    page.keyboard.press("Control+ArrowRight")
    expect(page.locator("#cell-0-2")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What it would change in the draft")).to_be_visible()
    page.get_by_role("button", name="Take into the draft").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("The file is in the draft: 1 added.")).to_be_visible()
    assert draft.rules.filter(name="REF-OK - Refund refused").exists()


def test_cells_of_a_spreadsheet_are_pasted_into_cells_with_the_mouse(draft, visit: Opening):
    page = visit(reverse("mapping-table"))
    page.get_by_label("New disposition").first.fill("REF-NO")
    first = page.locator("#cell-1-0")
    first.click()
    _paste(first, "\t" * 40)
    expect(page.locator("#grid-beyond")).to_contain_text("lie beyond this page and were left out")
    _paste(first, "Refund refused\tRefund granted\r\n")
    expect(page.locator("#grid-beyond")).to_be_hidden()
    expect(page.locator("#cell-1-1")).to_have_value("Refund granted")
    page.get_by_role("button", name="See what would change").click()

    expect(page.get_by_role("row", name="REF-NO - Refund refused")).to_be_visible()
    expect(page.get_by_role("row", name="REF-NO - Refund granted")).to_be_visible()


def _paste(field: Locator, text: str) -> None:
    field.evaluate(
        """(field, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def test_a_wrong_cell_says_so_where_it_is(draft, visit: Opening):
    page = visit(reverse("mapping-table"), bypass_csp=True)
    page.get_by_label("REF-OK on Billing EU").fill("Refund given")
    page.get_by_role("button", name="See what would change").click()

    cell = page.get_by_label("REF-OK on Billing EU")
    expect(cell).to_have_value("Refund given")
    expect(cell).to_have_accessible_description(
        "No wrap-up code is called “Refund given”. Write it as it is spelt in Genesys Cloud."
    )
    assert [fault for theme in ("light", "dark") for fault in faults(page, theme)] == []
