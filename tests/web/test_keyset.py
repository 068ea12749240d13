"""Pages by key: newest first, no row twice, none left out."""

from dashboard.queries.keyset import page_of
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


def _conversations(organization: Organization, count: int) -> list[int]:
    return [row.pk for row in ConversationFactory.create_batch(count, organization=organization)]


def _rows(organization: Organization):
    return Conversation.objects.of(organization)
