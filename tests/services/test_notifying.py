"""Telling subscribers over real HTTP: at least once, signed, in no promised order, and never for ever."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from tests.factories import AssignmentFactory, NoticeFactory, OrganizationFactory, SubscriptionFactory
from tests.genesys import wire
from tests.services.clock import DatabaseClock
from tests.services.receiving import Receiver, receiver
from wrapups.domain.notices import BLAMES_THE_NOTICE, GIVE_UP_AFTER_S, HOLD_AFTER_S, Outcome
from wrapups.domain.status import Status
from wrapups.models import Delivery, Notice, Organization, Subscription
from wrapups.models.clock import app_now
from wrapups.outgoing.posting import Courier
from wrapups.pump import JOBS
from wrapups.services import notifying
from wrapups.services.moving import move

DEADLINE_S = 0.5

Later = Callable[[float], None]


@pytest.fixture
def organization(db: None) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def later(db: None) -> Iterator[Later]:
    """Let so many seconds pass for the database of this test."""
    clock = DatabaseClock()
    yield clock.advance_database
    clock.reset()


def subscribed(organization: Organization, listening: Receiver, **columns: object) -> Subscription:
    subscription: Subscription = SubscriptionFactory(organization=organization, url=listening.url, **columns)
    return subscription


def a_notice(subscription: Subscription, **columns: object) -> Notice:
    notice: Notice = NoticeFactory(organization=subscription.organization, subscription=subscription, **columns)
    return notice


def notify(organization: Organization) -> int:
    """Tell what is due now, as a worker does."""
    return notifying.notify(
        organization, courier=Courier(this_machine=True, deadline_s=DEADLINE_S), worker="worker-1", for_s=5
    )


def fresh(row: Any) -> Any:
    """Return a row as it is now."""
    row.refresh_from_db()
    return row


# Told


def test_a_move_is_told_signed_under_its_id_and_once(organization: Organization):
    with receiver() as listening:
        subscription = subscribed(organization, listening)
        assignment = AssignmentFactory(organization=organization, status=Status.APPLIED)
        move(assignment.pk, Status.APPLIED, Status.VERIFIED)

        posts = notify(organization) + notify(organization)

    [notice], [document] = Notice.everywhere.all(), listening.documents
    assert posts == 1
    assert (notice.state, notice.http_status, notice.tries) == (Notice.State.TOLD, 200, 1)
    assert (document["version"], document["event"], document["assignment"]["id"]) == (1, "verified", assignment.pk)
    assert document["id"] == listening.ids[0] == notice.event_id
    assert listening.proved(by=subscription.secrets()[0]) == [True]
    assert listening.proved(by="another secret") == [False]


def test_while_a_receiver_changes_over_both_secrets_sign(organization: Organization):
    with receiver() as listening:
        subscription = subscribed(organization, listening)
        [old] = subscription.secrets()
        subscription.replace_secret("whsec_new")
        subscription.save()
        a_notice(subscription)

        notify(organization)

    assert listening.proved(by=old) == listening.proved(by="whsec_new") == [True]


def test_each_try_is_on_record_with_its_status_and_time_and_nothing_that_was_answered(organization, later: Later):
    with receiver(wire.http(b"canary-9f8e7d", status="500 Oops")) as listening:
        subscription = subscribed(organization, listening)
        notice = a_notice(subscription)
        notify(organization)
        later(10)
        listening.server.answer = wire.http(b"canary-9f8e7d")
        notify(organization)

    first, second = Delivery.everywhere.filter(notice=notice).order_by("pk")
    assert (first.told, first.http_status, first.problem) == (False, 500, "It answered 500.")
    assert (second.told, second.http_status, second.problem) == (True, 200, "")
    assert first.finished_at
    assert first.duration_ms is not None
    assert "canary" not in str([each.__dict__ for each in (first, second, fresh(notice), fresh(subscription))])


def test_what_cannot_be_told_yet_is_told_later_under_the_same_id_and_in_the_same_bytes(organization, later: Later):
    with receiver(wire.http(status="503 Busy")) as listening:
        a_notice(subscribed(organization, listening))
        for _ in range(3):
            notify(organization)
            later(3600)
        listening.server.answer = wire.http()
        notify(organization)

    assert len(listening.ids) == 4
    assert len(set(listening.ids)) == len({each.body for each in listening.server.requests}) == 1
    assert Notice.everywhere.get().state == Notice.State.TOLD


@pytest.mark.parametrize(
    ("behaviour", "status", "problem"),
    [
        pytest.param(wire.hang, 0, "No answer came within 0.5 s.", id="hangs"),
        pytest.param(wire.reset, 0, "The connection ended before an answer came.", id="resets"),
        pytest.param(wire.http(status="500 Oops"), 500, "It answered 500.", id="fails"),
        pytest.param(wire.http(status="404 Not Found"), 404, "It answered 404.", id="not found"),
        pytest.param(
            wire.http(status="302 Found", headers="Location: http://127.0.0.1:1/\r\n"),
            302,
            "It answered 302, a redirect, which is not followed.",
            id="redirects",
        ),
    ],
)
def test_whatever_else_it_does_the_notice_waits_for_another_try_and_the_receiver_is_left_alone(
    organization, behaviour: wire.Behaviour, status: int, problem: str
):
    with receiver(behaviour) as listening:
        subscription = subscribed(organization, listening)
        notice, other = a_notice(subscription), a_notice(subscription)

        posts = notify(organization)

    notice, subscription = fresh(notice), fresh(subscription)
    assert posts == 1
    assert (notice.state, notice.http_status, notice.problem) == (Notice.State.WAITING, status, problem)
    assert notice.due_at > app_now()
    assert notice.lease_until is None
    assert (subscription.failures, subscription.rest_until > app_now()) == (1, True)
    assert fresh(other).tries == 0


@pytest.mark.parametrize("status", sorted(BLAMES_THE_NOTICE))
def test_one_body_that_it_does_not_take_does_not_keep_the_others(organization, status: int):
    def picky(exchange: wire.Exchange) -> None:
        wire.http(status=f"{status} No" if b"unwanted" in exchange.body else "200 OK")(exchange)

    with receiver(picky) as listening:
        subscription = subscribed(organization, listening)
        unwanted = a_notice(subscription, payload={"name": "unwanted"})
        others = [a_notice(subscription) for _ in range(3)]

        notify(organization)

    assert fresh(unwanted).state == Notice.State.WAITING
    assert {fresh(each).state for each in others} == {Notice.State.TOLD}


def test_it_is_left_alone_for_as_long_as_its_429_asks(organization, later: Later):
    with receiver(wire.http(status="429 Slow", headers="Retry-After: 120\r\n")) as listening:
        subscription = subscribed(organization, listening)
        a_notice(subscription)
        a_notice(subscription)
        notify(organization)
        listening.server.answer = wire.http()

        later(119)
        too_early = notify(organization)
        later(120 * 0.1 + 1)
        in_time = notify(organization)

    assert (too_early, in_time) == (0, 2)


@pytest.mark.parametrize(("this_machine", "state"), [(True, Notice.State.TOLD), (False, Notice.State.WAITING)])
def test_the_doorbell_tells_and_this_machine_only_where_the_setting_allows_it(
    organization, settings: Settings, this_machine: bool, state: Notice.State
):
    settings.LOOPBACK_RECEIVERS = this_machine
    with receiver() as listening:
        notice = a_notice(subscribed(organization, listening))
        is_due, doorbell = JOBS["notify"]
        assert is_due(organization)

        doorbell.run(organization.pk)

    assert fresh(notice).state == state
    assert listening.server.connections == this_machine


# Given up, held


def test_after_a_day_it_is_given_up(organization, later: Later):
    with receiver(wire.http(status="500 Oops")) as listening:
        notice = a_notice(subscribed(organization, listening))
        for _ in range(26):
            notify(organization)
            later(3601)

    notice = fresh(notice)
    assert notice.state == Notice.State.GIVEN_UP
    assert notice.problem == "It answered 500."
    assert notice.finished_at - notice.created_at <= timedelta(seconds=GIVE_UP_AFTER_S + 3601)
    assert not notifying.is_due(organization)


@pytest.mark.parametrize("how", [{"paused": True}, {"held": True}, {"removed_at": "now"}])
def test_who_is_not_told_at_present_is_not_posted_to_and_after_a_day_that_is_given_up(organization, later, how):
    with receiver() as listening:
        columns = {"removed_at": app_now()} if "removed_at" in how else how
        notice = a_notice(subscribed(organization, listening, **columns))
        waits = (notifying.is_due(organization), notify(organization))
        later(GIVE_UP_AFTER_S + 1)
        due = notifying.is_due(organization)
        notify(organization)

    assert waits == (False, 0)
    assert due
    assert listening.server.connections == 0
    assert (fresh(notice).state, notice.problem) == (Notice.State.GIVEN_UP, notifying.TIME_WAS_UP)


def test_a_410_holds_the_subscription_and_loses_nothing(organization):
    with receiver(wire.http(status="410 Gone")) as listening:
        subscription = subscribed(organization, listening)
        first, second = a_notice(subscription), a_notice(subscription)

        posts = notify(organization)

    assert posts == 1
    assert fresh(subscription).held_because.startswith("It answered 410")
    assert {fresh(first).state, fresh(second).state} == {Notice.State.WAITING}


def test_one_that_takes_nothing_for_days_is_held_and_one_good_answer_starts_the_count_anew(organization, later: Later):
    with receiver(wire.http(status="500 Oops")) as listening:
        subscription = subscribed(organization, listening)
        for hour in range(HOLD_AFTER_S // 3600 + 20):
            a_notice(subscription)
            if hour == 20:
                listening.server.answer = wire.http()
            notify(organization)
            if hour == 20:
                assert fresh(subscription).failures == 0
                listening.server.answer = wire.http(status="500 Oops")
            held = fresh(subscription).held_because
            assert not held or hour > HOLD_AFTER_S // 3600
            later(3600)
            Notice.everywhere.filter(state=Notice.State.TOLD).delete()

        notify(organization)
        later(3600)
        a_notice(subscription)
        notify(organization)

    assert "has not taken anything for 3 days" in fresh(subscription).held_because


def test_a_secret_that_does_not_open_holds_its_subscription_and_no_other(organization):
    with receiver() as listening:
        broken = subscribed(organization, listening, secret_sealed="nonsense")
        well = subscribed(organization, listening)
        kept, told = a_notice(broken), a_notice(well)

        notify(organization)
        notify(organization)

    assert "does not open" in fresh(broken).held_because
    assert (fresh(kept).state, fresh(told).state) == (Notice.State.WAITING, Notice.State.TOLD)


# Side by side


def test_a_receiver_that_hangs_keeps_no_other_waiting(organization):
    with receiver(wire.hang) as hanging, receiver() as well:
        slow, quick = subscribed(organization, hanging), subscribed(organization, well)
        for _ in range(3):
            a_notice(slow)
        told = [a_notice(quick) for _ in range(3)]

        notify(organization)

    assert len(hanging.server.requests) == 1
    assert {fresh(each).state for each in told} == {Notice.State.TOLD}


def test_of_two_organizations_each_tells_its_own(organization):
    with receiver() as ours, receiver() as theirs:
        stranger = OrganizationFactory()
        a_notice(subscribed(organization, ours))
        a_notice(subscribed(stranger, theirs))

        notify(organization)

    assert (len(ours.ids), len(theirs.ids)) == (1, 0)


def test_looking_for_work_where_nobody_subscribes_costs_two_queries(organization, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert not notifying.is_due(organization)


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_each_notice_once(transactional_db: None):
    organization = OrganizationFactory()
    begin = threading.Barrier(2)

    def work() -> int:
        try:
            begin.wait(10)
            return notify(organization)
        finally:
            connections.close_all()

    with receiver() as listening:
        subscription = subscribed(organization, listening)
        for _ in range(40):
            a_notice(subscription)
        with ThreadPoolExecutor(2) as workers:
            posts = [each.result(60) for each in [workers.submit(work) for _ in range(2)]]

    assert sum(posts) == 40
    assert len(listening.ids) == len(set(listening.ids)) == 40
    assert not Notice.everywhere.exclude(state=Notice.State.TOLD).exists()


def test_a_worker_that_comes_back_after_its_lease_finishes_nothing(organization, settings: Settings, later: Later):
    with receiver() as listening:
        notice = a_notice(subscribed(organization, listening))
        slow = notifying.claim_next(organization, worker="slow")
        later(settings.LEASE_S + 1)
        quick = notifying.claim_next(organization, worker="quick")
        assert slow
        assert quick

        notifying.finish(slow, Outcome(http_status=500), duration_ms=1)

        assert (fresh(notice).state, notice.http_status) == (Notice.State.WAITING, 0)
        notifying.finish(quick, Outcome(http_status=200), duration_ms=1)

    assert fresh(notice).state == Notice.State.TOLD
    assert list(Delivery.everywhere.order_by("fence").values_list("worker", "told")) == [
        ("slow", False),
        ("quick", True),
    ]


def test_while_one_has_it_nobody_else_claims_it(organization):
    with receiver() as listening:
        a_notice(subscribed(organization, listening))

        claims = [notifying.claim_next(organization, worker="worker") for _ in range(2)]

    assert claims[0] is not None
    assert claims[1] is None


def test_no_secret_shows_in_a_claim(organization):
    with receiver() as listening:
        subscription = subscribed(organization, listening)
        a_notice(subscription)

        claim = notifying.claim_next(organization, worker="worker")

    assert subscription.secrets()[0] not in repr(claim)
