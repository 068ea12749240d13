"""Signing in and out, and what people may change about themselves."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from tests.factories import MembershipFactory
from wrapups.models import Act, Person

PASSWORD = "a sentence nobody guesses"
WRONG = "do not fit together"


@pytest.fixture
def person(organization) -> Person:
    return MembershipFactory(organization=organization).person


def signs_in(client: Client, person: Person, password: str = PASSWORD, **more: str):
    return client.post(reverse("sign-in"), {"username": person.username, "password": password, **more})


def test_a_name_and_its_password_open_the_overview(client, person):
    response = signs_in(client, person)

    assert response.url == reverse("overview")
    assert client.get(reverse("overview")).status_code == 200


def test_signing_in_gives_the_session_a_new_key(client, person):
    client.force_login(MembershipFactory().person, "django.contrib.auth.backends.ModelBackend")
    before = client.session.session_key

    client.post(reverse("sign-out"))
    signs_in(client, person)

    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(client, person):
    wrong = signs_in(client, person, "something else").content.decode()
    unknown = client.post(reverse("sign-in"), {"username": "nobody", "password": "something else"}).content.decode()

    assert WRONG in wrong
    assert WRONG in unknown


def test_after_too_many_failures_even_the_right_password_is_refused_in_the_same_words(client, person, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        signs_in(client, person, "something else")

    response = signs_in(client, person)

    assert response.status_code == 200
    assert WRONG in response.content.decode()


def test_too_many_failures_from_one_address_leave_the_other_addresses_alone(client, person, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        signs_in(client, person, "something else")

    elsewhere = Client(REMOTE_ADDR="10.9.9.9")

    assert signs_in(elsewhere, person).status_code == 302


def test_what_was_typed_as_the_name_is_kept_and_the_password_is_not(client, person):
    page = signs_in(client, person, "something else").content.decode()

    assert f'value="{person.username}"' in page
    assert "something else" not in page


def test_somebody_who_was_going_somewhere_gets_there(client, person):
    response = signs_in(client, person, next="/catalogue/queues?q=eu")

    assert response.url == "/catalogue/queues?q=eu"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "https://testserver@evil.example",
        "javascript:alert(1)",
        "\x08//evil.example",
        "/ok\r\nX-Header: 1",
        "/%2f%2fevil.example",
        "/%2Fevil.example",
        "/\tevil",
        "catalogue",
        "",
    ],
)
def test_nobody_is_sent_out_of_the_site(target, client, person):
    assert signs_in(client, person, next=target).url == reverse("overview")


def test_signing_out_ends_the_session_on_the_server(client, person):
    signs_in(client, person)
    key = client.session.session_key

    client.post(reverse("sign-out"))

    assert not Session.objects.filter(session_key=key).exists()
    assert client.get(reverse("overview")).status_code == 302


def test_a_link_cannot_sign_anybody_out(client, person):
    signs_in(client, person)

    assert client.get(reverse("sign-out")).status_code == 405
    assert client.get(reverse("overview")).status_code == 200


def test_times_are_shown_in_the_zone_a_person_chose(client, person):
    signs_in(client, person)

    client.post(reverse("account"), {"time_zone": "Asia/Tokyo"})

    assert Person.objects.get(pk=person.pk).time_zone == "Asia/Tokyo"
    assert "Asia/Tokyo" in client.get(reverse("account")).content.decode()


@pytest.mark.parametrize("cookie", ["../../etc/passwd", "Europe/Atlantis", "x" * 4000, "Europe/Berlin\x00"])
def test_a_zone_that_is_none_counts_as_not_given(cookie, client, person):
    signs_in(client, person)
    client.cookies["zone"] = cookie

    assert "UTC" in client.get(reverse("account")).content.decode()


def test_an_invented_zone_is_refused_at_its_field(client, person):
    signs_in(client, person)

    page = client.post(reverse("account"), {"time_zone": "Europe/Atlantis"}).content.decode()

    assert 'role="alert"' in page
    assert Person.objects.get(pk=person.pk).time_zone == ""


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(client, person):
    other = Client()
    signs_in(client, person)
    signs_in(other, person)

    new = {"old_password": PASSWORD, "new_password1": "another fine sentence", "new_password2": "another fine sentence"}
    client.post(reverse("change-password"), new)

    assert client.get(reverse("overview")).status_code == 200
    assert other.get(reverse("overview")).status_code == 302


def test_a_weak_password_is_refused_in_words(client, person):
    signs_in(client, person)

    weak = {"old_password": PASSWORD, "new_password1": "password", "new_password2": "password"}
    page = client.post(reverse("change-password"), weak).content.decode()

    assert "too common" in page


def test_somebody_without_a_role_can_see_their_account_and_leave(client, db, sign_in):
    client = sign_in(None)

    assert "no role in any organization" in client.get(reverse("account")).content.decode()
    assert client.post(reverse("sign-out")).status_code == 302


def test_the_session_of_a_person_who_was_switched_off_opens_nothing(client, person):
    signs_in(client, person)
    Person.objects.filter(pk=person.pk).update(is_active=False)

    assert client.get(reverse("overview")).status_code == 302


# What of it is on record


def on_record(person: Person) -> list[tuple[str, str]]:
    """Return what the person did, oldest first: the verb, and from where."""
    return list(Act.objects.filter(person=person).order_by("pk").values_list("verb", "origin"))


def test_who_signs_in_changes_their_password_and_signs_out_is_in_the_history(client, person, admin):
    signs_in(client, person)
    new = {"old_password": PASSWORD, "new_password1": "another fine sentence", "new_password2": "another fine sentence"}
    client.post(reverse("change-password"), new)
    client.post(reverse("sign-out"))

    page = admin.get(reverse("history-list"), {"who": f"person:{person.pk}"}).content.decode()

    verbs = ["sign in", "change one's own password", "sign out"]
    assert on_record(person) == [(verb, "127.0.0.1") for verb in verbs]
    assert [f"· {verb}</h2>" in page.replace("&#x27;", "'") for verb in verbs] == [True] * 3
    assert "from 127.0.0.1" in page
    assert "sentence" not in page


def test_a_wrong_password_is_on_record_without_what_was_typed(client, person):
    signs_in(client, person, "something else")

    [act] = Act.objects.filter(person=person)

    assert (act.verb, act.organization_id) == ("fail to sign in", person.memberships.get().organization_id)
    assert act.reason == "Somebody gave this name and a wrong password."


def test_a_password_that_was_typed_as_the_name_is_kept_nowhere_in_the_history(client, person):
    client.post(reverse("sign-in"), {"username": PASSWORD, "password": PASSWORD})
    client.post(reverse("sign-in"), {"username": person.username, "password": ""})

    assert not Act.objects.exists()


def test_being_locked_out_is_on_record_once_an_address_however_often_they_try(client, person, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT + 2):
        signs_in(client, person, "something else")

    *failures, locked_out = on_record(person)

    assert failures == [("fail to sign in", "127.0.0.1")] * (settings.AXES_FAILURE_LIMIT - 1)
    assert locked_out == ("be locked out of signing in", "127.0.0.1")


def test_a_sign_in_is_in_the_history_of_each_organization_a_person_belongs_to_and_of_no_other(client, person):
    second = MembershipFactory(person=person).organization
    MembershipFactory()

    signs_in(client, person)

    told = Act.objects.filter(verb="sign in").values_list("organization", flat=True)
    assert set(told) == {person.memberships.exclude(organization=second).get().organization_id, second.pk}
