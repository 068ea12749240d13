"""Saved views and people in a real browser: saved, shared, opened by somebody else, the default; accessible, narrow."""

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Opening, faults
from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    DivisionFactory,
    MembershipFactory,
    QueueFactory,
    SavedViewFactory,
)
from wrapups.models import Membership, Organization, SavedView


def failed_on(organization: Organization, division: str) -> None:
    entry = DivisionFactory(organization=organization, name=division)
    queue = QueueFactory(organization=organization, name=f"Billing {division}", division_id=entry.genesys_id)
    leg = CommunicationFactory(organization=organization, queue_id=queue.genesys_id)
    AssignmentFactory(organization=organization, communication=leg, failed=True)


def test_a_search_is_saved_shared_opened_by_another_person_and_made_their_default(
    organization: Organization, visit: Opening
):
    failed_on(organization, "Europe")
    AssignmentFactory(organization=organization, verified=True)

    page = visit(reverse("conversation-list") + "?status=failed", bypass_csp=True)
    page.get_by_role("link", name="Save view …").click()
    page.get_by_label("Name").fill("To look at")
    page.get_by_label("Share it with everybody").check()
    found = [fault for theme in ("light", "dark") for fault in faults(page, theme)]
    page.get_by_role("button", name="Save the view").click()

    tabs = page.get_by_role("navigation", name="Views")
    expect(tabs.get_by_role("link", name="To look at")).to_have_attribute("aria-current", "true")
    expect(page.locator("tr[id^=assignment-]")).to_have_count(1)
    page.get_by_role("navigation", name="Status").get_by_role("link", name="All").click()
    expect(tabs.get_by_role("link", name="To look at changed")).to_be_visible()
    expect(page.get_by_role("button", name="Save changes")).to_be_visible()
    found += [fault for theme in ("light", "dark") for fault in faults(page, theme)]

    other = visit(reverse("view-list"), role="ops", width=NARROW, bypass_csp=True)
    found += [fault for theme in ("light", "dark") for fault in faults(other, theme)]
    other.get_by_role("button", name="Open my list with To look at").click()
    other.goto(other.url.replace(reverse("view-list"), reverse("conversation-list")))
    expect(other.locator("tr[id^=assignment-]")).to_have_count(1)
    assert f"view={SavedView.everywhere.get().slug}" in other.url
    assert other.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert found == []


def test_an_admin_lets_somebody_in_who_sees_one_division_of_a_shared_view(organization: Organization, visit: Opening):
    for division in ("Europe", "America"):
        failed_on(organization, division)
    view = SavedViewFactory(organization=organization, shared=True, name="Broken")

    page = visit(reverse("member-list"), bypass_csp=True)
    page.get_by_role("link", name="Add a person …").click()
    page.get_by_label("Signs in as").fill("ines")
    page.get_by_label("Europe").check()
    found = [fault for theme in ("light", "dark") for fault in faults(page, theme)]
    page.get_by_role("button", name="Add the person").click()
    password = page.locator("#first-password").inner_text()
    found += faults(page, "light")

    new = visit(reverse("view-open", args=[view.slug]), role=None, width=NARROW)
    new.get_by_label("Name", exact=True).fill("ines")
    new.get_by_label("Password").fill(password)
    new.get_by_role("button", name="Sign in").click()
    new.get_by_label("Old password").fill(password)
    new.get_by_label("New password", exact=True).fill("a quiet green meadow")
    new.get_by_label("New password confirmation").fill("a quiet green meadow")
    new.get_by_role("button", name="Change the password").click()
    expect(new.get_by_text("Your password is changed")).to_be_visible()
    new.goto(page.url.split("/organization")[0] + reverse("view-open", args=[view.slug]))
    expect(new.locator("tr[id^=assignment-]")).to_have_count(1)
    expect(new.locator("tr[id^=assignment-]")).to_contain_text("Billing Europe")
    assert found == []
    assert Membership.objects.get(person__username="ines").role == "supervisor"


def test_axe_finds_nothing_wrong_with_the_people(organization: Organization, violations: Callable[..., list[str]]):
    division = DivisionFactory(organization=organization, name="Europe")
    member = MembershipFactory(organization=organization, role="ops", division_ids=[division.genesys_id])

    assert violations(reverse("member-list")) == []
    assert violations(reverse("member-change", args=[member.pk]), width=NARROW) == []
    assert violations(reverse("member-password", args=[member.pk]), width=NARROW) == []
