"""Adding an organization whole, and holding and resuming its calls."""

from datetime import timedelta

import pytest

from tests.factories import CallBudgetFactory, OrganizationFactory, PersonFactory
from tests.services.clock import Clock
from wrapups.models import Act, AuditEntry, CallBudget, Organization, Sweep
from wrapups.services import pausing
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import Granted, take_call
from wrapups.services.organizing import add_organization

SECRET = "a-secret-that-nobody-may-read"


def added(**values: object) -> Organization:
    """Return an organization just added."""
    return add_organization(
        name="Harbour & Finch",
        slug="harbour-finch",
        api_url="https://api.mypurecloud.ie",
        client_id="7c3a5e0e-0000-4000-8000-000000000001",
        client_secret=SECRET,
        **values,
    )


def test_an_organization_comes_with_its_budget_and_its_duties(clock: Clock):
    organization = added(grace_s=60)

    assert organization.grace_s == 60
    assert organization.client_secret == SECRET
    assert CallBudget.objects.get(organization=organization).tokens == 0
    assert set(organization.sweeps.values_list("kind", flat=True)) == set(Sweep.Kind)


def test_its_past_is_left_alone_unless_asked_for(clock: Clock):
    organization = added()

    assert organization.apply_from == clock.now()
    assert organization.sweeps.get(kind=Sweep.Kind.DISCOVER).watermark_at == clock.now()


def test_its_past_is_worked_from_where_one_says(clock: Clock):
    since = clock.now() - timedelta(days=3)

    organization = added(apply_from=since)

    assert organization.apply_from == organization.sweeps.get(kind=Sweep.Kind.DISCOVER).watermark_at == since


def test_its_secret_is_nowhere_to_be_read(clock: Clock):
    organization = added()

    kept = str(list(AuditEntry.objects.values_list("before", "after")))
    assert SECRET not in organization.client_secret_sealed
    assert SECRET not in kept


# Pausing


@pytest.fixture
def actor(clock: Clock) -> Actor:
    """Somebody on duty."""
    return Actor(PersonFactory())


def test_a_pause_stops_every_call_and_says_who_and_why(actor: Actor, clock: Clock):
    organization = OrganizationFactory()
    CallBudget.objects.update(tokens=5)

    pausing.hold(organization, actor=actor, reason=" Genesys maintenance ")

    budget = CallBudget.objects.get(organization=organization)
    assert (budget.held_at, budget.held_by, budget.held_reason) == (clock.now(), actor.person, "Genesys maintenance")
    assert take_call(organization.pk) != Granted()
    assert Act.objects.get().verb == "pause all calls"


def test_a_pause_needs_a_reason(actor: Actor):
    organization = OrganizationFactory()

    with pytest.raises(ValueError, match="Say why"):
        pausing.hold(organization, actor=actor, reason=" ")

    assert CallBudget.objects.get(organization=organization).held_at is None


def test_a_second_pause_leaves_the_first_one_s_words(actor: Actor):
    organization = OrganizationFactory()
    pausing.hold(organization, actor=actor, reason="First")

    pausing.hold(organization, actor=Actor(PersonFactory()), reason="Second")

    budget = CallBudget.objects.get(organization=organization)
    assert (budget.held_reason, budget.held_by) == ("First", actor.person)


@pytest.mark.parametrize("trait", ["held", "refused"])
def test_resuming_ends_a_pause_and_a_refusal_alike(trait: str, actor: Actor):
    budget = CallBudgetFactory(**{trait: True}, tokens=5)

    pausing.resume(budget.organization, actor=actor)

    budget.refresh_from_db()
    assert (budget.held_at, budget.held_by, budget.held_reason) == (None, None, "")
    assert (budget.refused_at, budget.refused_because) == (None, "")
    assert take_call(budget.organization_id) == Granted()
