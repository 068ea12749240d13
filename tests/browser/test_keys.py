"""API keys and the API's description in a real browser: accessible, within the content policy, narrow, by keyboard."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening, faults
from tests.factories import ApiKeyFactory, PersonFactory
from wrapups.models import ApiKey, Organization
from wrapups.models.clock import app_now
from wrapups.services.keys import FORM, known

PAGES = ("key-list", "key-add", "key-revoke", "api-docs")


@pytest.fixture
def centre(organization: Organization) -> Organization:
    """An organization with keys in each state."""
    now = app_now()
    mine = {"organization": organization, "created_by": PersonFactory()}
    ApiKeyFactory(**mine, name="Survey of last year", scopes=["read"], revoked_at=now - timedelta(days=40))
    ApiKeyFactory(**mine, name="Night batch", scopes=["dispositions:write"], expires_at=now - timedelta(days=2))
    ApiKeyFactory(**mine, name="CRM bridge", expires_at=now + timedelta(days=80), last_used_at=now)
    return organization


def address(page: str) -> str:
    return reverse(page, args=[ApiKey.everywhere.latest("pk").pk] if page == "key-revoke" else [])


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, centre: Organization, violations: Callable[..., list[str]]):
    assert violations(address(page)) == []


def test_axe_finds_nothing_wrong_where_nothing_is(organization, violations: Callable[..., list[str]]):
    assert violations(reverse("key-list")) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_key_is_made_shown_once_and_revoked(scripts: bool, centre: Organization, visit: Opening):
    page = visit(reverse("key-list"), java_script_enabled=scripts)
    page.get_by_role("link", name="New key …").click()
    page.get_by_label("Name", exact=True).fill("Twilio")
    page.get_by_label("dispositions:write").check()
    page.get_by_role("button", name="Make the key").click()

    secret = page.locator("#key-secret").inner_text()
    assert FORM.fullmatch(secret)
    assert secret not in page.url
    assert known(secret).name == "Twilio"

    page.get_by_role("link", name="I have it").click()
    assert secret not in page.content()
    page.get_by_role("link", name="Revoke Twilio").click()
    page.get_by_role("button", name="Revoke the key").click()

    expect(page.get_by_text("The key Twilio opens nothing any more.")).to_be_visible()


def test_a_name_that_is_missing_is_said_at_its_field_and_the_rest_stays(centre: Organization, visit: Opening):
    page = visit(reverse("key-add"))
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_label("Calls a minute").fill("77")
    page.get_by_role("button", name="Make the key").click()

    expect(page.get_by_role("alert").filter(has_text="Name the program")).to_be_visible()
    expect(page.get_by_label("Calls a minute")).to_have_value("77")


def test_axe_finds_nothing_wrong_with_a_key_that_was_just_made(centre: Organization, visit: Opening):
    page = visit(reverse("key-add"), bypass_csp=True)
    page.get_by_label("Name", exact=True).fill("Twilio")
    page.get_by_label("dispositions:write").check()
    page.get_by_role("button", name="Make the key").click()

    assert [fault for theme in ("light", "dark") for fault in faults(page, theme)] == []


def test_the_description_is_read_without_signing_in(centre: Organization, visit: Opening):
    page = visit(reverse("api-docs"), role=None)

    page.get_by_role("link", name="Add dispositions").click()

    expect(page.get_by_role("heading", name="Add dispositions")).to_be_in_viewport()
    page.locator("#add_disposition").get_by_role("link", name="DispositionIn").click()
    expect(page.locator("#shape-DispositionIn").get_by_text("conversation_id")).to_be_in_viewport()
