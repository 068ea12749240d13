"""What stands around every page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    AssignmentFactory,
    AttemptFactory,
    CallBudgetFactory,
    CommunicationFactory,
    EventSourceFactory,
    MembershipFactory,
    OrganizationFactory,
    ReleaseFactory,
    SubscriptionFactory,
    put_in_force,
)
from wrapups.models import CallBudget, Organization


def shown(client: Client, name: str = "overview") -> str:
    return client.get(reverse(name)).content.decode()


def test_failures_are_counted_in_the_rail_only_where_somebody_must_act(organization: Organization, admin: Client):
    assert "wait for a person" not in shown(admin)

    AssignmentFactory(organization=organization, failed=True)
    AssignmentFactory(organization=organization, conflict=True)
    AssignmentFactory(organization=organization, verified=True)

    assert "2 wait for a person" in shown(admin)


def test_everybody_sees_who_paused_the_calls_and_why_and_some_may_resume(organization, sign_in):
    CallBudget.objects.filter(organization=organization).delete()
    CallBudgetFactory(organization=organization, held=True, held_by__first_name="Ingrid", held_by__last_name="Holm")

    for role, may_resume in (("admin", True), ("ops", True), ("supervisor", False)):
        page = shown(sign_in(role), "catalogue-queues")
        assert "Ingrid Holm" in page
        assert "Genesys maintenance" in page
        assert (f'action="{reverse("resume")}"' in page) is may_resume


def test_everybody_sees_that_genesys_refused_the_client(organization, admin):
    CallBudget.objects.filter(organization=organization).delete()
    CallBudgetFactory(organization=organization, refused=True)

    assert "Genesys Cloud refused the OAuth client" in shown(admin)


def test_an_organization_without_rules_in_force_says_so(organization, admin):
    assert "No release is in force" in shown(admin)

    put_in_force(ReleaseFactory(organization=organization))

    assert "No release is in force" not in shown(admin)


def test_work_that_nobody_takes_is_said_after_a_while(organization, admin):
    silent, long_ago = "no worker takes it", timezone.now() - timedelta(minutes=5)
    AssignmentFactory(organization=organization)
    assert silent not in shown(admin)

    waiting = AssignmentFactory(organization=organization, due_at=long_ago, created_at=long_ago)
    assert silent in shown(admin)

    AttemptFactory(assignment=waiting)
    assert silent not in shown(admin)


def test_a_source_that_is_turned_away_is_named_for_an_hour(organization, admin):
    now = timezone.now()
    for name, ago in (("CRM", 59), ("Survey", 61)):
        EventSourceFactory(organization=organization, name=name, turned_away_at=now - timedelta(minutes=ago))

    page = shown(admin)

    assert "CRM sends more that cannot be read than is kept" in page
    assert f'href="{reverse("event-list")}?state=quarantined"' in page
    assert "Survey sends" not in page


def test_a_receiver_that_is_told_nothing_any_more_is_named_until_somebody_sees_to_it(organization, admin):
    held = SubscriptionFactory(organization=organization, held=True, name="Data lake")
    SubscriptionFactory(organization=organization, held=True, enabled=False, name="Switched off")
    SubscriptionFactory(organization=organization, name="Well")
    SubscriptionFactory(held=True, name="Not ours")

    page = shown(admin)

    assert "Data lake is told nothing any more." in page
    assert "It answered 410" in page
    assert reverse("subscription-detail", args=[held.pk]) in page
    assert page.count("is told nothing any more") == 1


def test_that_genesys_does_not_answer_is_said_while_calls_wait_for_it(organization, admin):
    soon = timezone.now() + timedelta(seconds=40)

    CallBudget.objects.filter(organization=organization).update(breaker_until=soon)

    assert "Genesys Cloud does not answer" in shown(admin)


def test_the_meter_shows_no_call_to_be_had_while_anything_holds_them(organization, admin):
    CallBudget.objects.filter(organization=organization).update(tokens=5)
    assert 'value="5"' in shown(admin)

    CallBudget.objects.filter(organization=organization).update(wait_until=timezone.now() + timedelta(seconds=40))
    assert 'value="0"' in shown(admin)


def test_the_switcher_names_only_the_persons_own_organizations(organization, db):
    client, other = Client(), OrganizationFactory(name="Second Centre")
    OrganizationFactory(name="Foreign Centre")
    person = MembershipFactory(organization=organization).person
    MembershipFactory(organization=other, person=person, role="supervisor")
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")

    assert "Second Centre" in shown(client)
    assert "Foreign Centre" not in shown(client)


def test_the_chosen_organization_stays_chosen_with_the_rights_of_its_role(organization, db):
    client, other = Client(), OrganizationFactory(name="Zweite Zentrale")
    person = MembershipFactory(organization=organization, role="admin").person
    MembershipFactory(organization=other, person=person, role="supervisor")
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")

    client.post(reverse("choose-organization"), {"organization": other.pk})

    assert "Zweite Zentrale, the last 24 hours" in shown(client)
    assert client.post(reverse("hold"), {"reason": "why not"}).status_code == 403


def test_nobody_can_choose_an_organization_they_have_no_role_in(admin: Client, db):
    foreign = OrganizationFactory()

    assert admin.post(reverse("choose-organization"), {"organization": foreign.pk}).status_code == 400


@pytest.mark.parametrize("of", ["conversation", "communication"])
def test_the_search_box_leads_from_any_id_to_the_conversation(of: str, organization, admin):
    communication = CommunicationFactory(organization=organization)
    ids = {
        "conversation": communication.conversation.conversation_id,
        "communication": communication.communication_id,
    }

    response = admin.get(reverse("search"), {"q": f" {ids[of]} "})

    assert response.url == reverse("conversation-detail", args=[communication.conversation_id])


@pytest.mark.parametrize("typed", ["0b1e", "\x00", "' OR 1=1 --", "x" * 5000])
def test_the_search_box_leads_to_the_list_where_no_id_is_exactly_that(typed: str, admin):
    response = admin.get(reverse("search"), {"q": typed}, follow=True)

    assert response.status_code == 200
    assert response.request["PATH_INFO"] == reverse("conversation-list")


def test_the_search_box_finds_nothing_of_another_organization(admin):
    foreign = CommunicationFactory()

    response = admin.get(reverse("search"), {"q": foreign.communication_id})

    assert response.url.startswith(reverse("conversation-list"))


def test_a_theme_is_remembered_and_an_invented_one_refused(admin):
    admin.post(reverse("choose-theme"), {"theme": "dark"})
    assert 'data-theme="dark"' in shown(admin)

    assert admin.post(reverse("choose-theme"), {"theme": '"><script>'}).status_code == 400


def test_a_theme_chosen_by_htmx_changes_the_page_in_place(admin):
    response = admin.post(reverse("choose-theme"), {"theme": "dark"}, headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert response["HX-Trigger"] == '{"theme-chosen": {"theme": "dark"}}'


def test_what_a_view_says_reaches_the_page_beside_a_fragment(organization, sign_in: Callable[..., Client]):
    client = sign_in("ops")
    client.post(reverse("hold"), {"reason": "maintenance"})

    fragment = client.get(reverse("overview"), headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in fragment
    assert 'hx-swap-oob="beforeend"' in fragment
    assert "All calls are paused" in fragment


def test_a_page_is_never_kept_by_a_browser_or_a_proxy(admin):
    response = admin.get(reverse("overview"))

    assert "no-store" in response["Cache-Control"]
    assert "HX-Request" in response["Vary"]
