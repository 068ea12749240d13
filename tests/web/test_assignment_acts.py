"""What a person may do with one assignment: send it again, or decide against it."""

import pytest
from django.test import Client

from tests.factories import AssignmentFactory
from wrapups.domain.status import Lane, Status
from wrapups.models import Act, Assignment, Organization

HTMX = {"HX-Request": "true"}


@pytest.fixture
def failed(organization: Organization) -> Assignment:
    return AssignmentFactory(organization=organization, failed=True)


def test_a_retry_sends_it_again_in_the_retry_lane_and_shows_its_row(admin: Client, failed: Assignment) -> None:
    answer = admin.post(f"/assignments/{failed.pk}/retry", headers=HTMX)

    failed.refresh_from_db()
    assert (failed.status, failed.lane) == (Status.PENDING, Lane.RETRY)
    assert "pending" in answer.content.decode()
    assert Act.objects.get().verb == "retry assignment"


def test_without_javascript_one_comes_back_to_the_page_one_was_on(admin: Client, failed: Assignment) -> None:
    answer = admin.post(f"/assignments/{failed.pk}/retry", {"next": "/failures?reason=rejected"}, follow=True)

    assert answer.redirect_chain == [("/failures?reason=rejected", 302)]
    assert "It is sent again." in answer.content.decode()


def test_a_page_elsewhere_is_not_where_one_is_sent(admin: Client, failed: Assignment) -> None:
    answer = admin.post(f"/assignments/{failed.pk}/retry", {"next": "//evil.example"})

    assert answer.headers["Location"] == f"/conversations/{failed.communication.conversation_id}"


def test_where_somebody_was_quicker_the_row_says_so(admin: Client, failed: Assignment) -> None:
    admin.post(f"/assignments/{failed.pk}/retry")

    answer = admin.post(f"/assignments/{failed.pk}/retry", headers=HTMX)

    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert "cannot become" in answer.content.decode()


def test_cancelling_keeps_the_reason(admin: Client, failed: Assignment) -> None:
    admin.post(f"/assignments/{failed.pk}/cancel", {"reason": "The customer called again"})

    failed.refresh_from_db()
    assert failed.status == Status.CANCELLED
    assert Act.objects.get().reason == "The customer called again"


def test_cancelling_without_a_reason_does_nothing_and_says_what_is_missing(admin: Client, failed: Assignment) -> None:
    answer = admin.post(f"/assignments/{failed.pk}/cancel", {"reason": "  "}, follow=True)

    failed.refresh_from_db()
    assert failed.status == Status.FAILED
    assert "Say why nothing shall be written" in answer.content.decode()


@pytest.mark.parametrize("act", ["retry", "cancel"])
def test_an_assignment_of_another_organization_is_not_there_and_is_left_alone(admin: Client, act: str) -> None:
    foreign = AssignmentFactory(failed=True)

    assert admin.post(f"/assignments/{foreign.pk}/{act}", {"reason": "x"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.status == Status.FAILED
