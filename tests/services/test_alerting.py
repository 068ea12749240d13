"""Alerts: each event told once and its end once, on every kind of channel, not while it is quiet, and by whom ever."""

import json
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from pytest_django import Settings

from dashboard import alert_letters, standby
from dashboard.mail_server import MailServer as MailSettings
from tests.factories import (
    AlertChannelFactory,
    AlertDeliveryFactory,
    AlertEventFactory,
    AssignmentFactory,
    AttemptFactory,
    DispositionFactory,
    EventSourceFactory,
    HeartbeatFactory,
    MappingRuleFactory,
    OrganizationFactory,
    PersonFactory,
    SubscriptionFactory,
    SweepFactory,
)
from tests.genesys import wire
from tests.services.clock import Clock
from tests.services.receiving import Receiver, receiver
from tests.services.smtp import MailServer, mail_server
from wrapups.domain.alerting import Condition, Reading
from wrapups.domain.errors import RateLimited
from wrapups.domain.notices import ALERT
from wrapups.domain.status import Status
from wrapups.models import (
    AlertDelivery,
    AlertEvent,
    AlertRule,
    Assignment,
    CallBudget,
    EventSource,
    FailureGroup,
    Heartbeat,
    Notice,
    Organization,
    Sweep,
    WorkHold,
)
from wrapups.outgoing.posting import Courier
from wrapups.services import alert_channels, alert_delivery, alerting, notifying, pausing, tidying
from wrapups.services.alert_readings import MOST_SUBJECTS
from wrapups.services.alert_rules import rules_of
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import learn
from wrapups.services.moving import move

State = AlertDelivery.State
ALERTS = Path(__file__).parents[2] / "docs" / "alerts.md"
MINUTE = 60


@pytest.fixture(autouse=True)
def address(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://wrapups.example.com"


@pytest.fixture
def post_office(settings: Settings) -> Iterator[MailServer]:
    """A mail server that is set, as EMAIL_URL sets it."""
    with mail_server() as server:
        read = MailSettings.read(server.url)
        settings.EMAIL_URL, settings.EMAIL_BACKEND = server.url, read.backend
        settings.EMAIL_HOST, settings.EMAIL_PORT = read.host, read.port
        settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = read.starttls, 5
        yield server


@pytest.fixture
def organization(clock: Clock) -> Organization:
    made: Organization = OrganizationFactory(name="Nordlicht", time_zone="UTC")
    SweepFactory(organization=made, kind=Sweep.Kind.ALERT)
    return made


def look(organization: Organization, clock: Clock, *, minutes: int = 1) -> None:
    """Let so many minutes pass, looking at each."""
    for _ in range(minutes):
        clock.advance_database(MINUTE)
        alerting.look(organization)


def send(organization: Organization) -> int:
    return alert_delivery.send_due(organization, writer=alert_letters, courier=Courier(this_machine=True))


def pause(organization: Organization, *, reason: str = "Genesys maintenance") -> None:
    person = PersonFactory(first_name="Mara", last_name="Lindqvist")
    pausing.hold(organization, actor=Actor(person), reason=reason)


def resume(organization: Organization) -> None:
    pausing.resume(organization, actor=Actor(PersonFactory()))


def told() -> list[tuple[str, str]]:
    return list(AlertDelivery.everywhere.order_by("pk").values_list("what", "state"))


# Once, and once that it is over


def test_an_event_is_told_once_with_what_to_do_and_where_and_once_that_it_is_over(
    organization: Organization, clock: Clock, post_office: MailServer
):
    AlertChannelFactory(organization=organization, addresses=["ops@example.org", "lead@example.org"])
    pause(organization)
    for _ in range(3):
        look(organization, clock)
        send(organization)
    resume(organization)
    for _ in range(2):
        look(organization, clock)
        send(organization)

    alert, over = post_office.letters
    text = alert.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert post_office.subjects == [
        "Alert: All calls to Genesys Cloud were paused by Mara Lindqvist · Nordlicht",
        "Over: All calls to Genesys Cloud were paused by Mara Lindqvist · Nordlicht",
    ]
    assert alert["To"] == "ops@example.org, lead@example.org"
    assert alert["Auto-Submitted"] == "auto-generated"
    assert "Genesys maintenance. Calls go on when somebody resumes them." in text
    assert "https://wrapups.example.com/control-room\n" in text
    assert 'href="https://wrapups.example.com/control-room"' in alert.get_body(("html",)).get_content()
    assert "It lasted 4 min" in over.get_body(("plain",)).get_content()


def test_the_same_again_is_another_event(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization)
    for _ in range(2):
        pause(organization)
        look(organization, clock)
        resume(organization)
        look(organization, clock)

    assert AlertEvent.everywhere.count() == 2
    assert told() == [("raised", "waiting"), ("over", "waiting")] * 2


def test_what_comes_and_goes_is_one_event(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization)
    budget = CallBudget.objects.filter(organization=organization)

    for opened in (2, 0, 3, 0, 0, 0, 0):
        budget.update(breaker_opened=opened)
        look(organization, clock)

    [event] = AlertEvent.everywhere.all()
    assert event.finished_at == event.opened_at + timedelta(minutes=3)
    assert told() == [("raised", "waiting"), ("over", "waiting")]


def test_where_nobody_is_told_nothing_is_looked_for(
    organization: Organization, clock: Clock, django_assert_max_num_queries: Any
):
    pause(organization)
    clock.advance_database(MINUTE)

    with django_assert_max_num_queries(5):
        alerting.look(organization)

    assert not AlertEvent.everywhere.exists()


def test_a_look_costs_the_same_however_much_there_is(
    organization: Organization, clock: Clock, django_assert_max_num_queries: Any
):
    AlertChannelFactory(organization=organization)
    EventSourceFactory.create_batch(5, organization=organization)
    AssignmentFactory.create_batch(25, organization=organization, failed=True)
    look(organization, clock)
    clock.advance_database(MINUTE)

    with django_assert_max_num_queries(30):
        alerting.look(organization)


def test_who_sees_an_event_second_makes_none(organization: Organization, clock: Clock):
    channel = AlertChannelFactory(organization=organization)
    rule = rules_of(organization)[Condition.HELD]
    reading = Reading(True, since=clock.now())

    for _ in range(2):
        alerting.open_event(rule, reading, [channel], now=clock.now())

    assert AlertEvent.everywhere.count() == 1
    assert told() == [("raised", "waiting")]


# Which conditions


def only_event(organization: Organization, clock: Clock) -> AlertEvent | None:
    AlertChannelFactory(organization=organization)
    look(organization, clock)
    found: AlertEvent | None = AlertEvent.everywhere.first()
    assert AlertEvent.everywhere.count() <= 1
    return found


def rule(organization: Organization, condition: Condition, **columns: Any) -> None:
    AlertRule.everywhere.create(organization=organization, condition=condition, **columns)


def overdue(organization: Organization, clock: Clock, *, minutes: int = 60, **columns: Any) -> Assignment:
    """Let fresh work have waited for so long, while workers do other things."""
    HeartbeatFactory(beat_at=clock.now() + timedelta(days=1))
    at = clock.now() - timedelta(minutes=minutes - 1)
    made: Assignment = AssignmentFactory(organization=organization, due_at=at, created_at=at, updated_at=at, **columns)
    AttemptFactory(
        organization=organization, assignment__organization=organization, started_at=clock.now() + timedelta(1)
    )
    return made


def test_refused_credentials_are_told_as_urgent(organization: Organization, clock: Clock):
    CallBudget.objects.filter(organization=organization).update(
        refused_at=clock.now(), refused_because="Genesys Cloud answered 401."
    )

    event = only_event(organization, clock)

    assert event is not None
    assert (event.condition, event.urgent) == (Condition.REFUSED, True)
    assert event.facts["because"] == "Genesys Cloud answered 401."


@pytest.mark.parametrize("kind", [Heartbeat.Kind.WORKER, Heartbeat.Kind.PUMP])
def test_a_process_that_has_gone_silent_is_told(organization: Organization, clock: Clock, kind: Heartbeat.Kind):
    for each in Heartbeat.Kind:
        ahead = timedelta(0 if each == kind else 1)
        HeartbeatFactory(kind=each, beat_at=clock.now() + ahead)

    event = only_event(organization, clock)

    assert event is not None
    assert (event.condition, event.subject) == (Condition.SILENT, kind.value)


@pytest.mark.parametrize(("minutes", "begins"), [(14, False), (16, True)])
def test_work_that_waits_too_long_is_told(organization: Organization, clock: Clock, minutes: int, begins: bool):
    overdue(organization, clock, minutes=minutes)

    event = only_event(organization, clock)

    assert (event is not None and event.facts["minutes"] == 16) is begins


def test_what_is_heard_of_work_that_waits_does_not_make_it_wait_anew(organization: Organization, clock: Clock):
    conversation = overdue(organization, clock).communication.conversation
    DispositionFactory(organization=organization, conversation_id=conversation.conversation_id)

    event = only_event(organization, clock)

    assert event is not None
    assert event.facts["minutes"] == 60


def test_what_a_paused_rule_keeps_is_no_work_that_waits_too_long_and_hides_none(
    organization: Organization, clock: Clock
):
    paused = MappingRuleFactory(organization=organization)
    CallBudget.objects.filter(organization=organization).update(held_rules=[paused.identity])
    overdue(organization, clock, minutes=60, rule=paused)
    while_paused = only_event(organization, clock)
    overdue(organization, clock, minutes=30)

    event = only_event(organization, clock)

    assert while_paused is None
    assert event is not None
    assert event.facts["minutes"] == 30


def test_being_told_to_wait_again_and_again_is_told_after_some_minutes_and_over_once_calls_go_through(
    organization: Organization, clock: Clock
):
    AlertChannelFactory(organization=organization)
    for _ in range(6):
        learn(organization.pk, RateLimited("Too many", retry_after_s=37))
        look(organization, clock)
    [event] = AlertEvent.everywhere.all()
    look(organization, clock, minutes=5)

    event.refresh_from_db()
    said = "Genesys Cloud has asked us to wait, again and again, for 5 min"
    assert (event.condition, alert_letters.said_of(event)) == (Condition.BREAKER, said)
    assert event.finished_at is not None
    assert told() == [("raised", "waiting"), ("over", "waiting")]


def test_being_told_to_wait_now_and_then_is_not_told(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization)

    for _ in range(4):
        learn(organization.pk, RateLimited("Too many", retry_after_s=3))
        look(organization, clock, minutes=2)

    assert not AlertEvent.everywhere.exists()


def test_work_that_waits_because_calls_are_paused_is_told_as_that_alone(organization: Organization, clock: Clock):
    long_ago = clock.now() - timedelta(hours=2)
    AssignmentFactory(organization=organization, due_at=long_ago, created_at=long_ago)
    pause(organization)

    event = only_event(organization, clock)

    assert event is not None
    assert event.condition == Condition.HELD


def test_many_failures_of_an_hour_are_told_and_those_of_yesterday_are_not(organization: Organization, clock: Clock):
    rule(organization, Condition.FAILURES, threshold=3)
    rule(organization, Condition.FAILURE_GROUP, enabled=False)
    AssignmentFactory.create_batch(3, organization=organization, failed=True)
    AssignmentFactory(organization=organization, failed=True, finished_at=clock.now() - timedelta(days=1))

    event = only_event(organization, clock)

    assert event is not None
    assert (event.condition, event.facts) == (Condition.FAILURES, {"failed": 3})


def test_a_large_share_of_failures_is_told(organization: Organization, clock: Clock):
    rule(organization, Condition.FAILURE_GROUP, enabled=False)
    HeartbeatFactory(beat_at=clock.now() + timedelta(days=1))
    AssignmentFactory.create_batch(5, organization=organization, failed=True)
    for assignment in AssignmentFactory.create_batch(20, organization=organization, verified=True):
        AttemptFactory(assignment=assignment, started_at=clock.now())

    event = only_event(organization, clock)

    assert event is not None
    assert (event.condition, event.facts) == (Condition.FAILED_SHARE, {"share": 20, "failed": 5})


def test_failures_that_are_soon_too_old_are_told(organization: Organization, clock: Clock):
    rule(organization, Condition.FAILURE_GROUP, enabled=False)
    lost = timedelta(hours=organization.too_late_h)
    for left in (timedelta(hours=-1), timedelta(hours=5), timedelta(hours=30)):
        ended_at = clock.now() - lost + left
        AssignmentFactory(organization=organization, failed=True, communication__ended_at=ended_at)

    event = only_event(organization, clock)

    assert event is not None
    assert (event.condition, event.facts) == (Condition.TOO_LATE, {"failed": 1, "hours": 4})


def test_a_new_kind_of_failure_is_told_and_over_when_somebody_takes_it(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization)
    AssignmentFactory(organization=organization, failed=True)
    look(organization, clock)
    [event] = AlertEvent.everywhere.all()
    olu = PersonFactory(first_name="Olu", last_name="Adeyemi")
    FailureGroup.everywhere.update(state=FailureGroup.State.ACKNOWLEDGED, owner=olu)
    look(organization, clock)

    event.refresh_from_db()
    assert alert_letters.said_of(event) == "A new kind of failure: Genesys refused it (bad.request), voice"
    assert (event.facts["ended"], event.facts["taken"]) == ("Olu Adeyemi sees to it.", True)
    assert alert_letters.page_of(event) == f"/failures/causes/{event.subject}"
    assert event.finished_at is not None


def test_a_kind_of_failure_is_over_when_nothing_of_it_waits_and_told_again_when_it_is_back(
    organization: Organization, clock: Clock
):
    AlertChannelFactory(organization=organization)
    failed = AssignmentFactory(organization=organization, failed=True)
    look(organization, clock)
    move(failed.pk, Status.FAILED, Status.CANCELLED)
    look(organization, clock)
    over, [ended] = told(), AlertEvent.everywhere.all()
    AssignmentFactory(organization=organization, failed=True)
    look(organization, clock)

    assert over == [("raised", "waiting"), ("over", "waiting")]
    assert ended.facts["ended"] == "Nothing of it waits any more."
    assert told() == [*over, ("raised", "waiting")]
    assert alert_letters.said_of(AlertEvent.everywhere.latest("pk")).startswith("A failure that was over is back:")


def test_that_somebody_took_it_is_not_told_as_over(organization: Organization):
    facts = {"name": "Genesys refused it", "medium": "chat", "ended": "Olu Adeyemi sees to it.", "taken": True}
    of = {"condition": Condition.FAILURE_GROUP, "subject": "7", "facts": facts}
    event = AlertEventFactory(organization=organization, over=True, **of)
    channel = AlertChannelFactory(organization=organization)
    telling = AlertDeliveryFactory(
        organization=organization, channel=channel, event=event, what=AlertDelivery.What.OVER
    )

    written = alert_letters.message(channel, [telling])

    assert written.subject == "Taken: A new kind of failure: Genesys refused it, chat · Nordlicht"
    assert "Taken after 9 min, since" in written.text
    assert "Olu Adeyemi sees to it." in written.slack


def group_of_failures(organization: Organization, number: int, **columns: Any) -> FailureGroup:
    return FailureGroup(organization=organization, fingerprint=f"cause-{number}", status="failed", **columns)


def test_a_new_kind_of_failure_is_told_however_many_old_ones_go_on(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization)
    clock.advance_database(MINUTE)
    old = {"first_seen_at": clock.now() - timedelta(days=1), "last_seen_at": clock.now()}
    new = group_of_failures(
        organization, 0, first_seen_at=clock.now(), last_seen_at=clock.now() - timedelta(seconds=30)
    )
    went_on = [group_of_failures(organization, number, **old) for number in range(1, MOST_SUBJECTS + 1)]
    FailureGroup.everywhere.bulk_create([new, *went_on])
    AssignmentFactory(organization=organization, failed=True, fingerprint=new.fingerprint)

    alerting.look(organization)

    assert [event.subject for event in AlertEvent.everywhere.all()] == [str(new.pk)]


def test_a_group_whose_snooze_is_over_is_told_again(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization)
    AssignmentFactory(organization=organization, failed=True)
    look(organization, clock)
    until = clock.now() + timedelta(minutes=3)
    FailureGroup.everywhere.update(state=FailureGroup.State.SNOOZED, snoozed_until=until)
    look(organization, clock)
    asleep = told()
    look(organization, clock, minutes=3)

    assert asleep == [("raised", "waiting"), ("over", "waiting")]
    assert told() == [*asleep, ("raised", "waiting")]


def test_failures_from_before_there_was_a_channel_are_not_news(organization: Organization, clock: Clock):
    AssignmentFactory(organization=organization, failed=True)
    clock.advance_database(MINUTE)

    assert only_event(organization, clock) is None


@pytest.mark.parametrize(
    ("last_h", "work_from", "begins"), [(2, 8, True), (0.5, 8, False), (20, 8, True), (20, 12, False)]
)
def test_an_event_source_that_is_silent_at_work_is_told_until_it_is_heard(
    organization: Organization, clock: Clock, last_h: float, work_from: int, begins: bool
):
    organization.time_zone = f"Etc/GMT{clock.now().hour - 12:+d}"  # where it is noon, with some minutes
    every_day = list(range(7))
    rule(organization, Condition.NO_EVENTS, threshold=60, work_from=time(work_from), work_days=every_day)
    AlertChannelFactory(organization=organization)
    last = clock.now() - timedelta(hours=last_h)
    source = EventSourceFactory(
        organization=organization, name="CRM", created_at=last - timedelta(days=1), last_event_at=last
    )
    look(organization, clock)
    said = [alert_letters.said_of(event) for event in AlertEvent.everywhere.all()]
    EventSource.everywhere.filter(pk=source.pk).update(last_event_at=clock.now())
    look(organization, clock)

    assert (bool(said), all(line.startswith("CRM has sent nothing for ") for line in said)) == (begins, True)
    assert not AlertEvent.everywhere.filter(finished_at=None).exists()


def test_an_old_catalogue_is_told(organization: Organization, clock: Clock):
    SweepFactory(
        organization=organization,
        kind=Sweep.Kind.CATALOGUE,
        succeeded_at=clock.now() - timedelta(hours=7),
        due_at=clock.now() + timedelta(hours=1),
        problem="Genesys Cloud answered 403.",
    )

    event = only_event(organization, clock)

    assert event is not None
    assert event.facts == {"hours": 7, "because": "Genesys Cloud answered 403."}


def test_each_webhook_that_is_held_is_an_event_of_its_own(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization)
    first, second = SubscriptionFactory.create_batch(2, organization=organization, held=True)
    look(organization, clock)
    first.held_because = ""
    first.save(update_fields=["held_because"])
    look(organization, clock)

    over = dict(AlertEvent.everywhere.values_list("subject", "finished_at"))
    assert over.keys() == {str(first.pk), str(second.pk)}
    assert (over[str(first.pk)] is not None, over[str(second.pk)]) == (True, None)


def test_a_paused_lane_is_told_with_its_reason(organization: Organization, clock: Clock):
    WorkHold.everywhere.create(organization=organization, lane="bulk", held_by=PersonFactory(), reason="Too many")

    event = only_event(organization, clock)

    assert event is not None
    assert "The lane bulk was paused by" in alert_letters.said_of(event)


def test_an_alert_that_is_turned_off_is_over_and_says_so(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization)
    pause(organization)
    look(organization, clock)
    rule(organization, Condition.HELD, enabled=False)
    look(organization, clock, minutes=2)

    [event] = AlertEvent.everywhere.all()
    assert event.finished_at is not None
    assert event.facts["ended"] == alerting.TURNED_OFF


def test_what_still_stands_is_told_again_to_who_comes_after_nobody_was_told(organization: Organization, clock: Clock):
    first = AlertChannelFactory(organization=organization)
    pause(organization)
    look(organization, clock)
    alert_channels.remove(first, actor=Actor(PersonFactory()))
    look(organization, clock, minutes=5)
    second = AlertChannelFactory(organization=organization)
    look(organization, clock, minutes=2)

    [event] = AlertEvent.everywhere.filter(finished_at=None)
    assert event.opened_at == clock.now() - timedelta(minutes=1)
    assert [delivery.channel for delivery in event.deliveries.all()] == [second]


def test_an_alert_that_is_turned_on_again_tells_of_what_still_stands(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization)
    pause(organization)
    look(organization, clock)
    rule(organization, Condition.HELD, enabled=False)
    look(organization, clock, minutes=2)
    AlertRule.everywhere.update(enabled=True)
    look(organization, clock, minutes=2)

    assert told() == [("raised", "waiting"), ("over", "waiting"), ("raised", "waiting")]


def test_a_worker_that_takes_nothing_is_not_over_because_somebody_pauses_calls(
    organization: Organization, clock: Clock
):
    AlertChannelFactory(organization=organization, conditions=[Condition.SILENT])
    long_ago = clock.now() - timedelta(minutes=5)
    AssignmentFactory(organization=organization, due_at=long_ago, created_at=long_ago)
    look(organization, clock)
    pause(organization)
    look(organization, clock, minutes=5)

    assert [event.finished_at for event in AlertEvent.everywhere.filter(condition=Condition.SILENT)] == [None]


# Quiet hours, and a mute


def night_now(clock: Clock) -> dict[str, Any]:
    """Quiet hours that cover the present and end in an hour and a half or so."""
    now = clock.now()
    begins, ends = ((now + timedelta(minutes=by)).time().replace(microsecond=0) for by in (-30, 90))
    return {"quiet_from": begins, "quiet_until": ends}


def test_quiet_hours_hold_back_until_their_end_which_brings_a_digest(
    organization: Organization, clock: Clock, post_office: MailServer
):
    AlertChannelFactory(organization=organization, **night_now(clock))
    SubscriptionFactory.create_batch(2, organization=organization, held=True)
    look(organization, clock)
    at_night = send(organization), alert_delivery.is_due(organization)
    clock.advance_database(100 * MINUTE)
    in_the_morning = alert_delivery.is_due(organization)
    send(organization)

    assert (at_night, in_the_morning) == ((0, False), True)
    assert post_office.subjects == ["2 alerts · Nordlicht"]
    assert told() == [("raised", "sent")] * 2


def test_what_is_urgent_is_told_in_quiet_hours_and_its_end_too(
    organization: Organization, clock: Clock, post_office: MailServer
):
    rule(organization, Condition.HELD, urgent=True)
    AlertChannelFactory(organization=organization, **night_now(clock))
    pause(organization)
    look(organization, clock)
    send(organization)
    resume(organization)
    look(organization, clock)
    send(organization)

    assert [subject.split(":")[0] for subject in post_office.subjects] == ["Alert", "Over"]


@pytest.mark.parametrize(
    "later", [{"event__condition": Condition.HELD, "event__urgent": True}, {"event": None, "what": "test"}]
)
def test_however_much_waits_for_the_morning_what_may_go_now_goes(
    organization: Organization, clock: Clock, post_office: MailServer, later: dict[str, Any]
):
    channel = AlertChannelFactory(organization=organization, **night_now(clock))
    held_back = {"channel": channel, "event__condition": Condition.REFUSED}
    AlertDeliveryFactory.create_batch(alert_delivery.TOGETHER, organization=organization, **held_back)
    telling = AlertDeliveryFactory(organization=organization, channel=channel, **later)

    due = alert_delivery.is_due(organization)
    send(organization)

    assert due
    assert list(AlertDelivery.everywhere.filter(state=State.SENT)) == [telling]


def test_what_is_over_before_quiet_hours_are_is_told_neither_way(
    organization: Organization, clock: Clock, post_office: MailServer
):
    AlertChannelFactory(organization=organization, **night_now(clock))
    pause(organization)
    look(organization, clock)
    resume(organization)
    look(organization, clock)
    clock.advance_database(100 * MINUTE)
    send(organization)

    assert post_office.letters == []
    assert told() == [("raised", "cancelled")]


def test_a_muted_channel_is_told_nothing_urgent_either_until_it_is_over(
    organization: Organization, clock: Clock, post_office: MailServer
):
    rule(organization, Condition.HELD, urgent=True)
    channel = AlertChannelFactory(organization=organization)
    alert_channels.mute(channel, hours=2, actor=Actor(PersonFactory()))
    pause(organization)
    look(organization, clock)
    muted = send(organization)
    clock.advance_database(120 * MINUTE)
    send(organization)

    assert (muted, len(post_office.letters)) == (0, 1)


def test_a_test_is_sent_at_once_and_says_that_it_is_one(
    organization: Organization, clock: Clock, post_office: MailServer
):
    channel = AlertChannelFactory(organization=organization, quiet_days=list(range(7)))
    alert_channels.send_test(channel, actor=Actor(PersonFactory()))
    send(organization)

    assert post_office.subjects == ["Test: This is a test: alerts of this channel arrive here · Nordlicht"]


# What a channel wants


def test_a_channel_is_told_of_what_it_asked_for_only(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=organization, conditions=[Condition.REFUSED])
    wants = AlertChannelFactory(organization=organization, conditions=[Condition.HELD])
    pause(organization)
    look(organization, clock)

    assert list(AlertDelivery.everywhere.values_list("channel", flat=True)) == [wants.pk]


def test_another_organization_is_told_nothing(organization: Organization, clock: Clock):
    AlertChannelFactory(organization=OrganizationFactory())
    AlertChannelFactory(organization=organization)
    pause(organization)
    look(organization, clock)

    assert set(AlertDelivery.everywhere.values_list("channel__organization", flat=True)) == {organization.pk}


# Slack and webhooks


@pytest.fixture
def listening() -> Iterator[Receiver]:
    with receiver() as receiving:
        yield receiving


def test_slack_is_posted_its_text_with_a_link_and_its_signs_written_out(
    organization: Organization, clock: Clock, listening: Receiver
):
    AlertChannelFactory(organization=organization, slack=True, url=listening.url)
    pause(organization, reason="<!channel> & more")
    look(organization, clock)
    send(organization)

    [document] = listening.documents
    assert document.keys() == {"text"}
    assert "*Alert:* All calls to Genesys Cloud were paused by Mara Lindqvist." in document["text"]
    assert "&lt;!channel&gt; &amp; more" in document["text"]
    assert document["text"].endswith("<https://wrapups.example.com/control-room|See it>")
    assert told() == [("raised", "sent")]


def test_a_webhook_is_told_through_the_outbox_signed_and_once(
    organization: Organization, clock: Clock, listening: Receiver
):
    webhook = SubscriptionFactory(organization=organization, url=listening.url, events=[ALERT])
    AlertChannelFactory(organization=organization, webhook=True, subscription=webhook)
    pause(organization)
    look(organization, clock)
    send(organization)
    resume(organization)
    look(organization, clock)
    send(organization)
    courier = Courier(this_machine=True)
    notifying.notify(organization, courier=courier, worker="worker-1", for_s=5)

    raised, over = listening.documents
    documented = json.loads(ALERTS.read_text().split("```json\n")[1].split("```")[0])
    assert raised.keys() == over.keys() == documented.keys()
    assert (raised["event"], raised["state"], over["state"]) == ("alert", "raised", "over")
    assert raised["url"] == "https://wrapups.example.com/control-room"
    assert (raised["over_at"], over["over_at"] is None) == (None, False)
    assert raised["condition"] == over["condition"] == "held"
    assert listening.proved(by=webhook.secrets()[0]) == [True, True]
    assert len(set(listening.ids)) == 2


def test_a_webhook_that_wants_no_alerts_any_more_is_told_none(organization: Organization, clock: Clock):
    webhook = SubscriptionFactory(organization=organization)
    AlertChannelFactory(organization=organization, webhook=True, subscription=webhook)
    pause(organization)
    look(organization, clock)
    send(organization)

    assert not Notice.everywhere.exists()
    assert told() == [("raised", "given_up")]


# What goes wrong


def test_what_a_server_refuses_is_tried_again_later_and_says_why(
    organization: Organization, clock: Clock, post_office: MailServer
):
    AlertChannelFactory(organization=organization)
    pause(organization)
    look(organization, clock)
    post_office.refuses = b"550 secret words"
    send(organization)
    refused = AlertDelivery.everywhere.get()
    at_once = alert_delivery.is_due(organization)
    post_office.refuses = None
    clock.advance_database(MINUTE)
    send(organization)

    assert (refused.state, refused.problem) == (State.WAITING, "The mail server refused the person's address.")
    assert at_once is False
    assert len(post_office.letters) == 1
    assert told() == [("raised", "sent")]


def test_after_a_day_it_is_given_up(organization: Organization, clock: Clock, listening: Receiver):
    listening.server.answer = wire.http(status="500 Oh no")
    AlertChannelFactory(organization=organization, slack=True, url=listening.url)
    pause(organization)
    look(organization, clock)
    send(organization)
    clock.advance_database(86_400)
    send(organization)

    delivery = AlertDelivery.everywhere.get()
    assert (delivery.state, delivery.problem, delivery.tries) == (State.GIVEN_UP, "It answered 500.", 2)


def test_the_end_is_not_told_before_the_beginning(organization: Organization, clock: Clock, listening: Receiver):
    listening.server.answer = wire.http(status="500 Oh no")
    AlertChannelFactory(organization=organization, slack=True, url=listening.url)
    pause(organization)
    look(organization, clock)
    send(organization)
    AlertDelivery.everywhere.update(due_at=clock.now() + timedelta(hours=1))
    resume(organization)
    look(organization, clock)
    before = send(organization)
    listening.server.answer = wire.http()
    clock.advance_database(3600)
    send(organization)

    assert before == 0
    assert told() == [("raised", "sent"), ("over", "sent")]
    assert listening.documents[-1]["text"].index("*Alert:*") < listening.documents[-1]["text"].index("*Over:*")


@pytest.mark.parametrize("answer", [wire.http(), wire.http(status="500 Oh no"), wire.reset])
def test_no_log_and_no_row_has_slacks_address(
    organization: Organization, clock: Clock, caplog: pytest.LogCaptureFixture, answer: wire.Behaviour
):
    caplog.set_level("DEBUG")
    with receiver(answer) as listening:
        AlertChannelFactory(organization=organization, slack=True, url=f"{listening.url}/very-secret")
        pause(organization)
        look(organization, clock)
        send(organization)

    assert len(listening.server.requests) == 1
    assert "very-secret" not in caplog.text + AlertDelivery.everywhere.get().problem


def test_a_removed_channel_is_told_nothing_and_forgets_its_secret(organization: Organization, clock: Clock):
    channel = AlertChannelFactory(organization=organization, slack=True)
    pause(organization)
    look(organization, clock)
    alert_channels.remove(channel, actor=Actor(PersonFactory()))
    resume(organization)
    look(organization, clock)

    channel.refresh_from_db()
    assert (send(organization), channel.secret_sealed, told()) == (0, "", [("raised", "cancelled")])


def test_one_condition_that_cannot_be_looked_at_silences_no_other_and_shows_at_the_sweep(
    organization: Organization, clock: Clock
):
    AlertChannelFactory(organization=organization)
    EventSourceFactory(organization=organization)
    SubscriptionFactory(organization=organization, held=True)
    organization.time_zone = "Mars/Olympus"
    clock.advance_database(MINUTE)

    with pytest.raises(ZoneInfoNotFoundError):
        alerting.look(organization)

    assert [event.condition for event in AlertEvent.everywhere.all()] == [Condition.WEBHOOK_HELD]
    assert "Mars/Olympus" in Sweep.objects.get(organization=organization, kind=Sweep.Kind.ALERT).problem


def test_what_cannot_be_written_for_one_webhook_holds_up_nothing_else(
    organization: Organization, post_office: MailServer
):
    webhook = AlertChannelFactory(organization=organization, webhook=True)
    gone = {"organization": organization, "channel": webhook, "event__condition": "of old"}
    unwritable = AlertDeliveryFactory(**gone)
    AlertDeliveryFactory(organization=organization, channel=webhook)
    AlertDeliveryFactory(organization=organization)

    send(organization)

    unwritable.refresh_from_db()
    assert told() == [("raised", "given_up"), ("raised", "sent"), ("raised", "sent")]
    assert unwritable.problem == alert_delivery.UNWRITABLE
    assert (Notice.everywhere.count(), len(post_office.letters)) == (1, 1)


# Who watches the pump


@pytest.mark.parametrize(("silent_s", "letters"), [(30, 0), (60, 1)])
def test_while_the_pump_is_silent_a_worker_looks_and_tells_in_its_place(
    organization: Organization, clock: Clock, post_office: MailServer, silent_s: int, letters: int
):
    AlertChannelFactory(organization=organization)
    HeartbeatFactory(kind=Heartbeat.Kind.PUMP, beat_at=clock.now())
    HeartbeatFactory(kind=Heartbeat.Kind.WORKER, beat_at=clock.now() + timedelta(days=1))
    clock.advance_database(silent_s)

    for _ in range(2):
        standby.stand_in()

    assert [subject.split(" ·")[0] for subject in post_office.subjects] == [
        "Alert: The pump has shown no sign of life"
    ] * letters


# What is kept


def test_what_is_over_goes_after_its_time_and_what_stands_stays(organization: Organization, clock: Clock):
    SweepFactory(organization=organization, kind=Sweep.Kind.TIDY, due_at=clock.now())
    long_ago = clock.now() - timedelta(days=91)
    AlertDeliveryFactory(
        organization=organization, event=None, what="test", sent=True, created_at=long_ago, finished_at=long_ago
    )
    old: dict[str, Any] = {"organization": organization, "opened_at": long_ago}
    gone = AlertEventFactory(**old, condition=Condition.HELD, finished_at=long_ago)
    stands = AlertEventFactory(**old, condition=Condition.REFUSED)
    lately = AlertEventFactory(organization=organization, condition=Condition.HELD, over=True)
    for event in (gone, stands, lately):
        AlertDeliveryFactory(organization=organization, event=event, sent=True)

    tidying.tidy(organization, for_s=5)

    assert set(AlertEvent.everywhere.values_list("pk", flat=True)) == {stands.pk, lately.pk}
    assert set(AlertDelivery.everywhere.values_list("event", flat=True)) == {stands.pk, lately.pk}
