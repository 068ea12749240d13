"""The columns of the list: the usual ones, those that somebody chose, and heads that sort."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.columns import COLUMNS, USUAL
from tests.factories import AssignmentFactory, CommunicationFactory, ReleaseFactory
from wrapups.models import Assignment, Organization


@pytest.fixture
def one(organization: Organization) -> Assignment:
    """A failure with something to show in every column."""
    return AssignmentFactory(
        organization=organization,
        failed=True,
        release=ReleaseFactory(organization=organization, number=13),
        notes="Refund of 40 EUR agreed",
        error_message="Genesys Cloud answered 400: no.",
    )


def test_whoever_chose_none_sees_the_usual_columns(admin: Client, one: Assignment) -> None:
    assert _heads(admin) == [COLUMNS[name].label for name in USUAL]


def test_the_columns_that_were_chosen_are_shown_in_their_order_from_then_on(admin: Client, one: Assignment) -> None:
    answer = admin.post("/account/columns", {"columns": ["notes", "release", "ended", "error"], "next": "/failures"})
    page = admin.get("/conversations").content.decode()

    assert answer.headers["Location"] == "/failures"
    assert _heads(admin) == ["Ended", "Release", "Error", "Notes"]
    assert 'href="/releases/13"' in page
    assert 'title="Refund of 40 EUR agreed"' in page
    assert "Genesys Cloud answered 400: no." in page
    assert 'data-label="Notes"' in admin.get("/failures").content.decode()
    assert 'data-label="Notes"' in admin.get(f"/assignments/{one.pk}/row").content.decode()


def test_choosing_none_brings_the_usual_ones_back(admin: Client, one: Assignment) -> None:
    admin.post("/account/columns", {"columns": ["notes"]})

    admin.post("/account/columns", {})

    assert _heads(admin) == [COLUMNS[name].label for name in USUAL]


@pytest.mark.parametrize("cookie", ["", "nothing", "<b>.;..", "conversation_id"])
def test_a_cookie_that_names_no_column_counts_as_no_choice(admin: Client, one: Assignment, cookie: str) -> None:
    admin.cookies["columns"] = cookie

    assert _heads(admin) == [COLUMNS[name].label for name in USUAL]


def test_who_may_not_see_customers_sees_that_there_is_a_note_and_no_more(sign_in, one: Assignment) -> None:
    ops = sign_in("ops")
    ops.post("/account/columns", {"columns": ["notes"]})

    page = ops.get("/conversations").content.decode()

    assert "Refund of 40 EUR" not in page
    assert 'title="••••"' in page


def test_every_column_at_once_costs_no_query_more(
    admin: Client, organization: Organization, django_assert_max_num_queries
) -> None:
    for number in range(1, 31):
        AssignmentFactory(
            organization=organization, release=ReleaseFactory(organization=organization, number=number, state="retired")
        )
    admin.post("/account/columns", {"columns": list(COLUMNS)})

    with django_assert_max_num_queries(19):
        page = admin.get("/conversations").content.decode()

    assert page.count('data-label="Release"') == 30


def test_heads_sort_and_say_how_it_is_sorted(admin: Client, organization: Organization) -> None:
    now = timezone.now()
    old, new = (
        AssignmentFactory(
            organization=organization,
            communication=CommunicationFactory(organization=organization, ended_at=now - timedelta(hours=hours)),
        )
        for hours in (2, 1)
    )

    page = admin.get("/conversations", {"status": "pending"})
    sorted_page = admin.get("/conversations?status=pending&order=ended")

    assert 'aria-sort="descending"' in page.content.decode()
    assert 'href="?status=pending&amp;order=ended"' in page.content.decode()
    assert [row.assignment.pk for row in page.context["listing"].rows] == [new.pk, old.pk]
    assert 'aria-sort="ascending"' in sorted_page.content.decode()
    assert 'href="?status=pending"' in sorted_page.content.decode()
    assert [row.assignment.pk for row in sorted_page.context["listing"].rows] == [old.pk, new.pk]


def _heads(client: Client) -> list[str]:
    page = client.get("/conversations")
    return [head.column.label for head in page.context["column_heads"]]
