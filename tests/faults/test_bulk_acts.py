"""F31, F51: acts on many that people ask for twice and at once, and a worker that dies over one: one effect."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.factories import (
    AssignmentFactory,
    MappingRuleFactory,
    MembershipFactory,
    OrganizationFactory,
    put_in_force,
)
from tests.faults.deaths import end_of, forked
from tests.faults.test_people import at_once
from tests.services.clock import Clock
from tests.web.conftest import BACKEND
from wrapups.domain.roles import Role
from wrapups.domain.status import Lane, Status
from wrapups.models import Assignment, AuditEntry, BulkAct, BulkActRow, Organization
from wrapups.models.clock import AppNow
from wrapups.services import bulk_acting, bulk_pieces, bulk_work
from wrapups.services.auditing import Actor
from wrapups.services.bulk_judging import WhyNot

pytestmark = pytest.mark.django_db(transaction=True)

KILL_9 = -9
ROWS = 12
PIECE = 5
LONG = 30.0


@pytest.fixture
def organization(db: None) -> Organization:
    """An organization in which some assignments have failed that the rules in force, which came later, would match."""
    made: Organization = OrganizationFactory()
    AssignmentFactory.create_batch(ROWS, organization=made, failed=True, facts={"media": "voice"})
    put_in_force(MappingRuleFactory(organization=made, release__organization=made).release)
    return made


def supervisor(organization: Organization) -> Client:
    """Sign a supervisor in."""
    client = Client()
    client.force_login(MembershipFactory(organization=organization, role=Role.SUPERVISOR).person, BACKEND)
    return client


def twice_by_two(organization: Organization, click: Callable[[Client], int]) -> list[object]:
    """Let two supervisors double-click at the same moment; return what each click was answered with."""
    clicks = [client for client in (supervisor(organization), supervisor(organization)) for _ in range(2)]
    return at_once(lambda: click(clicks.pop()), people=len(clicks))


def work(organization: Organization) -> bool:
    """Go on with what there is, as two workers do at the same moment."""
    BulkAct.everywhere.update(due_at=AppNow())
    at_once(lambda: bulk_work.work(organization, for_s=LONG), people=2)
    return bulk_work.is_due(organization)


def test_the_same_preview_confirmed_by_four_clicks_of_two_people_is_one_act_with_one_effect(
    organization: Organization,
):
    found = Assignment.objects.of(organization)
    person = MembershipFactory(organization=organization).person
    act = bulk_acting.ask(organization, BulkAct.Kind.RETRY, found, actor=Actor(person))
    address = reverse("bulk-act-confirm", args=[act.pk])

    answers = twice_by_two(organization, lambda client: client.post(address, {"reason": "Mended"}).status_code)
    while work(organization):
        pass

    act.refresh_from_db()
    states = Assignment.everywhere.values_list("status", "lane", "retry_epoch")
    moved = AuditEntry.objects.filter(act=act.act, table="wrapups_assignment")
    assert answers == [302] * 4
    assert Counter(states) == {(Status.PENDING, Lane.BULK, 1): ROWS}
    assert (act.done, moved.count(), BulkAct.everywhere.count()) == (ROWS, ROWS, 1)


def test_two_people_who_ask_for_the_same_twice_each_and_confirm_both_have_one_effect(organization: Organization):
    typed = {"kind": "retry", "of": "found"}
    address = f"{reverse('bulk-act-add')}?status=failed"

    answers = twice_by_two(organization, lambda client: client.post(address, typed).status_code)
    previews = list(BulkAct.everywhere.filter(state=BulkAct.State.READY))
    for act in previews:
        seen = bulk_acting.rows_seen(act, organization).count()
        bulk_acting.confirm(act, seen=seen, typed="", reason="Mended", actor=Actor(act.person))
    while work(organization):
        pass

    whys = Counter(BulkActRow.everywhere.values_list("outcome", "why"))
    assert (answers, len(previews), BulkAct.everywhere.count()) == ([302] * 4, 2, 2)
    assert set(Assignment.everywhere.values_list("retry_epoch", flat=True)) == {1}
    assert whys == {("done", ""): ROWS, ("skipped", WhyNot.RETRIED): ROWS}


@pytest.mark.parametrize("kind", [BulkAct.Kind.RETRY, BulkAct.Kind.CANCEL, BulkAct.Kind.REDECIDE])
@pytest.mark.parametrize("piece", [1, 2])
def test_a_worker_that_dies_over_a_piece_leaves_each_row_done_once(
    piece: int,
    kind: BulkAct.Kind,
    organization: Organization,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
):
    """With deciding again, what is done once to each is that one goes and another takes its place."""
    monkeypatch.setattr(bulk_pieces, "PIECE", PIECE)
    actor = Actor(MembershipFactory(organization=organization).person)
    act = bulk_acting.ask(organization, kind, Assignment.objects.of(organization), actor=actor)
    bulk_acting.confirm(act, seen=ROWS, typed="", reason="Mended", actor=actor)

    def die_before_it_is_committed() -> None:
        pieces = count(1)

        def crash_point(_name: str) -> None:
            if next(pieces) == piece:
                os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(bulk_pieces, "crash_point", crash_point)  # in this process alone
        bulk_work.work(organization, for_s=LONG)

    ended = end_of(forked(die_before_it_is_committed, clock=clock))
    touched = act.rows.exclude(assignment__status=Status.FAILED).count()
    at_its_lease = bulk_work.work(organization, for_s=LONG)
    clock.advance_database(bulk_work.LEASE_S + 1)
    while bulk_work.work(organization, for_s=LONG):
        pass

    act.refresh_from_db()
    entries = AuditEntry.objects.filter(act=act.act, table="wrapups_assignment").values_list("row", flat=True)
    assert (ended, touched, at_its_lease) == (KILL_9, (piece - 1) * PIECE, False)
    assert (act.done, act.rows.filter(outcome=BulkActRow.Outcome.DONE).count()) == (ROWS, ROWS)
    assert Counter(entries) == {str(row.pk): 1 for row in Assignment.everywhere.all()}


def test_who_asks_for_what_takes_too_long_to_find_is_told_to_narrow_it(organization: Organization):
    actor = Actor(MembershipFactory(organization=organization).person)
    slow = Assignment.objects.of(organization).extra(where=["pg_sleep(30) IS NOT NULL"])
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 300")

    try:
        with pytest.raises(bulk_acting.CannotAct, match="takes too long"):
            bulk_acting.ask(organization, BulkAct.Kind.RETRY, slow, actor=actor)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
