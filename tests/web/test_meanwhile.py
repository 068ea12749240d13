"""Two people with the same form open: who saves second sees what the first one changed before it is overwritten."""

import re
from typing import Any

import pytest
from django.test import Client

from dashboard.forms.organization import PoliciesForm
from tests.factories import MappingRuleFactory, ReleaseFactory
from wrapups.models import MappingRule, Organization

VOICE = {"all": [{"fact": "media", "operator": "is", "value": "voice"}]}
POLICIES = "/organization/policies"


@pytest.fixture
def rule(organization: Organization) -> MappingRule:
    draft = ReleaseFactory(organization=organization)
    return MappingRuleFactory(organization=organization, release=draft, name="Refunds", conditions=VOICE)


@pytest.fixture
def colleague(sign_in) -> Client:
    """Another admin, signed in."""
    return sign_in()


def opened(client: Client, address: str) -> str:
    """Return what the form at this address knows of its opening."""
    page = client.get(address).content.decode()
    return re.search(r'name="opened" value="(\d+)"', page)[1]


def typed(rule: MappingRule, **more: Any) -> dict[str, Any]:
    fields = {"name": rule.name, "wrapup_code": rule.wrapup_code_id, "notes": rule.notes, "enabled": "on"}
    tree = {"c-quantifier": "all", "c-0-fact": "media", "c-0-operator": "one_of", "c-0-value": ["voice"]}
    return fields | tree | more


def policies(organization: Organization, **changed: object) -> dict[str, Any]:
    values = {name: getattr(organization, name) for name in PoliciesForm.Meta.fields} | changed
    return {name: "on" if value is True else value for name, value in values.items() if value is not False}


def test_a_stale_rule_is_not_saved_and_shows_what_the_other_changed_beside_what_was_typed(admin, colleague, rule):
    address = f"/rules/{rule.pk}"
    stale = opened(admin, address)
    colleague.post(address, typed(rule, notes="Call back", opened=opened(colleague, address)))

    answer = admin.post(address, typed(rule, name="Refunds EU", opened=stale)).content.decode()

    rule.refresh_from_db()
    assert (rule.name, rule.notes) == ("Refunds", "Call back")
    assert "changed since you opened it" in answer
    assert "<ins>Call back</ins>" in answer
    assert 'value="Refunds EU"' in answer


def test_saving_over_it_is_an_act_of_its_own_and_counts_only_for_what_was_shown(admin, colleague, rule):
    address = f"/rules/{rule.pk}"
    stale = opened(admin, address)
    colleague.post(address, typed(rule, notes="Call back"))
    answer = admin.post(address, typed(rule, name="Refunds EU", opened=stale)).content.decode()
    over = re.search(r'name="over" value="(\d+)"', answer)[1]
    colleague.post(address, typed(rule, notes="Write a letter"))

    again = admin.post(address, typed(rule, name="Refunds EU", opened=stale, over=over)).content.decode()
    over = re.search(r'name="over" value="(\d+)"', again)[1]
    admin.post(address, typed(rule, name="Refunds EU", opened=stale, over=over))

    rule.refresh_from_db()
    assert "<ins>Write a letter</ins>" in again
    assert (rule.name, rule.notes) == ("Refunds EU", "")


def test_a_move_is_no_change_that_a_form_would_overwrite(admin, colleague, rule):
    other = MappingRuleFactory(organization=rule.organization, release=rule.release, line=2)
    stale = opened(admin, f"/rules/{rule.pk}")
    colleague.post(f"/rules/{other.pk}/move", {"to_line": 1, "seen_for": 1})

    admin.post(f"/rules/{rule.pk}", typed(rule, name="Refunds EU", opened=stale))

    rule.refresh_from_db()
    assert (rule.name, rule.line) == ("Refunds EU", 2)


def test_a_rule_that_was_changed_since_the_list_was_shown_is_not_removed_unseen(admin, colleague, rule):
    seen = opened(admin, "/rules")
    colleague.post(f"/rules/{rule.pk}", typed(rule, notes="Call back"))

    answer = admin.post(f"/rules/{rule.pk}/remove", {"opened": seen}, follow=True).content.decode()

    assert "look at it first" in answer
    assert MappingRule.everywhere.filter(pk=rule.pk).exists()


def test_stale_policies_are_not_saved_and_show_what_the_other_changed(admin, colleague, organization):
    stale, burst = opened(admin, POLICIES), organization.burst
    colleague.post(POLICIES + "/change", policies(organization, grace_s=301, opened=opened(colleague, POLICIES)))

    answer = admin.post(POLICIES + "/change", policies(organization, burst=3, opened=stale)).content.decode()
    organization.refresh_from_db()
    kept = organization.grace_s, organization.burst
    over = re.search(r'name="over" value="(\d+)"', answer)[1]
    admin.post(POLICIES + "/change", policies(organization, grace_s=301, burst=3, opened=stale, over=over))

    organization.refresh_from_db()
    assert kept == (301, burst)
    assert "<ins>301</ins>" in answer
    assert organization.burst == 3
