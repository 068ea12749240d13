"""Workers that die while they tell people of an alert, or look and tell at once: told late, and twice at most."""

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from dashboard import alert_letters
from dashboard.mail_server import MailServer as MailSettings
from tests.factories import AlertChannelFactory, AlertDeliveryFactory
from tests.faults.deaths import end_of, forked
from tests.faults.test_people import at_once
from tests.services.clock import Clock
from tests.services.smtp import MailServer, mail_server
from wrapups.domain.alerting import Condition, Reading
from wrapups.models import AlertDelivery, AlertEvent, Organization
from wrapups.outgoing.posting import Courier
from wrapups.services import alert_delivery, alerting
from wrapups.services.alert_rules import rules_of

pytestmark = pytest.mark.django_db(transaction=True)

SIGKILL = -9


@pytest.fixture
def post_office(settings: Settings) -> Iterator[MailServer]:
    with mail_server() as server:
        read = MailSettings.read(server.url)
        settings.EMAIL_URL, settings.EMAIL_BACKEND = server.url, read.backend
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = read.host, read.port, read.starttls
        yield server


def send(organization: Organization) -> int:
    return alert_delivery.send_due(organization, writer=alert_letters, courier=Courier(this_machine=True))


@pytest.mark.parametrize(
    ("point", "deaths", "letters", "state"),
    [
        pytest.param("A1", 1, 1, "sent", id="claimed, nothing sent"),
        pytest.param("A2", 1, 2, "sent", id="sent, nothing written down"),
        pytest.param("A2", 2, 2, "given_up", id="the same twice"),
    ],
)
def test_killed_at_any_point_it_is_told_by_the_next_and_twice_at_most(
    clock: Clock, settings: Settings, post_office: MailServer, point: str, deaths: int, letters: int, state: str
):
    settings.TESTING, settings.CRASH_AT = True, point
    delivery = AlertDeliveryFactory()
    organization = delivery.organization
    for _ in range(deaths):
        assert end_of(forked(lambda: send(organization), clock=clock)) == SIGKILL
        settings.CRASH_AT, crash_at = "", settings.CRASH_AT
        too_early = send(organization)
        settings.CRASH_AT = crash_at
        clock.advance_database(django_settings.LEASE_S + 1)
    settings.CRASH_AT = ""
    send(organization)

    delivery.refresh_from_db()
    assert (too_early, len(post_office.letters), delivery.state) == (0, letters, state)
    assert (state == AlertDelivery.State.GIVEN_UP) == (delivery.problem == alert_delivery.MAY_HAVE_ARRIVED)


def test_eight_who_see_it_at_once_make_one_event_and_eight_who_send_it_one_letter(
    clock: Clock, post_office: MailServer
):
    channel = AlertChannelFactory()
    rule = rules_of(channel.organization)[Condition.HELD]
    reading, now = Reading(True, since=clock.now()), clock.now()

    at_once(lambda: alerting.open_event(rule, reading, [channel], now=now))
    at_once(lambda: send(channel.organization))

    assert AlertEvent.everywhere.count() == 1
    assert list(AlertDelivery.everywhere.values_list("what", "state")) == [("raised", "sent")]
    assert len(post_office.letters) == 1
