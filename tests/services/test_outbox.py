"""The outbox: what is to be told is written in the transaction in which it happens, whichever way it happens."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.factories import AssignmentFactory, OrganizationFactory, SubscriptionFactory, WrapupCodeFactory
from wrapups.domain.notices import EVENTS
from wrapups.domain.status import MOVES, FailReason, Status
from wrapups.models import Assignment, AuditEntry, Notice, Organization
from wrapups.models.clock import app_now
from wrapups.services.moving import move

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
CAME_FROM = {new: next(old for old, news in MOVES.items() if new in news and old != new) for new in EVENTS}


@pytest.fixture
def organization(db: None) -> Organization:
    return OrganizationFactory()


def an_assignment(organization: Organization, status: Status) -> Assignment:
    assignment: Assignment = AssignmentFactory(organization=organization, status=status)
    return assignment


def notices() -> list[Notice]:
    return list(Notice.everywhere.order_by("pk"))


@pytest.mark.parametrize("event", EVENTS)
def test_each_of_these_moves_is_written_down_for_who_wants_it_and_for_nobody_else(organization, event: Status):
    wanting = SubscriptionFactory(organization=organization, events=[event.value])
    SubscriptionFactory(organization=organization, events=[each.value for each in EVENTS if each != event])
    SubscriptionFactory(events=[event.value])  # of another organization
    assignment = an_assignment(organization, CAME_FROM[event])

    move(assignment.pk, CAME_FROM[event], event)

    told = [each for each in notices() if each.organization_id == organization.pk and each.event == event]
    assert [(each.subscription, each.assignment, each.state) for each in told] == [(wanting, assignment, "waiting")]


@pytest.mark.parametrize("status", sorted(set(Status) - set(EVENTS) - {Status.SKIPPED, Status.SUPERSEDED}))
def test_nothing_else_is_written_down(organization, status: Status):
    SubscriptionFactory(organization=organization)
    old = next(old for old, news in MOVES.items() if status in news and old not in EVENTS)
    assignment = an_assignment(organization, old)

    move(assignment.pk, old, status)

    assert notices() == []


def test_a_notice_says_ids_statuses_the_code_the_reason_and_times_and_nothing_of_a_customer(organization):
    SubscriptionFactory(organization=organization)
    code = WrapupCodeFactory(organization=organization, name="Billing – “Refund”")
    assignment = AssignmentFactory(
        organization=organization,
        status=Status.SENDING,
        wrapup_code=code,
        notes="call +49 30 1234567",
        facts={"attributes": {"email": "a@example.org"}},
        error_message="about +49 30 1234567",
    )

    move(assignment.pk, Status.SENDING, Status.FAILED, reason=FailReason.REJECTED)

    [notice] = notices()
    leg = assignment.communication
    times = {name: notice.payload.pop(name) for name in ("occurred_at", "ended_at")}
    assert all(ISO.fullmatch(each) for each in times.values())
    assert notice.payload == {
        "organization_id": organization.genesys_id,
        "conversation_id": leg.conversation.conversation_id,
        "communication_id": leg.communication_id,
        "media_type": "voice",
        "assignment": {
            "id": assignment.pk,
            "status": "failed",
            "status_before": "sending",
            "reason": "rejected",
            "retried": 0,
        },
        "wrapup_code": {"id": code.genesys_id, "name": "Billing – “Refund”"},
    }


def test_an_assignment_that_is_born_failed_is_told_of_too(organization):
    SubscriptionFactory(organization=organization)

    AssignmentFactory(organization=organization, failed=True)

    [notice] = notices()
    assert (notice.event, notice.payload["assignment"]["status_before"]) == ("failed", None)


def test_a_bulk_move_writes_a_notice_a_row_under_ids_of_their_own_in_one_statement(organization):
    SubscriptionFactory.create_batch(2, organization=organization)
    rows = [an_assignment(organization, Status.SENDING).pk for _ in range(5)]

    with CaptureQueriesContext(
        connection,
    ) as statements:
        Assignment.everywhere.filter(pk__in=rows).update(status=Status.FAILED, finished_at=app_now())

    assert len({each.event_id for each in notices()}) == 10
    assert len([each for each in statements.captured_queries if "wrapups_notice" in each["sql"]]) == 0


def test_what_is_rolled_back_is_not_told(organization):
    SubscriptionFactory(organization=organization)
    assignment = an_assignment(organization, Status.SENDING)

    with transaction.atomic():
        move(assignment.pk, Status.SENDING, Status.VERIFIED)
        transaction.set_rollback(True)

    assert notices() == []


def test_who_is_paused_or_held_finds_it_later_and_who_was_removed_does_not(organization):
    paused, held = (SubscriptionFactory(organization=organization, **how) for how in ({"paused": True}, {"held": True}))
    SubscriptionFactory(organization=organization, removed_at=app_now())
    assignment = an_assignment(organization, Status.SENDING)

    move(assignment.pk, Status.SENDING, Status.VERIFIED)

    assert {each.subscription for each in notices()} == {paused, held}


def test_a_failure_that_is_tried_again_and_fails_again_is_told_of_twice(organization):
    SubscriptionFactory(organization=organization, events=["failed"])
    assignment = an_assignment(organization, Status.SENDING)

    move(assignment.pk, Status.SENDING, Status.FAILED)
    move(assignment.pk, Status.FAILED, Status.PENDING, retry_epoch=1)
    move(assignment.pk, Status.PENDING, Status.FAILED)

    assert [each.payload["assignment"]["retried"] for each in notices()] == [0, 1]


def test_a_change_that_is_no_move_writes_nothing(organization):
    SubscriptionFactory(organization=organization)
    assignment = an_assignment(organization, Status.VERIFIED)
    Notice.everywhere.all().delete()

    Assignment.everywhere.filter(pk=assignment.pk).update(watch_count=1)

    assert notices() == []


def test_notices_are_bookkeeping_of_the_engine_and_leave_no_audit(organization):
    SubscriptionFactory(organization=organization)
    assignment = an_assignment(organization, Status.SENDING)

    move(assignment.pk, Status.SENDING, Status.VERIFIED)

    assert not AuditEntry.objects.filter(table="wrapups_notice").exists()
