"""Failures one by one, and one of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import AssignmentFactory, AttemptFactory
from wrapups.domain.roles import Right, Role, rights_of
from wrapups.models import Organization

HTMX = {"HX-Request": "true"}


def test_what_waits_for_a_person_is_listed_and_nothing_else(admin: Client, organization: Organization) -> None:
    failed = AssignmentFactory(organization=organization, failed=True)
    conflict = AssignmentFactory(organization=organization, conflict=True)
    AssignmentFactory(organization=organization, verified=True)
    AssignmentFactory(organization=organization)

    rows = admin.get("/failures").context["page"].rows

    assert [row.assignment for row in rows] == [conflict, failed]


def test_failures_of_one_cause_lead_to_their_group(admin: Client, organization: Organization) -> None:
    failed = AssignmentFactory(organization=organization, failed=True)
    AssignmentFactory(organization=organization, conflict=True)

    page = admin.get("/failures", {"fingerprint": failed.fingerprint})

    assert [row.assignment for row in page.context["page"].rows] == [failed]
    assert reverse("failure-group", args=[page.context["page"].group.pk]) in page.content.decode()


def test_by_time_left_it_lists_what_can_still_be_changed_the_most_pressing_first(
    admin: Client, organization: Organization
) -> None:
    now, most = timezone.now(), timedelta(hours=organization.too_late_h)
    fresh, pressing, _ = (
        AssignmentFactory(organization=organization, failed=True, ended_at=now - ago)
        for ago in (timedelta(hours=1), most - timedelta(hours=3, minutes=5), most + timedelta(hours=1))
    )

    page = admin.get("/failures", {"order": "left"})

    assert [row.assignment for row in page.context["page"].rows] == [pressing, fresh]
    assert "3 h left" in page.content.decode()


def test_what_is_too_late_says_so_in_the_usual_order(admin: Client, organization: Organization) -> None:
    ended = timezone.now() - timedelta(hours=organization.too_late_h, minutes=1)
    AssignmentFactory(organization=organization, failed=True, ended_at=ended)

    assert "too late" in admin.get("/failures").content.decode()


def test_the_list_by_time_left_goes_on_page_by_page(admin: Client, organization: Organization) -> None:
    made = [
        AssignmentFactory(organization=organization, failed=True, ended_at=timezone.now() - timedelta(minutes=ago))
        for ago in range(52)
    ]

    first = admin.get("/failures", {"order": "left"}).context["page"]
    second = admin.get(f"/failures{first.older}").context["page"]
    back = admin.get(f"/failures{second.newer}").context["page"]

    rows = [row.assignment for row in (*first.rows, *second.rows)]
    assert rows == list(reversed(made))
    assert [row.assignment for row in back.rows] == [row.assignment for row in first.rows]


def test_a_full_page_costs_a_fixed_number_of_queries(
    admin: Client, organization: Organization, django_assert_max_num_queries
) -> None:
    for number in range(60):
        AssignmentFactory(organization=organization, failed=True, fingerprint=f"{number:032x}")

    with django_assert_max_num_queries(18):
        page = admin.get("/failures").content.decode()

    assert page.count('<tr id="assignment-') == 50


def test_without_a_failure_it_says_when_the_last_code_was_verified(admin: Client, organization: Organization) -> None:
    AssignmentFactory(organization=organization, verified=True)

    page = admin.get("/failures").content.decode()

    assert "Nothing waits for you" in page
    assert "The last code was verified <time" in page


def test_before_anything_happened_it_does_not_claim_success(admin: Client) -> None:
    assert "none has been verified yet" in admin.get("/failures").content.decode()


def test_where_nothing_matches_it_says_which_way_out(admin: Client, organization: Organization) -> None:
    AssignmentFactory(organization=organization, failed=True)

    assert "Nothing matches" in admin.get("/failures", {"reason": "too_late"}).content.decode()


def test_htmx_gets_the_failures_alone(admin: Client, organization: Organization) -> None:
    AssignmentFactory(organization=organization, failed=True)

    answer = admin.get("/failures", headers=HTMX).content.decode()

    assert answer.strip().startswith('<div id="failures">')


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OPS])
def test_one_failure_shows_what_was_sent_by_which_worker_and_its_notes_to_whom_may_see_them(
    sign_in: Callable[..., Client], organization: Organization, role: Role
) -> None:
    failure = AssignmentFactory(organization=organization, failed=True, notes="Call Ada back.")
    request = {"method": "PATCH", "path": "/api/v2/conversations/calls/c-1", "body": {"wrapup": {"notes": None}}}
    AttemptFactory(assignment=failure, worker="worker-7", request=request)

    page = sign_in(role).get(reverse("failure-detail", args=[failure.pk])).content.decode()

    assert "PATCH /api/v2/conversations/calls/c-1" in page
    assert "worker-7" in page
    assert ("&quot;notes&quot;: &quot;Call Ada back.&quot;" in page) is (Right.SEE_CUSTOMERS in rights_of(role))


def test_one_failure_shows_every_attempt_newest_first_with_what_genesys_calls_it(
    admin: Client, organization: Organization
) -> None:
    failure = AssignmentFactory(organization=organization, failed=True)
    attempts = AttemptFactory.create_batch(3, assignment=failure)

    page = admin.get(f"/failures/{failure.pk}")

    shown = [line.attempt for line in page.context["attempts"]]
    assert shown == sorted(attempts, key=lambda attempt: (attempt.started_at, attempt.pk), reverse=True)
    assert f'data-copy="{attempts[0].correlation_id}"' in page.content.decode()
    assert "Genesys Cloud answered 400: the code is not on the queue." in page.content.decode()


def test_a_failure_that_was_mended_meanwhile_gives_no_advice_any_more(
    admin: Client, organization: Organization
) -> None:
    mended = AssignmentFactory(organization=organization, verified=True)

    assert "What to do" not in admin.get(f"/failures/{mended.pk}").content.decode()


def test_a_failure_of_another_organization_is_not_there(admin: Client) -> None:
    assert admin.get(f"/failures/{AssignmentFactory(failed=True).pk}").status_code == 404
