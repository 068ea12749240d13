"""F45: a worker killed while it removes what is past its time leaves nothing half removed, and nothing uncounted."""

import pytest
from pytest_django import Settings

from tests.copies import copied
from tests.factories import InboundEventFactory, OrganizationFactory, SweepFactory
from tests.faults.deaths import die_at
from tests.services.clock import Clock
from wrapups.models import Act, InboundEvent, Organization, Sweep
from wrapups.services.tidying import PIECE, tidy

pytestmark = pytest.mark.django_db(transaction=True)

PIECES = 3
OLD, YOUNG = PIECES * PIECE, 7


@pytest.fixture
def organization(clock: Clock) -> Organization:
    """An organization with events of which most are past their time."""
    made: Organization = OrganizationFactory()
    SweepFactory(organization=made, kind=Sweep.Kind.TIDY)
    for count, days in ((OLD, 400), (YOUNG, 0)):
        copied(InboundEventFactory(organization=made, source=None, sender="crm"), count - 1, event_id="event_id || n")
        clock.advance_database(days * 86_400)
    InboundEvent.everywhere.filter(pk__in=_newest()).update(received_at=clock.now(), finished_at=clock.now())
    return made


def _newest() -> list[int]:
    return list(InboundEvent.everywhere.order_by("-pk").values_list("pk", flat=True)[:YOUNG])


@pytest.mark.parametrize(
    ("point", "left"),
    [("T1", OLD), ("T2", 0)],
    ids=["before the commit", "after the commit"],
)
def test_a_worker_that_dies_around_a_commit_is_followed_by_one_that_goes_on_and_counts_all(
    point: str, left: int, organization: Organization, clock: Clock, settings: Settings
):
    die_at(
        point,
        lambda: tidy(organization, for_s=60),
        clock=clock,
        settings=settings,
        lease_s=settings.DUTY_LEASE_S,
        times=PIECES,
    )
    assert InboundEvent.everywhere.count() == left + YOUNG
    tidy(organization, for_s=60)

    assert InboundEvent.everywhere.count() == YOUNG
    assert [act.reason for act in Act.objects.all()] == [f"Events {OLD:,} (kept 90 days)"]
