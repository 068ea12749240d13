"""F49: a worker that dies while it erases a customer leaves nothing half erased, and the rest is erased later."""

import pytest
from pytest_django import Settings

from tests.factories import ConversationFactory, DispositionFactory, OrganizationFactory
from tests.faults.deaths import die_at
from tests.services.clock import Clock
from tests.services.exports import somebody
from wrapups.domain.roles import Role
from wrapups.models import Conversation, Disposition, Erasure, Organization
from wrapups.services import erasing, erasing_work

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "+493012344321"


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory()


def work(organization: Organization) -> None:
    """Go on with what there is, as a worker does."""
    while erasing_work.work(organization, for_s=60):
        pass


@pytest.mark.parametrize(("point", "erased"), [("R1", 0), ("R2", 2)], ids=["before the commit", "after the commit"])
def test_a_worker_that_dies_leaves_nothing_half_erased(
    point, erased, organization, clock: Clock, settings: Settings, monkeypatch
):
    monkeypatch.setattr(erasing_work, "PIECE", 2)
    for _ in range(4):
        row = ConversationFactory(organization=organization, ani=NUMBER)
        DispositionFactory(organization=organization, conversation_id=row.conversation_id, notes="Mara is angry")
    actor = somebody(organization, Role.ADMIN)
    erasure = erasing.ask(organization, identifiers=NUMBER, reason="Request 12", actor=actor)
    work(organization)
    erasing.confirm(erasure, conversations=4, actor=actor)

    die_at(point, lambda: work(organization), clock=clock, settings=settings, lease_s=erasing_work.LEASE_S)
    assert Conversation.everywhere.filter(ani="erased").count() == erased
    assert Disposition.everywhere.filter(notes="erased").count() == erased
    work(organization)

    erasure.refresh_from_db()
    assert (erasure.state, erasure.erased["wrapups_conversation"]) == (Erasure.State.DONE, 4)
    assert not Conversation.everywhere.exclude(ani="erased").exists()
    assert not Disposition.everywhere.exclude(notes="erased").exists()
