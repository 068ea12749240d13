"""How long things are kept, in the browser: shown to everybody, changed by admins within bounds."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import SweepFactory
from wrapups.domain.retention import PERIODS, Kind
from wrapups.models import Act, Organization, Sweep

DEFAULTS = {kind.value: str(period.days) for kind, period in PERIODS.items()}


def page(client: Client) -> str:
    return client.get(reverse("organization-retention")).content.decode()


def changed(client: Client, **typed: str) -> str:
    return client.post(reverse("organization-retention-change"), DEFAULTS | typed, follow=True).content.decode()


def stored(organization: Organization) -> dict[str, int]:
    organization.refresh_from_db()
    return organization.retention


@pytest.mark.parametrize(("role", "may_change"), [("admin", True), ("ops", False), ("supervisor", False)])
def test_everybody_sees_the_periods_and_admins_change_them(organization, sign_in, role: str, may_change: bool):
    shown = page(sign_in(role))

    assert 'name="events" value="90"' in shown
    assert "by default 90 days" in shown
    assert ("Save the periods" in shown) is may_change


def test_what_is_chosen_is_kept_and_stands_in_the_history_and_a_default_is_no_choice(organization, admin):
    assert "The periods are changed" in changed(admin, events="30")

    assert stored(organization) == {"events": 30}
    assert Act.objects.get().verb == "change the policies"
    changed(admin)
    assert stored(organization) == {}


@pytest.mark.parametrize(("typed", "said"), [("6", "greater than or equal to 7"), ("", "required"), ("x", "number")])
def test_what_cannot_be_is_said_at_its_field_with_what_was_typed(organization, admin, typed: str, said: str):
    shown = changed(admin, events=typed, imports="99")

    assert said in shown
    assert 'id="retention-events_error"' in shown
    assert 'value="99"' in shown
    assert stored(organization) == {}


def test_that_nothing_can_be_removed_is_said(organization, admin):
    SweepFactory(organization=organization, kind=Sweep.Kind.TIDY, problem="BadRetention: events: choose a number.")

    assert "BadRetention: events" in page(admin)


def test_every_kind_has_a_field(organization, admin):
    shown = page(admin)

    assert all(f'name="{kind}"' in shown for kind in Kind)
