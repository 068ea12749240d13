"""The guided page that connects another organization: who may, what it refuses, and where it leads."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import MembershipFactory, OrganizationFactory, SweepFactory
from wrapups.domain.permissions import Line
from wrapups.models import Membership, Organization, Person
from wrapups.models.clock import app_now
from wrapups.services.checking import CheckReport

CLIENT_ID = "7c3a5e0e-0000-4000-8000-000000000001"
SECRET = "canary-11f0e2-secret"
TYPED = {
    "name": "Südwerk Service",
    "api_url": "https://api.mypurecloud.de",
    "client_id": CLIENT_ID,
    "client_secret": SECRET,
}


def add(client: Client, **other: str) -> Any:
    return client.post(reverse("organization-add"), TYPED | other)


def added() -> Organization:
    return Organization.objects.get(client_id=CLIENT_ID)


def test_step_one_connects_makes_the_person_its_admin_and_shows_it_from_then_on(organization, admin: Client):
    response = add(admin)

    shown = admin.get(response["Location"]).content.decode()
    assert response["Location"] == reverse("organization-add-check")
    assert Membership.objects.get(organization=added()).role == "admin"
    assert "<h1>Südwerk Service</h1>" in shown
    assert "Correct region or client" in shown
    assert SECRET not in shown


def test_an_admin_of_any_organization_may_whichever_they_look_at(organization, sign_in):
    client = sign_in("supervisor")
    person = Person.objects.get(pk=client.session["_auth_user_id"])
    MembershipFactory(person=person, organization=OrganizationFactory(name="zzz"), role="admin")

    assert client.get(reverse("organization-add")).status_code == 200
    assert add(client).status_code == 302


@pytest.mark.parametrize("role", ["supervisor", "ops", None])
def test_nobody_else_may(organization, sign_in, role: str | None):
    response = add(sign_in(role))

    assert response.status_code == 403
    assert "role admin" in response.content.decode()
    assert not Organization.objects.filter(client_id=CLIENT_ID).exists()


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", "", "Give it a name."),
        ("api_url", "", "Choose its region."),
        ("api_url", "https://169.254.169.254", "Choose one of the regions."),
        ("client_id", "not an id", "no Genesys id"),
        ("client_secret", "", "required"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_comes_back(admin: Client, field, value, problem):
    shown = add(admin, **{field: value}).content.decode()

    assert problem in shown
    assert f'id="connection-{field}_error"' in shown
    assert field == "name" or f'value="{TYPED["name"]}"' in shown
    assert SECRET not in shown
    assert not Organization.objects.filter(name=TYPED["name"]).exists()


def test_a_client_that_is_connected_already_is_refused_at_its_field(admin: Client):
    OrganizationFactory(api_url=TYPED["api_url"], client_id=CLIENT_ID)

    shown = add(admin).content.decode()

    assert 'id="connection-client_id_error"' in shown
    assert "connected already" in shown


def test_step_two_shows_what_is_lost_and_lets_the_person_go_on_all_the_same(organization, admin: Client):
    report = CheckReport((Line("conversation:participant:wrapup", ("Codes cannot be written.",)),), app_now(), calls=2)
    organization.capabilities = {"check": report.stored()}
    organization.save()
    SweepFactory(organization=organization, kind="check", due_at="2099-01-01T00:00:00Z")

    shown = admin.get(reverse("organization-add-check")).content.decode()

    assert "Codes cannot be written." in shown
    assert "Go on to the policies" in shown
    assert "Correct region" not in shown  # a check has known it


def test_that_the_same_organization_is_connected_twice_is_said(organization, admin: Client):
    OrganizationFactory(genesys_id=organization.genesys_id)

    assert "connected already" in admin.get(reverse("organization-add-check")).content.decode()
    assert "connected already" in admin.get(reverse("organization-add-policies")).content.decode()


def test_a_wrong_region_is_corrected_in_place(organization, admin: Client):
    add(admin, api_url="https://api.mypurecloud.ie")

    typed = {name: TYPED[name] for name in ("api_url", "client_id", "client_secret")}
    response = admin.post(reverse("organization-add-correct"), typed)

    assert response["Location"] == reverse("organization-add-check")
    assert added().api_url == TYPED["api_url"]


def test_a_region_that_a_check_has_reached_is_not_changed(organization, admin: Client):
    typed = {name: TYPED[name] for name in ("api_url", "client_id", "client_secret")}

    shown = admin.post(reverse("organization-add-correct"), typed).content.decode()

    before = organization.api_url
    organization.refresh_from_db()
    assert "its region stays as it is" in shown
    assert organization.api_url == before


def test_step_three_keeps_the_policies_and_leads_to_the_rules(organization, admin: Client):
    add(admin)
    page = admin.get(reverse("organization-add-policies"))
    values = {field.html_name: field.value() for field in page.context["form"]}
    typed = {name: value for name, value in values.items() if value not in (False, None)} | {"grace_s": 300}

    response = admin.post(reverse("organization-add-policies"), typed)

    assert "Only conversations that end after" in page.content.decode()
    assert response["Location"] == reverse("rule-list")
    assert added().grace_s == 300


def test_a_policy_that_cannot_be_is_said_at_its_field(organization, admin: Client):
    shown = admin.post(reverse("organization-add-policies"), {"grace_s": "soon"}).content.decode()

    assert 'value="soon"' in shown
    assert "Nothing was kept yet" in shown
