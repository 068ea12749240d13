"""The checks of the rules in a real browser: read, followed while a rule is typed, and asked before it is moved."""

from collections.abc import Callable
from datetime import UTC

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Opening
from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    ConversationFactory,
    DispositionFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    WrapupCodeFactory,
)
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Organization, Release
from wrapups.models.clock import app_now
from wrapups.services.tallying import count_day

REPLACED = "htmx:"
"""A request that the next keystroke replaces is given up, which htmx writes to the console."""


def _is(fact: str, value: str) -> dict[str, str]:
    return {"fact": fact, "operator": "is", "value": value}


@pytest.fixture
def draft(organization: Organization) -> Release:
    """A draft with a flaw of each kind, and a queue on which nothing matched."""
    queue = QueueFactory(organization=organization, name="Billing EU")
    QueueWrapupCodeFactory(organization=organization, queue=queue)
    refund = WrapupCodeFactory(organization=organization, name="Refund granted")
    uncallable = WrapupCodeFactory(organization=organization, name="Do not call", dialler_flags=["Contact_UnCallable"])
    release = ReleaseFactory(organization=organization)
    rules = [
        ("Refund - EU", [_is("queue", queue.genesys_id), _is("disposition.CRM", "REF-OK")], refund),
        ("Refund - voice, EU", [_is("queue", queue.genesys_id), _is("disposition.CRM", "ref-ok")], refund),
        ("Do not call", [_is("disposition.CRM", "DNC")], uncallable),
        ("Voice", [_is("media", "voice")], refund),
        ("Inbound voice from nowhere", [_is("media", "voice"), {"fact": "media", "operator": "is_empty"}], refund),
        ("Everything on EU", [_is("queue", queue.genesys_id)], uncallable),
        ("Chat", [_is("media", "chat")], refund),
        ("Written", [{"fact": "media", "operator": "one_of", "value": ["chat", "email", "message"]}], refund),
    ]
    for line, (name, conditions, code) in enumerate(rules, start=1):
        MappingRuleFactory(
            organization=organization,
            release=release,
            line=line,
            name=name,
            conditions={"all": conditions},
            wrapup_code=code,
        )
    for said in ("ZZ-9", "ZZ-9", "CB-48"):
        conversation = ConversationFactory(organization=organization)
        DispositionFactory(
            organization=organization, conversation_id=conversation.conversation_id, source="CRM", code=said
        )
        leg = CommunicationFactory(organization=organization, conversation=conversation, queue_id=queue.genesys_id)
        AssignmentFactory(
            organization=organization,
            communication=leg,
            ended_at=leg.ended_at,
            status=Status.SKIPPED,
            reason=SkipReason.NO_RULE,
            wrapup_code=None,
            rule=None,
        )
        count_day(organization, leg.ended_at.astimezone(UTC).date())
    assert app_now() > leg.ended_at
    return release


@pytest.mark.parametrize("path", ["/rules/checks", "/rules"])
@pytest.mark.parametrize("width", [1440, NARROW])
def test_nothing_is_wrong_with_what_the_checks_say(
    violations: Callable[..., list[str]], draft: Release, path: str, width: int
) -> None:
    assert violations(path, width=width) == []


def test_the_line_above_the_list_leads_to_the_rules_it_counts(visit: Opening, draft: Release) -> None:
    page = visit("/rules")

    page.get_by_role("link", name="2 rules can never decide").click()

    expect(page.locator("#never tbody .row-link")).to_have_text(["Refund - voice, EU", "Inbound voice from nowhere"])


def test_while_a_rule_is_typed_the_card_beside_it_follows(visit: Opening, draft: Release) -> None:
    rule = draft.rules.get(name="Chat")
    page = visit(f"/rules/{rule.pk}", awaited=REPLACED)
    beside = page.locator("#rule-checks-typed")
    expect(beside).to_contain_text("Changes nothing: without it, Written (line 8) would choose the same.")

    page.locator("#rule-form select[name='c-0-value']").select_option("voice")

    expect(beside).to_contain_text("Never decides: before it, Voice (line 4) matches all that it would match.")


def test_before_a_move_is_made_the_row_says_what_it_would_hide(visit: Opening, draft: Release) -> None:
    rule = draft.rules.get(name="Written")
    page = visit("/rules")
    page.get_by_label("Move Written to a line").press("Enter")
    page.get_by_label("Move to line").locator("visible=true").fill("7")

    expect(page.locator(f"#move-check-{rule.pk}")).to_contain_text("Hides Chat (line 8)")
    assert draft.rules.get(name="Written").line == 8


def test_a_move_that_hides_rules_is_left_or_made_with_the_keyboard_alone(visit: Opening, draft: Release) -> None:
    written = draft.rules.get(name="Written")
    page = visit("/rules")
    handle, asked = page.locator(f"#handle-{written.pk}"), page.locator("#move-asked")

    handle.press("ArrowUp")
    expect(asked).to_contain_text("Hides Chat (line 8)")
    expect(asked.get_by_role("button", name="Move it")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(asked).to_have_count(0)
    expect(handle).to_be_focused()
    assert draft.rules.get(name="Written").line == 8

    handle.press("ArrowUp")
    expect(asked.get_by_role("button", name="Move it")).to_be_focused()
    expect(page.locator(".htmx-settling")).to_have_count(0)
    page.keyboard.press("Enter")

    expect(page.locator(f"#rule-{written.pk}")).to_have_attribute("data-line", "7")
    expect(handle).to_be_focused()
    assert draft.rules.get(name="Written").line == 7


def test_a_drop_that_hides_rules_asks_first(visit: Opening, draft: Release) -> None:
    written, chat = draft.rules.get(name="Written"), draft.rules.get(name="Chat")
    page = visit("/rules")

    page.locator(f"#handle-{written.pk}").drag_to(page.locator(f"#rule-{chat.pk}"), target_position={"x": 200, "y": 3})
    expect(page.locator("#move-asked")).to_contain_text("Hides Chat (line 8)")
    page.get_by_role("button", name="Move it").click()

    expect(page.locator(f"#rule-{written.pk}")).to_have_attribute("data-line", "7")
