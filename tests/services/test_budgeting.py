"""The call budget: one row, the database's clock, and everything that may hold it."""

import threading
from datetime import datetime

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import OrganizationFactory
from tests.services.centre import seconds_between
from tests.services.clock import Clock
from wrapups.domain.errors import CredentialsRefused, Forbidden, NotFound, RateLimited, Unclear
from wrapups.models import CallBudget, Organization
from wrapups.services.budgeting import Granted, Held, Wait, learn, take_call, wait_for_call

BURST, PER_MINUTE, WINDOW_S = 5, 60, 60
THREADS = 4


def organization_with(tokens: float = 0.0, **columns: object) -> Organization:
    """Return an organization that may make 60 calls a minute, 5 at once, and has so many to begin with."""
    made: Organization = OrganizationFactory(**{"calls_per_minute": PER_MINUTE, "burst": BURST} | columns)
    CallBudget.objects.filter(organization=made).update(tokens=tokens)
    return made


def budget_of(organization: Organization) -> CallBudget:
    return CallBudget.objects.get(organization=organization)


def most_in_a_window(grants: list[datetime]) -> int:
    """Return the most grants that any minute holds."""
    return max(
        (sum(0 <= seconds_between(first, grant) < WINDOW_S for grant in grants) for first in grants),
        default=0,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gaps=st.lists(st.integers(0, 30_000), min_size=1, max_size=12),
    at_once=st.integers(1, 40),
    full=st.booleans(),
)
def test_no_minute_grants_more_than_the_rate_and_one_burst(clock: Clock, gaps: list[int], at_once: int, full: bool):
    organization = organization_with(tokens=BURST if full else 0)
    grants: list[datetime] = []

    for gap in gaps:
        clock.advance(gap / 1000)
        answers = [take_call(organization.pk) for _ in range(at_once)]
        grants += [clock.now()] * answers.count(Granted())

    assert most_in_a_window(grants) <= PER_MINUTE + BURST


def test_calls_come_back_at_the_rate_and_no_faster(clock: Clock):
    organization = organization_with(tokens=0)
    clock.advance(3)

    answers = [take_call(organization.pk) for _ in range(4)]

    assert [type(answer) for answer in answers] == [Granted, Granted, Granted, Wait]


def test_a_long_rest_saves_up_one_burst_and_no_more(clock: Clock):
    organization = organization_with(tokens=0)
    clock.advance(3600)

    answers = [take_call(organization.pk) for _ in range(BURST + 1)]

    assert answers[:BURST] == [Granted()] * BURST
    assert isinstance(answers[BURST], Wait)


def test_who_has_to_wait_is_told_how_long(clock: Clock):
    organization = organization_with(tokens=0.25)

    answer = take_call(organization.pk)

    assert answer == Wait(pytest.approx(0.75))


def test_a_clock_that_jumps_back_grants_nothing_twice(clock: Clock):
    organization = organization_with(tokens=0)
    clock.advance(10)
    granted = [take_call(organization.pk) for _ in range(BURST)]
    CallBudget.objects.filter(organization=organization).update(tokens_at=clock.now())
    clock.reset()

    afterwards = take_call(organization.pk)

    assert granted == [Granted()] * BURST
    assert isinstance(afterwards, Wait)


@pytest.mark.django_db(transaction=True)
def test_four_workers_together_get_what_the_bucket_holds(clock: Clock):
    organization = organization_with(tokens=BURST, calls_per_minute=1)
    answers: list[Granted | Wait | Held] = []

    def ask() -> None:
        answers.extend(take_call(organization.pk) for _ in range(25))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(answers) == 25 * THREADS
    assert answers.count(Granted()) == BURST


def test_the_budgets_of_organizations_are_their_own(clock: Clock):
    rich, poor = organization_with(tokens=1), organization_with(tokens=0)

    assert take_call(rich.pk) == Granted()
    assert isinstance(take_call(poor.pk), Wait)


def test_an_organization_without_a_budget_is_an_error(clock: Clock):
    with pytest.raises(CallBudget.DoesNotExist, match="no call budget"):
        take_call(OrganizationFactory(call_budget=None).pk)


# Holds


def test_a_429_stops_all_calls_for_as_long_as_asked(clock: Clock):
    organization = organization_with(tokens=BURST)

    learn(organization.pk, RateLimited("wait", retry_after_s=20))
    at_once = take_call(organization.pk)
    clock.advance(19)
    nearly = take_call(organization.pk)
    clock.advance(2)

    assert isinstance(at_once, Wait)
    assert isinstance(nearly, Wait)
    assert take_call(organization.pk) == Granted()


def test_a_shorter_wait_never_cuts_a_longer_one_short(clock: Clock):
    organization = organization_with()
    learn(organization.pk, RateLimited("wait", retry_after_s=100))

    learn(organization.pk, RateLimited("wait", retry_after_s=5))

    assert seconds_between(clock.now(), budget_of(organization).wait_until) == 100


def test_refused_credentials_hold_until_a_person_acts(clock: Clock):
    organization = organization_with(tokens=BURST)

    learn(organization.pk, CredentialsRefused("Genesys Cloud answered 401."))
    clock.advance(86_400)

    assert take_call(organization.pk) == Held()
    assert budget_of(organization).refused_because == "Genesys Cloud answered 401."


def test_the_first_refusal_s_words_stay(clock: Clock):
    organization = organization_with()
    learn(organization.pk, CredentialsRefused("first"))

    learn(organization.pk, CredentialsRefused("second"))

    assert budget_of(organization).refused_because == "first"


@pytest.mark.parametrize("error", [NotFound("404"), Forbidden("403"), Unclear("500")], ids=["404", "403", "500"])
def test_trouble_of_one_call_holds_nobody(error: NotFound | Forbidden | Unclear, clock: Clock):
    organization = organization_with(tokens=BURST)

    learn(organization.pk, error)

    assert take_call(organization.pk) == Granted()


def test_a_held_budget_grants_nothing_and_spends_nothing(clock: Clock):
    organization = organization_with(tokens=BURST)
    CallBudget.objects.filter(organization=organization).update(held_at=clock.now())

    answer = take_call(organization.pk)

    assert answer == Held()
    assert budget_of(organization).tokens == BURST


def test_waiting_for_a_call_gives_up_when_it_would_take_too_long(clock: Clock):
    organization = organization_with()
    learn(organization.pk, RateLimited("wait", retry_after_s=100))

    assert not wait_for_call(organization.pk, at_most_s=1)


def test_waiting_for_a_call_gives_up_at_once_while_held(clock: Clock):
    organization = organization_with(tokens=BURST)
    CallBudget.objects.filter(organization=organization).update(held_at=clock.now())

    assert not wait_for_call(organization.pk, at_most_s=60)


@pytest.mark.django_db(transaction=True)
def test_waiting_for_a_call_gets_it_when_it_comes(clock: Clock):
    organization = organization_with(calls_per_minute=3000)

    assert wait_for_call(organization.pk, at_most_s=10)
