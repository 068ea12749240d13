"""The control room in a real browser: accessible, narrow, live, by keyboard and without script."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import AssignmentFactory, MappingRuleFactory, PersonFactory, SweepFactory, put_in_force
from wrapups.domain.status import Lane
from wrapups.models import CallBudget, CallTally, Heartbeat, MappingRule, Organization
from wrapups.models.clock import app_now
from wrapups.services import pausing
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import Purpose, take_call
from wrapups.services.held_work import HeldWork


@pytest.fixture
def rule(organization: Organization) -> MappingRule:
    """A rule in force, work in two lanes, calls of the last hour, a worker that lives and a pump that is silent."""
    made: MappingRule = MappingRuleFactory(organization=organization, name="Refund EU")
    put_in_force(made.release)
    now = app_now()
    for number in range(12):
        AssignmentFactory(organization=organization, rule=made, due_at=now - timedelta(minutes=number))
    AssignmentFactory(organization=organization, lane=Lane.BULK, due_at=now + timedelta(minutes=5))
    SweepFactory(organization=organization, kind="discover", due_at=now + timedelta(minutes=1))
    SweepFactory(organization=organization, kind="catalogue", due_at=now + timedelta(minutes=1))
    Heartbeat.objects.create(kind="worker", host="host", pid=1, beat_at=now + timedelta(minutes=10))
    CallBudget.objects.filter(organization=organization).update(tokens=8)
    for use in (CallTally.Use.WRITE, CallTally.Use.WRITE, CallTally.Use.VERIFY, CallTally.Use.DISCOVER):
        take_call(organization.pk, purpose=Purpose(use))
    return made


def test_the_control_room_is_accessible_and_no_wider_than_its_window(
    organization: Organization, rule: MappingRule, violations: Callable[..., list[str]]
):
    actor = Actor(PersonFactory())
    pausing.hold_lane(organization, Lane.BULK, actor=actor, reason="Not before noon")
    pausing.hold_rule(organization, rule.identity, actor=actor, reason="Its code is wrong")

    assert violations(reverse("control-room")) == []


@pytest.mark.parametrize("scripted", [True, False])
def test_a_rule_is_paused_by_keyboard_said_above_the_page_and_resumed(
    scripted: bool, organization: Organization, rule: MappingRule, visit: Opening
):
    page = visit(reverse("control-room"), java_script_enabled=scripted)
    page.get_by_role("button", name="Pause a lane or a rule").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What").select_option("Refund EU")
    dialog.get_by_label("Reason").fill("Its code is wrong")
    dialog.get_by_role("button", name="Pause it").press("Enter")

    expect(page.locator("#notices").get_by_text("The rule “Refund EU” is paused.")).to_be_visible()
    expect(page.get_by_text("12 assignments wait for it.")).to_be_visible()
    page.get_by_role("button", name="Resume The rule “Refund EU”").press("Enter")
    expect(page.get_by_text("No lane and no rule.")).to_be_visible()
    assert not HeldWork.of(organization)
