"""Who did what, with what it was before and is now."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.queries import history_file
from tests.factories import (
    ActFactory,
    AgentFactory,
    AssignmentFactory,
    CommunicationFactory,
    MappingRuleFactory,
    MembershipFactory,
    OrganizationFactory,
    QueueFactory,
    RuleCaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.models import Act, Assignment, Organization
from wrapups.services import pausing, releasing
from wrapups.services.auditing import Actor, acting


def shown(client: Client, name: str = "history-list", **asked: Any) -> str:
    return client.get(reverse(name), asked).content.decode()


def actor_of(organization: Organization, **named: str) -> Actor:
    return Actor(ActFactory(organization=organization, **named).person, "10.1.4.7")


@pytest.fixture
def changed_rule(organization):
    """A rule of the draft that somebody changed in every way."""
    queue = QueueFactory(organization=organization, name="Billing EU")
    refused = WrapupCodeFactory(organization=organization, name="Refund refused")
    rule = MappingRuleFactory(organization=organization, name="Refund", wrapup_code__name="Refund granted")
    releasing.change_rule(
        rule,
        name="Refund - EU",
        conditions={"all": [{"fact": "queue", "operator": "is", "value": queue.genesys_id}]},
        wrapup_code=refused,
        notes="as agreed",
        enabled=False,
        actor=actor_of(organization, person__first_name="Ingrid", person__last_name="Holm"),
    )
    return rule


@pytest.mark.parametrize("page", ["history-list", "history-changes"])
def test_a_change_is_shown_in_names_and_sentences_not_in_keys(page, changed_rule, admin):
    text = shown(admin, page)

    assert "Ingrid Holm" in text
    assert "<del>Refund granted</del>" in text
    assert "<ins>Refund refused</ins>" in text
    assert "<ins>all of: the queue is Billing EU</ins>" in text
    assert "<del>yes</del>" in text
    assert "wrap-up code" in text


def test_an_act_is_shown_with_its_reason_and_where_it_came_from(organization, admin):
    pausing.hold(organization, actor=actor_of(organization), reason="Genesys maintenance")

    text = shown(admin)

    assert "pause all calls" in text
    assert "“Genesys maintenance”" in text
    assert "10.1.4.7" in text


def test_an_act_with_many_changes_shows_a_few_and_leads_to_all(organization, admin):
    first = MappingRuleFactory(organization=organization)
    MappingRuleFactory.create_batch(11, organization=organization, release=first.release)
    put_in_force(first.release)
    releasing.open_draft(organization, actor=actor_of(organization))

    text = shown(admin)
    [act] = [each.act for each in admin.get(reverse("history-list")).context["acts"] if each.total]

    assert "All 13 changes of this act" in text
    assert shown(admin, "history-changes", act=act.pk).count('<details class="changed"') == 13


def test_the_engines_own_changes_are_among_every_change_only(organization, admin):
    AssignmentFactory(organization=organization)

    assert "assignment" in shown(admin, "history-changes", who="system")
    assert "assignment" not in shown(admin)


def test_filters_narrow_by_person_table_row_and_time(organization, admin, changed_rule):
    AssignmentFactory(organization=organization)
    tomorrow = timezone.now() + timedelta(days=1)

    of_rules = shown(admin, "history-changes", table="wrapups_mappingrule", row=changed_rule.pk)
    of_nobody = shown(admin, "history-changes", who="person:999999")

    assert "Refund - EU" in of_rules
    assert "assignment <" not in of_rules
    assert "Nothing matches" in shown(admin, "history-changes", since=f"{tomorrow:%Y-%m-%dT%H:%M}")
    assert "not one of the available choices" in of_nobody


def test_somebody_elses_history_is_not_shown(admin, organization):
    foreign = OrganizationFactory(name="Foreign Centre")
    pausing.hold(foreign, actor=actor_of(foreign), reason="their business")

    assert "their business" not in shown(admin)
    assert "their business" not in shown(admin, "history-changes")


@pytest.mark.parametrize("page", ["history-list", "history-changes"])
def test_pages_go_older_and_newer_and_end(page, organization, admin):
    ActFactory.create_batch(120, organization=organization)
    QueueFactory.create_batch(60, organization=organization)

    first = admin.get(reverse(page))
    second = admin.get(reverse(page) + first.context["older"])
    back = admin.get(reverse(page) + second.context["newer"])

    assert first.context["newer"] is None
    assert back.content.decode().count("<time") == first.content.decode().count("<time")


@pytest.mark.parametrize("place", ["-1", "x", "1e9", "9" * 19, "9" * 40, "\x00", "²"])
@pytest.mark.parametrize("name", ["before", "after", "act", "row"])
def test_a_place_that_is_none_is_not_an_error_page(place, name, organization, admin):
    assert admin.get(reverse("history-changes"), {name: place}).status_code == 200


@pytest.mark.parametrize(("page", "bound"), [("history-list", 22), ("history-changes", 22)])
def test_a_full_page_costs_a_bounded_number_of_queries(page, bound, organization, admin, django_assert_max_num_queries):
    first = MappingRuleFactory(organization=organization)
    MappingRuleFactory.create_batch(30, organization=organization, release=first.release)
    ActFactory.create_batch(50, organization=organization)
    put_in_force(first.release)
    releasing.open_draft(organization, actor=actor_of(organization))

    with django_assert_max_num_queries(bound):
        admin.get(reverse(page))


def test_a_history_of_nothing_says_what_would_be_here(admin):
    assert "Nothing yet" in shown(admin)


def test_what_nobody_did_is_put_down_to_the_system(admin, organization):
    ActFactory(organization=organization, person=None, verb="refuse a changed event")

    page = shown(admin)

    assert "The system" in page
    assert "refuse a changed event" in page


# Names, words and links


def test_a_changed_assignment_names_its_conversation_and_leads_to_it(organization, admin):
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    leg = CommunicationFactory(organization=organization)
    with acting(actor_of(organization), "correct code", organization=organization):
        AssignmentFactory(organization=organization, communication=leg, found_code_id=code.genesys_id)

    text = shown(admin)

    story = reverse("conversation-detail", args=[leg.conversation_id])
    assert f"<strong>#{Assignment.everywhere.get().pk} of conversation" in text
    assert f'<a class="said" href="{story}"' in text
    assert leg.conversation.conversation_id in text
    assert "<dt>code that stood there before</dt>" in text
    assert code.genesys_id not in text
    assert not [name for name in ("crash count", "generation", "retry epoch", "found code id") if name in text]


def test_the_facts_of_a_case_are_told_in_words_and_names(organization, admin):
    queue = QueueFactory(organization=organization, name="Billing EU")
    agent = AgentFactory(organization=organization, name="Ana Agent")
    RuleCaseFactory(organization=organization, facts={"queue": queue.genesys_id, "agent": agent.genesys_id, "x": 1})

    text = shown(admin, "history-changes")

    assert "<ins>x: 1; agent: Ana Agent; queue: Billing EU</ins>" in text


def test_a_rule_and_its_release_lead_to_their_pages(changed_rule, admin):
    text = shown(admin, "history-changes")

    use = reverse("rule-use", args=[changed_rule.identity])
    assert f'href="{use}" aria-label="Open mapping rule Refund - EU"' in text
    assert f'href="{reverse("release-detail", args=[changed_rule.release.number])}"' in text


# What was done, and the file


def test_acts_are_narrowed_to_what_was_done_and_only_verbs_of_this_organization_are_offered(organization, admin):
    for verb in ("publish release", "pause all calls", "pause all calls"):
        ActFactory(organization=organization, verb=verb)
    ActFactory(organization=OrganizationFactory(), verb="somebody else's verb")

    text = shown(admin, verb="pause all calls")

    assert text.count("· pause all calls</h2>") == 2
    assert "· publish release</h2>" not in text
    assert text.count('<option value="publish release"') == 1
    assert "somebody else" not in text


@pytest.mark.parametrize(("listed", "name"), [("history-list", "history"), ("history-changes", "history-changes")])
def test_the_file_is_what_the_filter_finds_and_taking_it_is_on_record(listed, name, organization, admin, changed_rule):
    ines = MembershipFactory(organization=organization, person__first_name="Ines").person
    pausing.hold(organization, actor=Actor(ines, "10.1.4.7"), reason="=1+1")
    address = f"{reverse(f'{name}-file')}?who=person%3A{ines.pk}"

    assert f'action="{address}"' in shown(admin, listed, who=f"person:{ines.pk}")
    answer = admin.post(address)
    lines = answer.getvalue().decode("utf-8-sig").splitlines()

    assert answer["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    assert "Ines" in lines[1]
    assert "pause all calls" in lines[1]
    assert '"\'=1+1"' in lines[1]
    assert not [line for line in lines if "Refund" in line]
    assert "who=person" in Act.objects.get(verb="download history").reason


def test_a_file_of_changes_has_every_page_in_words(organization, admin, changed_rule, monkeypatch):
    monkeypatch.setattr(history_file, "AT_ONCE", 2)

    lines = admin.post(reverse("history-changes-file")).getvalue().decode("utf-8-sig").splitlines()

    assert len(lines) - 1 == len(set(lines[1:])) >= 5
    assert [line for line in lines if "wrap-up code: Refund granted → Refund refused" in line]


def test_a_file_that_would_be_too_long_is_refused_with_what_to_do(organization, admin, monkeypatch):
    ActFactory.create_batch(3, organization=organization)
    monkeypatch.setattr(history_file, "MOST_LINES", 2)

    answer = admin.post(reverse("history-file"), follow=True)

    assert "More than 2 lines fit this filter. Narrow it" in answer.content.decode()
    assert not Act.objects.filter(verb="download history").exists()


def test_who_may_not_export_is_offered_no_file(organization, sign_in):
    ActFactory(organization=organization)

    assert "as CSV" not in shown(sign_in(Role.OPS))
