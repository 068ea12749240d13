"""Assignments that come to wait for a person have a group: made once, opened again once, whoever moves them there."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import AssignmentFactory, OrganizationFactory, PersonFactory
from wrapups.domain.status import FailReason, Status
from wrapups.models import Act, Assignment, AuditEntry, FailureGroup, Organization
from wrapups.models.failures import RETURNED
from wrapups.services import triaging
from wrapups.services.auditing import Actor
from wrapups.services.moving import move, move_all

PRINT = "a" * 32
AT_ONCE = 4
HOUR = timedelta(hours=1)


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory()


def fail(row: Assignment, *, fingerprint: str = PRINT) -> None:
    move(row.pk, Status.PENDING, Status.FAILED, reason=FailReason.REJECTED, fingerprint=fingerprint)


def the_group() -> FailureGroup:
    return FailureGroup.everywhere.get()


def age(group: FailureGroup, **ages: timedelta) -> None:
    """Let it have happened longer ago."""
    then = {column: timezone.now() - ago for column, ago in ages.items()}
    FailureGroup.everywhere.filter(pk=group.pk).update(**then)


def test_the_first_failure_makes_the_group_and_the_next_joins_it(organization: Organization):
    one, other = AssignmentFactory.create_batch(2, organization=organization)

    fail(one)
    made = the_group()
    fail(other)

    assert (made.fingerprint, made.reason, made.state) == (PRINT, FailReason.REJECTED, "open")
    assert the_group() == made


def test_what_is_decided_to_fail_and_what_conflicts_has_a_group_too(organization: Organization):
    AssignmentFactory(organization=organization, failed=True, fingerprint="b" * 32)
    AssignmentFactory(organization=organization, conflict=True, fingerprint="c" * 32)

    assert set(FailureGroup.everywhere.values_list("fingerprint", "status")) == {
        ("b" * 32, "failed"),
        ("c" * 32, "conflict"),
    }


def test_what_does_not_wait_for_a_person_has_none(organization: Organization):
    row = AssignmentFactory(organization=organization, fingerprint=PRINT)

    move(row.pk, Status.PENDING, Status.SENDING)
    move(row.pk, Status.SENDING, Status.APPLIED)

    assert not FailureGroup.everywhere.exists()


def test_what_had_no_time_when_it_failed_gets_the_one_it_was_made_at(organization: Organization):
    decided = AssignmentFactory(organization=organization, failed=True, finished_at=None)
    sent = AssignmentFactory(organization=organization, failed=True)

    migration = import_module("wrapups.migrations.0063_say_when_it_failed_that_was_decided_to_fail")
    migration.finish(None, connection.schema_editor())

    assert Assignment.everywhere.get(pk=decided.pk).finished_at == Assignment.everywhere.get(pk=decided.pk).created_at
    assert Assignment.everywhere.get(pk=sent.pk).finished_at == sent.finished_at


def test_two_organizations_have_each_their_own(organization: Organization):
    fail(AssignmentFactory(organization=organization))
    fail(AssignmentFactory(organization=OrganizationFactory()))

    assert FailureGroup.everywhere.count() == 2


def test_a_success_costs_no_statement_and_a_failure_none_of_ours(
    organization: Organization, django_assert_num_queries: DjangoAssertNumQueries
):
    one, other = AssignmentFactory.create_batch(2, organization=organization)

    with django_assert_num_queries(2):
        move(one.pk, Status.PENDING, Status.SENDING)
        fail(other)


def test_when_it_was_seen_is_written_once_a_minute_and_is_no_audited_change(organization: Organization):
    one, other, third = AssignmentFactory.create_batch(3, organization=organization)
    fail(one)
    age(the_group(), last_seen_at=timedelta(seconds=30))
    half_a_minute_ago = the_group().last_seen_at

    fail(other)
    assert the_group().last_seen_at == half_a_minute_ago
    age(the_group(), last_seen_at=timedelta(seconds=61))
    fail(third)

    assert the_group().last_seen_at > half_a_minute_ago
    assert AuditEntry.objects.filter(table="wrapups_failuregroup").count() == 1


def test_a_resolved_group_opens_again_when_it_returns_with_one_act_of_the_systems(organization: Organization):
    one, other, third = AssignmentFactory.create_batch(3, organization=organization)
    fail(one)
    person = PersonFactory()
    triaging.resolve(the_group(), reason="Put the code back.", actor=Actor(person))

    fail(other)
    fail(third)

    group = the_group()
    [act] = Act.objects.filter(verb=RETURNED)
    [entry] = act.entries.all()
    assert (group.state, group.reopen_count, group.reopened_at is not None) == ("open", 1, True)
    assert (group.triaged_by, group.because) == (person, "Put the code back.")
    assert (act.organization, act.person) == (organization, None)
    assert (entry.table, entry.before["state"], entry.after["state"]) == ("wrapups_failuregroup", "resolved", "open")


@pytest.mark.parametrize("state", ["open", "acknowledged", "snoozed", "ignored"])
def test_of_the_others_none_does_while_something_of_it_waits(organization: Organization, state: str):
    one, other = AssignmentFactory.create_batch(2, organization=organization)
    fail(one)
    Assignment.everywhere.update(finished_at=timezone.now() - HOUR)
    age(the_group(), first_seen_at=HOUR)
    FailureGroup.everywhere.update(state=state)

    fail(other)

    assert (the_group().state, the_group().reopen_count) == (state, 0)


@pytest.mark.parametrize(
    ("state", "then", "returns"),
    [("open", "open", 1), ("acknowledged", "open", 1), ("snoozed", "snoozed", 0), ("ignored", "ignored", 0)],
)
def test_one_that_nobody_resolved_returns_once_when_nothing_of_it_had_waited(
    organization: Organization, state: str, then: str, returns: int
):
    one, *others = AssignmentFactory.create_batch(4, organization=organization)
    fail(one)
    move(one.pk, Status.FAILED, Status.CANCELLED)
    age(the_group(), first_seen_at=HOUR)
    FailureGroup.everywhere.update(state=state)

    move_all([row.pk for row in others], Status.PENDING, Status.FAILED, reason="rejected", fingerprint=PRINT)

    assert (the_group().state, the_group().reopen_count) == (then, returns)
    assert Act.objects.filter(verb=RETURNED).count() == returns


def test_what_is_sent_again_and_fails_as_before_is_no_return(organization: Organization):
    row = AssignmentFactory(organization=organization)
    fail(row)
    age(the_group(), first_seen_at=HOUR)
    FailureGroup.everywhere.update(state="acknowledged")

    move(row.pk, Status.FAILED, Status.PENDING, retry_epoch=1)
    fail(row)

    assert the_group().state == "acknowledged"


def test_many_that_fail_at_once_in_one_statement_are_one_return(organization: Organization):
    fail(AssignmentFactory(organization=organization))
    triaging.resolve(the_group(), reason="", actor=Actor(PersonFactory()))
    rows = AssignmentFactory.create_batch(20, organization=organization)

    with transaction.atomic():
        move_all([row.pk for row in rows], Status.PENDING, Status.FAILED, reason="rejected", fingerprint=PRINT)

    assert (the_group().reopen_count, Act.objects.filter(verb=RETURNED).count()) == (1, 1)


def test_what_other_rows_of_the_same_transaction_change_is_not_put_down_to_the_return(organization: Organization):
    fail(AssignmentFactory(organization=organization))
    triaging.resolve(the_group(), reason="", actor=Actor(PersonFactory()))
    row = AssignmentFactory(organization=organization)

    with transaction.atomic():
        fail(row)
        Assignment.everywhere.filter(pk=row.pk).update(notes="Looked into.")

    [returned] = Act.objects.filter(verb=RETURNED)
    assert set(returned.entries.values_list("table", flat=True)) == {"wrapups_failuregroup"}


@pytest.fixture
def at_once(transactional_db) -> Iterator[Callable[[Callable[[int], None]], None]]:
    """Run something so many times at the same moment, each on a connection of its own, committing together."""
    barrier = Barrier(AT_ONCE, timeout=30)

    def one(act: Callable[[int], None], number: int) -> None:
        try:
            barrier.wait()
            act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:

        def run(act: Callable[[int], None]) -> None:
            for done in [pool.submit(one, act, number) for number in range(AT_ONCE)]:
                done.result(60)

        yield run


@pytest.mark.parametrize("resolved", [True, False])
def test_workers_that_fail_at_the_same_moment_make_one_group_and_open_it_again_once(
    at_once: Callable[[Callable[[int], None]], None], resolved: bool
):
    organization = OrganizationFactory()
    rows = AssignmentFactory.create_batch(2 * AT_ONCE, organization=organization)

    at_once(lambda number: fail(rows[number]))
    made = the_group()
    if resolved:
        triaging.resolve(made, reason="", actor=Actor(PersonFactory()))
    else:
        for row in rows[:AT_ONCE]:
            move(row.pk, Status.FAILED, Status.CANCELLED)
    at_once(lambda number: fail(rows[AT_ONCE + number]))

    group = the_group()
    assert (group.pk, group.state, group.reopen_count) == (made.pk, "open", 1)
    assert Act.objects.filter(verb=RETURNED).count() == 1
    assert Assignment.everywhere.exclude(status=Status.PENDING).count() == 2 * AT_ONCE
