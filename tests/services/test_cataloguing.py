"""Keeping our copy of the catalogue true: nothing deleted, nothing called gone by half a listing."""

import pytest

from tests.factories import SweepFactory
from tests.services.centre import OTHER, QUEUE, WANTED, Centre, seconds_between
from tests.services.clock import Clock
from wrapups.models import Agent, Division, Queue, QueueWrapupCode, Sweep, WrapupCode
from wrapups.services import cataloguing
from wrapups.services.cataloguing import sync


def synced(centre: Centre) -> bool:
    """Let a while pass and bring the copy up to date, as it is time."""
    centre.clock.advance(10)
    Sweep.objects.update(due_at=centre.clock.now())
    return sync(centre.organization, gateway=centre.gateway)


def offered(centre: Centre, queue: str) -> set[str]:
    """Return the names of the codes our copy says the queue offers."""
    rows = QueueWrapupCode.everywhere.filter(queue=centre.queues[queue], gone_at=None)
    return set(rows.values_list("wrapup_code__name", flat=True))


def catalogue_of(centre: Centre, part: str) -> list[dict[str, object]]:
    return list(centre.simulator.catalogue()[part])


def test_divisions_queues_codes_agents_and_what_queues_offer_are_copied(centre: Centre):
    worked = synced(centre)

    rows = {"divisions": Division, "queues": Queue, "codes": WrapupCode, "agents": Agent}
    for part, model in rows.items():
        ours = model.everywhere.filter(organization=centre.organization, gone_at=None)
        assert set(ours.values_list("genesys_id", "name")) == {
            (each["id"], each["name"]) for each in catalogue_of(centre, part) if not each.get("deleted")
        }
    names = {each["id"]: each["name"] for each in catalogue_of(centre, "codes")}
    [queue] = [each for each in catalogue_of(centre, "queues") if each["name"] == QUEUE]
    assert offered(centre, QUEUE) == {names[code] for code in queue["code_ids"]}  # type: ignore[attr-defined]
    assert worked


def test_a_look_at_the_catalogue_costs_a_call_per_page_and_per_queue(centre: Centre):
    synced(centre)

    queues = len(catalogue_of(centre, "queues"))
    assert centre.simulator.calls()["calls"] == queues + len(["queues", "divisions", "codes", "agents"])


def test_the_catalogue_is_read_only_when_it_is_time(centre: Centre):
    synced(centre)
    calls = centre.simulator.calls()["calls"]

    again = sync(centre.organization, gateway=centre.gateway)

    assert not again
    assert centre.simulator.calls()["calls"] == calls


def test_a_renamed_code_is_the_same_code_under_its_new_name(centre: Centre):
    synced(centre)
    centre.simulator.rename_code(centre.code(WANTED), "Solved")

    synced(centre)

    code = WrapupCode.everywhere.get(pk=centre.codes[WANTED].pk)
    assert (code.name, code.gone_at) == ("Solved", None)


def test_a_deleted_code_is_marked_gone_and_stays(centre: Centre, clock: Clock):
    synced(centre)
    centre.simulator.delete_code(centre.code(WANTED))

    synced(centre)

    code = WrapupCode.everywhere.get(pk=centre.codes[WANTED].pk)
    assert code.gone_at == clock.now()
    assert WANTED not in offered(centre, QUEUE)


def test_a_code_taken_off_a_queue_is_off_that_queue_and_exists(centre: Centre):
    synced(centre)
    centre.simulator.offer_codes(centre.queues[QUEUE].genesys_id, [centre.code(OTHER)])

    synced(centre)

    assert offered(centre, QUEUE) == {OTHER}
    assert WrapupCode.everywhere.get(pk=centre.codes[WANTED].pk).gone_at is None


def test_what_comes_back_is_gone_no_more(centre: Centre):
    centre.simulator.offer_codes(centre.queues[QUEUE].genesys_id, [centre.code(OTHER)])
    synced(centre)
    centre.simulator.offer_codes(centre.queues[QUEUE].genesys_id, [centre.code(WANTED)])

    synced(centre)

    assert offered(centre, QUEUE) == {WANTED}
    assert QueueWrapupCode.everywhere.filter(queue=centre.queues[QUEUE]).count() == 2


def test_the_same_catalogue_again_leaves_no_trace(centre: Centre):
    synced(centre)
    before = len(centre.entries("wrapups_wrapupcode")) + len(centre.entries("wrapups_queue"))

    synced(centre)

    assert len(centre.entries("wrapups_wrapupcode")) + len(centre.entries("wrapups_queue")) == before


@pytest.mark.parametrize(
    "listing", ["*/routing/queues", "*/routing/queues/{queueId}/wrapupcodes", "*/routing/wrapupcodes", "*/users"]
)
def test_half_a_catalogue_changes_nothing(listing: str, centre: Centre, clock: Clock):
    synced(centre)
    centre.simulator.rename_code(centre.code(WANTED), "Solved")
    centre.simulator.delete_code(centre.code(OTHER))
    centre.simulator.fault("e500_before", operations=[f"GET {listing}"], count=1)

    worked = synced(centre)

    sweep = Sweep.objects.get(kind=Sweep.Kind.CATALOGUE)
    assert not worked
    assert WrapupCode.everywhere.get(pk=centre.codes[WANTED].pk).name == WANTED
    assert WrapupCode.everywhere.get(pk=centre.codes[OTHER].pk).gone_at is None
    assert "500" in sweep.problem
    assert seconds_between(clock.now(), sweep.due_at) == 60


def test_a_catalogue_for_which_there_are_no_calls_changes_nothing(centre: Centre, monkeypatch: pytest.MonkeyPatch):
    centre.let(burst=1)
    monkeypatch.setattr(cataloguing, "CALL_PATIENCE_S", 0)

    worked = synced(centre)

    assert not worked
    assert "budget" in Sweep.objects.get(kind=Sweep.Kind.CATALOGUE).problem
    assert not Division.everywhere.filter(organization=centre.organization).exists()


def test_the_catalogues_of_organizations_are_their_own(centre: Centre):
    elsewhere = SweepFactory(kind=Sweep.Kind.CATALOGUE).organization

    synced(centre)

    assert not WrapupCode.everywhere.filter(organization=elsewhere).exists()
