"""Reports by e-mail: at the hour that was asked for, at most once, to those who may still look, until it is stopped."""

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dashboard.letters import letter_for, token_of
from tests.factories import AssignmentFactory, ConversationFactory, MembershipFactory, OrganizationFactory, QueueFactory
from tests.services.clock import Clock
from wrapups.domain.roles import Role
from wrapups.domain.schedules import Every, Schedule
from wrapups.models import Act, Membership, Person, ReportLetter, ReportSubscription
from wrapups.services import reporting
from wrapups.services.auditing import Actor
from wrapups.services.reporting import LOST_AFTER_S, CannotSubscribe, is_due, send_again, send_due, stop, subscribe
from wrapups.services.tallying import count_day, today_in

MORNING = Schedule(Every.DAY, 7, ZoneInfo("UTC"))
State = ReportLetter.State


@pytest.fixture(autouse=True)
def server(settings: Settings) -> None:
    """A mail server is set; what goes out stays in Django's outbox."""
    settings.EMAIL_URL = "smtp://mail.example.com"
    settings.PUBLIC_URL = "https://wrapups.example.com"


@pytest.fixture
def member(clock: Clock) -> Membership:
    made: Membership = MembershipFactory(role=Role.SUPERVISOR, person__email="mara@example.org")
    return made


def subscribed(
    member: Membership, *, report: str = "outcomes", query: str = "days=7", **when: Any
) -> ReportSubscription:
    schedule = when.pop("schedule", MORNING)
    return subscribe(member, report=report, query=query, schedule=schedule, actor=Actor(member.person))


def sent() -> tuple[EmailMultiAlternatives, str, str]:
    """Return the only letter that left, and its other form with its kind."""
    [letter] = mail.outbox
    assert isinstance(letter, EmailMultiAlternatives)
    [other] = letter.alternatives
    return letter, str(other[0]), str(other[1])


def let_be_due(subscription: ReportSubscription) -> None:
    ReportSubscription.everywhere.filter(pk=subscription.pk).update(next_at=datetime.now(UTC) - timedelta(minutes=1))


def letters() -> list[tuple[str, str]]:
    return list(ReportLetter.everywhere.order_by("pk").values_list("state", "problem"))


def test_a_report_comes_when_it_is_due_and_not_before(member: Membership):
    subscription = subscribed(member)

    send_due(member.organization, write=letter_for)
    early = len(mail.outbox)
    let_be_due(subscription)
    send_due(member.organization, write=letter_for)
    send_due(member.organization, write=letter_for)

    assert (early, len(mail.outbox)) == (0, 1)
    assert mail.outbox[0].to == ["mara@example.org"]
    assert letters() == [("sent", "")]


def test_a_letter_has_the_numbers_of_the_page_and_a_link_to_the_same_days(member: Membership):
    organization = member.organization
    queue = QueueFactory(organization=organization, name="Billing <EU>")
    leg = {
        "communication__queue_id": queue.genesys_id,
        "communication__conversation": ConversationFactory(organization=organization, ani="tel:+15550100"),
    }
    AssignmentFactory(organization=organization, notes="secret of a customer", verified=True, **leg)
    count_day(organization, today_in(organization))
    let_be_due(subscribed(member))

    send_due(organization, write=letter_for)

    letter, html, kind = sent()
    today = today_in(organization)
    assert letter.subject.startswith("Volumes and outcomes, ")
    assert "Ended: 1\n" in letter.body
    assert "Billing <EU> | 1 | 100.0 % | 1" in letter.body
    assert (kind, "Billing &lt;EU&gt;" in html) == ("text/html", True)
    assert f"/reports/outcomes?first={today - timedelta(days=6)}&last={today}" in letter.body
    assert not any(private in str(letter.body) + html for private in ("15550100", "secret of a customer"))


def test_what_was_due_while_nothing_ran_comes_once(member: Membership):
    subscription = subscribed(member)
    ReportSubscription.everywhere.filter(pk=subscription.pk).update(
        next_at=MORNING.next_after(datetime.now(UTC) - timedelta(days=5))
    )

    send_due(member.organization, write=letter_for)

    subscription.refresh_from_db()
    assert len(mail.outbox) == 1
    assert subscription.next_at > datetime.now(UTC)
    assert ReportLetter.everywhere.get().due_at > datetime.now(UTC) - timedelta(days=1)


def test_a_worker_that_dies_while_sending_leaves_a_letter_that_a_person_may_send_again(
    member: Membership, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    let_be_due(subscribed(member))

    def die(name: str) -> None:
        if name == "L2":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reporting, "crash_point", die)
        with pytest.raises(KeyboardInterrupt):
            send_due(member.organization, write=letter_for)
    send_due(member.organization, write=letter_for)
    nothing_by_itself = len(mail.outbox)
    ReportLetter.everywhere.update(started_at=datetime.now(UTC) - timedelta(seconds=LOST_AFTER_S + 1))
    send_due(member.organization, write=letter_for)
    lost = ReportLetter.everywhere.get()
    send_again(lost, actor=Actor(member.person))
    send_due(member.organization, write=letter_for)

    assert nothing_by_itself == 0
    assert (lost.state, "may have arrived" in lost.problem) == (State.FAILED, True)
    assert (len(mail.outbox), letters()) == (1, [("sent", "")])


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 secret"), "refused our sign-in"),
        (smtplib.SMTPRecipientsRefused({"mara@example.org": (550, b"no")}), "refused the person's address"),
        (ConnectionRefusedError(111, "Connection refused"), "did not answer"),
    ],
)
def test_what_a_mail_server_refuses_is_said_in_words_and_goes_no_more_by_itself(
    trouble: Exception, said: str, member: Membership, monkeypatch: pytest.MonkeyPatch
):
    let_be_due(subscribed(member))

    def refuse(*_: Any, **__: Any) -> None:
        raise trouble

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    send_due(member.organization, write=letter_for)

    [(state, problem)] = letters()
    assert state == State.FAILED
    assert said in problem
    assert "secret" not in problem
    assert not is_due(member.organization)


@pytest.mark.parametrize("loses", ["membership", "account"])
def test_who_may_no_longer_look_gets_nothing_and_the_report_ends(loses: str, member: Membership):
    subscription = subscribed(member)
    let_be_due(subscription)
    if loses == "membership":
        Membership.objects.filter(pk=member.pk).delete()
    else:
        Person.objects.filter(pk=member.person.pk).update(is_active=False)

    send_due(member.organization, write=letter_for)

    subscription.refresh_from_db()
    assert mail.outbox == []
    assert letters() == [("left_out", "The person may no longer look into this organization.")]
    assert subscription.ended_at is not None


def test_who_sees_some_divisions_is_sent_their_numbers_only(member: Membership):
    organization = member.organization
    queue = QueueFactory(organization=organization, division_id="north")
    for queue_id in (queue.genesys_id, "elsewhere", "elsewhere"):
        AssignmentFactory(organization=organization, communication__queue_id=queue_id)
    Membership.objects.filter(pk=member.pk).update(division_ids=["north"])
    count_day(organization, today_in(organization))
    let_be_due(subscribed(member))

    send_due(organization, write=letter_for)

    assert "Ended: 1\n" in mail.outbox[0].body


def test_asking_twice_is_asking_once(member: Membership):
    first, second = subscribed(member), subscribed(member, schedule=Schedule(Every.DAY, 9, ZoneInfo("UTC")))

    assert (first.pk, second.hour) == (second.pk, 9)


def test_a_report_cannot_be_had_without_a_server_or_an_address(member: Membership, settings: Settings):
    member.person.email = ""
    with pytest.raises(CannotSubscribe, match="You have no e-mail address here"):
        subscribed(member)
    settings.EMAIL_URL = ""
    with pytest.raises(CannotSubscribe, match="No mail server is set"):
        subscribed(member)


def test_whoever_has_a_letter_stops_it_without_signing_in_and_it_is_on_record(member: Membership, client: Client):
    subscription = subscribed(member)
    address = reverse("report-mail-unsubscribe", args=[token_of(subscription)])

    asked = client.get(address)
    subscription.refresh_from_db()
    still = subscription.ended_at
    stopped = client.post(address, {"List-Unsubscribe": "One-Click"})

    subscription.refresh_from_db()
    assert (asked.status_code, still, stopped.status_code) == (200, None, 200)
    assert subscription.ended_because == "Stopped by the link in a letter"
    assert Act.objects.filter(verb="stop a report by e-mail", person=member.person).exists()


def test_a_link_that_is_not_whole_stops_nothing(member: Membership, client: Client):
    subscription = subscribed(member)

    answer = client.post(reverse("report-mail-unsubscribe", args=[token_of(subscription)[:-2]]))

    subscription.refresh_from_db()
    assert (answer.status_code, subscription.ended_at) == (404, None)


def test_a_stopped_report_comes_no_more(member: Membership):
    subscription = subscribed(member)
    let_be_due(subscription)
    stop(subscription, actor=Actor(member.person), because="Stopped on the page")

    send_due(member.organization, write=letter_for)

    assert mail.outbox == []


def test_only_a_letter_that_failed_goes_again(member: Membership):
    let_be_due(subscribed(member))
    send_due(member.organization, write=letter_for)

    with pytest.raises(CannotSubscribe, match="It has not failed"):
        send_again(ReportLetter.everywhere.get(), actor=Actor(member.person))


def test_another_organizations_reports_are_not_sent_for_this_one(member: Membership):
    let_be_due(subscribed(member))

    send_due(OrganizationFactory(), write=letter_for)

    assert mail.outbox == []
