"""What our OAuth client may not do, and what is lost by it."""

import pytest

from tests.factories import DivisionFactory, PersonFactory, QueueFactory
from tests.services.centre import Centre
from wrapups.domain.permissions import NEEDED, OPTIONAL
from wrapups.models import Act, CallBudget, Sweep
from wrapups.models.clock import app_now
from wrapups.services import checking, pausing, watching
from wrapups.services.auditing import Actor
from wrapups.services.checking import CheckReport

ASK_GENESYS = frozenset(Sweep.Kind) - watching.ASK_NOTHING


@pytest.fixture
def actor(db: None) -> Actor:
    return Actor(PersonFactory(), origin="10.0.0.7")


@pytest.fixture
def placed(centre: Centre) -> Centre:
    """A centre that knows which organization it is, and its divisions, each with a queue."""
    centre.let(genesys_id=centre.simulator.catalogue()["organization_id"])
    for division in centre.simulator.catalogue()["divisions"]:
        DivisionFactory(organization=centre.organization, genesys_id=division["id"], name=division["name"])
        QueueFactory(organization=centre.organization, division_id=division["id"], name=f"{division['name']} desk")
    return centre


def checked(centre: Centre, actor: Actor) -> CheckReport:
    """Check now, as a worker does; return the report as it is stored."""
    checking.ask(centre.organization, actor=actor)
    checking.check(centre.organization, gateway=centre.gateway)
    centre.organization.refresh_from_db()
    report = CheckReport.of(centre.organization)
    assert report is not None
    return report


def lacking(report: CheckReport) -> dict[str, tuple[str, ...]]:
    return {line.subject: line.lost for line in report.lines if not line.good and not line.optional}


def test_a_client_with_everything_has_every_line_green(placed: Centre, actor: Actor):
    report = checked(placed, actor)

    assert lacking(report) == {}
    assert {*NEEDED, "Home", "Europe", "Americas"} < {line.subject for line in report.lines}


@pytest.mark.parametrize("permission", NEEDED)
def test_one_permission_less_turns_exactly_one_line_red_and_says_what_is_lost(
    placed: Centre, actor: Actor, permission: str
):
    placed.simulator.revoke(permission)

    assert lacking(checked(placed, actor)) == {permission: (NEEDED[permission],)}


@pytest.mark.parametrize("permission", OPTIONAL)
def test_what_nobody_needs_to_grant_is_named_with_what_there_is_only_with_it_and_is_no_lack(
    placed: Centre, actor: Actor, permission: str
):
    placed.simulator.grant(permission)
    with_it = checked(placed, actor)
    placed.simulator.revoke(permission)
    without = checked(placed, actor)

    assert next(line.lost for line in with_it.lines if line.subject == permission) == ()
    assert next(line.lost for line in without.lines if line.subject == permission) == (OPTIONAL[permission],)
    assert without.lacking == 0


@pytest.mark.parametrize("permission", NEEDED)
def test_a_division_that_lacks_a_permission_is_one_red_line_that_names_it(
    placed: Centre, actor: Actor, permission: str
):
    home, _, americas = [division["id"] for division in placed.simulator.catalogue()["divisions"]]
    placed.simulator.grant(permission, division_ids=[home, americas])

    assert lacking(checked(placed, actor)) == {"Europe": (f"{permission}: {NEEDED[permission]}",)}


def test_a_division_that_is_not_covered_at_all_is_one_red_line(placed: Centre, actor: Actor):
    home, _, americas = [division["id"] for division in placed.simulator.catalogue()["divisions"]]
    for permission in NEEDED:
        placed.simulator.grant(permission, division_ids=[home, americas])

    found = lacking(checked(placed, actor))

    assert list(found) == ["Europe"]
    assert len(found["Europe"]) == len(NEEDED)


def test_a_division_says_what_of_ours_it_holds(placed: Centre, actor: Actor):
    europe = next(line for line in checked(placed, actor).lines if line.subject == "Europe")

    assert europe.about == "queues Europe desk"


def test_the_first_check_learns_which_organization_it_is(centre: Centre, actor: Actor):
    centre.let(genesys_id="")

    checked(centre, actor)

    assert centre.organization.genesys_id == centre.simulator.catalogue()["organization_id"]


def test_a_client_of_another_organization_is_red(centre: Centre, actor: Actor):
    centre.let(genesys_id="5f0c1f4e-0000-4000-8000-000000000001")

    [lost] = lacking(checked(centre, actor))["OAuth client"]

    assert "not to this organization" in lost


def test_a_refused_client_loses_everything_and_holds_the_calls(centre: Centre, actor: Actor):
    centre.simulator.fault("status", operations=["GET */tokens/me"], status=401)

    report = checked(centre, actor)

    [lost] = lacking(report)["OAuth client"]
    assert lost.startswith("Everything: ")
    assert centre.budget.refused_at is not None


def test_a_refused_client_can_be_checked_although_all_else_is_stopped(centre: Centre, actor: Actor):
    CallBudget.objects.filter(organization=centre.organization).update(refused_at=app_now())
    checking.ask(centre.organization, actor=actor)

    assert watching.due_sweeps(centre.organization, among=ASK_GENESYS) == [Sweep.Kind.CHECK]
    assert checking.check(centre.organization, gateway=centre.gateway) is not None


def test_a_pause_by_a_person_holds_the_check_too(centre: Centre, actor: Actor):
    pausing.hold(centre.organization, actor=actor, reason="maintenance")
    checking.ask(centre.organization, actor=actor)

    assert watching.due_sweeps(centre.organization, among=ASK_GENESYS) == []
    assert checking.check(centre.organization, gateway=centre.gateway) is None


def test_a_check_that_gets_no_answer_says_so_and_is_tried_again(centre: Centre, actor: Actor):
    centre.simulator.fault("status", operations=["GET */subjects/me"], status=503)
    checking.ask(centre.organization, actor=actor)

    checking.check(centre.organization, gateway=centre.gateway)

    sweep = Sweep.objects.get(organization=centre.organization, kind=Sweep.Kind.CHECK)
    assert "503" in sweep.problem
    assert 0 < (sweep.due_at - app_now()).total_seconds() <= checking.AGAIN_AFTER_S


def test_a_check_costs_what_it_says(centre: Centre, actor: Actor):
    centre.gateway.whoami()
    before = centre.simulator.calls()["operations"]

    report = checked(centre, actor)

    assert sum(centre.simulator.calls()["operations"].values()) - sum(before.values()) == report.calls


def test_nobody_checks_twice_for_one_question(centre: Centre, actor: Actor):
    checked(centre, actor)

    assert checking.check(centre.organization, gateway=centre.gateway) is None


def test_asking_for_a_check_is_an_act(centre: Centre, actor: Actor):
    checked(centre, actor)

    act = Act.objects.get(verb="ask for a check of the OAuth client")
    assert (act.person, act.origin) == (actor.person, "10.0.0.7")
