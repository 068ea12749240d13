"""Statuses in the database: it refuses what the table of moves does not allow, whoever asks."""

import pytest
from django.db import DatabaseError, ProgrammingError, transaction

from tests.factories import AssignmentFactory
from wrapups.domain.status import FINAL, LIVE, MOVES, WAITS_FOR_A_PERSON, IllegalMove, Status
from wrapups.models import Assignment
from wrapups.services.moving import move

pytestmark = pytest.mark.django_db

PAIRS = [(old, new) for old in Status for new in Status if old != new]
LEGAL = [pair for pair in PAIRS if pair[1] in MOVES[pair[0]]]
ILLEGAL = [pair for pair in PAIRS if pair[1] not in MOVES[pair[0]]]


def name(pair: tuple[Status, Status]) -> str:
    return f"{pair[0]}-{pair[1]}"


@pytest.mark.parametrize("pair", ILLEGAL, ids=name)
def test_the_database_refuses_an_illegal_move(pair: tuple[Status, Status]):
    old, new = pair
    assignment = AssignmentFactory(status=old)

    with pytest.raises(ProgrammingError, match="Invalid transition"), transaction.atomic():
        Assignment.everywhere.filter(pk=assignment.pk).update(status=new)

    assignment.refresh_from_db()
    assert assignment.status == old


@pytest.mark.parametrize("pair", ILLEGAL, ids=name)
def test_the_one_function_that_moves_refuses_an_illegal_move(pair: tuple[Status, Status]):
    assignment = AssignmentFactory(status=pair[0])

    with pytest.raises(IllegalMove):
        move(assignment.pk, *pair)


@pytest.mark.parametrize("pair", LEGAL, ids=name)
def test_a_legal_move_is_made_and_says_so(pair: tuple[Status, Status]):
    old, new = pair
    assignment = AssignmentFactory(status=old)

    moved = move(assignment.pk, old, new)

    assignment.refresh_from_db()
    assert moved
    assert assignment.status == new
    assert (assignment.finished_at is None) == (new in LIVE)


def test_every_status_is_live_or_waits_or_is_final():
    assert frozenset(Status) == LIVE | WAITS_FOR_A_PERSON | FINAL


def test_a_row_somebody_else_has_moved_meanwhile_is_left_alone():
    assignment = AssignmentFactory(status=Status.CANCELLED)

    assert not move(assignment.pk, Status.PENDING, Status.SKIPPED)


def test_the_fence_never_falls():
    assignment = AssignmentFactory(fence=3)

    with pytest.raises(ProgrammingError, match="never falls") as refused, transaction.atomic():
        Assignment.everywhere.filter(pk=assignment.pk).update(fence=2)

    assert refused.value.__cause__.sqlstate == "42501"


def test_a_communication_has_one_live_assignment():
    first = AssignmentFactory()

    with pytest.raises(DatabaseError, match="assignment_one_live"), transaction.atomic():
        AssignmentFactory(organization=first.organization, communication=first.communication, generation=1)


def test_a_generation_exists_once():
    first = AssignmentFactory(verified=True)

    with pytest.raises(DatabaseError, match="assignment_once"), transaction.atomic():
        AssignmentFactory(organization=first.organization, communication=first.communication, verified=True)


def test_only_what_needs_nothing_may_be_without_a_code():
    with pytest.raises(DatabaseError, match="assignment_has_a_code"), transaction.atomic():
        AssignmentFactory(wrapup_code=None)
