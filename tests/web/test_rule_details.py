"""What is said of a rule beside its conditions: owner, tags, dates, policies, notes; and forms that begin filled in."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests.factories import (
    AssignmentFactory,
    MappingRuleFactory,
    MembershipFactory,
    QueueFactory,
    ReleaseFactory,
    WrapupCodeFactory,
)
from wrapups.models import MappingRule, Organization, Queue, WrapupCode

HTMX = {"HX-Request": "true"}


@pytest.fixture
def code(organization: Organization) -> WrapupCode:
    return WrapupCodeFactory(organization=organization, name="Refund granted")


@pytest.fixture
def rule(organization: Organization) -> MappingRule:
    """A rule of a draft."""
    return MappingRuleFactory(organization=organization, release=ReleaseFactory(organization=organization), line=1)


def _typed(code: WrapupCode, **more: Any) -> dict[str, Any]:
    fields = {"name": "Refund", "wrapup_code": code.pk, "enabled": "on", "c-quantifier": "all"}
    row = {"c-0-fact": "media", "c-0-operator": "one_of", "c-0-value": ["voice"]}
    return fields | row | more


def _saved(organization: Organization) -> MappingRule:
    return MappingRule.objects.of(organization).get(name="Refund")


# --- Beginnings --------------------------------------------------------------------------------------------------


def test_a_new_rule_begins_with_what_most_rules_ask(admin: Client) -> None:
    page = admin.get("/rules/new").content.decode()

    assert '<option value="queue" selected>' in page
    assert '<option value="disposition" selected>' in page


def test_whoever_writes_a_rule_owns_it_unless_they_say_otherwise(admin: Client) -> None:
    form = admin.get("/rules/new").context["form"]

    assert form["owner"].value() == admin.get("/rules/new").context["request"].user.pk


def test_an_address_can_begin_a_rule_with_a_source_what_it_said_and_a_queue(
    admin: Client, organization: Organization, code: WrapupCode
) -> None:
    queue = QueueFactory(organization=organization, name="Billing EU")

    answer = admin.get("/rules/new", {"source": "CRM", "disposition": "ZZ-9", "queue": queue.genesys_id})

    assert "When the queue is <em>Billing EU</em> and the CRM&#x27;s disposition is <em>ZZ-9</em>" in (
        answer.content.decode()
    )
    assert answer.context["form"]["name"].value() == "CRM ZZ-9 – Billing EU"
    assert queue.genesys_id not in _visible(answer.content.decode())


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"disposition": "ZZ-9"}, "When the dispositions include any of <em>ZZ-9</em>"),
        ({"queue": "nowhere", "disposition": "ZZ-9", "source": "crm"}, "the crm&#x27;s disposition is <em>ZZ-9</em>"),
        ({"source": "crm"}, "When …, choose"),
        ({"disposition": "a\0b"}, "<em>ab</em>"),
    ],
)
def test_what_an_address_does_not_say_is_left_to_the_person(
    admin: Client, address: dict[str, str], sentence: str
) -> None:
    assert sentence in admin.get("/rules/new", address).content.decode()


def _visible(page: str) -> str:
    """Return the page without the values of hidden fields."""
    return "".join(part for part in page.split("<") if not part.startswith('input type="hidden"'))


# --- Saving ------------------------------------------------------------------------------------------------------


def test_everything_that_is_typed_is_saved_and_shown_again(
    admin: Client, organization: Organization, code: WrapupCode
) -> None:
    owner = MembershipFactory(organization=organization).person
    admin.cookies["zone"] = "Europe/Berlin"
    details = {
        "owner": owner.pk,
        "tags": "billing,  EU , billing",
        "remark": "Ask the CRM team first",
        "valid_from": "2026-03-01T09:00",
        "valid_until": "2026-07-01T00:00",
        "notes": "CRM said {disposition.CRM}",
        "policy_overwrite": "agent",
        "policy_grace_s": "0",
        "policy_acw_guard": "no",
        "policy_keep_end_time": "yes",
        "policy_legs": "last",
    }

    admin.post("/rules/new", _typed(code, **details))

    rule = _saved(organization)
    assert (rule.owner, rule.tags, rule.remark) == (owner, ["billing", "EU"], "Ask the CRM team first")
    assert (rule.valid_from, rule.valid_until) == (
        datetime(2026, 3, 1, 8, tzinfo=UTC),
        datetime(2026, 6, 30, 22, tzinfo=UTC),
    )
    assert rule.policies == {
        "overwrite": "agent",
        "grace_s": 0,
        "acw_guard": False,
        "keep_end_time": True,
        "legs": "last",
    }
    page = admin.get(f"/rules/{rule.pk}")
    form = page.context["form"]
    shown = {name: form[name].value() for name in details}
    assert shown | {"valid_from": "", "valid_until": ""} == details | {
        "tags": "billing, EU",
        "valid_from": "",
        "valid_until": "",
    }
    assert 'value="2026-03-01T09:00"' in page.content.decode()


def test_what_is_left_empty_is_as_the_organization_has_it(
    admin: Client, organization: Organization, code: WrapupCode
) -> None:
    admin.post("/rules/new", _typed(code))

    rule = _saved(organization)
    assert (rule.policies, rule.tags, rule.owner, rule.valid_from) == ({}, [], None, None)


def test_a_policy_of_its_own_is_taken_back(admin: Client, rule: MappingRule, code: WrapupCode) -> None:
    MappingRule.everywhere.filter(pk=rule.pk).update(policies={"grace_s": 5})

    admin.post(f"/rules/{rule.pk}", _typed(code, policy_grace_s=""))

    rule.refresh_from_db()
    assert rule.policies == {}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        (
            {"valid_from": "2026-03-02T09:00", "valid_until": "2026-03-02T09:00"},
            "valid_until",
            "It ends before it begins",
        ),
        ({"valid_from": "soon"}, "valid_from", "Enter a valid date/time."),
        ({"tags": ",".join("abcdefghijk")}, "tags", "at most 10 tags"),
        ({"tags": "x" * 41}, "tags", "1 to 40 characters"),
        ({"notes": "{colour}"}, "notes", "There is no fact {colour} (character 1)"),
        ({"policy_grace_s": "90000"}, "policy_grace_s", "less than or equal to 86400"),
        ({"policy_legs": "second"}, "policy_legs", "Select a valid choice."),
        ({"owner": "999999999"}, "owner", "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_stays_as_typed(
    admin: Client, organization: Organization, code: WrapupCode, fields: dict[str, str], field: str, words: str
) -> None:
    answer = admin.post("/rules/new", _typed(code, **fields))

    form = answer.context["form"]
    assert words in " ".join(form.errors[field])
    assert all(form[name].value() == typed for name, typed in fields.items())
    assert answer.content.decode().count(f'id="rule-{field}_error"') == 1
    assert not MappingRule.objects.of(organization).exists()


def test_somebody_of_another_organization_cannot_own_a_rule(admin: Client, code: WrapupCode) -> None:
    stranger = MembershipFactory().person

    answer = admin.post("/rules/new", _typed(code, owner=stranger.pk))

    assert "Select a valid choice." in " ".join(answer.context["form"].errors["owner"])


# --- Notes, shown on a conversation --------------------------------------------------------------------------------


def test_the_notes_are_shown_on_a_late_conversation_that_the_rule_is_about(
    admin: Client, organization: Organization, code: WrapupCode
) -> None:
    queue: Queue = QueueFactory(organization=organization, name="Billing EU")
    fitting = {"media": "voice", "queue": queue.genesys_id, "disposition.crm": "REF-OK"}
    for facts in ({"media": "email", "disposition.crm": "NO"}, fitting, {"media": "chat", "disposition.crm": "NO"}):
        AssignmentFactory(organization=organization, facts=facts)

    answer = admin.post("/rules/preview", _typed(code, notes="CRM said {disposition.crm} on {queue}."), headers=HTMX)

    assert "CRM said REF-OK on Billing EU." in answer.content.decode()
    assert "a late conversation it is about" in answer.content.decode()


def test_notes_that_are_wrong_say_so_while_they_are_typed(admin: Client, code: WrapupCode) -> None:
    answer = admin.post("/rules/preview", _typed(code, notes="Said {"), headers=HTMX)

    assert "The brace at character 6 stands alone" in answer.content.decode()


def test_a_rule_without_notes_shows_the_organization_s(
    admin: Client, organization: Organization, code: WrapupCode
) -> None:
    Organization.objects.filter(pk=organization.pk).update(default_notes="By {media}")
    AssignmentFactory(organization=organization, facts={"media": "voice"})

    answer = admin.post("/rules/preview", _typed(code), headers=HTMX).content.decode()

    assert "The organization's notes" in answer or "The organization&#x27;s notes" in answer
    assert "By voice" in answer


def test_the_preview_costs_a_fixed_number_of_queries(
    admin: Client, organization: Organization, code: WrapupCode, django_assert_max_num_queries: Any
) -> None:
    AssignmentFactory.create_batch(50, organization=organization, facts={"media": "voice"})
    fields = _typed(code, notes="{queue} {agent} {division} {code}")

    with django_assert_max_num_queries(20):
        admin.post("/rules/preview", fields, headers=HTMX)
