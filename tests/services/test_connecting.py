"""Connecting organizations, and two of them side by side in one worker: each with its own client, budget and pauses."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest
from django.db import connections
from pytest_django import Settings

from tests.factories import PersonFactory
from wrapups import tasks
from wrapups.domain.errors import RateLimited
from wrapups.domain.regions import REGIONS
from wrapups.domain.roles import Role
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.models import AccessToken, Act, AuditEntry, CallBudget, Membership, Organization, Sweep
from wrapups.models.clock import app_now
from wrapups.pump import SWEEPS
from wrapups.services import budgeting, checking, connecting, pausing
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import Granted, Held
from wrapups.services.connecting import CannotConnect, connected_twice

FRANKFURT = "https://api.mypurecloud.de"
CLIENT_ID = "7c3a5e0e-0000-4000-8000-000000000001"
SECRET = "canary-5a1d77c3-secret"
PLENTY = 50


@pytest.fixture
def ours(db: None) -> Actor:
    return Actor(PersonFactory(), "198.51.100.7")


@pytest.fixture(scope="session")
def second_process() -> Iterator[SimulatorControl]:
    """Another simulated Genesys Cloud, with an organization and a client of its own.

    Loads the SDK, which takes seconds: PostgreSQL would end a test's transaction that stood idle meanwhile.
    """
    import_module("wrapups.genesys.sdk")
    with running(seed=2) as control:
        yield control


@pytest.fixture
def both(
    simulator: SimulatorControl, second_process: SimulatorControl, settings: Settings
) -> tuple[SimulatorControl, SimulatorControl]:
    """Two simulated Genesys Clouds, both emptied."""
    second_process.reset(seed=2)
    second_process.rotate_secret()
    settings.ALLOWED_GENESYS_HOSTS = [simulator.url, second_process.url]
    return simulator, second_process


def connected(at: SimulatorControl, actor: Actor, name: str = "North") -> Organization:
    client = at.client()
    secret = client["client_secret"]
    return with_calls(connect(actor, name=name, api_url=at.url, client_id=client["client_id"], client_secret=secret))


def with_calls(organization: Organization) -> Organization:
    """Let some calls have come together; in a test's transaction the database's time stands still."""
    Organization.objects.filter(pk=organization.pk).update(burst=PLENTY)
    CallBudget.objects.filter(organization=organization).update(tokens=PLENTY)
    return organization


def connect(actor: Actor, **other: str) -> Organization:
    typed = {"name": "North", "api_url": FRANKFURT, "client_id": CLIENT_ID, "client_secret": SECRET}
    return connecting.connect(actor=actor, **(typed | other))


# Connecting


def test_whoever_connects_an_organization_is_its_admin_and_its_first_row_is_part_of_their_act(ours: Actor):
    organization = connect(ours)

    [act] = Act.objects.filter(organization=organization)
    tables = set(AuditEntry.objects.filter(act=act).values_list("table", flat=True))
    assert Membership.objects.get(organization=organization).role == Role.ADMIN
    assert (act.person, act.verb) == (ours.person, "add an organization")
    assert {"wrapups_organization", "wrapups_membership"} <= tables
    assert organization.client_secret == SECRET
    assert SECRET not in str(list(AuditEntry.objects.values()))


def test_only_what_ends_from_now_on_is_its_business(ours: Actor):
    organization = connect(ours)

    assert organization.apply_from == app_now()
    assert organization.sweeps.get(kind=Sweep.Kind.DISCOVER).watermark_at == organization.apply_from


def test_two_of_one_name_are_two(ours: Actor):
    first, second = connect(ours), connect(ours, client_id=CLIENT_ID.replace("1", "2"))

    assert first.slug != second.slug


@pytest.mark.parametrize("name", ["Süd – Ost", "東京", "../../etc", "x" * 120])
def test_any_name_gives_an_organization_a_plain_slug_of_its_own(ours: Actor, name: str):
    assert connect(ours, name=name).slug.replace("-", "").isalnum()


@pytest.mark.parametrize(
    "api_url", ["https://api.evil.example", "http://169.254.169.254", "https://api.mypurecloud.de/", ""]
)
def test_only_known_regions_and_what_the_settings_allow_can_be_chosen(ours: Actor, api_url: str):
    with pytest.raises(CannotConnect) as refused:
        connect(ours, api_url=api_url)

    assert refused.value.field == "api_url"
    assert not Organization.objects.exists()


def test_a_client_that_is_connected_is_not_connected_again(ours: Actor):
    connect(ours)

    with pytest.raises(CannotConnect) as refused:
        connect(ours, name="South")

    assert refused.value.field == "client_id"


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_twice_at_once_connects_once(transactional_db: None):
    ours = Actor(PersonFactory())

    def once() -> bool:
        try:
            connect(ours)
        except CannotConnect:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as people:
        done = [each.result(30) for each in [people.submit(once) for _ in range(4)]]

    assert sum(done) == Organization.objects.count() == 1


def test_a_wrong_region_can_be_corrected_until_a_check_has_known_the_organization(ours: Actor):
    organization = connect(ours, api_url="https://api.mypurecloud.ie")
    CallBudget.objects.filter(organization=organization).update(refused_at=app_now(), refused_because="400")
    new = {"client_id": CLIENT_ID, "client_secret": SECRET, "actor": ours}

    connecting.correct(organization, api_url=FRANKFURT, **new)
    Organization.objects.filter(pk=organization.pk).update(genesys_id="known")
    with pytest.raises(CannotConnect):
        connecting.correct(organization, api_url="https://api.mypurecloud.ie", **new)

    stored = Organization.objects.get(pk=organization.pk)
    assert (stored.api_url, stored.client_secret) == (FRANKFURT, SECRET)
    assert CallBudget.objects.get(organization=organization).refused_at is None


def test_the_regions_are_those_of_genesys_own_sdk():
    hosts = pytest.importorskip("PureCloudPlatformClientV2").PureCloudRegionHosts

    assert {each.value.rstrip("/") for each in hosts} == set(REGIONS)


# Before any rules


def test_before_a_release_of_rules_every_duty_is_done_and_nothing_is_written(both, ours: Actor):
    north, _ = both
    organization = connected(north, ours)
    north.generate(5)

    for doorbell in (*SWEEPS.values(), tasks.verify, tasks.drain):
        doorbell.run(organization.pk)

    organization.refresh_from_db()
    operations = north.calls()["operations"]
    assert checking.CheckReport.of(organization).lacking == 0
    assert organization.genesys_id
    assert [each for each in operations if not each.startswith("GET")] == ["POST /oauth/token"]
    assert north.ledger() == []


def test_a_refused_client_is_a_red_line_of_its_own_organization_and_stops_no_other(both, ours: Actor):
    north, south = both
    wrong = with_calls(connect(ours, api_url=north.url))
    right = connected(south, ours, "South")

    for organization in (wrong, right):
        tasks.check.run(organization.pk)

    wrong.refresh_from_db()
    right.refresh_from_db()
    assert "Everything" in checking.CheckReport.of(wrong).lines[0].lost[0]
    assert checking.CheckReport.of(right).lacking == 0
    assert CallBudget.objects.get(organization=wrong).refused_at
    assert CallBudget.objects.get(organization=right).refused_at is None


def test_the_same_organization_under_two_clients_is_noticed(both, ours: Actor):
    north, _ = both
    first = connected(north, ours)
    second = connect(ours, client_id="7c3a5e0e-0000-4000-8000-00000000000f")
    Organization.objects.filter(pk__in=[first.pk, second.pk]).update(genesys_id="the same")
    for each in (first, second):
        each.refresh_from_db()

    assert connected_twice(first)
    assert connected_twice(second)
    assert not connected_twice(connect(ours, client_id="7c3a5e0e-0000-4000-8000-00000000000a"))


# Side by side


@pytest.fixture
def side_by_side(both: tuple[SimulatorControl, SimulatorControl], ours: Actor) -> list[Organization]:
    """Two organizations of two simulated Genesys Clouds, both checked by the tasks of this one worker."""
    organizations = [connected(at, ours, name) for at, name in zip(both, ("North", "South"), strict=True)]
    for each in organizations:
        tasks.check.run(each.pk)
        each.refresh_from_db()
    return organizations


def test_in_one_worker_each_has_a_token_of_its_own_and_calls_arrive_where_they_belong(both, side_by_side):
    counted = [at.calls()["operations"] for at in both]
    tokens = [AccessToken.objects.get(organization=each) for each in side_by_side]

    assert [each["POST /oauth/token"] for each in counted] == [1, 1]
    assert tokens[0].sealed != tokens[1].sealed
    assert side_by_side[0].client_secret != side_by_side[1].client_secret


def test_in_one_worker_each_has_a_budget_of_its_own(side_by_side):
    north, south = side_by_side
    while isinstance(budgeting.take_call(north.pk), Granted):
        pass

    assert isinstance(budgeting.take_call(south.pk), Granted)


def test_what_one_is_asked_to_wait_the_other_does_not(side_by_side):
    north, south = side_by_side

    budgeting.learn(north.pk, RateLimited("Genesys Cloud answered 429.", retry_after_s=60))

    assert not isinstance(budgeting.take_call(north.pk), Granted)
    assert isinstance(budgeting.take_call(south.pk), Granted)


def test_a_pause_of_one_is_no_pause_of_the_other(side_by_side, ours: Actor):
    north, south = side_by_side

    pausing.hold(north, actor=ours, reason="maintenance")

    assert isinstance(budgeting.take_call(north.pk), Held)
    assert isinstance(budgeting.take_call(south.pk), Granted)
