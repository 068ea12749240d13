"""The pages of webhooks: who sees and who arranges, what is shown once, and what is never shown."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import DeliveryFactory, NoticeFactory, OrganizationFactory, SubscriptionFactory
from wrapups.models import Notice, Organization, Subscription

URL = "https://hooks.example.com/wrapups"
TYPED = {"name": "Customer records", "url": URL, "events": ["verified", "failed"]}


def page(client: Client, name: str, *arguments: object, query: str = "", **headers: str) -> str:
    return client.get(reverse(name, args=arguments) + query, headers=headers).content.decode()


def post(client: Client, view: str, *arguments: object, **typed: object) -> Any:
    return client.post(reverse(view, args=arguments), typed)


def secret_in(shown: str) -> str:
    return "whsec_" + shown.split("<code>whsec_")[1].split("</code>", maxsplit=1)[0]


# The list


def test_before_the_first_the_list_says_what_a_webhook_is(admin: Client):
    assert "Nobody is told yet" in page(admin, "subscription-list")


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_everybody_sees_how_each_is_doing_and_an_admin_may_add(organization, sign_in, role: str):
    subscription = SubscriptionFactory(organization=organization, name="CRM", failures=2)
    notice = NoticeFactory(organization=organization, subscription=subscription)
    DeliveryFactory.create_batch(3, organization=organization, notice=notice)
    DeliveryFactory(organization=organization, notice=notice, failed=True)
    DeliveryFactory(organization=organization, notice=notice, finished_at=None, told=False)  # still under way
    SubscriptionFactory(organization=organization, name="Held one", held=True)
    SubscriptionFactory(organization=organization, name="Paused one", paused=True)

    shown = page(sign_in(role), "subscription-list")

    assert all(word in shown for word in ("1 of 4", "failing</span>", "held</span>", "paused</span>", "500</span>"))
    assert ("New webhook" in shown) == (role == "admin")


def test_the_list_costs_the_same_however_much_was_told(organization, admin, django_assert_max_num_queries):
    for _ in range(20):
        subscription = SubscriptionFactory(organization=organization)
        notices = NoticeFactory.create_batch(3, organization=organization, subscription=subscription)
        for notice in notices:
            DeliveryFactory(organization=organization, notice=notice)

    with django_assert_max_num_queries(16):
        page(admin, "subscription-list")


# Adding and changing


def test_adding_shows_the_secret_in_that_answer_alone(organization, admin: Client):
    response = post(admin, "subscription-add", **TYPED)

    subscription = Subscription.objects.of(organization).get()
    secret = secret_in(response.content.decode())
    others = [
        page(admin, name, *arguments)
        for name, *arguments in (
            ("subscription-list",),
            ("subscription-detail", subscription.pk),
            ("subscription-change", subscription.pk),
            ("subscription-secret", subscription.pk),
            ("history-list",),
            ("history-changes",),
        )
    ]
    assert subscription.secrets() == [secret]
    assert "no-store" in response["Cache-Control"]
    assert not any(part in shown for shown in others for part in (secret, subscription.secret_sealed))


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("url", "http://hooks.example.com/", "begin with https://"),
        ("url", "https://169.254.169.254/latest", "full name"),
        ("url", "https://hooks.example.com:22/", "443 or 8443"),
        ("url", "https://me:secret@hooks.example.com/", "no name or password"),
        ("url", "", "Say where"),
        ("name", "", "Name the program"),
        ("name", "a\u202eb", "can be seen"),
        ("events", [], "at least one"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_comes_back(
    organization, admin, settings, field: str, value: object, problem: str
):
    settings.LOOPBACK_RECEIVERS = False
    typed = TYPED | {field: value}

    shown = post(admin, "subscription-add", **typed).content.decode()

    assert problem in shown
    assert f'id="webhook-{field}_error"' in shown
    assert all(f'value="{typed[name]}"' in shown for name in ("name", "url") if name != field)
    assert not Subscription.objects.of(organization).exists()


def test_a_second_of_the_same_name_is_refused_at_the_name(organization, admin: Client):
    SubscriptionFactory(organization=organization, name=TYPED["name"])

    shown = post(admin, "subscription-add", **TYPED).content.decode()

    assert "Another webhook has this name." in shown
    assert 'id="webhook-name_error"' in shown


def test_changing_keeps_what_was_typed_and_leaves_the_secret_alone(organization, admin: Client):
    subscription = SubscriptionFactory(organization=organization)
    before = subscription.secret_sealed

    response = post(admin, "subscription-change", subscription.pk, **TYPED)

    subscription.refresh_from_db()
    assert response["Location"] == reverse("subscription-detail", args=[subscription.pk])
    assert {name: getattr(subscription, name) for name in TYPED} == TYPED
    assert subscription.secret_sealed == before


# The secret


def test_a_new_secret_is_shown_once_and_the_same_form_again_makes_none(organization, admin: Client):
    subscription = SubscriptionFactory(organization=organization, secret_made_at="2026-01-01T00:00:00.000001Z")
    subscription.refresh_from_db()
    typed = {"made_at": subscription.secret_made_at.isoformat()}

    first = post(admin, "subscription-secret", subscription.pk, **typed).content.decode()
    again = post(admin, "subscription-secret", subscription.pk, **typed).content.decode()

    subscription.refresh_from_db()
    assert subscription.secrets()[0] == secret_in(first)
    assert "rotated meanwhile" in again
    assert "whsec_" not in again


@pytest.mark.parametrize("made_at", ["", "yesterday", "2026-13-45T00:00:00Z", "2026-01-01T00:00:00"])
def test_a_rotation_of_nothing_that_was_shown_is_refused(organization, admin, made_at: str):
    subscription = SubscriptionFactory(organization=organization)

    shown = post(admin, "subscription-secret", subscription.pk, made_at=made_at).content.decode()

    assert "rotated meanwhile" in shown
    assert Subscription.objects.of(organization).get().old_secret_sealed == ""


def test_the_old_secret_is_dropped_where_there_is_one(organization, admin: Client):
    subscription = SubscriptionFactory(organization=organization, old_secret_sealed="old")
    offered = "Drop the old secret" in page(admin, "subscription-detail", subscription.pk)

    post(admin, "subscription-secret-drop", subscription.pk)

    assert offered
    assert "Drop the old secret" not in page(admin, "subscription-detail", subscription.pk)


# Pause, resume, test, remove


def test_a_held_one_says_why_and_what_to_do(organization, sign_in):
    subscription = SubscriptionFactory(organization=organization, held=True)

    shown = page(sign_in("ops"), "subscription-detail", subscription.pk)

    assert "It answered 410" in shown
    assert "Mend the receiver, then resume." in shown
    assert "Resume</button>" not in shown


def test_pausing_and_resuming_do_what_they_say(organization, admin: Client):
    subscription = SubscriptionFactory(organization=organization)

    post(admin, "subscription-pause", subscription.pk)
    paused = page(admin, "subscription-detail", subscription.pk)
    post(admin, "subscription-resume", subscription.pk)

    assert "Resume</button>" in paused
    assert "Send a test" not in paused
    assert "Send a test" in page(admin, "subscription-detail", subscription.pk)


def test_a_test_leads_to_its_own_page_which_looks_again_until_it_is_through(organization, admin: Client):
    subscription = SubscriptionFactory(organization=organization)

    response = post(admin, "subscription-test", subscription.pk)

    notice = Notice.objects.of(organization).get()
    waiting = page(admin, "notice-detail", notice.pk, **{"HX-Request": "true"})
    Notice.everywhere.filter(pk=notice.pk).update(state="told")
    assert response["Location"] == reverse("notice-detail", args=[notice.pk])
    assert "data-poll" in waiting
    assert "<html" not in waiting
    assert "data-poll" not in page(admin, "notice-detail", notice.pk)


def test_a_second_test_waits_for_the_first(organization, admin: Client):
    subscription = SubscriptionFactory(organization=organization)
    post(admin, "subscription-test", subscription.pk)

    assert "still under way" in post(admin, "subscription-test", subscription.pk).content.decode()


def test_a_removed_one_is_gone_from_the_list_and_can_still_be_read(organization, admin: Client):
    subscription = SubscriptionFactory(organization=organization, name="Old CRM")
    NoticeFactory(organization=organization, subscription=subscription, given_up=True)

    post(admin, "subscription-remove", subscription.pk)

    shown = page(admin, "subscription-detail", subscription.pk)
    assert "Old CRM" not in page(admin, "subscription-list").split("</main>")[0].split("<main")[1]
    assert "removed</span>" in shown
    assert "Deliver the" not in shown
    assert admin.post(reverse("subscription-resume", args=[subscription.pk])).status_code == 404


# What it was told


def test_the_log_shows_each_notice_and_narrows_to_a_state(organization, sign_in):
    subscription = SubscriptionFactory(organization=organization)
    for how in ({}, {"told": True}, {"given_up": True}):
        NoticeFactory(organization=organization, subscription=subscription, **how)
    ops = sign_in("ops")

    every = page(ops, "subscription-detail", subscription.pk)
    given_up = page(ops, "subscription-detail", subscription.pk, query="?state=given_up", **{"HX-Request": "true"})
    nonsense = page(ops, "subscription-detail", subscription.pk, query="?state=nonsense&before=x")

    assert every.count('class="row-link"') == nonsense.count('class="row-link"') == 3
    assert given_up.count('class="row-link"') == 1
    assert "It answered 500." in given_up
    assert "<html" not in given_up


def test_the_log_goes_on_page_by_page_at_the_same_cost(organization, admin, django_assert_max_num_queries):
    subscription = SubscriptionFactory(organization=organization)
    NoticeFactory.create_batch(60, organization=organization, subscription=subscription, told=True)
    first = page(admin, "subscription-detail", subscription.pk)
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    with django_assert_max_num_queries(16):
        second = page(admin, "subscription-detail", subscription.pk, query=older)

    assert (first.count('class="row-link"'), second.count('class="row-link"')) == (50, 10)


def test_a_notice_shows_what_is_told_and_every_try_and_nothing_that_was_answered(organization, sign_in):
    notice = NoticeFactory(organization=organization, given_up=True, payload={"note": "<script>alert(1)</script>"})
    DeliveryFactory(organization=organization, notice=notice, failed=True)
    DeliveryFactory(organization=organization, notice=notice, finished_at=None, told=False, duration_ms=None)

    shown = page(sign_in("supervisor"), "notice-detail", notice.pk)

    assert notice.event_id in shown
    assert "It answered 500." in shown
    assert "no end on record" in shown
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown
    assert "Deliver again" not in shown


def test_one_is_delivered_again(organization, admin: Client):
    notice = NoticeFactory(organization=organization, given_up=True)

    post(admin, "notice-tell-again", notice.pk)
    refused = post(admin, "notice-tell-again", notice.pk).content.decode()

    notice.refresh_from_db()
    assert notice.state == Notice.State.WAITING
    assert "waits to be told already" in refused


def test_all_that_was_given_up_when_the_page_was_read_is_delivered_again(organization, admin: Client):
    subscription = SubscriptionFactory(organization=organization)
    NoticeFactory.create_batch(3, organization=organization, subscription=subscription, given_up=True)
    shown = page(admin, "subscription-detail", subscription.pk)
    up_to = shown.split('name="up_to" value="')[1].split('"')[0]
    NoticeFactory(organization=organization, subscription=subscription, given_up=True)

    post(admin, "subscription-tell-again", subscription.pk, up_to=up_to)

    states = list(Notice.objects.of(organization).order_by("pk").values_list("state", flat=True))
    assert "Deliver the 3 given up again" in shown
    assert states == ["waiting"] * 3 + ["given_up"]


@pytest.mark.parametrize("up_to", ["", "-1", "x", "9" * 30])
def test_a_bulk_of_nothing_that_was_shown_moves_nothing(organization, admin, up_to: str):
    notice = NoticeFactory(organization=organization, given_up=True)

    post(admin, "subscription-tell-again", notice.subscription.pk, up_to=up_to)

    notice.refresh_from_db()
    assert notice.state == Notice.State.GIVEN_UP


def test_what_belongs_to_another_organization_is_not_there(admin: Client):
    stranger: Organization = OrganizationFactory()
    notice = NoticeFactory(organization=stranger)
    reading = {"subscription-detail": notice.subscription.pk, "notice-detail": notice.pk}
    acting = ["pause", "resume", "test", "remove", "change", "secret", "tell-again"]

    read = {admin.get(reverse(name, args=[pk])).status_code for name, pk in reading.items()}
    acted = {post(admin, f"subscription-{each}", notice.subscription.pk).status_code for each in acting}

    assert read == acted == {404}
    assert post(admin, "notice-tell-again", notice.pk).status_code == 404
