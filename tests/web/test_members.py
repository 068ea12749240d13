"""People of an organization: let in by an admin, with a role and divisions; changed, removed, never the last admin."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    DivisionFactory,
    ExportFactory,
    MembershipFactory,
    OrganizationFactory,
    PersonFactory,
    SavedViewFactory,
)
from wrapups.domain.roles import Role
from wrapups.models import Act, AuditEntry, Export, Membership, Person, SavedView
from wrapups.models.clock import app_now
from wrapups.services import admitting, exporting
from wrapups.services.auditing import Actor

CHOSEN = {
    "old_password": "a sentence nobody guesses",
    "new_password1": "three green birds sing",
    "new_password2": "three green birds sing",
}
"""A password of one's own, in place of the factory's."""
TYPED = {"username": "ines", "first_name": "Ines", "last_name": "Duarte", "email": "", "role": "supervisor"}


def page(client: Client, name: str = "member-list", *arguments: object) -> str:
    return client.get(reverse(name, args=arguments)).content.decode()


def password_in(html: str) -> str:
    found = re.search(r'id="first-password">([^<]+)<', html)
    assert found, "no password is shown"
    return found[1]


def test_people_are_listed_with_what_they_may_do_and_see(organization, admin):
    europe = DivisionFactory(organization=organization, name="Europe")
    MembershipFactory(organization=organization, role="ops", person__username="ines", division_ids=[europe.genesys_id])
    MembershipFactory(organization=OrganizationFactory(), person__username="stranger")

    html = page(admin)

    assert all(word in html for word in ("ines", "Ops", "Europe", "every division"))
    assert "stranger" not in html


def test_only_an_admin_is_offered_to_change_something(admin, sign_in):
    assert "Add a person" in page(admin)
    assert not any(offer in page(sign_in("supervisor")) for offer in ("Add a person", "Change …", "Remove …"))


def test_somebody_new_signs_in_with_the_password_shown_once_and_chooses_their_own(organization, admin, client):
    password = password_in(admin.post(reverse("member-add"), TYPED).content.decode())

    signed_in = client.post(reverse("sign-in"), {"username": "ines", "password": password})
    sent_on = client.get(reverse("conversation-list"))
    own = {"old_password": password, "new_password1": "a quiet green meadow", "new_password2": "a quiet green meadow"}
    client.post(reverse("change-password"), own)

    assert (signed_in.status_code, sent_on.url) == (302, f"{reverse('change-password')}?next=%2Fconversations")
    assert client.get(reverse("conversation-list")).status_code == 200
    member = Membership.objects.get(organization=organization, person__username="ines")
    assert (member.role, member.division_ids, member.person.must_choose_password) == ("supervisor", [], False)


def test_who_forgot_their_password_gets_another_and_is_signed_out_everywhere(organization, admin, sign_in, client):
    elsewhere = sign_in("ops")
    person = Membership.objects.get(organization=organization, role="ops").person
    address = reverse("member-password", args=[person.memberships.get().pk])
    assert password_in_use(client, person, "a sentence nobody guesses")

    password = password_in(admin.post(address).content.decode())

    assert elsewhere.get(reverse("conversation-list")).status_code == 302
    assert not password_in_use(Client(), person, "a sentence nobody guesses")
    again = Client()
    assert password_in_use(again, person, password)
    assert again.get(reverse("overview"))["Location"] == reverse("change-password")
    act = Act.objects.get(verb="replace a forgotten password")
    assert (act.organization, password in page(admin)) == (organization, False)
    assert not AuditEntry.objects.filter(act=act, after__icontains=password).exists()


def password_in_use(client: Client, person: Person, password: str) -> bool:
    """Whether the person can sign in with it; the client has done so then."""
    return client.post(reverse("sign-in"), {"username": person.username, "password": password}).status_code == 302


def test_tries_that_failed_do_not_keep_out_who_has_a_new_password(organization, admin, settings):
    settings.AXES_FAILURE_LIMIT = 2
    person = MembershipFactory(organization=organization, role="ops").person
    for _ in range(3):
        assert not password_in_use(Client(), person, "not this one")

    password = password_in(admin.post(reverse("member-password", args=[person.memberships.get().pk])).content.decode())

    assert password_in_use(Client(), person, password)


def test_nobody_replaces_the_password_of_who_may_do_more_elsewhere(organization, admin):
    member = MembershipFactory(organization=organization, role="ops")
    MembershipFactory(person=member.person, role="admin")

    html = admin.post(reverse("member-password", args=[member.pk])).content.decode()

    assert "not an admin of" in html
    assert Person.objects.get(pk=member.person_id).password == member.person.password


def test_ones_own_password_is_changed_with_the_old_one_only(organization, admin):
    own = Membership.objects.get(organization=organization)

    html = admin.post(reverse("member-password", args=[own.pk])).content.decode()

    assert "Change your own password" in html
    assert reverse("member-password", args=[own.pk]) not in page(admin)


def test_a_fragment_leads_to_ones_own_password_too(organization):
    client, person = Client(), MembershipFactory(organization=organization, person__must_choose_password=True).person
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")

    response = client.get(reverse("conversation-news"), headers={"HX-Request": "true"})

    assert response["HX-Redirect"] == reverse("change-password")


def test_who_had_to_choose_a_password_goes_on_to_the_page_they_had_wanted(organization):
    client, person = Client(), MembershipFactory(organization=organization, person__must_choose_password=True).person
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    wanted = f"{reverse('conversation-list')}?status=failed"

    choosing = client.get(wanted, follow=True)
    onward = client.post(choosing.redirect_chain[-1][0], CHOSEN)

    html = choosing.content.decode()
    assert 'data-key="c"' not in html
    assert 'id="search"' not in html
    assert onward["Location"] == wanted
    assert 'data-key="c"' in client.get(wanted).content.decode()


@pytest.mark.parametrize("asked", ["", "?next=https://elsewhere.example/", "?next=//elsewhere.example"])
def test_a_newcomer_who_wanted_nothing_of_ours_goes_on_to_the_overview(asked: str, organization):
    client, person = Client(), MembershipFactory(organization=organization, person__must_choose_password=True).person
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")

    assert client.post(reverse("change-password") + asked, CHOSEN)["Location"] == reverse("overview")


def test_the_password_is_in_no_list_and_no_history(organization, admin):
    response = admin.post(reverse("member-add"), TYPED)
    password = password_in(response.content.decode())

    assert "no-store" in response["Cache-Control"]
    assert password not in page(admin)
    assert not any(password in str((entry.before, entry.after)) for entry in AuditEntry.objects.all())
    assert Act.objects.get().verb == "add a person"


def test_somebody_who_has_an_account_keeps_it(organization, admin):
    person = PersonFactory(username="ines", first_name="Inês")

    response = admin.post(reverse("member-add"), TYPED | {"username": "INES"}, follow=True)

    assert "signs in as before" in response.content.decode()
    person.refresh_from_db()
    assert (person.first_name, person.must_choose_password) == ("Inês", False)
    assert Membership.objects.filter(organization=organization, person=person).exists()
    assert Person.objects.filter(username__iexact="ines").count() == 1


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"username": ""}, "username", "Say what they sign in with"),
        ({"username": "a b"}, "username", "valid username"),
        ({"username": "mara"}, "username", "belongs to this organization already"),
        ({"email": "nobody"}, "email", "valid email"),
        ({"role": "owner"}, "role", "not one of the available choices"),
        ({"division_ids": "nowhere"}, "division_ids", "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_stays(typed, field, said, organization, admin):
    MembershipFactory(organization=organization, person__username="mara")

    html = admin.post(reverse("member-add"), TYPED | typed).content.decode()

    assert said in html
    assert f'id="member-{field}_error" role="alert"' in html
    assert 'value="Duarte"' in html
    assert not Person.objects.filter(last_name="Duarte").exists()


def test_an_admin_cannot_be_limited_to_divisions(organization, admin):
    europe = DivisionFactory(organization=organization)

    html = admin.post(reverse("member-add"), TYPED | {"role": "admin", "division_ids": europe.genesys_id})

    assert "An admin sees every division" in html.content.decode()


def test_what_somebody_may_do_and_see_is_changed_and_on_record(organization, admin):
    europe = DivisionFactory(organization=organization)
    member = MembershipFactory(organization=organization, role="admin")

    admin.post(reverse("member-change", args=[member.pk]), {"role": "supervisor", "division_ids": [europe.genesys_id]})

    member.refresh_from_db()
    assert (member.role, member.division_ids) == ("supervisor", [europe.genesys_id])
    entry = AuditEntry.objects.get(act__verb="change what a person may do")
    assert entry.after == {"role": "supervisor", "division_ids": [europe.genesys_id]}


def test_files_of_what_somebody_saw_before_are_not_theirs_to_take_any_more(organization, admin):
    europe = DivisionFactory(organization=organization)
    member = MembershipFactory(organization=organization, role="supervisor")
    done = ExportFactory(
        organization=organization,
        person=member.person,
        state=Export.State.DONE,
        expires_at=app_now() + timedelta(hours=9),
    )
    begun = ExportFactory(organization=organization, person=member.person)
    change = reverse("member-change", args=[member.pk])

    admin.post(change, {"role": "supervisor", "division_ids": [europe.genesys_id]})

    with pytest.raises(exporting.CannotExport, match="sees fewer queues"):
        exporting.take(done, actor=Actor(member.person))
    done.refresh_from_db()
    assert done.expires_at <= app_now()
    begun.refresh_from_db()
    assert (begun.state, begun.problem) == (
        "failed",
        "What you see has changed since you asked for it. Ask for it again.",
    )


def test_files_of_somebody_who_is_removed_are_not_theirs_when_they_are_added_again(organization, admin):
    europe = DivisionFactory(organization=organization)
    member = MembershipFactory(organization=organization, role="supervisor")
    done = ExportFactory(
        organization=organization,
        person=member.person,
        state=Export.State.DONE,
        expires_at=app_now() + timedelta(hours=9),
    )
    admin.post(reverse("member-remove", args=[member.pk]))

    admin.post(
        reverse("member-add"),
        {"username": member.person.username, "role": "supervisor", "division_ids": [europe.genesys_id]},
    )

    assert Membership.objects.get(person=member.person).division_ids == [europe.genesys_id]
    with pytest.raises(exporting.CannotExport, match="sees fewer queues"):
        exporting.take(done, actor=Actor(member.person))
    done.refresh_from_db()
    assert done.expires_at <= app_now()


def test_a_division_that_is_gone_stays_ticked_where_it_was(organization, admin):
    gone = DivisionFactory(organization=organization, name="Old Europe", gone=True)
    member = MembershipFactory(organization=organization, role="ops", division_ids=[gone.genesys_id])

    assert "Old Europe" in page(admin, "member-change", member.pk)
    assert "Old Europe" not in page(admin, "member-add")


def test_the_last_admin_stays_one(organization, sign_in):
    admin = sign_in("admin")
    MembershipFactory(organization=organization, role="admin", person__is_active=False)
    member = Membership.objects.get(person_id=admin.session["_auth_user_id"])

    changed = admin.post(reverse("member-change", args=[member.pk]), {"role": "ops"}).content.decode()
    removed = admin.post(reverse("member-remove", args=[member.pk])).content.decode()

    assert "This is the only admin" in changed
    assert "This is the only admin" in removed
    assert Membership.objects.get(pk=member.pk).role == Role.ADMIN


def test_removing_asks_first_and_takes_views_of_their_own_along_but_not_shared_ones(organization, admin):
    member = MembershipFactory(organization=organization, role="ops")
    for shared in (True, False):
        SavedViewFactory(organization=organization, person=member.person, shared=shared)

    assert "They can be added again" in page(admin, "member-remove", member.pk)
    assert Membership.objects.filter(pk=member.pk).exists()
    admin.post(reverse("member-remove", args=[member.pk]))

    assert not Membership.objects.filter(pk=member.pk).exists()
    assert [view.shared for view in SavedView.everywhere.all()] == [True]
    assert Person.objects.filter(pk=member.person_id).exists()


def test_somebody_who_was_removed_sees_nothing_from_their_next_click_on(organization, admin, sign_in):
    ops = sign_in("ops")
    member = Membership.objects.get(person_id=ops.session["_auth_user_id"])

    admin.post(reverse("member-remove", args=[member.pk]))

    assert ops.get(reverse("conversation-list")).status_code == 403


def test_a_hundred_people_cost_no_more_queries_than_one_and_are_paged(organization, admin):
    division = DivisionFactory(organization=organization)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            page(admin)
        return len(counted)

    MembershipFactory(organization=organization, role="ops", division_ids=[division.genesys_id])
    few = queries()
    MembershipFactory.create_batch(60, organization=organization, role="ops", division_ids=[division.genesys_id])

    assert queries() == few
    assert "Older" in page(admin)


def test_a_division_of_another_organization_is_refused(organization):
    foreign, actor = DivisionFactory(), Actor(PersonFactory())

    with pytest.raises(admitting.CannotAdmit, match="not in the catalogue"):
        admitting.admit(
            organization,
            admitting.Name("ines"),
            role=Role.OPS,
            division_ids=[foreign.genesys_id],
            actor=actor,
        )
