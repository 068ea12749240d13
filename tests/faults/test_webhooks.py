"""A worker that dies while it tells a subscriber: told again under the same id, never lost, never twice once noted."""

import threading

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from tests.factories import NoticeFactory, OrganizationFactory, SubscriptionFactory
from tests.faults.deaths import end_of, forked, killed
from tests.genesys import wire
from tests.services.clock import Clock
from tests.services.receiving import Receiver, receiver
from wrapups.models import Delivery, Notice, Organization
from wrapups.outgoing.posting import Courier
from wrapups.services import notifying

pytestmark = pytest.mark.django_db(transaction=True)

SIGKILL = -9


def a_notice(listening: Receiver) -> Notice:
    organization = OrganizationFactory()
    subscription = SubscriptionFactory(organization=organization, url=listening.url)
    notice: Notice = NoticeFactory(organization=organization, subscription=subscription)
    return notice


def notify(organization: Organization) -> int:
    return notifying.notify(organization, courier=Courier(this_machine=True), worker="worker-1", for_s=5)


def wait_for_a_post(listening: Receiver) -> None:
    for _ in range(300):
        if listening.ids:
            return
        threading.Event().wait(0.1)
    raise AssertionError("nothing was posted")


@pytest.mark.parametrize(
    ("point", "posts"),
    [
        pytest.param("W1", 1, id="claimed, nothing sent"),
        pytest.param("W2", 2, id="answered, nothing stored"),
    ],
)
def test_killed_at_any_point_it_is_told_by_the_next_under_the_same_id(
    clock: Clock, settings: Settings, point: str, posts: int
):
    settings.TESTING, settings.CRASH_AT = True, point
    with receiver() as listening:
        notice = a_notice(listening)
        ended = end_of(forked(lambda: notify(notice.organization), clock=clock))
        settings.CRASH_AT = ""

        too_early = notify(notice.organization)
        clock.advance_database(django_settings.LEASE_S + 1)
        notify(notice.organization)
        again = notify(notice.organization)

    notice.refresh_from_db()
    assert (ended, too_early, again) == (SIGKILL, 0, 0)
    assert listening.ids == [notice.event_id] * posts
    assert (notice.state, notice.tries) == (Notice.State.TOLD, 2)
    assert list(Delivery.everywhere.order_by("pk").values_list("told", flat=True)) == [False, True]
    assert Delivery.everywhere.filter(finished_at=None).count() == 1


def test_killed_in_the_middle_of_a_post_it_is_told_again(clock: Clock):
    with receiver(wire.hang) as listening:
        notice = a_notice(listening)
        child = forked(lambda: notify(notice.organization), clock=clock)
        wait_for_a_post(listening)
        ended = killed(child)
        listening.server.answer = wire.http()
        clock.advance_database(django_settings.LEASE_S + 1)
        notify(notice.organization)

    notice.refresh_from_db()
    assert ended == SIGKILL
    assert listening.ids == [notice.event_id] * 2
    assert notice.state == Notice.State.TOLD
