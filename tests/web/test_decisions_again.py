"""What is decided again when a release is published: chosen on the form, and followed on a page of its own."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    AssignmentFactory,
    BulkActFactory,
    BulkActRowFactory,
    MappingRuleFactory,
    OrganizationFactory,
    ReleaseFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.models import BulkAct, BulkActRow, Organization, Release
from wrapups.services.decide_again_pieces import WORDS, Became

DECIDE_AGAIN = BulkAct.Kind.DECIDE_AGAIN


@pytest.fixture
def present(organization: Organization) -> Release:
    """What is in force, with two decisions that are not sent yet."""
    release = put_in_force(MappingRuleFactory(organization=organization, release__organization=organization).release)
    for _ in range(2):
        AssignmentFactory(organization=organization, release=release, rule=release.rules.get())
    return release


@pytest.fixture
def draft(organization: Organization, present: Release) -> Release:
    """What shall take its place."""
    made = ReleaseFactory(organization=organization, base=present)
    MappingRuleFactory(organization=organization, release=made)
    return made


@pytest.fixture
def running(organization: Organization, present: Release) -> BulkAct:
    """Work of which some is done."""
    act: BulkAct = BulkActFactory(
        organization=organization, release=present, kind=DECIDE_AGAIN, state=BulkAct.State.RUNNING, total=60, done=55
    )
    for count, outcome, why in (
        (30, BulkActRow.Outcome.DONE, Became.OTHER_CODE),
        (20, BulkActRow.Outcome.DONE, Became.SAME_CODE),
        (5, BulkActRow.Outcome.SKIPPED, Became.GONE_ON),
        (5, BulkActRow.Outcome.WAITING, ""),
    ):
        BulkActRowFactory.create_batch(count, organization=organization, bulk_act=act, outcome=outcome, why=why)
    return act


def page(client: Client, name: str, *arguments: object, **query: str) -> str:
    return client.get(reverse(name, args=arguments), query).content.decode()


def publish(client: Client, **typed: Any) -> str:
    return client.post(reverse("release-publish"), {"reason": "New", **typed}, follow=True).content.decode()


def test_the_form_says_how_much_waits_and_is_ticked_at_first(admin: Client, draft: Release):
    shown = page(admin, "release-publish")

    assert "<strong>2</strong> decided and not sent at this moment." in shown
    assert "checked" in shown.split('name="decides_again"')[1].split(">")[0]


def test_ticked_it_begins_with_the_release(admin: Client, draft: Release):
    said = publish(admin, decides_again="on")

    act = BulkAct.everywhere.get()
    assert "What was not sent yet is decided again by it." in said
    assert (act.kind, act.release, act.reason, act.state) == (DECIDE_AGAIN, draft, "New", BulkAct.State.FREEZING)
    assert act.act.verb == "publish release"
    assert reverse("decide-again", args=[act.pk]) in page(admin, "release-detail", draft.number)
    assert reverse("decide-again", args=[act.pk]) in page(admin, "work-list")


def test_not_ticked_nothing_begins(admin: Client, draft: Release):
    said = publish(admin)

    assert "decided again" not in said
    assert "2 not sent yet go out as decided before." in said
    assert not BulkAct.everywhere.exists()


def test_a_release_with_a_time_keeps_what_was_chosen(admin: Client, draft: Release):
    admin.post(reverse("release-propose"), {"reason": "Later", "decides_again": "on"})

    draft.refresh_from_db()
    assert draft.decides_again
    assert "what waits then is decided again by it" in page(admin, "release-publish")


def test_putting_a_release_back_offers_it_too(admin: Client, organization: Organization, present: Release):
    Release.everywhere.filter(pk=present.pk).update(state=Release.State.RETIRED)
    put_in_force(MappingRuleFactory(organization=organization, release__organization=organization).release)
    address = reverse("release-restore", args=[present.number])

    offered = admin.get(address).content.decode()
    admin.post(address, {"reason": "It was right", "decides_again": "on", "codes_too": "on"})

    assert "<strong>2</strong> decided and not sent" in offered
    assert set(BulkAct.everywhere.values_list("kind", flat=True)) == {"decide_again", "put_back"}


def test_its_page_tells_how_far_it_is_and_what_became_of_what(admin: Client, running: BulkAct):
    shown = page(admin, "decide-again", running.pk)

    for said in ("55 of 60", WORDS[Became.OTHER_CODE], WORDS[Became.SAME_CODE], WORDS[Became.GONE_ON], "data-poll"):
        assert said in shown


def test_every_conversation_is_listed_with_what_became_of_it(
    admin: Client, running: BulkAct, django_assert_max_num_queries
):
    with django_assert_max_num_queries(18):
        everything = page(admin, "decide-again-rows", running.pk)
    left = page(admin, "decide-again-rows", running.pk, outcome="skipped")

    assert everything.count('data-label="What became of it"') == 50
    assert left.count('data-label="What became of it"') == 5


def test_it_is_cancelled_once(admin: Client, running: BulkAct):
    address = reverse("decide-again-cancel", args=[running.pk])

    ended = admin.post(address, follow=True).content.decode()
    again = admin.post(address).content.decode()

    running.refresh_from_db()
    assert running.state == BulkAct.State.CANCELLED
    assert "Nothing more is decided again." in ended
    assert "nothing is left to be cancelled" in again


def test_only_who_may_publish_may_cancel_it(sign_in: Any, running: BulkAct):
    assert "Cancel it" not in page(sign_in(Role.SUPERVISOR), "decide-again", running.pk)


def test_codes_that_are_put_back_have_a_page_of_their_own(sign_in: Any, organization: Organization, running: BulkAct):
    stranger = sign_in(of=OrganizationFactory())

    for client, name in ((sign_in(), "put-back"), (stranger, "decide-again")):
        assert client.get(reverse(name, args=[running.pk])).status_code == 404
