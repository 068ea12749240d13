"""The list of rules: narrowed, in pages, and several rules changed at once."""

from typing import Any

import pytest
from django.test import Client

from dashboard.queries.rule_filter import page_with
from tests.factories import (
    MappingRuleFactory,
    MembershipFactory,
    QueueFactory,
    ReleaseFactory,
    WrapupCodeFactory,
)
from wrapups.domain.roles import Role
from wrapups.models import Act, MappingRule, Organization, Person, Release


@pytest.fixture
def owner(organization: Organization) -> Person:
    return MembershipFactory(organization=organization, person__username="mara").person


@pytest.fixture
def draft(organization: Organization, owner: Person) -> Release:
    """A draft with three rules that differ in everything a list can be narrowed by."""
    release = ReleaseFactory(organization=organization)
    billing = QueueFactory(organization=organization, name="Billing EU")
    asks = {"all": [{"fact": "queue", "operator": "is", "value": billing.genesys_id}]}
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    texts = {"remark": "Ask the CRM team", "notes": "CRM said so"}
    rules = [
        {"name": "Refund", "wrapup_code": code, "conditions": asks, "tags": ["billing", "EU"], "owner": owner},
        {"name": "Fallback", "tags": ["billing"], **texts},
        {"name": "Old", "enabled": False},
    ]
    for line, columns in enumerate(rules, start=1):
        MappingRuleFactory(organization=organization, release=release, line=line, **columns)
    return release


def _names(answer: Any) -> list[str]:
    return [line.rule.name for line in answer.context["shown"].lines]


def _pks(draft: Release, *names: str) -> list[int]:
    return list(draft.rules.filter(name__in=names).order_by("line").values_list("pk", flat=True))


# --- Narrowing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["Refund", "Fallback", "Old"]),
        ({"q": "billing eu"}, ["Refund"]),
        ({"q": "CRM TEAM"}, ["Fallback"]),
        ({"q": "said so"}, ["Fallback"]),
        ({"tag": "billing"}, ["Refund", "Fallback"]),
        ({"tag": "Eu"}, ["Refund"]),
        ({"owner": "mara"}, ["Refund"]),
        ({"owner": "nobody"}, ["Fallback", "Old"]),
        ({"code": "refund granted"}, ["Refund"]),
        ({"queue": "Billing EU"}, ["Refund"]),
        ({"queue": "Nowhere"}, []),
        ({"tag": "billing", "owner": "nobody"}, ["Fallback"]),
        ({"q": "a\0b"}, []),
    ],
)
def test_the_list_is_narrowed_by_its_address(
    admin: Client, draft: Release, asked: dict[str, str], names: list[str]
) -> None:
    answer = admin.get("/rules", asked)

    assert _names(answer) == names
    assert answer.context["shown"].found == len(names)


def test_each_filter_can_be_removed_alone(admin: Client, draft: Release) -> None:
    page = admin.get("/rules", {"tag": "billing", "q": "refund"}).content.decode()

    assert 'href="/rules?q=refund"' in page
    assert 'href="/rules?tag=billing"' in page
    assert "1 rule of 3" in page


def test_where_nothing_is_like_that_the_page_says_what_to_drop(admin: Client, draft: Release) -> None:
    assert "Drop one of the filters" in admin.get("/rules", {"q": "nothing says this"}).content.decode()


def test_a_rule_shows_its_tags_owner_dates_and_policies(admin: Client, draft: Release) -> None:
    draft.rules.filter(name="Refund").update(policies={"legs": "first", "grace_s": 0}, valid_from="2026-03-01T10:00Z")

    page = admin.get("/rules").content.decode()

    assert '<a class="tag" href="/rules?tag=billing"' in page
    assert "Mara Lindqvist" in page
    assert "from 2026-03-01 10:00" in page
    assert "Policies of its own: only the first agent&#x27;s, grace time 0 s" in page


def test_two_hundred_rules_cost_a_fixed_number_of_queries_and_more_come_on_further_pages(
    admin: Client, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    release = ReleaseFactory(organization=organization)
    code = WrapupCodeFactory(organization=organization)
    owner = MembershipFactory(organization=organization).person
    template = {"organization": organization, "release": release, "wrapup_code": code, "owner": owner, "tags": ["a"]}
    MappingRule.everywhere.bulk_create(MappingRule(line=n, name=f"R{n}", **template) for n in range(1, 451))

    with django_assert_max_num_queries(22):
        first = admin.get("/rules")
    second = admin.get(f"/rules{first.context['shown'].after.query_string}")
    last = admin.get(f"/rules{second.context['shown'].after.query_string}")

    assert [len(_names(page)) for page in (first, second, last)] == [200, 200, 50]
    assert _names(last)[-1] == "R450"
    assert last.context["shown"].after is None
    assert _names(admin.get(f"/rules{last.context['shown'].before.query_string}")) == _names(second)


# --- Moving and duplicating --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "query_string"), [(1, ""), (200, ""), (201, "?line=201"), (455, "?line=401")])
def test_a_rule_that_was_saved_is_shown_on_the_page_that_holds_it(line: int, query_string: str) -> None:
    assert page_with(line).query_string == query_string


def test_a_move_keeps_the_list_narrowed(admin: Client, draft: Release) -> None:
    [pk] = _pks(draft, "Fallback")

    answer = admin.post(f"/rules/{pk}/move?tag=billing", {"to_line": 1}, headers={"HX-Request": "true"})

    assert _names(answer) == ["Fallback", "Refund"]


def test_a_duplicate_is_opened_to_be_changed(admin: Client, draft: Release) -> None:
    [pk] = _pks(draft, "Refund")

    page = admin.post(f"/rules/{pk}/duplicate", follow=True)

    assert page.context["rule"].name == "Refund (copy)"
    assert page.context["rule"].line == 2
    assert "This is a copy of Refund." in page.content.decode()


# --- Several at once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "column", "values", "said"),
    [
        ({"act": "disable"}, "enabled", [False, False, False], "2 rules changed: each is out of use now."),
        ({"act": "enable"}, "enabled", [True, True, False], "Nothing was changed"),
        (
            {"act": "tag", "tag": "new"},
            "tags",
            [["billing", "EU", "new"], ["billing", "new"], []],
            "2 rules changed: each has the tag now.",
        ),
        ({"act": "untag", "tag": "EU"}, "tags", [["billing"], ["billing"], []], "1 rule changed"),
    ],
)
def test_the_ticked_rules_are_changed_alike_and_it_says_how_many(
    admin: Client, draft: Release, act: dict[str, str], column: str, values: list[Any], said: str
) -> None:
    answer = admin.post("/rules/selected", act | {"rule": _pks(draft, "Refund", "Fallback")}, follow=True)

    assert list(draft.rules.order_by("line").values_list(column, flat=True)) == values
    assert said in answer.content.decode()
    assert Act.objects.filter(verb="change rules").count() <= 1


def test_the_ticked_rules_get_an_owner(admin: Client, draft: Release, owner: Person) -> None:
    admin.post("/rules/selected", {"act": "own", "owner": owner.pk, "rule": _pks(draft, "Fallback", "Old")})

    assert set(draft.rules.values_list("owner", flat=True)) == {owner.pk}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"act": "disable"}, "Tick the rules first."),
        ({"rule": ["1"]}, "Choose what to do with them."),
        ({"act": "tag", "rule": ["1"]}, "Write one tag, without a comma."),
        ({"act": "tag", "tag": "a,b", "rule": ["1"]}, "Write one tag"),
        ({"act": "own", "rule": ["1"]}, "Choose whose they shall be."),
        ({"act": "disable", "rule": ["x", "²"]}, "Tick the rules first."),
    ],
)
def test_an_act_that_lacks_something_says_what_and_changes_nothing(
    admin: Client, draft: Release, typed: dict[str, Any], words: str
) -> None:
    page = admin.post("/rules/selected", typed, follow=True).content.decode()

    assert words in page
    assert not Act.objects.filter(verb="change rules").exists()


def test_without_a_draft_or_the_right_nothing_is_changed(
    sign_in: Any, admin: Client, draft: Release, organization: Organization
) -> None:
    pks = _pks(draft, "Refund")

    assert sign_in(Role.OPS).post("/rules/selected", {"act": "disable", "rule": pks}).status_code == 403
    assert sign_in(Role.OPS).post(f"/rules/{pks[0]}/duplicate").status_code == 403


def test_a_foreign_rule_is_neither_changed_nor_duplicated(admin: Client, draft: Release) -> None:
    foreign = MappingRuleFactory()

    admin.post("/rules/selected", {"act": "disable", "rule": [foreign.pk]})

    foreign.refresh_from_db()
    assert foreign.enabled
    assert admin.post(f"/rules/{foreign.pk}/duplicate").status_code == 404
