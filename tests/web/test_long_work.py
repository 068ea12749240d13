"""The bell: whatever goes on in the background is found again, whoever began it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import (
    BackfillFactory,
    BulkActFactory,
    MappingRuleFactory,
    OrganizationFactory,
    ProbeFactory,
    UploadFactory,
    put_in_force,
)
from wrapups.models import Backfill, BulkAct, Probe, Upload
from wrapups.models.clock import app_now

A_MINUTE, A_WEEK = timedelta(minutes=1), timedelta(days=7)


def shown(client) -> str:
    return client.get(reverse("work-list")).content.decode()


def test_nothing_says_what_would_be_here(admin):
    page = shown(admin)

    assert "Nothing goes on" in page
    assert "exports, erasures and probes are found here" in page


def test_what_goes_on_comes_first_and_leads_to_its_page(organization, admin):
    ended = UploadFactory(organization=organization, filename="ended.csv", state=Upload.State.DONE)
    running = UploadFactory(organization=organization, filename="running.csv", state=Upload.State.RUNNING)
    Upload.everywhere.filter(pk=running.pk).update(created_at=app_now() - A_MINUTE)

    page = shown(admin)

    assert page.index("running.csv") < page.index("ended.csv")
    assert reverse("upload-detail", args=[running.pk]) in page
    assert reverse("upload-detail", args=[ended.pk]) in page


def test_each_kind_is_there_and_its_page_opens(organization, admin):
    release = put_in_force(MappingRuleFactory(organization=organization).release)
    made = {
        "backfill-detail": BackfillFactory(organization=organization, release=release),
        "put-back": BulkActFactory(organization=organization, release=release),
        "probe-detail": ProbeFactory(organization=organization),
        "upload-detail": UploadFactory(organization=organization),
    }

    page = shown(admin)

    for name, row in made.items():
        address = reverse(name, args=[row.pk])
        assert address in page
        assert admin.get(address).status_code == 200


def test_what_ended_long_ago_is_left_to_its_own_list(organization, admin):
    old = UploadFactory(organization=organization, filename="old.csv", state=Upload.State.DONE)
    Upload.everywhere.filter(pk=old.pk).update(created_at=app_now() - A_WEEK)

    assert "old.csv" not in shown(admin)


def test_what_has_gone_on_for_long_is_still_there(organization, admin):
    old = BackfillFactory(organization=organization, reason="A long one", running=True)
    Backfill.everywhere.filter(pk=old.pk).update(created_at=app_now() - A_WEEK)

    assert "A long one" in shown(admin)


def test_another_organizations_work_is_not_shown(admin):
    UploadFactory(organization=OrganizationFactory(), filename="theirs.csv", state=Upload.State.RUNNING)

    assert "theirs.csv" not in shown(admin)


def test_the_bell_counts_what_goes_on_by_itself(organization, admin):
    UploadFactory(organization=organization, state=Upload.State.RUNNING)
    UploadFactory(organization=organization, state=Upload.State.CHECKED)
    BulkActFactory(organization=organization, state=BulkAct.State.RUNNING)

    assert '2<span class="visually-hidden"> going on' in shown(admin)


@pytest.mark.parametrize(("state", "polls"), [(Probe.State.RUNNING, True), (Probe.State.FOUND, False)])
def test_the_list_looks_again_only_while_something_goes_on(organization, admin, state, polls):
    ProbeFactory(organization=organization, state=state)

    assert ("every 3s" in shown(admin)) is polls


def test_however_much_goes_on_the_page_costs_the_same(organization, admin, django_assert_max_num_queries):
    release = put_in_force(MappingRuleFactory(organization=organization).release)
    for _ in range(12):
        UploadFactory(organization=organization, state=Upload.State.RUNNING)
        BulkActFactory(organization=organization, release=release, state=BulkAct.State.DONE)

    with django_assert_max_num_queries(18):
        shown(admin)
