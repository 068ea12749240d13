"""F53: a worker that dies over a report by e-mail: it arrives at most once, and what may have arrived is said to."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from dashboard.letters import letter_for
from tests.factories import MembershipFactory
from tests.faults.deaths import KILL_9, end_of, forked
from tests.services.clock import Clock
from tests.services.test_reporting import MORNING
from wrapups.domain.roles import Role
from wrapups.models import Membership, ReportLetter, ReportSubscription
from wrapups.services import reporting
from wrapups.services.auditing import Actor
from wrapups.services.reporting import LOST_AFTER_S, MAY_HAVE_ARRIVED

pytestmark = pytest.mark.django_db(transaction=True)

State = ReportLetter.State


@pytest.fixture
def arrived(settings: Settings, tmp_path: Path) -> Path:
    """Where letters arrive: a folder, so that they outlive who sent them."""
    settings.EMAIL_URL = "smtp://mail.example.com"
    settings.PUBLIC_URL = "https://wrapups.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    return tmp_path


@pytest.mark.parametrize(
    ("point", "sent_before", "left", "sent_by_itself", "sent_again"),
    [
        ("L1", 0, [], 1, None),
        ("L2", 0, [(State.FAILED, MAY_HAVE_ARRIVED)], 0, 1),
        ("L3", 1, [(State.FAILED, MAY_HAVE_ARRIVED)], 1, 2),
    ],
    ids=["before it is on record", "before it is sent", "after it was sent"],
)
def test_a_worker_that_dies_over_a_letter_sends_it_at_most_once(
    point, sent_before, left, sent_by_itself, sent_again, clock: Clock, settings: Settings, arrived: Path
):
    member: Membership = MembershipFactory(role=Role.SUPERVISOR, person__email="mara@example.org")
    actor = Actor(member.person)
    reporting.subscribe(member, report="outcomes", query="days=7", schedule=MORNING, actor=actor)
    ReportSubscription.everywhere.update(next_at=clock.now() - timedelta(minutes=1))

    settings.CRASH_AT = point
    death = end_of(forked(lambda: reporting.send_due(member.organization, write=letter_for), clock=clock))
    settings.CRASH_AT = ""
    assert (death, letters(arrived)) == (KILL_9, sent_before)
    clock.advance_database(LOST_AFTER_S + 1)
    reporting.send_due(member.organization, write=letter_for)

    assert letters(arrived) == sent_by_itself
    assert [*ReportLetter.everywhere.values_list("state", "problem")] == (left or [(State.SENT, "")])
    if sent_again is not None:
        reporting.send_again(ReportLetter.everywhere.get(), actor=actor)
        reporting.send_due(member.organization, write=letter_for)
        assert letters(arrived) == sent_again
        assert ReportLetter.everywhere.get().state == State.SENT


def letters(folder: Path) -> int:
    """Return how many letters there are in all files of a folder."""
    return sum(file.read_bytes().count(b"Subject: ") for file in folder.iterdir())
