"""Keeping our copy of the catalogue true: nothing deleted, nothing called gone by half a listing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from uuid import uuid4

import pytest

from tests.factories import AssignmentFactory, CommunicationFactory, PersonFactory, SweepFactory
from tests.services.centre import OTHER, QUEUE, WANTED, Centre, seconds_between, when
from tests.services.clock import Clock
from wrapups.models import (
    Agent,
    CallBudget,
    Division,
    NameSeen,
    Organization,
    Queue,
    QueueWrapupCode,
    Sweep,
    WrapupCode,
)
from wrapups.services import listing
from wrapups.services.auditing import Actor
from wrapups.services.cataloguing import ask, sync


def synced(centre: Centre) -> bool:
    """Let a while pass and read everything, as it is time."""
    return read(centre, whole_at=None)


def looked(centre: Centre) -> bool:
    """Let a while pass and have a look, as everything was read lately."""
    return read(centre, whole_at=centre.clock.now())


def read(centre: Centre, *, whole_at: datetime | None) -> bool:
    centre.clock.advance(10)
    Sweep.objects.filter(kind=Sweep.Kind.CATALOGUE).update(due_at=centre.clock.now(), watermark_at=whole_at)
    return sync(centre.organization, gateway=centre.gateway)


def calls_of(centre: Centre, reading: Callable[[Centre], bool]) -> int:
    """Return how many calls a reading makes."""
    before = read_so_far(centre)
    assert reading(centre)
    return read_so_far(centre) - before


def read_so_far(centre: Centre) -> int:
    """Return how many calls have read something: to log in is none, and done once for all tests."""
    operations = centre.simulator.calls()["operations"]
    return sum(count for operation, count in operations.items() if operation.startswith("GET "))


def queue_named(centre: Centre, name: str) -> Queue:
    found: Queue = Queue.everywhere.get(organization=centre.organization, name=name)
    return found


def offered(centre: Centre, queue: str) -> set[str]:
    """Return the names of the codes our copy says the queue offers."""
    rows = QueueWrapupCode.everywhere.filter(queue=centre.queues[queue], gone_at=None)
    return set(rows.values_list("wrapup_code__name", flat=True))


def slept(centre: Centre) -> bool:
    """Let a day and a night pass since everything was read, and read."""
    return read(centre, whole_at=centre.clock.now() - timedelta(days=1))


def awake(centre: Centre) -> bool:
    """Read when it is time, by when everything was really read."""
    centre.clock.advance(10)
    Sweep.objects.filter(kind=Sweep.Kind.CATALOGUE).update(due_at=centre.clock.now())
    return sync(centre.organization, gateway=centre.gateway)


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


@pytest.mark.parametrize(("queues", "pages"), [(12, 1), (50, 1), (200, 2)])
def test_the_first_reading_costs_a_call_per_queue_a_night_one_per_queue_in_use_and_a_look_next_to_none(
    queues: int, pages: int, centre: Centre
):
    centre.simulator.switch(rate_limit_calls=10_000)
    centre.simulator.add_queues(queues - 12)
    Organization.objects.update(burst=10_000)
    CallBudget.objects.update(tokens=10_000)
    listings = pages + len(["codes"])
    nightly = len(["divisions", "agents", "dialler"])

    assert calls_of(centre, synced) == queues + listings + nightly
    assert calls_of(centre, looked) == listings
    centre.publish((when("queue", "one_of", [queue.genesys_id for queue in list(centre.queues.values())[:5]]), WANTED))
    assert calls_of(centre, looked) == listings + 2
    assert calls_of(centre, slept) == listings + nightly + 5 + ceil((queues - 5) / 7)


def test_a_look_reads_each_queue_in_use_in_its_turn(centre: Centre):
    synced(centre)
    in_use = list(centre.queues.values())[:4]
    centre.publish((when("queue", "one_of", [queue.genesys_id for queue in in_use]), WANTED))
    before = centre.clock.now()

    looked(centre)
    looked(centre)

    read_since = Queue.everywhere.filter(codes_read_at__gt=before)
    assert set(read_since) == set(in_use)


def test_a_queue_of_recent_conversations_is_in_use(centre: Centre):
    synced(centre)
    CommunicationFactory(organization=centre.organization, queue_id=centre.queues[QUEUE].genesys_id)
    before = centre.clock.now()

    looked(centre)

    assert list(Queue.everywhere.filter(codes_read_at__gt=before)) == [centre.queues[QUEUE]]


def test_a_look_sees_at_once_what_moves_a_queue_s_date(centre: Centre):
    centre.simulator.switch(offering_touches_queue=True)
    synced(centre)
    centre.simulator.offer_codes(centre.queues[QUEUE].genesys_id, [centre.code(OTHER)])

    looked(centre)

    assert offered(centre, QUEUE) == {OTHER}


def test_a_look_sees_new_queues_with_their_codes(centre: Centre):
    synced(centre)
    centre.simulator.add_queues(1)

    looked(centre)

    added = queue_named(centre, "Queue 12")
    assert QueueWrapupCode.everywhere.filter(queue=added, gone_at=None).exists()


def test_a_look_leaves_alone_what_it_does_not_read(centre: Centre):
    synced(centre)

    looked(centre)

    assert not Division.everywhere.filter(organization=centre.organization).exclude(gone_at=None).exists()
    assert not Agent.everywhere.filter(organization=centre.organization).exclude(gone_at=None).exists()
    assert offered(centre, QUEUE)


def test_a_look_asks_for_agents_whom_the_copy_does_not_have(centre: Centre):
    synced(centre)
    [known, new, *_] = (agent["id"] for agent in catalogue_of(centre, "agents"))
    NameSeen.everywhere.filter(table="agent").delete()
    Agent.everywhere.filter(genesys_id=new).delete()
    for agent in (known, new, str(uuid4()), "nobody"):
        AssignmentFactory(
            organization=centre.organization, communication__agent_id=agent, communication__ended_at=centre.clock.now()
        )

    assert calls_of(centre, looked) == len(["queues", "codes", "agents"])

    assert Agent.everywhere.filter(genesys_id=new, gone_at=None).exists()
    assert Agent.everywhere.filter(organization=centre.organization).count() == 30


def test_agents_who_left_keep_their_names_and_those_who_cannot_sign_in_are_marked(centre: Centre):
    [gone, idle, *_] = (agent["id"] for agent in catalogue_of(centre, "agents"))
    centre.simulator.set_agent(gone, state="deleted")
    centre.simulator.set_agent(idle, state="inactive", name="Ann Other")

    synced(centre)
    since = centre.clock.now()
    synced(centre)

    agents = {agent.genesys_id: agent for agent in Agent.everywhere.filter(organization=centre.organization)}
    assert (agents[gone].gone_at, agents[gone].name != "") == (since, True)
    assert (agents[idle].inactive, agents[idle].gone_at, agents[idle].name) == (True, None, "Ann Other")


def test_everything_is_read_once_a_night(centre: Centre):
    centre.let(time_zone="Pacific/Auckland")
    assert synced(centre)
    assert calls_of(centre, slept) > len(["queues", "codes"])

    assert calls_of(centre, awake) == len(["queues", "codes"])


def test_whole_readings_go_behind_fresh_work(centre: Centre):
    synced(centre)
    centre.assign()

    assert calls_of(centre, slept) == len(["queues", "codes"]) + 1

    sweep = Sweep.objects.get(kind=Sweep.Kind.CATALOGUE)
    assert seconds_between(centre.clock.now(), sweep.due_at) == 300
    centre.apply()
    assert calls_of(centre, awake) > len(["queues", "codes"]) + 1


def test_fresh_work_that_comes_meanwhile_is_let_go_first(centre: Centre, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listing, "CALL_PATIENCE_S", 0)
    due = iter([False, False, True])
    monkeypatch.setattr(listing, "fresh_work_is_due", lambda _: next(due))

    worked = synced(centre)

    assert not worked
    assert "fresh work" in Sweep.objects.get(kind=Sweep.Kind.CATALOGUE).problem


def test_a_person_can_have_everything_read_now(centre: Centre):
    synced(centre)
    before = centre.clock.now()

    asked = ask(centre.organization, actor=Actor(PersonFactory()))

    assert asked
    assert calls_of(centre, awake) == 12 + len(["queues", "codes", "divisions", "agents", "dialler"])
    assert not Queue.everywhere.filter(organization=centre.organization, codes_read_at__lte=before).exists()


def test_who_asks_while_it_is_being_read_is_told_so(centre: Centre):
    Sweep.objects.update(lease_until=centre.clock.now())

    assert not ask(centre.organization, actor=Actor(PersonFactory()))


def test_what_codes_mean_to_the_dialler_is_copied(centre: Centre):
    centre.simulator.grant("outbound:wrapUpCodeMapping:view")
    centre.simulator.map_code(centre.code(WANTED), ["Right_Party_Contact"])

    synced(centre)

    assert WrapupCode.everywhere.get(pk=centre.codes[WANTED].pk).dialler_flags == ["Right_Party_Contact"]
    assert WrapupCode.everywhere.get(pk=centre.codes[OTHER].pk).dialler_flags == []


def test_a_client_that_may_not_read_the_dialler_s_mapping_loses_nothing_else(centre: Centre):
    WrapupCode.everywhere.filter(pk=centre.codes[WANTED].pk).update(dialler_flags=["Right_Party_Contact"])

    worked = synced(centre)

    assert worked
    assert centre.budget.refused_at is None
    assert WrapupCode.everywhere.get(pk=centre.codes[WANTED].pk).dialler_flags == ["Right_Party_Contact"]


def test_every_name_is_kept_with_since_when(centre: Centre):
    synced(centre)
    centre.simulator.rename_code(centre.code(WANTED), "Solved")
    looked(centre)
    since = centre.clock.now()
    looked(centre)

    names = NameSeen.everywhere.filter(table="wrapup_code", genesys_id=centre.code(WANTED)).order_by("pk")
    assert list(names.values_list("name", flat=True)) == [WANTED, "Solved"]
    assert names.last().since == since


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Re\u0301solu", "R\u00e9solu"),
        ("x" * 300, "x" * 256),
        ("\u202eDevloser", "\u202eDevloser"),
        ("\u0410\u0412\u0421", "\u0410\u0412\u0421"),
    ],
    ids=["composed", "cut", "with a control", "in another script"],
)
def test_any_name_can_be_kept(name: str, kept: str, centre: Centre):
    centre.simulator.rename_code(centre.code(WANTED), name)

    assert looked(centre)

    assert WrapupCode.everywhere.get(pk=centre.codes[WANTED].pk).name == kept


def test_a_deleted_code_that_is_back_is_on_its_queues_again_without_their_being_asked(centre: Centre):
    synced(centre)
    queue = centre.queues[QUEUE]
    went = WrapupCode.everywhere.filter(pk=centre.codes[WANTED].pk)
    centre.clock.advance(10)
    went.update(gone_at=centre.clock.now())
    QueueWrapupCode.everywhere.filter(wrapup_code=centre.codes[WANTED]).update(gone_at=centre.clock.now())
    Queue.everywhere.filter(pk=queue.pk).update(codes_read_at=centre.clock.now())

    looked(centre)

    assert WANTED in offered(centre, QUEUE)


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
    "part", ["*/routing/queues", "*/routing/queues/{queueId}/wrapupcodes", "*/routing/wrapupcodes", "*/users"]
)
def test_half_a_catalogue_changes_nothing(part: str, centre: Centre, clock: Clock):
    synced(centre)
    centre.simulator.rename_code(centre.code(WANTED), "Solved")
    centre.simulator.delete_code(centre.code(OTHER))
    centre.simulator.fault("e500_before", operations=[f"GET {part}"], count=1)

    worked = synced(centre)

    sweep = Sweep.objects.get(kind=Sweep.Kind.CATALOGUE)
    assert not worked
    assert WrapupCode.everywhere.get(pk=centre.codes[WANTED].pk).name == WANTED
    assert WrapupCode.everywhere.get(pk=centre.codes[OTHER].pk).gone_at is None
    assert "500" in sweep.problem
    assert seconds_between(clock.now(), sweep.due_at) == 60


def test_a_catalogue_for_which_there_are_no_calls_changes_nothing(centre: Centre, monkeypatch: pytest.MonkeyPatch):
    centre.let(burst=1)
    monkeypatch.setattr(listing, "CALL_PATIENCE_S", 0)

    worked = synced(centre)

    assert not worked
    assert "budget" in Sweep.objects.get(kind=Sweep.Kind.CATALOGUE).problem
    assert not Division.everywhere.filter(organization=centre.organization).exists()


def test_the_catalogues_of_organizations_are_their_own(centre: Centre):
    elsewhere = SweepFactory(kind=Sweep.Kind.CATALOGUE).organization

    synced(centre)

    assert not WrapupCode.everywhere.filter(organization=elsewhere).exists()
