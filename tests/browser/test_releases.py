"""Releases in a real browser: two people agree, a time is chosen, an earlier release goes back, codes are put back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import (
    AssignmentFactory,
    BulkActFactory,
    BulkActRowFactory,
    MappingRuleFactory,
    PersonFactory,
    QueueFactory,
    ReleaseFactory,
    put_in_force,
)
from wrapups.models import BulkAct, Organization, Queue, Release
from wrapups.models.clock import app_now
from wrapups.services import bulk_work
from wrapups.services.earlier_codes import WhyNot

State = Release.State
PAGES = (
    *("list", "draft", "proposed", "detail", "compare", "restore", "put-back-add", "put-back", "put-back-rows"),
    *("decide-again", "decide-again-rows"),
)


@pytest.fixture
def centre(organization: Organization) -> Organization:
    """Two releases that were in force, one of them now and for a part, with queues to choose from."""
    for name in ("Billing EU", "Technical Support", "VIP Desk"):
        QueueFactory(organization=organization, name=name)
    first = release(organization, "Refunds", "Complaints", reason="The first rules")
    put_in_force(first)
    Release.everywhere.filter(pk=first.pk).update(state=State.RETIRED, retired_at=app_now() - timedelta(days=2))
    second = release(organization, "Refunds", "Praise", reason="Praise has a code of its own", rollout_percent=10)
    Release.everywhere.filter(pk=second.pk).update(beside=first)
    put_in_force(second)
    return organization


def release(organization: Organization, *names: str, **columns: Any) -> Release:
    made: Release = ReleaseFactory(organization=organization, **columns)
    for line, name in enumerate(names, start=1):
        MappingRuleFactory(organization=organization, release=made, line=line, name=name)
    return made


def drafted(organization: Organization, **columns: Any) -> Release:
    return release(organization, "Refunds", "Everything else", **columns)


def proposed(organization: Organization) -> Release:
    made = drafted(organization, reason="Everything else, too", author=PersonFactory())
    held = "Release 9 has been put in force since this one was begun."
    Release.everywhere.filter(pk=made.pk).update(
        state=State.PROPOSED, proposed_by=PersonFactory(), proposed_at=app_now(), held_because=held
    )
    return made


def putting_back(organization: Organization, state: str = BulkAct.State.READY) -> BulkAct:
    retired = Release.everywhere.filter(organization=organization, state=State.RETIRED).first()
    counted = {"waiting": 2, WhyNot.AGENT_CHANGED.value: 1}
    act: BulkAct = BulkActFactory(
        organization=organization, release=retired, state=state, total=3, done=1, counted=counted
    )
    for outcome, why in (("waiting", ""), ("waiting", ""), ("skipped", WhyNot.AGENT_CHANGED.value)):
        assignment = AssignmentFactory(organization=organization, verified=True, release=retired)
        BulkActRowFactory(organization=organization, bulk_act=act, assignment=assignment, outcome=outcome, why=why)
    return act


def deciding_again(organization: Organization) -> BulkAct:
    present = Release.everywhere.get(organization=organization, state=State.PUBLISHED)
    columns = {"kind": BulkAct.Kind.DECIDE_AGAIN, "state": BulkAct.State.DONE, "total": 2, "done": 2}
    act: BulkAct = BulkActFactory(organization=organization, release=present, **columns)
    for outcome, why in (("done", "other_code"), ("skipped", "gone_on")):
        BulkActRowFactory(organization=organization, bulk_act=act, outcome=outcome, why=why)
    return act


def address(page: str, organization: Organization) -> str:
    """Make what the page shows, and return where it is."""
    number = Release.everywhere.filter(organization=organization, state=State.PUBLISHED).get().number
    earlier = Release.everywhere.filter(organization=organization, state=State.RETIRED).get().number
    if page in ("draft", "proposed"):
        (drafted if page == "draft" else proposed)(organization)
        return reverse("release-publish")
    if page in ("put-back", "put-back-rows"):
        return reverse(page, args=[putting_back(organization).pk])
    if page in ("decide-again", "decide-again-rows"):
        return reverse(page, args=[deciding_again(organization).pk])
    if page == "list":
        putting_back(organization)
    return {
        "list": reverse("release-list"),
        "detail": reverse("release-detail", args=[number]),
        "compare": f"{reverse('release-compare')}?a={earlier}&b={number}",
        "restore": reverse("release-restore", args=[earlier]),
        "put-back-add": reverse("put-back-add", args=[earlier]),
    }[page]


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, centre: Organization, violations: Callable[..., list[str]]):
    assert violations(address(page, centre)) == []


def test_two_people_lead_a_release_into_force(centre: Organization, visit: Opening):
    Organization.objects.update(approval_required=True)
    made = drafted(centre)
    author, other = visit(reverse("release-publish")), visit(reverse("overview"))

    author.get_by_label("Reason").fill("Everything else, too")
    author.get_by_role("button", name=f"Propose release {made.number}").click()
    expect(author.get_by_text("another admin has to approve it")).to_be_visible()
    other.goto(author.url)
    other.get_by_role("button", name="Approve it").click()
    other.get_by_role("button", name="Publish it now").click()

    expect(other.get_by_text(f"Release {made.number} is in force.")).to_be_visible()
    made.refresh_from_db()
    assert made.state == State.PUBLISHED
    assert made.approved_by != made.proposed_by


def test_a_release_is_introduced_carefully_by_keyboard_alone(centre: Organization, visit: Opening):
    made = drafted(centre)
    page = visit(reverse("release-publish"))

    page.get_by_label("Reason").focus()
    page.keyboard.type("Step by step")
    page.get_by_text("Introduce it carefully").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Shadow mode").focus()
    page.keyboard.press("Space")
    page.get_by_label("Percent of the conversations").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("20")
    queues = page.get_by_role("combobox", name="Only these queues")
    queues.focus()
    for name in ("vip", "billing"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")  # to the last of the chosen
    page.keyboard.press("Enter")
    expect(page.locator(".chosen .chip span")).to_have_text(["Billing EU"])
    expect(queues).to_be_focused()
    page.get_by_role("button", name=f"Publish release {made.number}").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text(f"Release {made.number} is in shadow mode")).to_be_visible()
    made.refresh_from_db()
    assert (made.state, made.shadow, made.rollout_percent) == (State.PUBLISHED, True, 20)
    assert made.rollout_queues == [Queue.objects.of(centre).get(name="Billing EU").genesys_id]


def test_a_time_is_chosen_and_changed_back(centre: Organization, visit: Opening):
    made = drafted(centre)
    page = visit(reverse("release-publish"))
    day = (app_now() + timedelta(days=20)).date()

    page.get_by_label("Reason").fill("After the weekend")
    page.get_by_label("At a time").fill(f"{day}T09:30")
    page.get_by_role("button", name=f"Publish release {made.number}").click()
    expect(page.get_by_text(f"Release {made.number} is proposed.").first).to_be_visible()
    page.get_by_label("At a time").fill("")
    page.get_by_role("button", name="Change the time").click()

    expect(page.get_by_text("when somebody publishes it", exact=True)).to_be_visible()


def test_an_earlier_release_goes_back_with_its_codes(centre: Organization, visit: Opening):
    earlier = Release.everywhere.get(organization=centre, state=State.RETIRED)
    goes = Release.everywhere.get(organization=centre, state=State.PUBLISHED)
    page = visit(reverse("release-list"))

    page.get_by_role("link", name=f"Release {earlier.number}", exact=True).click()
    page.get_by_role("link", name="Restore").click()
    expect(page.get_by_text("Praise", exact=True)).to_be_visible()
    page.get_by_label("Reason").fill("Praise was wrong")
    page.get_by_label("Preview putting the earlier codes back, too").check()
    page.get_by_role("button", name=f"Put release {earlier.number} back in force").click()
    expect(page.get_by_role("heading", name=f"Put the codes of release {goes.number} back")).to_be_visible()
    bulk_work.work(centre, for_s=5)

    expect(page.get_by_text("No code can be put back, so this is over.")).to_be_visible()


def test_what_waits_is_decided_again_and_followed(centre: Organization, visit: Opening):
    present = Release.everywhere.get(organization=centre, state=State.PUBLISHED)
    Release.everywhere.filter(pk=present.pk).update(rollout_percent=100)
    AssignmentFactory(organization=centre, release=present, rule=present.rules.first(), facts={"media": "voice"})
    made = drafted(centre, base=present)
    page = visit(reverse("release-publish"))

    expect(page.get_by_text("1 decided and not sent at this moment.")).to_be_visible()
    page.get_by_label("Reason").fill("The rules were wrong")
    page.get_by_role("button", name=f"Publish release {made.number}").click()
    expect(page.get_by_text("What was not sent yet is decided again by it.")).to_be_visible()
    page.goto(f"{page.url.rpartition('/rules')[0]}{reverse('release-detail', args=[made.number])}")
    page.get_by_role("link", name="0 of 0 so far").click()
    expect(page.get_by_text("being gathered")).to_be_visible()
    bulk_work.work(centre, for_s=5)
    bulk_work.work(centre, for_s=5)

    expect(page.get_by_text("1 of 1")).to_be_visible()
    page.get_by_role("link", name="Every conversation").click()
    expect(page.get_by_role("table")).to_be_visible()


def test_codes_are_put_back_after_a_preview_and_every_conversation_is_listed(centre: Organization, visit: Opening):
    page = visit(reverse("put-back", args=[putting_back(centre).pk]))

    page.get_by_role("link", name="Every conversation").click()
    page.get_by_role("link", name="Left as they are").click()
    expect(page.get_by_text("a person has chosen another code since")).to_be_visible()
    page.go_back()
    page.go_back()
    page.get_by_role("button", name="Put 2 codes back").click()

    expect(page.get_by_text("0 of 2 through")).to_be_visible()
