"""The query bar in a real browser: typed, completed and mended by keyboard; and without script."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opening, faults
from tests.factories import AgentFactory, AssignmentFactory, CommunicationFactory, QueueFactory
from wrapups.models import Organization


@pytest.fixture
def floor(organization: Organization) -> None:
    """A failure on Billing EU and two assignments elsewhere."""
    queue = QueueFactory(organization=organization, name="Billing EU")
    agent = AgentFactory(organization=organization, name="Maria Lopez")
    communication = CommunicationFactory(
        organization=organization, queue_id=queue.genesys_id, agent_id=agent.genesys_id
    )
    AssignmentFactory(organization=organization, failed=True, communication=communication)
    AssignmentFactory.create_batch(2, organization=organization, verified=True)


def test_a_query_is_completed_sent_and_mended_by_keyboard(visit: Opening, floor: None) -> None:
    page = visit("/conversations", bypass_csp=True)
    bar = page.get_by_label("Query", exact=True)

    bar.focus()
    bar.press_sequentially("qu")
    expect(page.locator("#query-suggestions [role=option]")).to_contain_text(["queue:"])
    bar.press("ArrowDown")
    bar.press("Enter")
    expect(page.locator("#query-suggestions [role=option]")).to_have_text(["Billing EU"])
    _is_accessible(page)
    bar.press("ArrowDown")
    bar.press("Enter")
    expect(bar).to_have_value('queue:"Billing EU" ')
    bar.press_sequentially("stat:failed")
    bar.press("Enter")

    expect(page.locator("#query-troubles")).to_contain_text("There is no key “stat”. Did you mean “status”?")
    expect(page.locator("#query-troubles mark")).to_have_text("stat:failed")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(bar).to_be_focused()
    assert page.evaluate("document.getSelection().toString()") == "stat:failed"
    _is_accessible(page)

    bar.press_sequentially("status:failed")
    bar.press("Escape")
    bar.press("Enter")
    expect(bar).to_have_value('status:failed queue:"Billing EU"')
    expect(page.locator("#query-troubles")).to_have_count(0)
    assert page.url.endswith("/conversations?status=failed&queue=Billing+EU")


def test_without_script_a_query_is_sent_and_a_fault_offers_its_mending(visit: Opening, floor: None) -> None:
    page = visit("/conversations", java_script_enabled=False)

    page.get_by_label("Query", exact=True).fill("agent:marya status:failed")
    page.get_by_label("Query", exact=True).press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name='agent:"Maria Lopez"').click()

    assert page.url.endswith("/conversations?status=failed&agent=Maria+Lopez")
    expect(page.locator("tbody tr")).to_have_count(1)


def _is_accessible(page: Page) -> None:
    themes: tuple[Any, ...] = ("light", "dark")
    assert [fault for theme in themes for fault in faults(page, theme)] == []
