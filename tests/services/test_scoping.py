"""Rows of an organization are reached by saying whose; secrets open only where they belong."""

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from pytest_django import Settings

from tests.factories import AssignmentFactory, OrganizationFactory
from wrapups.models import Assignment
from wrapups.models.scoping import Owned, UnscopedQuery
from wrapups.models.sealing import SealBroken, seal, unseal

OWNED = [model for model in apps.get_app_config("wrapups").get_models() if issubclass(model, Owned)]
SECRET = "a-secret-that-nobody-may-read"


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
@pytest.mark.parametrize("ask", ["all", "count", "exists", "first", "get", "filter", "exclude", "values", "in_bulk"])
def test_asking_for_rows_without_saying_whose_is_refused(ask: str, model: type[Owned]):
    with pytest.raises(UnscopedQuery, match=rf"{model.__name__}\.objects\.of\(organization\)"):
        getattr(model.objects, ask)()


@pytest.mark.django_db
def test_asking_for_an_organization_s_rows_gives_these_and_no_others():
    ours = AssignmentFactory()
    AssignmentFactory()

    assert list(Assignment.objects.of(ours.organization)) == [ours]
    assert list(Assignment.objects.of(ours.organization_id)) == [ours]


@pytest.mark.django_db
def test_what_follows_is_still_a_query_of_that_model():
    due = AssignmentFactory()

    assert list(Assignment.objects.of(due.organization).due()) == [due]


def test_every_model_that_names_an_organization_is_scoped_or_its_own_household():
    household = {"Organization", "CallBudget", "AccessToken", "Sweep", "Membership", "Attempt", "Act"}
    named = {
        model.__name__
        for model in apps.get_app_config("wrapups").get_models()
        if any(field.name == "organization" for field in model._meta.get_fields())
    }

    assert named - household == {model.__name__ for model in OWNED}


# Sealing


def test_a_secret_opens_where_it_belongs():
    assert unseal(seal(SECRET, belongs_to="acme:client_secret"), belongs_to="acme:client_secret") == SECRET


def test_nothing_stays_nothing():
    assert seal("", belongs_to="acme:client_secret") == unseal("", belongs_to="acme:client_secret") == ""


def test_a_sealed_secret_does_not_show():
    assert SECRET not in seal(SECRET, belongs_to="acme:client_secret")


@pytest.mark.parametrize("spoil", ["cut", "changed", "replaced"])
def test_a_spoiled_secret_does_not_open_and_the_error_does_not_show_it(spoil: str):
    sealed = seal(SECRET, belongs_to="acme:client_secret")
    spoiled = {"cut": sealed[1:], "changed": sealed[:-4] + "AAA=", "replaced": "garbage"}[spoil]

    with pytest.raises(SealBroken) as broken:
        unseal(spoiled, belongs_to="acme:client_secret")

    assert SECRET not in repr(broken.value)
    assert broken.value.__cause__ is None
    assert "acme:client_secret" in str(broken.value)


def test_a_secret_copied_to_another_row_does_not_open():
    sealed = seal(SECRET, belongs_to="acme:client_secret")

    with pytest.raises(SealBroken, match="another row"):
        unseal(sealed, belongs_to="umbrella:client_secret")


def test_an_old_key_still_opens_and_the_newest_seals(settings: Settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [old]
    sealed = seal(SECRET, belongs_to="acme:client_secret")
    settings.FIELD_KEYS = [new, old]
    sealed_anew = seal(SECRET, belongs_to="acme:client_secret")

    assert unseal(sealed, belongs_to="acme:client_secret") == SECRET
    settings.FIELD_KEYS = [new]
    assert unseal(sealed_anew, belongs_to="acme:client_secret") == SECRET


@pytest.mark.django_db
def test_an_organization_s_secret_is_its_own():
    here, there = OrganizationFactory(), OrganizationFactory()
    here.client_secret = SECRET
    there.client_secret_sealed = here.client_secret_sealed

    assert here.client_secret == SECRET
    with pytest.raises(SealBroken):
        _ = there.client_secret
