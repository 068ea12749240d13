"""The pages of alerts: who sees and who arranges, what is never shown, and what goes wrong at which field."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    AlertChannelFactory,
    AlertDeliveryFactory,
    AlertEventFactory,
    NoticeFactory,
    OrganizationFactory,
    SubscriptionFactory,
)
from wrapups.domain.alerting import MEANINGS, Condition
from wrapups.domain.notices import ALERT
from wrapups.models import Act, AlertChannel, AlertDelivery, AlertRule, AuditEntry

SLACK_URL = "https://hooks.slack.com/services/T0/B0/canary-5e1f"
EMAIL = {"name": "Night shift", "addresses": "ops@example.org\nlead@example.org", "conditions": ["held", "refused"]}
SLACK = {"name": "#wrapups", "slack_url": SLACK_URL, "conditions": ["held"]}


@pytest.fixture(autouse=True)
def mail_server(settings) -> None:
    settings.EMAIL_URL = "smtp://mail.example.com"


def page(client: Client, name: str, *arguments: object, query: str = "", **headers: str) -> str:
    return client.get(reverse(name, args=arguments) + query, headers=headers).content.decode()


def post(client: Client, view: str, *arguments: object, **typed: object) -> Any:
    return client.post(reverse(view, args=arguments), typed)


# The list


def test_before_the_first_channel_the_list_says_what_one_is_and_what_would_be_told(admin: Client):
    shown = page(admin, "alert-list")

    assert "Nobody is told yet" in shown
    assert all(meaning.name in shown for meaning in MEANINGS.values())


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_everybody_sees_what_stands_and_how_each_channel_is_doing(organization, sign_in, role: str):
    AlertEventFactory(organization=organization, urgent=True)
    AlertEventFactory(organization=organization, condition=Condition.REFUSED, over=True)
    for name, how in {"Failing": {"given_up": True}, "Fine": {"sent": True}}.items():
        channel = AlertChannelFactory(organization=organization, name=name)
        AlertDeliveryFactory(organization=organization, channel=channel, **how)
    AlertChannelFactory(organization=organization, name="Muted", muted_until="2100-01-01T00:00:00Z")
    AlertChannelFactory(organization=organization, name="Asleep", quiet_days=list(range(7)))

    shown = page(sign_in(role), "alert-list")

    words = ("were paused by Mara Lindqvist", "Genesys Cloud refuses our OAuth client", "9 min")
    assert all(word in shown for word in (*words, "failing</span>", "on</span>", "muted</span>", "quiet now</span>"))
    assert ("New e-mail channel" in shown) == (role == "admin")
    assert (reverse("alert-rule-change", args=["held"]) in shown) == (role == "admin")


def test_the_list_costs_the_same_however_much_was_told(organization, admin, django_assert_max_num_queries):
    for _ in range(12):
        channel = AlertChannelFactory(organization=organization)
        for event in AlertEventFactory.create_batch(4, organization=organization, over=True):
            AlertDeliveryFactory(organization=organization, channel=channel, event=event, sent=True)

    with django_assert_max_num_queries(19):
        page(admin, "alert-list")


# Adding and changing


def test_an_e_mail_channel_is_added_and_on_record(organization, admin: Client):
    answer = post(admin, "alert-channel-add", "email", **EMAIL, quiet_from="22:00", quiet_until="07:00", quiet_days=[6])

    channel = AlertChannel.objects.of(organization).get()
    shown = page(admin, "alert-channel-detail", channel.pk)
    assert answer["Location"] == reverse("alert-channel-detail", args=[channel.pk])
    assert channel.addresses == ["ops@example.org", "lead@example.org"]
    assert "22:00 to 07:00, and all day on Sun (UTC)" in shown
    assert "Work paused" in shown
    assert Act.objects.filter(verb="add an alert channel", organization=organization).exists()


def test_slacks_address_is_shown_nowhere_and_kept_when_left_empty(organization, admin: Client):
    added = post(admin, "alert-channel-add", "slack", **SLACK)
    channel = AlertChannel.objects.of(organization).get()

    post(admin, "alert-channel-change", channel.pk, **(SLACK | {"slack_url": "", "name": "#alerts"}))

    channel.refresh_from_db()
    pages = [
        page(admin, name, *arguments)
        for name, *arguments in (
            ("alert-list",),
            ("alert-channel-detail", channel.pk),
            ("alert-channel-change", channel.pk),
            ("history-list",),
            ("history-changes",),
        )
    ]
    entries = str(list(AuditEntry.objects.values_list("before", "after")))
    assert (added.status_code, channel.name, channel.secret) == (302, "#alerts", SLACK_URL)
    assert "hooks.slack.com" in pages[1]
    assert not any(part in shown for shown in [*pages, entries] for part in ("canary-5e1f", channel.secret_sealed))


def test_a_webhook_channel_leads_to_a_webhook_that_wants_alerts(organization, admin: Client):
    SubscriptionFactory(organization=organization, name="Only assignments")
    wants = SubscriptionFactory(organization=organization, name="Pager", events=[ALERT])
    form = page(admin, "alert-channel-add", "webhook")

    post(admin, "alert-channel-add", "webhook", name="Pager", conditions=["held"], subscription=wants.pk)

    assert "Pager" in form
    assert "Only assignments" not in form
    assert AlertChannel.objects.of(organization).get().subscription == wants


@pytest.mark.parametrize(
    ("kind", "field", "value", "problem"),
    [
        ("email", "addresses", "ops@example.org, not-one", "not-one is not an e-mail address"),
        ("email", "addresses", "\n".join(f"a{n}@example.org" for n in range(11)), "at most 10"),
        ("email", "addresses", "", "at least one address"),
        ("email", "name", "", "Give the channel a name"),
        ("email", "name", "a\u202eb", "can be seen"),
        ("email", "conditions", [], "at least one alert"),
        ("email", "quiet_from", "22:00", "a beginning and an end"),
        ("slack", "slack_url", "http://hooks.slack.com/services/canary-5e1f", "begin with https://"),
        ("slack", "slack_url", "https://169.254.169.254/canary-5e1f", "full name"),
        ("slack", "slack_url", "", "that Slack made"),
        ("webhook", "subscription", "", "Choose a webhook"),
        ("webhook", "subscription", "99999", "one of the webhooks"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_comes_back(
    organization, admin, settings, kind: str, field: str, value: object, problem: str
):
    settings.LOOPBACK_RECEIVERS = False
    typed = {"email": EMAIL, "slack": SLACK, "webhook": {"name": "Pager", "conditions": ["held"]}}[kind] | {
        field: value
    }

    shown = post(admin, "alert-channel-add", kind, **typed).content.decode()

    at = "quiet_until" if field == "quiet_from" else field
    assert problem in shown
    assert f'id="alert-{at}_error"' in shown
    assert field == "name" or f'value="{typed["name"]}"' in shown
    assert "canary-5e1f" not in shown
    assert not AlertChannel.objects.of(organization).exists()


def test_quiet_hours_that_end_when_they_begin_are_refused_at_their_end(organization, admin: Client):
    shown = post(admin, "alert-channel-add", "email", **EMAIL, quiet_from="22:00", quiet_until="22:00").content.decode()

    assert "end when they begin" in shown
    assert 'id="alert-quiet_until_error"' in shown
    assert not AlertChannel.objects.of(organization).exists()


def test_a_second_of_the_same_name_is_refused_at_the_name(organization, admin: Client):
    AlertChannelFactory(organization=organization, name=EMAIL["name"])

    shown = post(admin, "alert-channel-add", "email", **EMAIL).content.decode()

    assert "Another channel has this name." in shown
    assert 'id="alert-name_error"' in shown


def test_without_a_mail_server_the_page_says_so(admin, settings):
    settings.EMAIL_URL = ""

    shown = page(admin, "alert-channel-add", "email")

    assert "No mail server is set" in shown
    assert "<textarea" not in shown


# What is told


def test_a_rule_is_changed_and_on_record(organization, admin: Client):
    post(admin, "alert-rule-change", "overdue", enabled="on", urgent="on", threshold="30")

    rule = AlertRule.objects.of(organization).get()
    assert (rule.condition, rule.enabled, rule.urgent, rule.threshold) == (Condition.OVERDUE, True, True, 30)
    assert "30 minutes" in page(admin, "alert-list")
    assert Act.objects.filter(verb="change an alert", organization=organization).exists()


@pytest.mark.parametrize(
    ("condition", "typed", "field", "problem"),
    [
        ("overdue", {"threshold": "1"}, "threshold", "from 2 to 1,440"),
        ("overdue", {"threshold": "many"}, "threshold", "Enter a whole number"),
        (
            "no_events",
            {"threshold": "720", "work_from": "08:00", "work_until": "18:00", "work_days": ["0"]},
            "threshold",
            "at most 598 minutes",
        ),
        (
            "no_events",
            {"threshold": "60", "work_from": "08:00", "work_until": "18:00"},
            "work_days",
            "at least one day",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_its_field(
    organization, admin, condition: str, typed: dict[str, Any], field: str, problem: str
):
    shown = post(admin, "alert-rule-change", condition, **typed).content.decode()

    assert problem in shown
    assert f'id="alert-{field}_error"' in shown
    assert not AlertRule.objects.of(organization).exists()


@pytest.mark.parametrize(("work_from", "work_until"), [("22:00", "06:00"), ("00:00", "00:00")])
def test_working_hours_may_go_over_midnight_and_round_the_clock(organization, admin, work_from: str, work_until: str):
    typed = {"enabled": "on", "threshold": "60", "work_from": work_from, "work_until": work_until}

    post(admin, "alert-rule-change", "no_events", **typed, work_days=["0", "1"])

    rule = AlertRule.objects.of(organization).get()
    assert (f"{rule.work_from:%H:%M}", f"{rule.work_until:%H:%M}") == (work_from, work_until)


@pytest.mark.parametrize("address", [("alert-rule-change", "nonsense"), ("alert-channel-add", "pigeon")])
def test_what_there_is_not_is_not_there(admin, address: tuple[str, str]):
    assert admin.get(reverse(address[0], args=[address[1]])).status_code == 404


# Test, mute, remove


def test_a_test_is_under_way_once_and_its_log_looks_again_until_it_is_through(organization, admin: Client):
    channel = AlertChannelFactory(organization=organization, quiet_days=list(range(7)))

    first = post(admin, "alert-channel-test", channel.pk)
    again = post(admin, "alert-channel-test", channel.pk).content.decode()

    waiting = page(admin, "alert-channel-detail", channel.pk, **{"HX-Request": "true"})
    AlertDelivery.everywhere.update(state="sent", tries=1)
    assert first["Location"] == reverse("alert-channel-detail", args=[channel.pk])
    assert "still under way" in again
    assert "data-poll" in waiting
    assert "<html" not in waiting
    assert "data-poll" not in page(admin, "alert-channel-detail", channel.pk)


def test_a_channel_is_muted_for_some_hours_and_told_again(organization, admin: Client):
    channel = AlertChannelFactory(organization=organization)

    post(admin, "alert-channel-mute", channel.pk, hours="8")
    muted = page(admin, "alert-channel-detail", channel.pk)
    post(admin, "alert-channel-unmute", channel.pk)
    nonsense = post(admin, "alert-channel-mute", channel.pk, hours="9999").content.decode()

    channel.refresh_from_db()
    assert "Tell it again" in muted
    assert "Told nothing until" in muted
    assert "Choose for how long" in nonsense
    assert channel.muted_until is None


def test_a_removed_channel_is_gone_from_the_list_and_can_still_be_read(organization, admin: Client):
    channel = AlertChannelFactory(organization=organization, slack=True, name="Old room")
    AlertDeliveryFactory(organization=organization, channel=channel, sent=True)

    post(admin, "alert-channel-remove", channel.pk)

    shown = page(admin, "alert-channel-detail", channel.pk)
    assert "Old room" not in page(admin, "alert-list").split("</main>")[0].split("<main")[1]
    assert "removed</span>" in shown
    assert "Send a test</button>" not in shown
    assert post(admin, "alert-channel-test", channel.pk).status_code == 404


# The log


def test_the_log_says_what_how_and_why_not(organization, sign_in):
    channel = AlertChannelFactory(organization=organization)
    event = AlertEventFactory(organization=organization, over=True)
    notice = NoticeFactory(organization=organization, given_up=True)
    AlertDeliveryFactory(organization=organization, channel=channel, event=event, given_up=True)
    AlertDeliveryFactory(organization=organization, channel=channel, event=event, what="over")
    AlertDeliveryFactory(organization=organization, channel=channel, event=None, what="test", sent=True, notice=notice)

    shown = page(sign_in("ops"), "alert-channel-detail", channel.pk)

    assert shown.count("were paused by Mara Lindqvist") == 2
    assert all(word in shown for word in ("Over:", "A test", "The mail server did not answer.", "It answered 500."))
    assert reverse("notice-detail", args=[notice.pk]) in shown


def test_the_log_goes_on_page_by_page_at_the_same_cost(organization, admin, django_assert_max_num_queries):
    channel = AlertChannelFactory(organization=organization)
    for event in AlertEventFactory.create_batch(60, organization=organization, over=True):
        AlertDeliveryFactory(organization=organization, channel=channel, event=event, sent=True)
    first = page(admin, "alert-channel-detail", channel.pk)
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    with django_assert_max_num_queries(16):
        second = page(admin, "alert-channel-detail", channel.pk, query=older)

    assert (first.count("<tr>"), second.count("<tr>")) == (51, 11)


def test_what_belongs_to_another_organization_is_not_there(admin: Client):
    channel = AlertChannelFactory(organization=OrganizationFactory())
    acting = ("change", "test", "mute", "unmute", "remove")

    read = admin.get(reverse("alert-channel-detail", args=[channel.pk])).status_code
    acted = {post(admin, f"alert-channel-{each}", channel.pk).status_code for each in acting}

    assert {read} | acted == {404}
