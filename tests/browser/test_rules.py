"""Rules in a real browser: written, ordered and changed by names, with the keyboard alone and with the mouse."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import NARROW, Opening
from tests.factories import (
    AssignmentFactory,
    DivisionFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    WrapupCodeFactory,
)
from wrapups.models import MappingRule, Organization, Release

REPLACED = "htmx:"
"""A request that the next keystroke replaces is given up, which htmx writes to the console."""


@pytest.fixture
def catalogue(organization: Organization) -> dict[str, Any]:
    """Two queues of a division, a code that both offer and one that only the first does."""
    division = DivisionFactory(organization=organization, name="Europe")
    queues = [
        QueueFactory(organization=organization, name=name, division_id=division.genesys_id)
        for name in ("Billing EU", "Billing UK")
    ]
    resolved = WrapupCodeFactory(organization=organization, name="Billing - Resolved")
    only_one = WrapupCodeFactory(organization=organization, name="Refund granted")
    for queue in queues:
        QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=resolved)
    QueueWrapupCodeFactory(organization=organization, queue=queues[0], wrapup_code=only_one)
    AssignmentFactory(organization=organization, facts={"queue": queues[0].genesys_id, "disposition": ["RES-017"]})
    return {"queues": queues, "resolved": resolved}


@pytest.fixture
def draft(organization: Organization) -> Release:
    """A draft with the rules A, B, C and D, none of which hides another."""
    release = ReleaseFactory(organization=organization)
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    for line, name in enumerate("ABCD", start=1):
        asks = {"all": [{"fact": "disposition.CRM", "operator": "is", "value": name}]}
        columns = {"line": line, "name": name, "conditions": asks, "wrapup_code": code}
        MappingRuleFactory(organization=organization, release=release, **columns)
    return release


def _saved(organization: Organization, catalogue: dict[str, Any]) -> None:
    """Assert that the rule of story 1 is in the draft as it was meant."""
    rule = MappingRule.objects.of(organization).get()
    queue, disposition = rule.conditions["all"]
    assert queue["value"] == [each.genesys_id for each in catalogue["queues"]]
    assert (disposition["fact"], disposition["value"]) == ("disposition", ["RES-017"])
    assert rule.wrapup_code == catalogue["resolved"]


def _ids_in_sight(page: Page, catalogue: dict[str, Any]) -> list[str]:
    ids = [each.genesys_id for each in (*catalogue["queues"], catalogue["resolved"])]
    seen = page.locator("body").inner_text()
    return [genesys_id for genesys_id in ids if genesys_id in seen]


def _names(page: Page) -> list[str]:
    return page.locator("#rules tbody .row-link").all_inner_texts()


# --- Story 1: an external code becomes a wrap-up code, for two queues, in six inputs and without an id ---------------


def test_a_code_is_mapped_with_the_keyboard_alone_in_six_inputs(
    visit: Opening, organization: Organization, catalogue: dict[str, Any]
) -> None:
    page = visit("/rules", awaited=REPLACED)
    keyboard = page.keyboard

    page.get_by_role("link", name="Add a rule").focus()
    keyboard.press("Enter")  # 1
    expect(page.locator("#c-0-name")).to_be_visible()
    _tab_to(page, "c-0-name")
    for typed in ("eu", "uk"):  # 2 and 3
        keyboard.type(typed)
        expect(page.locator("#c-0-name-listbox [aria-selected=true]")).to_contain_text(f"Billing {typed.upper()}")
        keyboard.press("Enter")
        expect(page.locator(".chosen .chip").last).to_contain_text(f"Billing {typed.upper()}")
        expect(page.locator("#c-0-name")).to_be_focused()
    _tab_to(page, "c-1-lines")
    keyboard.type("RES-017")  # 4
    _tab_to(page, "rule-wrapup_code-field")
    keyboard.type("billing")  # 5
    expect(page.locator("#rule-wrapup_code-field-listbox [aria-selected=true]")).to_contain_text("Billing - Resolved")
    keyboard.press("Enter")
    _tab_to(page, "rule-notes")
    assert _ids_in_sight(page, catalogue) == []
    page.locator("#rule-form .btn-primary").focus()
    keyboard.press("Enter")  # 6

    expect(page.locator("#rules")).to_contain_text("Billing EU or Billing UK")
    assert _ids_in_sight(page, catalogue) == []
    _saved(organization, catalogue)
    assert MappingRule.objects.of(organization).get().name == "RES-017 – Billing - Resolved"


def test_a_code_is_mapped_with_the_mouse_in_six_inputs(
    visit: Opening, organization: Organization, catalogue: dict[str, Any]
) -> None:
    page = visit("/rules", awaited=REPLACED)

    page.get_by_role("link", name="Add a rule").click()  # 1
    for name in ("Billing EU", "Billing UK"):  # 2 and 3
        page.locator("#c-0-name").press_sequentially("billing")
        page.get_by_role("option", name=name).click()
        expect(page.locator(".chosen .chip").last).to_contain_text(name)
    page.fill("#c-1-lines", "RES-017")  # 4
    page.get_by_role("combobox", name="Then choose the wrap-up code").click()
    page.get_by_role("option", name="Billing - Resolved").click()  # 5
    page.get_by_role("button", name="Save in the draft").click()  # 6

    expect(page.locator("#rules")).to_contain_text("Billing EU or Billing UK")
    _saved(organization, catalogue)


def test_a_picker_takes_what_is_typed_now_however_fast(
    visit: Opening, organization: Organization, catalogue: dict[str, Any]
) -> None:
    for name in ("Refunds EU", "Technical EU", "Refunds"):
        QueueFactory(organization=organization, name=name)
    page = visit("/rules/new", awaited=REPLACED)
    field, chips = page.locator("#c-0-name"), page.locator(".chosen .chip")

    for typed, meant in (("technical", "Technical EU"), ("refunds", "Refunds")):
        field.press("ArrowDown")
        expect(page.locator("#c-0-name-listbox [aria-selected=true]")).to_contain_text("Billing EU")
        field.press_sequentially(typed)
        field.press("Enter")
        expect(chips.last).to_contain_text(meant)
    field.press_sequentially("nothing like it")
    field.press("Enter")

    expect(page.locator("#c-0-value-error")).to_contain_text("No queue is called “nothing like it”")
    assert chips.all_inner_texts() == ["Technical EU", "Refunds"]


def test_a_picker_shows_the_division_beside_the_queue_and_leaves_with_escape(
    visit: Opening, catalogue: dict[str, Any]
) -> None:
    page = visit("/rules/new", awaited=REPLACED)
    field = page.locator("#c-0-name")

    field.press_sequentially("billing")
    expect(page.locator("#c-0-name-listbox li")).to_have_count(2)
    expect(page.locator("#c-0-name-listbox li small").first).to_have_text("Europe")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(page.locator("#c-0-name-listbox [aria-selected=true]")).to_contain_text("Billing UK")
    assert field.get_attribute("aria-activedescendant") == "c-0-name-listbox-1"

    field.press("Escape")

    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_be_focused()
    expect(field).to_have_value("billing")


def test_a_new_rule_is_put_where_it_can_decide_and_is_in_sight_when_it_is_saved(
    visit: Opening, organization: Organization, draft: Release
) -> None:
    columns = {"line": 5, "name": "Whatever else", "conditions": {"all": []}}
    MappingRuleFactory(organization=organization, release=draft, **columns)
    code = WrapupCodeFactory(organization=organization, name="Resolved")
    page = visit("/rules/new?source=CRM&disposition=ZZ-9", awaited=REPLACED)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)

    page.fill("#rule-name", "")
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.locator("#rule-wrapup_code-field")).to_be_focused()
    page.locator("#rule-notes").fill("Typed with care")
    with page.expect_event("dialog"):
        page.locator(".rail").get_by_role("link", name="History").evaluate("link => setTimeout(() => link.click())")
    page.get_by_role("combobox", name="Then choose the wrap-up code").click()
    page.get_by_role("option", name="Resolved").click()
    page.get_by_role("button", name="Put it before line 5").click()
    expect(page.locator("#rule-checks-typed")).not_to_contain_text("Never decides")
    page.get_by_role("button", name="Save in the draft").click()

    rule = draft.rules.get(wrapup_code=code)
    row = page.locator(f"#rule-{rule.pk}:target")
    expect(row).to_be_in_viewport()
    expect(page.get_by_role("status").get_by_role("link", name=rule.name)).to_have_attribute(
        "href", f"/rules#rule-{rule.pk}"
    )
    assert (rule.line, rule.notes, asked) == (5, "Typed with care", ["beforeunload"])


# --- Story 2: only codes that every chosen queue has -----------------------------------------------------------------


def test_a_code_that_a_chosen_queue_lacks_is_greyed_with_the_queue_named(
    visit: Opening, catalogue: dict[str, Any]
) -> None:
    page = visit("/rules/new", awaited=REPLACED)

    for name in ("Billing EU", "Billing UK"):
        page.fill("#c-0-name", name)
        page.press("#c-0-name", "Enter")
        expect(page.locator(".chosen .chip").last).to_contain_text(name)

    field = page.get_by_role("combobox", name="Then choose the wrap-up code")
    field.press_sequentially("refund")
    greyed = page.get_by_role("option", name="Refund granted")
    expect(greyed).to_have_attribute("aria-disabled", "true")
    expect(greyed.locator("small")).to_have_text("not on Billing UK")
    field.press("Enter")
    expect(greyed).to_be_visible()
    assert page.locator("#rule-wrapup_code").input_value() == ""


def test_without_script_a_code_that_a_chosen_queue_lacks_is_greyed_in_a_plain_list(
    visit: Opening, organization: Organization, catalogue: dict[str, Any]
) -> None:
    asks = {"fact": "queue", "operator": "is", "value": catalogue["queues"][1].genesys_id}
    release = ReleaseFactory(organization=organization)
    rule = MappingRuleFactory(
        organization=organization, release=release, conditions={"all": [asks]}, wrapup_code=catalogue["resolved"]
    )
    page = visit(f"/rules/{rule.pk}", java_script_enabled=False)

    greyed = page.locator("#rule-wrapup_code option[disabled]").filter(has_text="Refund granted")
    expect(greyed).to_have_text("Refund granted – not on Billing UK")
    expect(page.locator("#rule-wrapup_code")).to_be_visible()


# --- Story 14: policies with their meaning beside, and notes as they would be written --------------------------------


def test_notes_and_policies_are_said_where_their_meaning_stands(
    visit: Opening, organization: Organization, catalogue: dict[str, Any], draft: Release
) -> None:
    rule = draft.rules.get(name="A")
    page = visit(f"/rules/{rule.pk}", awaited=REPLACED)

    page.locator("#rule-notes").press_sequentially("CRM said {disposition}")
    expect(page.locator(".noted-text")).to_have_text("CRM said RES-017")
    page.get_by_text("Policies of its own").click()
    page.select_option("#rule-policy_legs", label="Only the last agent's")
    expect(page.locator("#rule-policy_legs_helptext")).to_contain_text("After a transfer")
    page.get_by_role("button", name="Save in the draft").click()

    expect(page.locator(f"#rule-{rule.pk}")).to_contain_text("Policies of its own: only the last agent's")
    rule.refresh_from_db()
    assert rule.policies == {"legs": "last"}


# --- Order -----------------------------------------------------------------------------------------------------------


def test_a_rule_is_moved_by_its_handle_with_the_arrow_keys(visit: Opening, draft: Release) -> None:
    page = visit("/rules")
    handle = page.locator(f"#handle-{draft.rules.get(name='C').pk}")

    handle.focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#rules tbody .row-link").nth(1)).to_have_text("C")
    expect(handle).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#rules tbody .row-link").nth(0)).to_have_text("C")
    page.keyboard.press("ArrowDown")

    expect(page.locator("#rules tbody .row-link").nth(1)).to_have_text("C")
    expect(page.locator("#announce")).to_have_text("Now at line 2")
    assert list(draft.rules.order_by("line").values_list("name", flat=True)) == ["A", "C", "B", "D"]


@pytest.mark.parametrize(
    ("dragged", "onto", "below", "order"),
    [("D", "B", False, "ADBC"), ("A", "C", True, "BCAD"), ("A", "C", False, "BACD"), ("B", "B", True, "ABCD")],
)
def test_a_rule_is_dragged_to_where_it_shall_be(
    visit: Opening, draft: Release, dragged: str, onto: str, below: bool, order: str
) -> None:
    page = visit("/rules")
    handle = page.locator(f"#handle-{draft.rules.get(name=dragged).pk}")
    row = page.locator(f"#rule-{draft.rules.get(name=onto).pk}")
    box = row.bounding_box()
    assert box is not None

    handle.drag_to(row, target_position={"x": 200, "y": box["height"] - 3 if below else 3})

    expect(page.locator("#rules tbody .row-link")).to_have_text(list(order))
    assert "".join(draft.rules.order_by("line").values_list("name", flat=True)) == order


# --- Several at once -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_ticked_rules_are_taken_out_of_use_together(visit: Opening, draft: Release, script: bool) -> None:
    page = visit("/rules", java_script_enabled=script)

    page.get_by_label("Select B", exact=True).click()
    if script:
        page.get_by_label("Select D", exact=True).click(modifiers=["Shift"])
        expect(page.locator("[data-count]")).to_have_text("3 selected")
    else:
        for name in "CD":
            page.get_by_label(f"Select {name}", exact=True).click()
    page.get_by_role("button", name="Take out of use").click()

    expect(page.locator(".toast-line")).to_contain_text("3 rules changed: each is out of use now.")
    assert list(draft.rules.order_by("line").values_list("enabled", flat=True)) == [True, False, False, False]


def test_the_list_is_narrowed_in_place_and_by_a_tag(visit: Opening, draft: Release) -> None:
    draft.rules.filter(name__in="AB").update(tags=["billing"])
    page = visit("/rules", awaited=REPLACED)

    page.locator("#rule-" + str(draft.rules.get(name="A").pk)).get_by_role("link", name="billing").click()
    expect(page.locator("#rules tbody .row-link")).to_have_text(["A", "B"])
    page.fill("#rules-q", "A")
    page.press("#rules-q", "Enter")

    expect(page.locator("#rules")).to_contain_text("of 4")
    assert "tag=billing" in page.url


# --- Accessible ------------------------------------------------------------------------------------------------------


def test_axe_finds_nothing_wrong_with_a_rule_of_every_detail(
    violations: Callable[..., list[str]], draft: Release, catalogue: dict[str, Any]
) -> None:
    rule = draft.rules.get(name="A")
    details = {"tags": ["billing"], "policies": {"legs": "last"}, "notes": "{queue", "remark": "Ask Mara"}
    MappingRule.everywhere.filter(pk=rule.pk).update(valid_from="2026-03-01T10:00Z", **details)

    assert violations(f"/rules/{rule.pk}") == []
    assert violations("/rules") == []
    assert violations("/rules?q=nothing") == []


@pytest.mark.parametrize("path", ["/rules", "/rules/{pk}"])
def test_nothing_is_wider_than_a_narrow_window(visit: Opening, draft: Release, path: str) -> None:
    rule = draft.rules.get(name="A")
    draft.rules.filter(pk=rule.pk).update(tags=["a long tag of forty characters, nearly"], policies={"legs": "last"})

    page = visit(path.format(pk=rule.pk), width=NARROW)

    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def _tab_to(page: Page, element_id: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element_id:
            return
    raise AssertionError(f"Tab never came to {element_id}.")
