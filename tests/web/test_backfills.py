"""Back-fills for people: asking, the preview and what it says, confirming, progress, cancelling."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.queries import backfills as queries
from dashboard.queries.backfills import Shown
from tests.factories import (
    AssignmentFactory,
    AttemptFactory,
    BackfillFactory,
    MappingRuleFactory,
    OrganizationFactory,
    QueueFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.reading_plan import plan
from wrapups.domain.slices import Place
from wrapups.domain.slices import Shown as PageShown
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Act, Assignment, Backfill, Organization, Release
from wrapups.models.clock import app_now
from wrapups.services.backfilling import day_begins


@pytest.fixture
def release(organization: Organization) -> Release:
    """The rules in force."""
    return put_in_force(MappingRuleFactory(organization=organization).release)


def page(client: Client, name: str, *arguments: object) -> str:
    return client.get(reverse(name, args=arguments)).content.decode()


def typed(**changes: str) -> dict[str, str]:
    today = datetime.now(UTC).date()
    return {
        "first_day": (today - timedelta(days=30)).isoformat(),
        "last_day": today.isoformat(),
        "reason": "New rules",
        **changes,
    }


def days_ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


# Asking


def test_an_admin_chooses_the_days_and_is_shown_the_preview(organization, release, admin):
    response = admin.post(reverse("backfill-add"), typed())

    made = Backfill.everywhere.get(organization=organization)
    assert response.url == reverse("backfill-detail", args=[made.pk])
    assert made.begins_at == day_begins(datetime.now(UTC).date() - timedelta(days=30), "UTC")
    assert (made.state, made.release, made.reason) == (Backfill.State.READING, release, "New rules")
    assert Act.objects.get(organization=organization).verb == "preview a back-fill"


def test_the_days_are_those_of_the_organization(organization, release, admin):
    Organization.objects.filter(pk=organization.pk).update(time_zone="America/Los_Angeles")

    admin.post(reverse("backfill-add"), typed(first_day="2026-03-08", last_day="2026-03-08"))

    made = Backfill.everywhere.get(organization=organization)
    assert (made.begins_at, made.ends_at) == (datetime(2026, 3, 8, 8, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC))
    assert "8 Mar 2026" in page(admin, "backfill-detail", made.pk)


def test_ninety_days_are_offered(admin, release):
    shown = page(admin, "backfill-add")

    assert f'value="{days_ago(89)}"' in shown
    assert f'value="{days_ago(0)}"' in shown


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"first_day": "31.02.2026"}, "first_day", "Enter a valid date."),
        ({"first_day": "1999-12-31"}, "first_day", "from 01.01.2000"),
        ({"first_day": "9999-12-31"}, "first_day", "to today"),
        ({"last_day": "9999-12-31"}, "last_day", "today or an earlier day"),
        ({"last_day": "2020-01-01"}, "last_day", "not before the first"),
        ({"first_day": "2020-01-01"}, "last_day", "at most 366 days"),
        ({"reason": "  "}, "reason", "Say why."),
        ({"reason": "x" * 301}, "reason", "at most 300"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_is_kept(changes, field, said, release, admin):
    response = admin.post(reverse("backfill-add"), typed(**changes))

    form = response.context["form"]
    assert said in " ".join(form.errors[field])
    assert not Backfill.everywhere.exists()
    for name, value in typed(**changes).items():
        assert form[name].value() == value


def test_without_rules_it_says_what_to_do(organization, admin):
    assert "Publish a release first" in admin.post(reverse("backfill-add"), typed()).content.decode()


def test_a_second_one_is_refused_while_one_is_open(organization, release, admin):
    BackfillFactory(organization=organization)

    assert "still open" in admin.post(reverse("backfill-add"), typed()).content.decode()


# The list


def test_the_list_shows_the_newest_first_in_few_queries(organization, release, admin, django_assert_max_num_queries):
    BackfillFactory.create_batch(60, organization=organization, release=release, done=True)
    newest = BackfillFactory(organization=organization, release=release, reason="The newest of them")
    BackfillFactory(reason="Of somebody else")

    with django_assert_max_num_queries(12):
        shown = page(admin, "backfill-list")

    assert shown.index("The newest of them") < shown.index("New rules")
    assert "Of somebody else" not in shown
    older = admin.get(reverse("backfill-list"), {"before": newest.pk - 49}).content.decode()
    assert shown.count('data-label="State"') == 50
    assert older.count('data-label="State"') == 11


@pytest.mark.parametrize("place", ["before=nonsense", "after=-1", "before=99999999999999999999"])
def test_a_place_that_is_none_counts_as_not_given(place, organization, admin):
    BackfillFactory(organization=organization)

    assert "New rules" in admin.get(f"{reverse('backfill-list')}?{place}").content.decode()


def test_an_empty_list_says_what_would_be_there(admin):
    assert "No back-fill yet" in page(admin, "backfill-list")


@pytest.mark.parametrize(("role", "offered"), [("admin", True), ("supervisor", False), ("ops", False)])
def test_only_an_admin_is_offered_what_only_an_admin_may(role, offered, organization, release, sign_in):
    ready = BackfillFactory(organization=organization, release=release, ready=True)
    client = sign_in(role)

    assert ("Back-fill …" in page(client, "backfill-list")) == offered
    assert ("Assign 80 codes" in page(client, "backfill-detail", ready.pk)) == offered
    assert ("Cancel the back-fill" in page(client, "backfill-detail", ready.pk)) == offered


# The preview


@pytest.fixture
def ready(organization: Organization, release: Release) -> Backfill:
    """A preview by the rules in force, with something of everything."""
    codes = [WrapupCodeFactory(organization=organization, name=name) for name in ("Resolved", "Escalated")]
    queues = [QueueFactory(organization=organization, name=name) for name in ("Billing EU", "VIP Desk")]
    counted = {
        "fates": {"assigned": 1234, "known": 40, "skipped": 7, "failed": 2, "too_old": 5},
        "codes": {str(codes[0].pk): 1200, str(codes[1].pk): 34},
        "queues": {queues[0].genesys_id: 1200, queues[1].genesys_id: 30, "": 4},
        "reasons": {SkipReason.NO_RULE.value: 7, "code_not_on_queue": 2},
        "late": 900,
    }
    return BackfillFactory(organization=organization, release=release, ready=True, read=1300, counted=counted)


def test_a_preview_says_what_would_happen_and_what_it_costs(ready, organization, admin):
    Organization.objects.filter(pk=organization.pk).update(calls_per_minute=60)

    shown = page(admin, "backfill-detail", ready.pk)

    for said in (
        "<strong>1,234</strong>",
        "Resolved",
        "Billing EU",
        "no queue",
        "no rule matched",
        "the code is not on the queue",
        "900 of the first ended over 72 hours ago",
        "5, left out",
        "40, left as they are",
        "about 1,285 calls; 21 min 25 s with the 60 calls a minute",
        "Assign 1,234 codes",
    ):
        assert said in shown
    assert "data-poll" not in shown


def test_the_finishing_time_counts_only_the_calls_that_fresh_work_leaves(ready, organization):
    Organization.objects.filter(pk=organization.pk).update(calls_per_minute=10)
    fresh = AssignmentFactory(organization=organization)
    ours = AssignmentFactory(organization=organization, backfill=ready)
    AttemptFactory.create_batch(300, assignment=fresh)
    AttemptFactory.create_batch(60, assignment=ours)
    organization.refresh_from_db()

    assert queries.free_calls_per_minute(organization) == 5.0


def test_where_fresh_work_takes_all_calls_a_little_is_reckoned_with(organization):
    Organization.objects.filter(pk=organization.pk).update(calls_per_minute=1)
    AttemptFactory.create_batch(61, assignment=AssignmentFactory(organization=organization))
    organization.refresh_from_db()

    assert queries.free_calls_per_minute(organization) == queries.LEAST_FREE


def test_many_queues_are_the_busiest_and_the_rest(ready):
    ready.counted = {**ready.counted, "queues": {f"queue-{n:02}": 100 - n for n in range(25)}}

    parts = Shown(ready).queues()

    assert len(parts) == queries.MOST_QUEUES + 1
    assert (parts[0].words, parts[0].number) == ("queue-00", 100)
    assert (parts[-1].words, parts[-1].number) == ("5 more queues", sum(100 - n for n in range(20, 25)))


def test_confirming_starts_it_in_the_name_of_whoever_did(ready, admin):
    response = admin.post(reverse("backfill-confirm", args=[ready.pk]))

    ready.refresh_from_db()
    assert response.status_code == 302
    assert (ready.state, ready.read, ready.cursor) == (Backfill.State.RUNNING, 0, "")
    assert Act.objects.get(organization=ready.organization).verb == "confirm a back-fill"


def test_confirming_twice_is_said_to_be_late(ready, admin):
    admin.post(reverse("backfill-confirm", args=[ready.pk]))

    response = admin.post(reverse("backfill-confirm", args=[ready.pk]))

    assert "only a preview can be confirmed" in response.content.decode()
    assert response.status_code == 200


def test_a_preview_by_other_rules_is_not_offered_but_a_new_one(ready, organization, admin):
    Release.everywhere.filter(pk=ready.release_id).update(state=Release.State.RETIRED)
    newer = put_in_force(MappingRuleFactory(organization=organization).release)

    shown = page(admin, "backfill-detail", ready.pk)
    refused = admin.post(reverse("backfill-confirm", args=[ready.pk])).content.decode()
    response = admin.post(reverse("backfill-anew", args=[ready.pk]), follow=True)

    anew = Backfill.everywhere.get(organization=organization, state=Backfill.State.READING)
    assert "Another release is in force" in shown
    assert "Assign 1,234 codes" not in shown
    assert "Preview it anew" in refused
    assert (anew.release, anew.begins_at) == (newer, ready.begins_at)
    assert response.redirect_chain[0][0] == reverse("backfill-detail", args=[anew.pk])


def test_a_page_of_a_preview_costs_few_queries(ready, admin, django_assert_max_num_queries):
    with django_assert_max_num_queries(18):
        page(admin, "backfill-detail", ready.pk)


# While it moves


def test_while_it_reads_the_page_asks_for_itself_and_says_how_far_it_is(organization, release, admin):
    reading = BackfillFactory(organization=organization, release=release, read=300)
    whole = plan(reading.begins_at, reading.ends_at, jobs_until=None, attributes=False)
    halfway = reading.begins_at + (reading.ends_at - reading.begins_at) / 2
    place = Place.beginning(reading.begins_at, reading.ends_at)
    shown = PageShown(tuple(map(str, range(100))), halfway, 5000)
    there = place.after(shown, floor=reading.begins_at, page_size=100)
    Backfill.everywhere.update(cursor=whole.after(there.to_text()).to_text())

    response = admin.get(reverse("backfill-detail", args=[reading.pk]), headers={"HX-Request": "true"})

    fragment = response.content.decode()
    assert "data-poll" in fragment
    assert "300 conversations read" in fragment
    assert "50 % of the days" in fragment
    assert "<html" not in fragment


def test_while_genesys_gathers_the_page_says_so(organization, release, admin):
    reading = BackfillFactory(organization=organization, release=release, reading_job="a job")
    whole = plan(reading.begins_at, reading.ends_at, jobs_until=app_now(), attributes=False)
    Backfill.everywhere.update(cursor=whole.to_text())

    assert "Genesys Cloud gathers the conversations" in page(admin, "backfill-detail", reading.pk)


def test_while_it_runs_the_page_says_how_many_are_through_and_when_the_last_will_be(organization, release, admin):
    running = BackfillFactory(organization=organization, release=release, running=True)
    AssignmentFactory.create_batch(10, organization=organization, backfill=running)
    AssignmentFactory.create_batch(19, organization=organization, backfill=running, verified=True)
    AssignmentFactory(organization=organization, backfill=running, failed=True)

    shown = page(admin, "backfill-detail", running.pk)

    assert "20 of 80 assignments through, 30 made" in shown
    assert "at the present load, done" in shown
    assert 'name="assignments"' in shown


def test_a_failed_one_says_why(organization, release, admin):
    failed = BackfillFactory(
        organization=organization, release=release, state=Backfill.State.FAILED, problem="Genesys Cloud answered 400."
    )

    shown = page(admin, "backfill-detail", failed.pk)

    assert "Genesys Cloud answered 400." in shown
    assert "Preview the same days anew" in shown


# Cancelling


@pytest.mark.parametrize(("choice", "left"), [("go_on", Status.PENDING), ("cancel", Status.CANCELLED)])
def test_cancelling_does_with_the_assignments_what_was_chosen(choice, left, organization, release, admin):
    running = BackfillFactory(organization=organization, release=release, running=True)
    AssignmentFactory.create_batch(3, organization=organization, backfill=running)

    admin.post(reverse("backfill-cancel", args=[running.pk]), {"assignments": choice})

    running.refresh_from_db()
    assert running.state == Backfill.State.CANCELLED
    assert set(Assignment.everywhere.filter(backfill=running).values_list("status", flat=True)) == {left}


def test_a_choice_that_is_none_changes_nothing(organization, release, admin):
    running = BackfillFactory(organization=organization, release=release, running=True)

    response = admin.post(reverse("backfill-cancel", args=[running.pk]), {"assignments": "nonsense"})

    running.refresh_from_db()
    assert response.status_code == 400
    assert running.state == Backfill.State.RUNNING


def test_one_that_is_over_says_so_when_somebody_cancels_it(organization, release, admin):
    done = BackfillFactory(organization=organization, release=release, done=True)

    assert "nothing is left to be cancelled" in admin.post(reverse("backfill-cancel", args=[done.pk])).content.decode()


@pytest.mark.parametrize("name", ["backfill-confirm", "backfill-cancel", "backfill-anew"])
def test_nobody_changes_what_belongs_to_another_organization(name: str, sign_in: Callable[..., Any]):
    theirs = BackfillFactory(ready=True)
    client = sign_in("admin", of=OrganizationFactory())

    assert client.post(reverse(name, args=[theirs.pk])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == Backfill.State.READY
