"""Keys of other programs: shown once, kept as a digest, known again, revoked for good."""

import hashlib
from datetime import timedelta

import pytest

from dashboard.logs import hide_secrets
from tests.factories import ApiKeyFactory, EventSourceFactory, OrganizationFactory, PersonFactory, key_of
from wrapups.domain.scopes import MEANINGS, Scope, scopes_of
from wrapups.models import Act, ApiKey, AuditEntry
from wrapups.models.clock import app_now
from wrapups.services import keys
from wrapups.services.auditing import Actor
from wrapups.services.keys import FORM, NameTaken, NotAKey, known, take_call

pytestmark = pytest.mark.django_db


def made(organization=None, **values):
    told = {"name": "crm", "scopes": [Scope.READ], "calls_per_minute": 60, "expires_at": None}
    return keys.add_key(organization or OrganizationFactory(), actor=Actor(PersonFactory()), **(told | values))


def test_a_key_and_a_source_of_events_share_no_name():
    source = EventSourceFactory(name="crm")

    with pytest.raises(NameTaken, match="source of events called crm"):
        made(source.organization)


def test_a_new_key_is_known_again_and_belongs_to_one_organization():
    new = made()

    row = known(new.secret)

    assert FORM.fullmatch(new.secret)
    assert (row, row.organization, row.scopes) == (new.row, new.row.organization, ["read"])


def test_of_the_secret_only_its_digest_is_kept_and_the_audit_has_not_even_that():
    new = made()

    secret = new.secret.rpartition("_")[2]
    stored = ApiKey.everywhere.filter(pk=new.row.pk).values().get()
    entries = AuditEntry.objects.filter(table="wrapups_apikey").values_list("before", "after")
    assert stored["digest"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(stored)
    assert not any(part in str(list(entries)) for part in (secret, stored["digest"]))


def test_two_keys_have_nothing_in_common():
    organization = OrganizationFactory()

    first, second = (made(organization, name=name) for name in ("crm", "survey"))

    assert set(first.secret.split("_")[1:]).isdisjoint(second.secret.split("_")[1:])


def test_a_name_is_taken_for_good_since_what_was_posted_carries_it():
    organization = OrganizationFactory()
    keys.revoke(made(organization).row, actor=Actor(PersonFactory()))

    with pytest.raises(NameTaken):
        made(organization)

    assert Act.objects.filter(verb="add an API key").count() == 1


def test_another_organization_may_use_the_name():
    first, second = made(), made()

    assert first.row.name == second.row.name
    assert first.row.organization != second.row.organization


def test_a_revoked_key_opens_nothing_and_revoking_twice_is_once():
    new, actor = made(), Actor(PersonFactory())

    assert keys.revoke(new.row, actor=actor) is True
    first = ApiKey.everywhere.get().revoked_at
    assert keys.revoke(new.row, actor=actor) is False

    assert ApiKey.everywhere.get().revoked_at == first
    with pytest.raises(NotAKey):
        known(new.secret)


def test_a_key_is_good_until_it_expires():
    now = app_now()
    good = ApiKeyFactory(expires_at=now + timedelta(minutes=1))
    expired = ApiKeyFactory(expires_at=now)

    assert known(key_of(good)) == good
    assert (keys.is_good(good, now), keys.is_good(expired, now)) == (True, False)
    with pytest.raises(NotAKey):
        known(key_of(expired))


def test_a_refusal_never_shows_the_key():
    text = f"wu_{'a' * 12}_{'b' * 64}"

    with pytest.raises(NotAKey) as refusal:
        known(text)

    assert "b" * 64 not in str(refusal.value)


@pytest.mark.parametrize(
    "text", ["", "wu_", "wu__", "wu_\0_x", f"wu_{'g' * 12}_{'0' * 64}", f" wu_{'a' * 12}_{'0' * 64}"]
)
def test_what_is_not_of_the_form_costs_no_query(text: str, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(NotAKey):
        known(text)


def test_calls_are_taken_one_by_one_and_the_wait_is_for_the_next_one():
    key = ApiKeyFactory(calls_per_minute=60, allowance=2, allowance_at=app_now())

    first, second, third = take_call(key), take_call(key), take_call(key)

    assert [each.granted for each in (first, second, third)] == [True, True, False]
    assert (first.left, second.left, third.left) == (1, 0, 0)
    assert (first.wait_s, 0 < third.wait_s <= 1) == (0, True)


def test_a_call_is_one_statement_and_leaves_no_audit_entry(django_assert_num_queries):
    key = ApiKeyFactory()
    before = AuditEntry.objects.count()

    with django_assert_num_queries(1):
        take_call(key)

    assert AuditEntry.objects.count() == before


def test_time_that_went_back_gives_nothing_and_takes_nothing():
    key = ApiKeyFactory(calls_per_minute=60, allowance=5, allowance_at=app_now() + timedelta(hours=1))

    assert take_call(key).left == 4


def test_every_scope_has_a_meaning_and_an_unknown_one_opens_nothing():
    assert set(MEANINGS) == set(Scope)
    assert scopes_of(["read", "everything"]) == {Scope.READ}


def test_a_key_that_gets_into_a_log_line_is_hidden_there():
    text = key_of(ApiKeyFactory())

    line = hide_secrets(None, "info", {"event": f"sent {text} to nobody"})["event"]

    assert text.rpartition("_")[2] not in line
    assert line.endswith("[hidden] to nobody")
