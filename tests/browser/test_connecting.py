"""Connecting another organization in a real browser: accessible, narrow, by its three steps."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import SweepFactory
from wrapups.domain.permissions import Line
from wrapups.models import Organization
from wrapups.models.clock import app_now
from wrapups.services.checking import CheckReport

PAGES = ("organization-add", "organization-add-check", "organization-add-correct", "organization-add-policies")


@pytest.fixture
def checked(organization: Organization) -> Organization:
    """An organization whose client lacks something, which no check has known yet."""
    lines = (Line("routing:queue:view"), Line("conversation:participant:wrapup", ("Codes cannot be written.",)))
    organization.capabilities = {"check": CheckReport(lines, app_now(), calls=2).stored()}
    organization.genesys_id = ""
    organization.save()
    SweepFactory(organization=organization, kind="check", due_at="2099-01-01T00:00:00Z")
    return organization


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, checked: Organization, violations: Callable[..., list[str]]):
    assert violations(reverse(page)) == []


def test_an_organization_is_connected_from_its_region_to_its_policies(checked: Organization, visit: Opening):
    page = visit(reverse("organization"))
    page.get_by_role("link", name="Add an organization …").click()
    page.get_by_label("Name").fill("Südwerk Service")
    page.get_by_label("Region").select_option("https://api.mypurecloud.de")
    page.get_by_label("Client id").fill("7c3a5e0e-0000-4000-8000-000000000001")
    page.get_by_label("Client secret").fill("a secret of the client")
    page.get_by_role("button", name="Connect and check").click()
    expect(page.get_by_text("checking …")).to_be_visible()
    page.get_by_role("link", name="Go on to the policies").click()
    page.get_by_role("button", name="Save, and go to the rules").click()

    expect(page.get_by_role("heading", name="Rules", exact=True)).to_be_visible()
    expect(page.get_by_text("Südwerk Service is connected.")).to_be_visible()
    assert Organization.objects.filter(name="Südwerk Service").exists()
