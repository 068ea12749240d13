"""Pages by key: newest first, no row twice, none left out."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.queries.keyset import BY_END, Ended, page_of
from tests.factories import ConversationFactory
from wrapups.models import Conversation, Organization

SIZE = 3


def test_walking_to_the_end_meets_every_row_once_newest_first(organization: Organization) -> None:
    keys = _conversations(organization, 8)
    met: list[int] = []

    page = page_of(_rows(organization), size=SIZE)
    met += [row.pk for row in page.rows]
    while page.older is not None:
        page = page_of(_rows(organization), before=page.older, size=SIZE)
        met += [row.pk for row in page.rows]

    assert met == sorted(keys, reverse=True)


def test_walking_back_gives_the_pages_one_came_by(organization: Organization) -> None:
    _conversations(organization, 9)
    first = page_of(_rows(organization), size=SIZE)
    second = page_of(_rows(organization), before=first.older, size=SIZE)
    third = page_of(_rows(organization), before=second.older, size=SIZE)

    back = page_of(_rows(organization), after=third.newer, size=SIZE)

    assert back.rows == second.rows
    assert third.older is None


def test_the_first_page_has_nothing_newer_and_is_full_even_when_one_comes_back_to_it(
    organization: Organization,
) -> None:
    _conversations(organization, 5)
    first = page_of(_rows(organization), size=SIZE)
    second = page_of(_rows(organization), before=first.older, size=SIZE)

    back = page_of(_rows(organization), after=second.newer, size=SIZE)

    assert back.rows == first.rows
    assert back.newer is None


def test_a_row_that_comes_in_between_moves_nothing(organization: Organization) -> None:
    _conversations(organization, 6)
    first = page_of(_rows(organization), size=SIZE)
    expected = [row.pk for row in page_of(_rows(organization), before=first.older, size=SIZE).rows]

    _conversations(organization, 2)

    assert [row.pk for row in page_of(_rows(organization), before=first.older, size=SIZE).rows] == expected


def test_an_empty_list_has_one_empty_page(organization: Organization) -> None:
    page = page_of(_rows(organization), size=SIZE)

    assert (page.rows, page.newer, page.older) == ([], None, None)


def test_in_order_of_their_end_rows_that_ended_at_once_are_met_once_too(organization: Organization) -> None:
    ended = datetime(2026, 11, 21, 12, tzinfo=UTC)
    for minutes in (5, 1, 1, 1, 1, 9, 5):
        ConversationFactory(organization=organization, ended_at=ended + timedelta(minutes=minutes))
    expected = sorted(_rows(organization), key=lambda row: (row.ended_at, row.pk), reverse=True)

    page = page_of(_rows(organization), size=2, order=BY_END)
    met = page.rows
    while page.older is not None:
        page = page_of(_rows(organization), before=page.older, size=2, order=BY_END)
        met = met + page.rows
    back = page_of(_rows(organization), after=page.newer, size=2, order=BY_END)

    assert met == expected
    assert back.rows == expected[-3:-1]


def test_a_place_in_an_address_is_read_as_it_was_written() -> None:
    place = Ended(datetime(2026, 11, 21, 23, 50, 47, 123456, tzinfo=UTC), 77)

    assert Ended.read(str(place)) == place


@pytest.mark.parametrize(
    "text", ["", "-", "1-", "-1", "x-1", "1.5-2", "9" * 40 + "-1", "1-" + "9" * 40, "1-2-3", "\0-1"]
)
def test_what_is_no_place_is_read_as_none(text: str) -> None:
    assert Ended.read(text) is None


def _conversations(organization: Organization, count: int) -> list[int]:
    return [row.pk for row in ConversationFactory.create_batch(count, organization=organization)]


def _rows(organization: Organization):
    return Conversation.objects.of(organization)
