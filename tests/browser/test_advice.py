"""A failure is mended by its buttons, in a real browser, with the keyboard alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Opening
from tests.factories import AddedCodeFactory, AssignmentFactory, AttemptFactory, WrapupCodeFactory
from tests.failures import off_queue
from wrapups.domain.status import Status
from wrapups.models import Assignment, FailureGroup, Organization


@pytest.fixture
def failure(organization: Organization) -> Assignment:
    return off_queue(organization)


def press(button: Locator) -> None:
    """Press a button as somebody without a mouse does."""
    button.focus()
    button.press("Enter")


def test_a_replacement_is_chosen_published_and_the_failure_follows_it(
    failure: Assignment, visit: Opening, live_server: Any
):
    page = visit(reverse("failure-detail", args=[failure.pk]))

    press(page.get_by_role("button", name="Choose Refund granted (EU) in rule Refunds"))
    expect(page).to_have_url(re.compile(r"/rules/\d+\?code=\d+$"))
    expect(page.locator("[name=wrapup_code] option:checked")).to_have_text("Refund granted (EU)")
    press(page.get_by_role("button", name="Save in the draft"))
    expect(page.get_by_text("is saved in the draft")).to_be_visible()
    page.goto(live_server.url + reverse("release-publish"))
    page.get_by_label("Reason").fill("The code is not on the queue")
    press(page.get_by_role("button", name="Publish release 2"))
    expect(page).not_to_have_url(re.compile("publish$"))
    page.goto(live_server.url + reverse("failure-detail", args=[failure.pk]))
    press(page.get_by_role("button", name="Look again, then decide"))

    expect(page.get_by_text("It is looked at again, and follows the rules in force.")).to_be_visible()
    newest = Assignment.everywhere.filter(communication=failure.communication).latest("generation")
    assert newest.wrapup_code is not None
    assert (newest.status, newest.wrapup_code.name) == (Status.PENDING, "Refund granted (EU)")


def test_axe_finds_nothing_wrong_with_the_advice_for_a_group_whose_codes_have_long_names(
    failure: Assignment, violations: Callable[..., list[str]]
):
    long = "Refund granted by the second line after the customer was called back (Austria and Switzerland)"
    AssignmentFactory(
        organization=failure.organization,
        communication__queue_id=failure.communication.queue_id,
        wrapup_code=WrapupCodeFactory(organization=failure.organization, name=long),
        failed=True,
        reason=failure.reason,
        fingerprint=failure.fingerprint,
    )
    group = FailureGroup.everywhere.get()

    assert violations(reverse("failure-group", args=[group.pk])) == []


def test_axe_finds_nothing_wrong_where_failures_are_explained(
    failure: Assignment, violations: Callable[..., list[str]]
):
    added = AddedCodeFactory(
        organization=failure.organization,
        state="failed",
        problem="The OAuth client may not change queues.",
        error_code="missing.permissions",
        correlation_id="6b2c1f0e-0000-4000-8000-000000000001",
    )
    confirm = f"{reverse('added-code-add')}?queue={added.queue_id}&code={added.wrapup_code_id}"

    request = {"method": "PATCH", "path": "/api/v2/conversations/calls/c-1/participants/p-1", "body": {"wrapup": {}}}
    AttemptFactory(assignment=failure, http_status=400, request=request)

    assert violations(reverse("failure-detail", args=[failure.pk])) == []
    assert violations(reverse("known-failures")) == []
    assert violations(confirm) == []
    assert violations(reverse("added-code", args=[added.pk])) == []
