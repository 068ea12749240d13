"""F43: a worker that dies while it catches up or back-fills leaves no page done twice and none forgotten."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from tests.factories import PersonFactory
from tests.faults.conftest import Connected
from tests.faults.deaths import KILL_9, end_of, forked
from tests.services.centre import ANY_CALL, WANTED, Centre, alike
from tests.services.clock import Clock
from wrapups.domain.status import Lane
from wrapups.models import Assignment, Backfill, Sweep
from wrapups.services import backfilling, filling
from wrapups.services.auditing import Actor
from wrapups.services.catching_up import catch_up, is_behind
from wrapups.services.discovering import fall_behind

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = 250
DAY = 86_400
DIES = 2


def calls_in_the_past(centre: Centre) -> None:
    """Let so many calls have ended two days ago, which is three pages."""
    document = centre.calls.build(alert=-2 * DAY - 110, talk=(-2 * DAY - 100, -2 * DAY))
    centre.load(*(alike(document) for _ in range(CALLS)))


def turns(centre: Centre, turn: Callable[[], object], is_left: Callable[[], bool], *, most: int = 30) -> None:
    """Take turns, each when it is due, until nothing is left."""
    for _ in range(most):
        if not is_left():
            return
        Sweep.objects.update(due_at=centre.clock.now())
        Backfill.everywhere.update(due_at=centre.clock.now())
        turn()
    raise AssertionError(f"not through after {most} turns")


def dies(centre: Centre, connected: Connected, work: Callable[..., None], point: str, settings: Settings) -> None:
    """Let two workers, one after the other, begin the work and die at this point."""
    connected().wrapup_codes()  # whoever is forked finds a token
    settings.CRASH_AT = point
    for _ in range(DIES):
        child = forked(lambda: work(connected(deadline_s=10)), clock=centre.clock)
        assert end_of(child) == KILL_9
        centre.clock.advance(filling.LEASE_S + 1)
    settings.CRASH_AT = ""


@pytest.mark.parametrize(("point", "pages"), [("B1", 0), ("B2", DIES)])
def test_a_worker_that_dies_over_a_back_fill_leaves_each_page_decided_once(
    point: str, pages: int, centre: Centre, clock: Clock, connected: Connected, settings: Settings
):
    centre.publish((ANY_CALL, WANTED))
    calls_in_the_past(centre)
    two_days_ago = (clock.now() - timedelta(days=2)).date()
    backfill = backfilling.ask(
        centre.organization, first_day=two_days_ago, last_day=two_days_ago, reason="Try", actor=Actor(PersonFactory())
    )
    gateway = connected(deadline_s=10)

    def is_in(*states: Backfill.State) -> bool:
        backfill.refresh_from_db()
        return backfill.state in states

    def work(gateway) -> None:
        turns(centre, lambda: filling.go_on(centre.organization, gateway=gateway), lambda: True)

    turns(
        centre,
        lambda: filling.go_on(centre.organization, gateway=gateway),
        lambda: is_in(Backfill.State.READING),
    )
    backfilling.confirm(backfill, actor=Actor(backfill.person))
    dies(centre, connected, work, point, settings)
    backfill.refresh_from_db()
    there = backfill.assigned
    turns(
        centre,
        lambda: filling.go_on(centre.organization, gateway=gateway),
        lambda: Backfill.everywhere.get(pk=backfill.pk).assigned < CALLS,
    )

    backfill.refresh_from_db()
    assert backfill.counted["fates"] == {"assigned": CALLS}
    assert there == pages * 100
    assert (backfill.assigned, Assignment.everywhere.filter(backfill=backfill).count()) == (CALLS, CALLS)


@pytest.mark.parametrize("point", ["B1", "B2"])
def test_a_worker_that_dies_over_catching_up_leaves_each_conversation_decided_once(
    point: str, centre: Centre, clock: Clock, connected: Connected, settings: Settings
):
    centre.publish((ANY_CALL, WANTED))
    calls_in_the_past(centre)
    fall_behind(centre.organization, since=clock.now() - timedelta(days=3), until=clock.now())

    def work(gateway) -> None:
        turns(centre, lambda: catch_up(centre.organization, gateway=gateway), lambda: True)

    dies(centre, connected, work, point, settings)
    gateway = connected(deadline_s=10)
    turns(
        centre,
        lambda: catch_up(centre.organization, gateway=gateway),
        lambda: is_behind(centre.organization),
    )

    made = Assignment.everywhere.of(centre.organization)
    assert made.count() == made.filter(lane=Lane.BULK).count() == CALLS
