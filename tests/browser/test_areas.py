"""Conversations, rules and failures in a real browser: accessible, by keyboard, narrow, and without script."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opening
from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    AttemptFactory,
    CommunicationFactory,
    DispositionFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.status import Status
from wrapups.models import Assignment, MappingRule, Organization, Release
from wrapups.services.moving import move

PAGES = (
    "conversation-list",
    "conversation-detail",
    "rule-list",
    "rule-add",
    "rule-change",
    "release-list",
    "release-detail",
    "release-publish",
    "failure-list",
    "failure-detail",
)
FILTERED = "?queue=Nowhere&media_type=email"


@pytest.fixture
def floor(organization: Organization) -> dict[str, Any]:
    """Rules in force and in a draft, conversations in every state, a failure; and the address of each page."""
    queue = QueueFactory(organization=organization, name="Billing EU")
    agent = AgentFactory(organization=organization, name="Kim Berg")
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=code)
    in_force = ReleaseFactory(organization=organization, number=1)
    rule = _rule(in_force, 1, "Refund - EU", code, {"fact": "queue", "operator": "is", "value": queue.genesys_id})
    put_in_force(in_force)
    draft = ReleaseFactory(organization=organization, number=2)
    drafted = _rule(draft, 1, "Refund - EU", code, {"fact": "media", "operator": "one_of", "value": ["voice", "email"]})
    _rule(draft, 2, "Long calls", code, {"any": [{"fact": "duration_s", "operator": "more", "value": 300}]})
    _rule(draft, 3, "Off", code, {"fact": "disposition.crm", "operator": "is", "value": "X"}, enabled=False)
    failure = None
    for traits in ({}, {"verified": True}, {"skipped": True}, {"conflict": True}, {"failed": True}):
        communication = CommunicationFactory(
            organization=organization, queue_id=queue.genesys_id, agent_id=agent.genesys_id
        )
        decided = {} if "skipped" in traits else {"rule": rule, "release": in_force, "wrapup_code": code}
        failure = AssignmentFactory(
            organization=organization,
            communication=communication,
            facts={"queue": queue.genesys_id, "media": "voice"},
            **decided,
            **traits,
        )
    assert failure is not None
    AttemptFactory(assignment=failure, http_status=400, message="Genesys Cloud answered 400: no.")
    conversation = failure.communication.conversation
    DispositionFactory(organization=organization, conversation_id=conversation.conversation_id)
    return {
        "conversation-detail": conversation.pk,
        "rule-change": drafted.pk,
        "release-detail": 1,
        "failure-detail": failure.pk,
    }


def _rule(release: Release, line: int, name: str, code: Any, member: dict[str, Any], **columns: Any) -> MappingRule:
    return MappingRuleFactory(
        organization=release.organization,
        release=release,
        line=line,
        name=name,
        wrapup_code=code,
        conditions={"all": [member]},
        **columns,
    )


def _address(floor: dict[str, Any], name: str) -> str:
    return reverse(name, args=[floor[name]] if name in floor else [])


# --- Accessible --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_wrong(violations: Callable[..., list[str]], floor: dict[str, Any], name: str) -> None:
    assert violations(_address(floor, name)) == []


@pytest.mark.parametrize("name", ["conversation-list", "rule-list", "release-list", "failure-list"])
def test_axe_finds_nothing_wrong_where_there_is_nothing(
    violations: Callable[..., list[str]], organization: Organization, name: str
) -> None:
    assert violations(reverse(name)) == []


def test_axe_finds_nothing_wrong_with_errors_and_chips(
    violations: Callable[..., list[str]], floor: dict[str, Any]
) -> None:
    assert violations(reverse("conversation-list") + FILTERED) == []


# --- Lists -------------------------------------------------------------------------------------------------------


def test_a_filter_swaps_the_list_and_stands_in_the_address(visit: Opening, floor: dict[str, Any]) -> None:
    page = visit("/conversations")

    page.fill("#filter-queue", "Billing EU")
    page.press("#filter-queue", "Enter")
    expect(page.locator(".chip.on")).to_contain_text("Queue: Billing EU")
    page.get_by_role("link", name="Failed 1").click()
    expect(page.locator("tbody tr")).to_have_count(1)

    assert page.url.endswith("/conversations?status=failed&queue=Billing+EU")
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(5)
    expect(page.locator("h1")).to_have_text("Conversations")


def test_names_are_suggested_while_one_types(visit: Opening, floor: dict[str, Any]) -> None:
    page = visit("/conversations")

    page.locator("#filter-queue").press_sequentially("bill")

    expect(page.locator("#names-queue option")).to_have_count(1)
    expect(page.locator("#names-queue option")).to_have_attribute("value", "Billing EU")


def test_a_row_that_moves_becomes_what_it_is(visit: Opening, floor: dict[str, Any], organization: Organization) -> None:
    moving = Assignment.objects.of(organization).get(status=Status.PENDING)
    page = visit("/conversations")
    row = page.locator(f"#assignment-{moving.pk}")
    expect(row).to_contain_text("pending")

    move(moving.pk, Status.PENDING, Status.CANCELLED)

    expect(row).to_contain_text("cancelled", timeout=15_000)
    assert row.get_attribute("hx-trigger") is None


def test_a_retry_swaps_the_row_in_place(visit: Opening, floor: dict[str, Any]) -> None:
    page = visit("/failures")

    page.locator("[data-act=retry]").click()

    expect(page.locator(f"#assignment-{floor['failure-detail']}")).to_contain_text("pending")
    assert page.url.endswith("/failures")


def test_a_failure_is_cancelled_with_a_reason_without_script(visit: Opening, floor: dict[str, Any]) -> None:
    page = visit(_address(floor, "failure-detail"), java_script_enabled=False)

    page.get_by_text("Cancel …").click()
    page.get_by_label("Reason").fill("The customer called again")
    page.get_by_role("button", name="Cancel this assignment").click()

    expect(page.locator(".toast-line")).to_contain_text("It is cancelled.")


# --- Rules -------------------------------------------------------------------------------------------------------


def _write_a_rule(page: Page, *, refresh: Callable[[], None]) -> None:
    """Write "Refund": queue Billing EU, the CRM says REF-OK, voice or e-mail; by names only."""
    page.fill("#rule-name", "Refund")
    page.fill("#c-0-name", "Billing EU")
    page.select_option("#c-1-fact", "disposition.")
    refresh()
    page.fill("#c-1-key", "crm")
    page.fill("#c-1-value", "REF-OK")
    page.select_option("#rule-wrapup_code", label="Refund granted")
    page.get_by_role("button", name="Save in the draft").click()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_rule_is_written_by_names(
    visit: Opening, floor: dict[str, Any], organization: Organization, script: bool
) -> None:
    # A change that the next one replaces is given up, which htmx writes to the console.
    page = visit("/rules/new", java_script_enabled=script, awaited="htmx:")

    def refresh() -> None:
        if not script:
            page.get_by_role("button", name="Show the fields that fit").click()

    _write_a_rule(page, refresh=refresh)

    expect(page.locator("#rules")).to_contain_text("choose Refund granted")
    rule = MappingRule.objects.of(organization).get(name="Refund")
    assert [member["fact"] for member in rule.conditions["all"]] == ["queue", "disposition.crm"]


def test_enter_in_a_picker_takes_the_name_and_keeps_the_focus_there(visit: Opening, floor: dict[str, Any]) -> None:
    page = visit("/rules/new")

    page.fill("#c-0-name", "billing eu")
    page.press("#c-0-name", "Enter")

    expect(page.locator(".chosen .chip")).to_have_text("Billing EU")
    expect(page.locator("#c-0-name")).to_be_focused()
    expect(page.locator("#c-0-name")).to_have_value("")


def test_the_sentence_follows_the_typing(visit: Opening, floor: dict[str, Any]) -> None:
    page = visit(_address(floor, "rule-change"))
    expect(page.locator(".rule-reading")).to_contain_text("the media type is one of voice or e-mail")

    page.locator("#c-add").click()
    page.select_option("#c-1-fact", "ani")
    page.locator("#c-1-value").press_sequentially("+49")

    expect(page.locator(".rule-reading")).to_contain_text("and the ANI is +49")
    expect(page.locator("#c-1-value")).to_be_focused()


def test_a_rule_is_moved_by_keyboard_and_the_focus_goes_with_it(
    visit: Opening, floor: dict[str, Any], organization: Organization
) -> None:
    page = visit("/rules")
    rule = MappingRule.objects.of(organization).get(name="Long calls")

    page.locator(f"#up-{rule.pk}").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#rules tbody tr").first).to_contain_text("Long calls")
    expect(page.locator(f"#rule-{rule.pk} .number").first).to_have_text("1")


def test_what_is_typed_stays_when_something_is_wrong(visit: Opening, floor: dict[str, Any]) -> None:
    page = visit("/rules/new")
    page.fill("#rule-name", "Half a rule")
    page.fill("#rule-notes", "Typed with care")

    page.get_by_role("button", name="Save in the draft").click()

    expect(page.locator("#c-0-value-error")).to_have_text("Choose at least one, or remove this condition.")
    expect(page.locator("#rule-name")).to_have_value("Half a rule")
    expect(page.locator("#rule-notes")).to_have_value("Typed with care")


def test_a_release_is_published_with_its_reason(visit: Opening, floor: dict[str, Any]) -> None:
    page = visit("/rules")

    page.get_by_role("link", name="Publish …").click()
    page.get_by_label("Reason").fill("The CRM has a new outcome")
    page.get_by_role("button", name="Publish release 2").click()

    expect(page.locator(".page-head .state")).to_contain_text("Release 2, published")
