"""Trying rules and keeping cases in a real browser: by keyboard alone, with the mouse, beside the editor."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening, faults
from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    CommunicationFactory,
    ConversationFactory,
    MappingRuleFactory,
    QueueFactory,
    ReleaseFactory,
    RuleCaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.models import MappingRule, Organization, RuleCase

CONVERSATION = "0b1e6f8a-3c2d-4e5f-8a9b-0c1d2e3f4a5b"
SEVERAL = "5b4a3f2e-1d0c-4b9a-8f5e-4d2c8a6f1e0b"
PAGES = ("try", "try one", "try several", "cases", "no cases", "case", "new case")


@pytest.fixture
def centre(organization: Organization) -> Organization:
    """A draft with two rules over a release in force, a conversation of one part, and one of two."""
    queue = QueueFactory(organization=organization, name="Billing EU")
    refund = WrapupCodeFactory(organization=organization, name="Refund granted")
    long_call = WrapupCodeFactory(organization=organization, name="Long call")
    everything = MappingRuleFactory(
        organization=organization, release__number=1, conditions={"all": []}, wrapup_code=refund
    )
    put_in_force(everything.release)
    draft = ReleaseFactory(organization=organization, number=2)
    conditions = {
        "Long calls": {"all": [{"fact": "duration_s", "operator": "more", "value": 600}]},
        "Refund - EU": {
            "all": [
                {"fact": "queue", "operator": "one_of", "value": [queue.genesys_id]},
                {"any": [
                    {"fact": "disposition.CRM", "operator": "starts_with", "value": "REF"},
                    {"fact": "media", "operator": "is", "value": "voice"},
                ]},
            ]
        },
    }  # fmt: skip
    for line, (name, code) in enumerate((("Long calls", long_call), ("Refund - EU", refund)), start=1):
        MappingRuleFactory(
            organization=organization,
            release=draft,
            line=line,
            name=name,
            conditions=conditions[name],
            wrapup_code=code,
        )
    for conversation_id, agents in ((CONVERSATION, ("Ann Berger",)), (SEVERAL, ("Bo Lund", "Cem Aydin"))):
        conversation = ConversationFactory(organization=organization, conversation_id=conversation_id)
        for agent in agents:
            leg = CommunicationFactory(
                organization=organization,
                conversation=conversation,
                queue_id=queue.genesys_id,
                agent_id=AgentFactory(organization=organization, name=agent).genesys_id,
            )
            facts = {"media": "voice", "queue": queue.genesys_id, "duration_s": 300, "disposition": ["REF-OK"]}
            AssignmentFactory(organization=organization, communication=leg, wrapup_code=refund, facts=facts)
    return organization


@pytest.fixture
def address(centre: Organization) -> Callable[[str], str]:
    """Return the address of a page, once there is what it shows."""

    def of(page: str) -> str:
        if page.startswith("try"):
            ids = {"try one": f"?q={CONVERSATION}", "try several": f"?q={SEVERAL}"}
            return reverse("rule-try") + ids.get(page, "")
        if page == "no cases":
            return reverse("case-list")
        made = RuleCaseFactory(organization=centre, name="A refund by phone", facts={"media": "voice"})
        return {
            "cases": reverse("case-list"),
            "case": reverse("case-change", args=[made.pk]),
            "new case": reverse("case-add"),
        }[page]

    return of


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, address: Callable[[str], str], violations: Callable[..., list[str]]):
    assert violations(address(page)) == []


def test_by_keyboard_alone_a_conversation_is_tried_and_a_fact_changed(centre: Organization, visit: Opening):
    page = visit(reverse("rule-try"))
    page.get_by_role("textbox", name="A conversation").focus()
    page.keyboard.type(CONVERSATION)
    page.keyboard.press("Enter")

    expect(page.locator("#try-result .try-code")).to_have_text("Refund granted")
    expect(page.get_by_role("heading", name="Conditions of Refund - EU")).to_be_visible()

    page.get_by_role("group", name="Duration").get_by_label("Compare with").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("900")

    expect(page.locator("#try-result .try-code")).to_have_text("Long call")
    expect(page.get_by_text("Rules tried")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Changed from")).to_be_visible()


def test_with_the_mouse_facts_are_typed_and_kept_as_a_case(centre: Organization, visit: Opening):
    page = visit(reverse("rule-try"))
    page.get_by_role("button", name="Fact", exact=True).click()
    page.get_by_role("combobox", name="Fact", exact=True).select_option("duration_s")
    page.get_by_label("Compare with").fill("900")
    expect(page.locator("#try-result .try-code")).to_have_text("Long call")

    page.get_by_role("button", name="Save as a case …").click()
    page.get_by_label("Name").fill("A long call")
    page.get_by_role("button", name="Save the case").last.click()

    expect(page.get_by_role("row", name="A long call")).to_contain_text("passes")
    case = RuleCase.everywhere.get()
    assert (case.facts, case.expected_code.name) == ({"duration_s": 900}, "Long call")


def test_one_of_several_agents_parts_is_taken(centre: Organization, visit: Opening):
    page = visit(f"{reverse('rule-try')}?q={SEVERAL}")
    page.get_by_role("article", name="Cem Aydin").get_by_role("link", name="Use its facts").click()

    expect(page.get_by_text("The facts of")).to_contain_text("Cem Aydin")
    expect(page.locator("#try-result .try-code")).to_have_text("Refund granted")


def test_beside_the_editor_the_typed_rule_is_tried_while_it_changes(centre: Organization, visit: Opening):
    rule = centre_rule(centre, "Long calls")
    page = visit(reverse("rule-change", args=[rule.pk]))
    panel = page.locator("#rule-try")
    panel.get_by_role("textbox", name="A conversation").fill(CONVERSATION)
    panel.get_by_role("button", name="Take its facts").click()
    expect(panel.locator(".try-code")).to_have_text("Refund granted")

    page.locator("#rule-tree").get_by_label("Compare with").fill("200")

    expect(panel.locator(".try-code")).to_have_text("Long call")
    expect(panel.get_by_text("the duration is more than 200 s", exact=True)).to_be_visible()
    assert centre_rule(centre, "Long calls").conditions == rule.conditions


def test_the_editor_with_its_panel_is_accessible(centre: Organization, visit: Opening):
    page = visit(reverse("rule-change", args=[centre_rule(centre, "Refund - EU").pk]), bypass_csp=True)
    expect(page.locator("#rule-try #try-result")).to_be_visible()

    assert [fault for theme in ("light", "dark") for fault in faults(page, theme)] == []


def test_without_javascript_a_conversation_is_tried_just_so(centre: Organization, visit: Opening):
    page = visit(reverse("rule-try"), java_script_enabled=False)
    page.get_by_role("textbox", name="A conversation").fill(CONVERSATION)
    page.get_by_role("button", name="Take its facts").click()
    page.get_by_role("group", name="Duration").get_by_label("Compare with").fill("900")
    page.get_by_role("button", name="Try", exact=True).last.click()

    expect(page.locator("#try-result .try-code")).to_have_text("Long call")


def centre_rule(organization: Organization, name: str) -> MappingRule:
    rule: MappingRule = MappingRule.objects.of(organization).get(name=name)
    return rule
