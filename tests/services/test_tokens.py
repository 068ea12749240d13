"""One access token per organization: shared, renewed by one worker at a time, sealed at rest."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import OrganizationFactory
from tests.services.centre import Centre
from tests.services.clock import Clock
from wrapups.domain.errors import CredentialsRefused, Unsent
from wrapups.genesys.gateway import connect
from wrapups.models import AccessToken
from wrapups.services import tokens
from wrapups.services.tokens import SharedTokens

THREADS, ROUNDS = 8, 5


@dataclass
class Login:
    """A login that counts how often it was made."""

    access_token: str = "a-token-that-nobody-may-read"
    expires_in_s: int = 3600
    made: int = 0

    def __call__(self) -> "Login":
        self.made += 1
        return self


def together(work: Callable[[], None]) -> None:
    """Do this in eight threads at the same moment, each with a connection of its own."""
    ready = threading.Barrier(THREADS)

    def run() -> None:
        ready.wait(10)
        work()
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


@pytest.mark.django_db(transaction=True)
def test_eight_workers_without_a_token_ask_for_one(centre: Centre):
    client = centre.simulator.client()
    gateway = connect(
        api_url=centre.simulator.url,
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        tokens=SharedTokens(centre.organization),
    )
    got: list[int] = []

    together(lambda: got.append(gateway.wrapup_codes().total))

    assert len(got) == THREADS
    assert centre.simulator.calls()["operations"]["POST /oauth/token"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_token_that_came_while_a_worker_looked_is_not_fetched_again(clock: Clock):
    for _ in range(ROUNDS):
        login, shared = Login(), SharedTokens(OrganizationFactory())

        together(lambda login=login, shared=shared: shared.renew(None, login))  # type: ignore[misc]

        assert login.made == 1


def test_a_token_is_used_until_a_minute_before_it_ends(clock: Clock):
    organization = OrganizationFactory()
    SharedTokens(organization).renew(None, Login())
    clock.advance(3539)
    at_last = SharedTokens(organization).current()
    clock.advance(2)

    assert at_last == Login.access_token
    assert SharedTokens(organization).current() is None


def test_a_token_that_was_just_read_is_not_read_again(clock: Clock, django_assert_num_queries: DjangoAssertNumQueries):
    organization = OrganizationFactory()
    SharedTokens(organization).renew(None, Login())
    shared = SharedTokens(organization)

    with django_assert_num_queries(1):
        assert shared.current() == shared.current() == Login.access_token


def test_a_token_that_somebody_replaced_is_known_once_genesys_has_refused_the_old_one(clock: Clock):
    organization = OrganizationFactory()
    ours, theirs = SharedTokens(organization), SharedTokens(organization)
    theirs.renew(None, Login("first"))
    remembered = ours.current()
    theirs.renew("first", Login("second"))

    taken = ours.renew(remembered, Login("never asked for"))

    assert (remembered, taken, ours.current()) == ("first", "second", "second")


def test_a_stale_token_is_replaced(clock: Clock):
    shared = SharedTokens(OrganizationFactory())
    shared.renew(None, Login("first"))

    assert shared.renew("first", Login("second")) == "second"
    assert shared.current() == "second"


def test_somebody_else_s_new_token_will_do(clock: Clock):
    shared = SharedTokens(OrganizationFactory())
    shared.renew(None, Login("new"))
    login = Login("newer")

    got = shared.renew("old", login)

    assert (got, login.made) == ("new", 0)
    assert AccessToken.objects.get().renewing_until is None


def test_a_refused_login_is_passed_on_and_frees_the_way(clock: Clock):
    shared = SharedTokens(OrganizationFactory())

    def refused() -> Login:
        raise CredentialsRefused("401")

    with pytest.raises(CredentialsRefused):
        shared.renew(None, refused)

    assert shared.renew(None, Login()) == Login.access_token


def test_another_worker_s_endless_login_is_given_up(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    organization = OrganizationFactory()
    AccessToken.objects.create(organization=organization, renewing_until=timezone.now() + timedelta(hours=1))
    monkeypatch.setattr(tokens, "RENEWAL_LEASE_S", 0.4)

    with pytest.raises(Unsent, match="sign-in"):
        SharedTokens(organization).renew(None, Login())


def test_a_worker_that_died_while_logging_in_blocks_nobody_for_long(clock: Clock):
    organization = OrganizationFactory()
    shared = SharedTokens(organization)
    AccessToken.objects.create(organization=organization, renewing_until=clock.now())
    clock.advance(1)

    assert shared.renew(None, Login()) == Login.access_token


def test_the_token_is_nowhere_in_its_row(clock: Clock):
    SharedTokens(OrganizationFactory()).renew(None, Login())

    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM wrapups_accesstoken t")
        [(row,)] = cursor.fetchall()

    assert Login.access_token not in row


def test_a_token_copied_from_another_organization_is_none(clock: Clock):
    here, there = OrganizationFactory(), OrganizationFactory()
    SharedTokens(here).renew(None, Login())
    stolen = AccessToken.objects.get(organization=here)

    AccessToken.objects.create(organization=there, sealed=stolen.sealed, expires_at=stolen.expires_at)

    assert SharedTokens(there).current() is None


def test_a_token_sealed_with_keys_that_are_gone_is_none(clock: Clock, settings: object):
    shared = SharedTokens(OrganizationFactory())
    shared.renew(None, Login())

    settings.FIELD_KEYS = ["A" * 43 + "="]  # type: ignore[attr-defined]

    assert shared.current() is None
