"""Drift and one code's page in a real browser: accessible, narrow, by keyboard, with and without script."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import (
    AssignmentFactory,
    DivisionFactory,
    DriftNoticeFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    SweepFactory,
    WrapupCodeFactory,
)
from wrapups.models import DriftNotice, Organization, Sweep, WrapupCode

ADDRESSES = ("drift", "ended", "code")


@pytest.fixture
def centre(organization: Organization) -> Organization:
    """An organization whose codes have drifted in each way, under the feet of a draft's rules."""
    europe = DivisionFactory(organization=organization, name="Europe")
    queue = QueueFactory(organization=organization, name="Billing EU", division_id=europe.genesys_id)
    draft = ReleaseFactory(organization=organization, number=3)
    on_queue = {"all": [{"fact": "queue", "operator": "is", "value": queue.genesys_id}]}
    names = {
        "Refund granted": {},
        "Solved": {"renamed": True, "new_name": "Settled"},
        "Payment arranged": {"off_queue": True, "queue": queue},
    }
    for line, (name, traits) in enumerate(names.items(), start=1):
        code = WrapupCodeFactory(
            organization=organization,
            name=name,
            division_id=europe.genesys_id,
            description="As the finance team knows it",
            dialler_flags=["Right_Party_Contact"] if traits else [],
        )
        QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=code)
        MappingRuleFactory(
            organization=organization,
            release=draft,
            line=line,
            name=f"{name} - EU",
            conditions=on_queue,
            wrapup_code=code,
        )
        DriftNoticeFactory(organization=organization, wrapup_code=code, **traits)
        AssignmentFactory.create_batch(
            2, organization=organization, wrapup_code=code, communication__queue_id=queue.genesys_id, verified=True
        )
    renamed = WrapupCode.everywhere.get(name="Solved")
    renamed.name = "Settled"
    renamed.save()
    instead = WrapupCodeFactory(organization=organization, name="Refund granted (EU)")
    QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=instead)
    DriftNoticeFactory(organization=organization, wrapup_code=renamed, off_queue=True, queue=queue, seen_to=True)
    SweepFactory(organization=organization, kind="catalogue", due_at=timezone.now() + timedelta(minutes=12))
    return organization


def address(page: str) -> str:
    if page == "code":
        return reverse("catalogue-code", args=[WrapupCode.everywhere.get(name="Settled").pk])
    return reverse("catalogue-drift") + ("?state=ended" if page == "ended" else "")


@pytest.mark.parametrize("page", ADDRESSES)
def test_axe_finds_nothing_wrong(page: str, centre: Organization, violations: Callable[..., list[str]]):
    assert violations(address(page)) == []


def test_axe_finds_nothing_wrong_where_nothing_has_drifted(organization, violations: Callable[..., list[str]]):
    assert violations(reverse("catalogue-drift")) == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_new_name_is_seen_to_by_keyboard(script: bool, centre: Organization, visit: Opening):
    page = visit(address("drift"), java_script_enabled=script)
    notice = DriftNotice.everywhere.get(kind="renamed")

    page.locator(f"#drift-{notice.pk} summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("A better name")
    page.keyboard.press("Enter")

    expect(page.locator(".toast-line")).to_contain_text("off the list")
    expect(page.locator(f"#drift-{notice.pk}")).to_have_count(0)


def test_a_list_is_narrowed_as_one_chooses(centre: Organization, visit: Opening):
    page = visit(reverse("catalogue-codes"))

    page.get_by_label("Division").select_option("Europe")

    expect(page.locator("#catalogue tbody tr")).to_have_count(3)
    assert "division=" in page.url


def test_who_asks_for_a_reading_sees_it_wait_and_end(centre: Organization, visit: Opening):
    page = visit(address("drift"))

    page.get_by_role("button", name="Read now").click()
    expect(page.locator("#reading")).to_contain_text("waits for a worker")
    Sweep.objects.filter(kind="catalogue").update(due_at=timezone.now() + timedelta(minutes=15))

    expect(page.locator("#reading")).not_to_contain_text("waits for a worker", timeout=15_000)


def test_the_rule_s_form_warns_of_what_the_dialler_does_not_do(centre: Organization, visit: Opening):
    page = visit(reverse("rule-add"))

    page.select_option("#rule-wrapup_code", label="Settled")

    expect(page.locator("#rule-sentence")).to_contain_text("To outbound campaigns this code means right party contact")
