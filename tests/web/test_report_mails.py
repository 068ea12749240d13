"""Getting a report by e-mail, seeing how its letters went, sending one again, and stopping it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.factories import MembershipFactory
from wrapups.domain.roles import Role
from wrapups.models import Membership, Organization, ReportLetter, ReportSubscription

BACKEND = "django.contrib.auth.backends.ModelBackend"
PAGE = reverse("report-mail-list")


@pytest.fixture(autouse=True)
def server(settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://mail.example.com"


@pytest.fixture
def member(organization: Organization) -> Membership:
    made: Membership = MembershipFactory(organization=organization, role=Role.OPS, person__email="mara@example.org")
    return made


@pytest.fixture
def client(member: Membership) -> Client:
    """The member, signed in, with a browser in Paris."""
    signed_in = Client()
    signed_in.force_login(member.person, BACKEND)
    signed_in.cookies["zone"] = "Europe/Paris"
    return signed_in


def subscribed(member: Membership, **columns: Any) -> ReportSubscription:
    usual: dict[str, Any] = {"report": "codes", "query": "days=7", "every": "week", "hour": 7, "time_zone": "UTC"}
    next_at = datetime.now(UTC) + timedelta(days=2)
    made: ReportSubscription = ReportSubscription.everywhere.create(
        organization=member.organization, person=member.person, next_at=next_at, **(usual | columns)
    )
    return made


def letter_of(subscription: ReportSubscription, state: str, problem: str = "") -> ReportLetter:
    made: ReportLetter = ReportLetter.everywhere.create(
        organization=subscription.organization,
        subscription=subscription,
        due_at=datetime.now(UTC),
        state=state,
        problem=problem,
    )
    return made


def test_what_one_looks_at_comes_by_e_mail_at_the_hour_of_ones_own_clock(client: Client, member: Membership):
    form = client.get(reverse("report-mail-add", args=["codes"]), {"days": 92, "queue": "-"})
    query = form.context["form"]["query"].value()
    asked = {"query": query, "every": "week", "weekday": "2", "hour": "8"}

    answer = client.post(reverse("report-mail-add", args=["codes"]), asked, follow=True)

    row = ReportSubscription.everywhere.get()
    assert (row.person, row.report, row.query) == (member.person, "codes", "days=92&queue=-")
    assert (row.every, row.weekday, row.hour, row.time_zone) == ("week", 2, 8, "Europe/Paris")
    assert "every Wednesday at 08:00, Europe/Paris" in answer.content.decode()


def test_what_cannot_be_read_is_said_at_its_field(client: Client):
    answer = client.post(reverse("report-mail-add", args=["codes"]), {"every": "hour", "hour": "7"})

    assert "hour is not one of the available choices" in answer.content.decode()
    assert not ReportSubscription.everywhere.exists()


@pytest.mark.parametrize(("url", "email"), [("", "mara@example.org"), ("smtp://mail.example.com", "")])
def test_without_a_server_or_an_address_the_page_says_what_is_missing(
    url: str, email: str, client: Client, member: Membership, settings: Settings
):
    settings.EMAIL_URL = url
    member.person.email = email
    member.person.save(update_fields=["email"])

    page = client.get(reverse("report-mail-add", args=["codes"])).content.decode()

    assert "This cannot come by e-mail yet" in page
    assert '<form class="card' not in page


def test_a_letter_that_failed_says_why_and_can_go_again(client: Client, member: Membership):
    letter = letter_of(subscribed(member), "failed", "The mail server did not answer.")
    page = client.get(PAGE).content.decode()

    client.post(reverse("report-mail-again", args=[letter.pk]))

    letter.refresh_from_db()
    assert "The mail server did not answer." in page
    assert letter.state == "waiting"


def test_a_report_is_stopped_on_the_page(client: Client, member: Membership):
    subscription = subscribed(member)

    answer = client.post(reverse("report-mail-stop", args=[subscription.pk]), follow=True)

    subscription.refresh_from_db()
    assert subscription.ended_because == "Stopped on the page"
    assert "You get no report by e-mail" in answer.content.decode()


@pytest.mark.parametrize("elsewhere", [True, False])
def test_another_persons_reports_are_not_there(elsewhere: bool, client: Client, organization: Organization):
    other = MembershipFactory() if elsewhere else MembershipFactory(organization=organization)
    subscription = subscribed(other)
    letter = letter_of(subscription, "failed")

    answers = [
        client.post(reverse("report-mail-stop", args=[subscription.pk])),
        client.post(reverse("report-mail-again", args=[letter.pk])),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert client.get(PAGE).context["mails"] == []


def test_the_page_asks_few_questions(client: Client, member: Membership, django_assert_max_num_queries: Any):
    for hour in range(20):
        letter_of(subscribed(member, hour=hour, query=f"days={hour}"), "sent")

    with django_assert_max_num_queries(18):
        client.get(PAGE)


def test_who_has_not_signed_in_is_asked_to(client: Client, sign_in: Callable[..., Client]):
    assert Client().get(PAGE).status_code == 302
    assert sign_in(None).get(PAGE).status_code == 403
