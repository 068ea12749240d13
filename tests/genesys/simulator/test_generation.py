"""Generated conversations: believable, complete, and the same for the same seed."""

import re
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from tests.genesys.simulator.conftest import legs
from wrapups.genesys.simulator.catalogue import is_uuid
from wrapups.genesys.simulator.client import SimulatorControl, SimulatorRefused
from wrapups.genesys.simulator.contact_centre import contact_centre
from wrapups.genesys.simulator.generation.generator import ended_conversations, scenario_of
from wrapups.genesys.simulator.generation.scenarios import SCENARIOS
from wrapups.genesys.simulator.instants import LAST, from_epoch
from wrapups.genesys.simulator.timeline import Timeline

NOON_S = 1_767_614_400.0
HOUR_S = 3_600.0
FICTIONAL = re.compile(r"tel:\+1\d{3}55501\d\d|tel:\+441632960\d{3}|tel:\+1(800|888)555010\d")


def generated(count: int = 60, *, seed: int = 1, mix: dict[str, int] | None = None, start: int = 0) -> list[Timeline]:
    return list(
        ended_conversations(
            contact_centre(seed),
            seed=seed,
            numbers=range(start, start + count),
            mix=mix or {},
            until_s=NOON_S,
            within_s=HOUR_S,
            speed=1.0,
        )
    )


def test_the_contact_centre_is_the_same_for_the_same_seed_and_differs_for_another() -> None:
    assert contact_centre(7) == contact_centre(7)
    assert contact_centre(7).queues.keys().isdisjoint(contact_centre(8).queues)


def test_the_contact_centre_is_complete() -> None:
    centre = contact_centre(1)

    assert (len(centre.divisions), len(centre.queues), len(centre.codes), len(centre.agents)) == (3, 12, 24, 30)
    assert [code.name for code in centre.codes.values() if code.deleted] == ["Goodwill credit"]
    assert all(is_uuid(one) for part in (centre.divisions, centre.queues, centre.codes, centre.agents) for one in part)
    staffed = Counter(queue_id for agent in centre.agents.values() for queue_id in agent.queue_ids)
    assert all(staffed[queue_id] >= 2 for queue_id in centre.queues)


def test_the_same_numbers_give_the_same_conversations() -> None:
    assert [one.document for one in generated()] == [one.document for one in generated()]


def test_conversations_of_another_seed_have_other_ids() -> None:
    assert {one.id for one in generated(seed=1)}.isdisjoint(one.id for one in generated(seed=2))


def test_sixty_conversations_hold_every_scenario_by_its_weight() -> None:
    dealt = Counter(scenario_of(1, number, {}) for number in range(60))

    assert dealt == {name: weight for name, (weight, _) in SCENARIOS.items()}


def test_conversations_ended_in_the_time_asked_for() -> None:
    ended = [one for one in generated(180) if one.ended_at]

    assert all(from_epoch(NOON_S - 2 * HOUR_S) <= (one.ended_at or LAST) <= from_epoch(NOON_S) for one in ended)


def test_only_an_agent_still_wrapping_up_and_a_parked_email_are_not_over() -> None:
    running = [one for one in generated(60) if one.settled_at > from_epoch(NOON_S) or one.ended_at is None]

    open_ones = Counter("wrapping up" if one.ended_at else "parked" for one in running)
    assert open_ones == {"wrapping up": 2, "parked": 1}


def test_every_leg_s_segments_follow_one_another() -> None:
    for timeline in generated(180):
        for leg in timeline.legs.values():
            edges = [(s["segmentStart"], s.get("segmentEnd", LAST)) for s in leg.session["segments"]]
            assert edges == sorted(edges), timeline.document
            assert all(start <= end for start, end in edges)
            assert all(end <= after for (_, end), (after, _) in pairwise(edges))


def test_every_number_is_fictional() -> None:
    numbers = [
        number
        for timeline in generated(180)
        for leg in timeline.legs.values()
        for name in ("ani", "dnis", "callbackNumbers")
        for number in ([leg.session[name]] if isinstance(leg.session.get(name), str) else leg.session.get(name, []))
    ]

    assert numbers
    assert [number for number in numbers if not FICTIONAL.fullmatch(number)] == []


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("voice_transferred", {"legs": 2, "connected": 2, "observing": 0}),
        ("voice_unanswered_once", {"legs": 2, "connected": 1, "observing": 0}),
        ("voice_monitored", {"legs": 2, "connected": 2, "observing": 1}),
        ("voice_abandoned", {"legs": 0, "connected": 0, "observing": 0}),
        ("voice_bot_only", {"legs": 0, "connected": 0, "observing": 0}),
        ("voice_direct", {"legs": 0, "connected": 0, "observing": 0}),
        ("callback_called", {"legs": 2, "connected": 2, "observing": 0}),
        ("cobrowse", {"legs": 2, "connected": 2, "observing": 0}),
        ("email", {"legs": 1, "connected": 1, "observing": 0}),
    ],
)
def test_a_scenario_has_the_legs_its_name_promises(scenario: str, expected: dict[str, int]) -> None:
    for timeline in generated(5, mix={scenario: 1}):
        agents = [leg for leg in timeline.legs.values() if leg.participant["purpose"] == "agent"]
        assert {
            "legs": len(agents),
            "connected": sum(leg.connected_at is not None for leg in agents),
            "observing": sum(leg.observes for leg in agents),
        } == expected


def test_legs_with_and_without_codes_and_timeouts_occur(simulator: SimulatorControl) -> None:
    simulator.generate(180)

    by = Counter(row["written_by"] for row in legs(simulator))

    assert by.keys() == {None, "agent", "system"}
    assert by[None] > by["agent"]


def test_attributes_and_surveys_occur(simulator: SimulatorControl) -> None:
    simulator.generate(60)

    names = Counter(name for row in simulator.state() for name in row["attributes"])

    assert names.keys() == {"crm.disposition", "survey.sent"}


def test_generating_again_adds_other_conversations(simulator: SimulatorControl) -> None:
    first, second = simulator.generate(10), simulator.generate(10)

    assert len({*first, *second}) == 20


def test_conversations_arrive_at_their_rate_and_live_at_their_speed(simulator: SimulatorControl) -> None:
    simulator.arrivals(per_minute=60, speed=100)

    simulator.advance(10)
    simulator.arrivals(per_minute=0)
    simulator.advance(60)

    rows = simulator.state()
    assert 9 <= len({row["conversation_id"] for row in rows}) <= 11
    assert [row for row in rows if row["connected"] and not row["ended_at"] and row["media_type"] == "voice"] == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"mix": {"telepathy": 1}}, "voice_transferred"), ({"speed": 0}, "above 0"), ({"mix": {"voice": 0}}, "weight")],
)
def test_what_cannot_be_generated_is_refused_saying_what_can(
    wrong: dict[str, Any], message: str, simulator: SimulatorControl
) -> None:
    with pytest.raises(SimulatorRefused, match=message):
        simulator.generate(1, **wrong)
