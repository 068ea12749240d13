"""The same rule open twice in a real browser: what the other saved is seen before it is saved over."""

from playwright.sync_api import expect

from tests.browser.conftest import Opening, faults, overflows
from tests.factories import MappingRuleFactory, ReleaseFactory
from wrapups.models import Organization


def test_two_tabs_on_one_rule_lose_nothing_unseen(organization: Organization, visit: Opening):
    voice = {"all": [{"fact": "media", "operator": "one_of", "value": ["voice"]}]}
    draft = ReleaseFactory(organization=organization)
    rule = MappingRuleFactory(organization=organization, release=draft, name="Refunds", conditions=voice)
    first, second = visit(f"/rules/{rule.pk}"), visit(f"/rules/{rule.pk}", bypass_csp=True)

    first.locator("#rule-notes").fill("Call back")
    first.get_by_role("button", name="Save in the draft").click()
    first.wait_for_url("**/rules*")
    second.locator("#rule-name").fill("Refunds EU")
    second.locator("#rule-name").press("Enter")

    expect(second.get_by_text("changed since you opened it")).to_be_visible()
    expect(second.locator("ins")).to_have_text("Call back")
    assert [fault for theme in ("light", "dark") for fault in faults(second, theme)] == []
    assert overflows(second) == []
    second.locator("#rule-notes").fill("Call back")
    second.get_by_role("button", name="Save mine over it").click()
    second.wait_for_url("**/rules*")

    rule.refresh_from_db()
    assert (rule.name, rule.notes) == ("Refunds EU", "Call back")
