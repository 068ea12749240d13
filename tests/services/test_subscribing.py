"""Arranging who is told: what is kept, what is refused, what is recorded, and what a person's repeat does."""

import re

import pytest
from pytest_django import Settings

from tests.factories import NoticeFactory, OrganizationFactory, PersonFactory, SubscriptionFactory
from wrapups.domain.notices import EVENTS
from wrapups.models import Act, AuditEntry, Notice, Organization, Subscription
from wrapups.models.clock import app_now
from wrapups.services import notifying, subscribing
from wrapups.services.auditing import Actor
from wrapups.services.subscribing import CannotSubscribe

URL = "https://hooks.example.com/wrapups"


@pytest.fixture
def organization(db: None) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def ours(db: None) -> Actor:
    return Actor(PersonFactory(), "198.51.100.7")


def wanted(**other: object) -> dict[str, object]:
    return {"name": "CRM", "url": URL, "events": ["verified"], **other}


def test_a_secret_is_made_shown_once_and_kept_sealed(organization, ours: Actor):
    subscription, secret = subscribing.subscribe(organization, actor=ours, **wanted())

    stored = Subscription.everywhere.get(pk=subscription.pk)
    assert re.fullmatch(r"whsec_[\w-]{43}", secret)
    assert stored.secrets() == [secret]
    assert secret not in stored.secret_sealed
    kept = str(list(AuditEntry.objects.values())) + str(list(Act.objects.values()))
    assert secret not in kept
    assert stored.secret_sealed not in kept
    assert Act.objects.get(organization=organization).verb == "add a webhook"


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://10.0.0.1/", "https://metadata/", "nonsense"])
def test_an_address_that_is_not_a_receiver_s_is_refused_at_its_field(organization, ours, settings: Settings, url: str):
    settings.LOOPBACK_RECEIVERS = False

    with pytest.raises(CannotSubscribe) as refused:
        subscribing.subscribe(organization, actor=ours, **wanted(url=url))

    assert refused.value.field == "url"
    assert not Subscription.everywhere.exists()


@pytest.mark.parametrize(("allowed", "kept"), [(True, 1), (False, 0)])
def test_this_machine_may_be_told_only_where_the_setting_says_so(organization, ours, settings, allowed, kept):
    settings.LOOPBACK_RECEIVERS = allowed

    try:
        subscribing.subscribe(organization, actor=ours, **wanted(url="http://127.0.0.1:8080/here"))
    except CannotSubscribe as refused:
        assert refused.field == "url"  # noqa: PT017 (either way is right, by the setting)

    assert Subscription.everywhere.count() == kept


@pytest.mark.parametrize("events", [[], ["pending"], ["verified", "everything"]])
def test_only_what_may_be_told_can_be_chosen(organization, ours, events: list[str]):
    with pytest.raises(CannotSubscribe) as refused:
        subscribing.subscribe(organization, actor=ours, **wanted(events=events))

    assert refused.value.field == "events"


def test_a_name_stands_for_one_webhook_and_is_free_again_when_that_is_removed(organization, ours: Actor):
    first, _ = subscribing.subscribe(organization, actor=ours, **wanted())
    with pytest.raises(CannotSubscribe) as refused:
        subscribing.subscribe(organization, actor=ours, **wanted())
    subscribing.remove(first, actor=ours)

    second, _ = subscribing.subscribe(organization, actor=ours, **wanted())

    assert refused.value.field == "name"
    assert second.pk != first.pk


def test_there_is_an_end_to_how_many_there_may_be(organization, ours: Actor):
    SubscriptionFactory.create_batch(subscribing.MOST, organization=organization)

    with pytest.raises(CannotSubscribe, match="at most 20"):
        subscribing.subscribe(organization, actor=ours, **wanted())


def test_a_new_address_begins_in_good_health_and_an_old_one_keeps_its_own(organization, ours: Actor):
    sick = {"failures": 9, "failing_since": app_now(), "rest_until": app_now(), "held_because": "It answered 410."}
    moved, stays = (SubscriptionFactory(organization=organization, **sick) for _ in range(2))

    subscribing.change(moved, actor=ours, **wanted(name="A", url="https://other.example.com/"))
    subscribing.change(stays, actor=ours, **wanted(name="B", url=stays.url))

    assert (moved.failures, moved.failing_since, moved.rest_until, moved.held_because) == (0, None, None, "")
    assert (stays.failures, stays.held_because) == (9, "It answered 410.")


def test_rotating_keeps_the_old_secret_signing_until_it_is_dropped(organization, ours: Actor):
    subscription = SubscriptionFactory(organization=organization)
    [old] = subscription.secrets()
    subscription.refresh_from_db()

    new = subscribing.rotate_secret(subscription, made_at=subscription.secret_made_at, actor=ours)
    both = subscription.secrets()
    subscribing.drop_old_secret(subscription, actor=ours)

    assert both == [new, old]
    assert subscription.secrets() == [new]


def test_a_form_that_is_sent_twice_rotates_once(organization, ours: Actor):
    subscription = SubscriptionFactory(organization=organization, secret_made_at="2026-01-01T00:00:00Z")
    subscription.refresh_from_db()
    shown = subscription.secret_made_at
    new = subscribing.rotate_secret(subscription, made_at=shown, actor=ours)

    with pytest.raises(CannotSubscribe, match="meanwhile"):
        subscribing.rotate_secret(subscription, made_at=shown, actor=ours)

    assert subscription.secrets()[0] == new


def test_resuming_makes_what_waits_due_at_once(organization, ours: Actor):
    subscription = SubscriptionFactory(organization=organization, held=True, failures=40, failing_since=app_now())
    notice = NoticeFactory(organization=organization, subscription=subscription, due_at="2099-01-01T00:00:00Z")

    subscribing.resume(subscription, actor=ours)

    assert (subscription.held_because, subscription.failures) == ("", 0)
    assert notifying.is_due(organization)
    notice.refresh_from_db()
    assert notice.due_at <= app_now()


def test_a_removed_one_is_told_nothing_and_leaves_no_secret_behind(organization, ours: Actor):
    subscription = SubscriptionFactory(organization=organization, old_secret_sealed="an old one")
    NoticeFactory(organization=organization, subscription=subscription)

    subscribing.remove(subscription, actor=ours)

    assert (subscription.secret_sealed, subscription.old_secret_sealed) == ("", "")
    assert not notifying.is_due(organization)
    assert Notice.everywhere.filter(subscription=subscription).exists()


def test_a_test_is_one_notice_about_no_assignment_and_one_at_a_time(organization, ours: Actor):
    subscription = SubscriptionFactory(organization=organization)

    notice = subscribing.send_test(subscription, actor=ours)

    assert (notice.event, notice.assignment, notice.state) == ("test", None, Notice.State.WAITING)
    with pytest.raises(CannotSubscribe, match="still under way"):
        subscribing.send_test(subscription, actor=ours)


@pytest.mark.parametrize("how", [{"paused": True}, {"held": True}])
def test_who_is_not_told_at_present_gets_no_test_either(organization, ours, how: dict[str, bool]):
    with pytest.raises(CannotSubscribe, match="Resume it first"):
        subscribing.send_test(SubscriptionFactory(organization=organization, **how), actor=ours)


def test_what_ended_can_be_told_again_under_the_same_id_for_another_day(organization, ours: Actor):
    notice = NoticeFactory(organization=organization, given_up=True, give_up_at="2026-01-01T00:00:00Z")
    event_id = notice.event_id

    subscribing.tell_again(notice, actor=ours)

    notice.refresh_from_db()
    assert (notice.state, notice.tries, notice.event_id, notice.finished_at) == ("waiting", 0, event_id, None)
    assert notice.give_up_at > app_now()


def test_what_still_waits_is_not_begun_anew(organization, ours: Actor):
    with pytest.raises(CannotSubscribe, match="waits to be told already"):
        subscribing.tell_again(NoticeFactory(organization=organization, tries=3), actor=ours)


def test_telling_again_in_bulk_takes_what_was_given_up_when_the_person_looked_and_nothing_else(organization, ours):
    subscription = SubscriptionFactory(organization=organization)
    seen = [NoticeFactory(organization=organization, subscription=subscription, given_up=True) for _ in range(3)]
    told = NoticeFactory(organization=organization, subscription=subscription, told=True)
    another_s = NoticeFactory(organization=organization, given_up=True)
    newer = NoticeFactory(organization=organization, subscription=subscription, given_up=True)

    again = subscribing.tell_given_up_again(subscription, up_to=seen[-1].pk, actor=ours)

    states = dict(Notice.everywhere.values_list("pk", "state"))
    assert again == 3
    assert {states[each.pk] for each in seen} == {"waiting"}
    assert (states[told.pk], states[another_s.pk], states[newer.pk]) == ("told", "given_up", "given_up")


def test_every_act_is_recorded_as_the_person_s_with_what_it_changed(organization, ours: Actor):
    subscription, _ = subscribing.subscribe(organization, actor=ours, **wanted(events=[EVENTS[0].value]))
    subscribing.pause(subscription, actor=ours)
    subscribing.resume(subscription, actor=ours)
    subscribing.change(subscription, actor=ours, **wanted(name="New name"))

    entries = AuditEntry.objects.filter(table="wrapups_subscription").order_by("pk")
    assert {each.act.person for each in entries} == {ours.person}
    assert [each.after for each in entries][1:] == [{"enabled": False}, {"enabled": True}, {"name": "New name"}]
