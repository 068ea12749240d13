"""The pages of API keys: made by admins, shown once, revoked after a question."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import ApiKeyFactory, AssignmentFactory, PersonFactory
from wrapups.domain.scopes import Scope
from wrapups.models import Act, ApiKey
from wrapups.models.clock import app_now
from wrapups.services import retrying
from wrapups.services.auditing import Program
from wrapups.services.keys import FORM, known

TYPED = {"name": "CRM bridge", "scopes": ["dispositions:write", "read"], "lives": "90", "calls_per_minute": "120"}


def page(client, name: str = "key-list", *arguments: object) -> str:
    return client.get(reverse(name, args=arguments)).content.decode()


def shown_key(html: str) -> str:
    found = FORM.search(html)
    assert found, "no key is shown"
    return found[0]


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_everybody_sees_which_keys_there_are_and_nothing_that_opens(organization, sign_in, role: str):
    key = ApiKeyFactory(organization=organization, name="CRM bridge", scopes=["read"], created_by=PersonFactory())

    html = page(sign_in(role))

    assert "CRM bridge" in html
    assert f"wu_{key.prefix}_…" in html
    assert key.digest not in html
    assert not FORM.search(html)


def test_only_an_admin_is_offered_to_make_and_to_revoke_one(organization, sign_in):
    ApiKeyFactory(organization=organization)

    assert all(offer in page(sign_in("admin")) for offer in ("New key", "Revoke …"))
    assert not any(offer in page(sign_in("ops")) for offer in ("New key", "Revoke …"))


def test_a_key_says_how_it_stands(organization, admin):
    ApiKeyFactory(organization=organization, name="a", expires_at=app_now() + timedelta(days=9))
    ApiKeyFactory(organization=organization, name="b", expires_at=app_now() - timedelta(days=1))
    ApiKeyFactory(organization=organization, name="c", revoked_at=app_now())

    html = page(admin)

    assert all(word in html for word in (" good</span>", " expired</span>", " revoked</span>"))
    assert html.count("Revoke …") == 2


def test_the_list_costs_as_many_queries_with_sixty_keys_and_is_paged(
    organization, admin, django_assert_max_num_queries
):
    for _ in range(60):
        ApiKeyFactory(organization=organization, created_by=PersonFactory())

    with django_assert_max_num_queries(14):
        html = page(admin)

    assert html.count("wu_") == 50
    assert "Older" in html


def test_a_new_key_is_shown_once_and_opens_what_was_chosen(organization, admin):
    response = admin.post(reverse("key-add"), TYPED)

    html = response.content.decode()
    row = known(shown_key(html))
    assert response.status_code == 200
    assert (row.name, row.organization, row.calls_per_minute) == ("CRM bridge", organization, 120)
    assert set(row.scopes) == {Scope.SUBMIT, Scope.READ}
    assert row.expires_at is not None
    assert timedelta(days=89) < row.expires_at - app_now() <= timedelta(days=90)
    assert "no-store" in response["Cache-Control"]
    assert not FORM.search(page(admin))


def test_a_key_that_never_expires_is_a_choice(organization, admin):
    admin.post(reverse("key-add"), TYPED | {"lives": "never"})

    assert ApiKey.everywhere.get().expires_at is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": " "}, "Name the program"),
        ({"name": "CRM\u202ebridge"}, "that can be seen"),
        ({"scopes": []}, "at least one"),
        ({"scopes": ["everything"]}, "not one of the available choices"),
        ({"lives": "400"}, "not one of the available choices"),
        ({"calls_per_minute": "0"}, "greater than or equal to 1"),
        ({"calls_per_minute": "1e9"}, "whole number"),
    ],
)
def test_what_was_typed_stays_and_the_fault_is_said_at_its_field(typed, said, admin):
    html = admin.post(reverse("key-add"), TYPED | typed).content.decode()

    assert said in html
    assert 'role="alert"' in html
    assert typed.get("name", "CRM bridge") == " " or str(typed.get("calls_per_minute", "120")) in html
    assert not ApiKey.everywhere.exists()


def test_a_name_that_another_key_had_is_refused_at_the_field(organization, admin):
    ApiKeyFactory(organization=organization, name="CRM bridge", revoked_at=app_now())

    html = admin.post(reverse("key-add"), TYPED).content.decode()

    assert "There is a key called CRM bridge already" in html
    assert ApiKey.everywhere.count() == 1


def test_revoking_asks_first(organization, admin):
    key = ApiKeyFactory(organization=organization, name="CRM bridge")

    html = page(admin, "key-revoke", key.pk)

    key.refresh_from_db()
    assert "cannot be taken back" in html
    assert key.revoked_at is None


def test_a_revoked_key_stays_in_the_list_with_who_did_it_in_the_history(organization, admin):
    key = ApiKeyFactory(organization=organization, name="CRM bridge")

    response = admin.post(reverse("key-revoke", args=[key.pk]), follow=True)

    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "opens nothing any more" in response.content.decode()
    assert Act.objects.get().verb == "revoke an API key"


def test_what_a_program_did_stands_in_the_history_under_its_keys_name(organization, admin):
    key = ApiKeyFactory(organization=organization, name="CRM bridge")
    failed = AssignmentFactory(organization=organization, failed=True)
    retrying.retry(failed, actor=Program(key), reason="Genesys is back")

    for address in (
        reverse("history-list"),
        reverse("history-changes"),
        f"{reverse('history-list')}?who=key:{key.pk}",
        reverse("conversation-detail", args=[failed.communication.conversation_id]),
    ):
        assert "API key CRM bridge" in admin.get(address).content.decode(), address


@pytest.mark.parametrize("text", ["/api/v1/dispositions/batch", "DispositionIn", "Idempotency-Key", "still-at-work"])
def test_the_description_for_people_names_every_endpoint_shape_and_refusal(text: str, client, db):
    assert text in page(client, "api-docs")


def test_the_description_needs_no_query_and_nothing_from_elsewhere(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        html = page(client, "api-docs")

    assert 'src="http' not in html
    assert 'href="http' not in html
