"""Failures by cause, one by one, and one of them."""

import pytest
from django.test import Client

from dashboard.advice import UNKNOWN, advice_on
from tests.factories import AssignmentFactory, AttemptFactory, CommunicationFactory, QueueFactory
from wrapups.domain.status import FailReason, Status
from wrapups.models import Assignment, Organization

HTMX = {"HX-Request": "true"}


def test_failures_of_one_cause_are_one_group_with_its_count(admin: Client, organization: Organization) -> None:
    AssignmentFactory.create_batch(3, organization=organization, failed=True)
    other = AssignmentFactory(
        organization=organization,
        failed=True,
        reason=FailReason.EXHAUSTED,
        fingerprint="0" * 32,
        error_message="Silence.",
    )

    groups = admin.get("/failures").context["page"].groups

    assert [group.count for group in groups] == [1, 3]
    assert groups[0].example == other


def test_what_waits_for_a_person_is_listed_and_nothing_else(admin: Client, organization: Organization) -> None:
    failed = AssignmentFactory(organization=organization, failed=True)
    conflict = AssignmentFactory(organization=organization, conflict=True)
    AssignmentFactory(organization=organization, verified=True)
    AssignmentFactory(organization=organization)

    rows = admin.get("/failures").context["page"].rows

    assert [row.assignment for row in rows] == [conflict, failed]


def test_a_groups_link_finds_exactly_its_rows(admin: Client, organization: Organization) -> None:
    AssignmentFactory.create_batch(2, organization=organization, failed=True)
    AssignmentFactory(organization=organization, conflict=True, fingerprint="1" * 32)
    AssignmentFactory.create_batch(3, organization=organization, conflict=True)
    AssignmentFactory(organization=organization, failed=True, reason=FailReason.TOO_LATE)

    for group in admin.get("/failures").context["page"].groups:
        found = admin.get(f"/failures{group.asked.query_string()}").context["page"]
        assert len(found.rows) == found.total == group.count


def test_groups_follow_the_filter(admin: Client, organization: Organization) -> None:
    queue = QueueFactory(organization=organization, name="Billing EU")
    communication = CommunicationFactory(organization=organization, queue_id=queue.genesys_id)
    AssignmentFactory(organization=organization, communication=communication, failed=True)
    AssignmentFactory.create_batch(4, organization=organization, failed=True)

    page = admin.get("/failures", {"queue": "Billing EU"}).context["page"]

    assert (page.total, len(page.rows)) == (1, 1)


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


@pytest.mark.parametrize("reason", list(FailReason))
def test_every_reason_has_advice_of_its_own(reason: FailReason) -> None:
    assert advice_on(Assignment(status=Status.FAILED, reason=reason)) is not UNKNOWN


def test_a_reason_nobody_knows_says_so() -> None:
    assert advice_on(Assignment(status=Status.FAILED, reason="something new")) is UNKNOWN


def test_a_failure_that_was_mended_meanwhile_gives_no_advice_any_more(
    admin: Client, organization: Organization
) -> None:
    mended = AssignmentFactory(organization=organization, verified=True)

    assert "What to do" not in admin.get(f"/failures/{mended.pk}").content.decode()


def test_a_failure_of_another_organization_is_not_there(admin: Client) -> None:
    assert admin.get(f"/failures/{AssignmentFactory(failed=True).pk}").status_code == 404
