"""The list of conversations: what it finds, how it counts, where its links lead."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.queries.assignments import AssignmentFilter, count_by_status, total
from dashboard.queries.orders import CHANGED, DUE, OLDEST
from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    BackfillFactory,
    CommunicationFactory,
    ConversationFactory,
    MappingRuleFactory,
    QueueFactory,
    ReleaseFactory,
    WrapupCodeFactory,
)
from wrapups.domain.status import Status
from wrapups.models import Assignment, Organization

HTMX = {"HX-Request": "true"}


def test_it_shows_names_never_ids(admin: Client, organization: Organization) -> None:
    queue = QueueFactory(organization=organization, name="Billing EU")
    agent = AgentFactory(organization=organization, name="Kim Berg")
    communication = CommunicationFactory(
        organization=organization, queue_id=queue.genesys_id, agent_id=agent.genesys_id
    )
    found = WrapupCodeFactory(organization=organization, name="Enquiry")
    AssignmentFactory(
        organization=organization,
        communication=communication,
        wrapup_code__name="Refund granted",
        found_code_id=found.genesys_id,
    )

    page = admin.get("/conversations").content.decode()

    for name in ("Billing EU", "Kim Berg", "Enquiry", "Refund granted"):
        assert name in page
    for genesys_id in (queue.genesys_id, agent.genesys_id, found.genesys_id):
        assert genesys_id not in page


def test_a_full_page_costs_a_fixed_number_of_queries(
    admin: Client, organization: Organization, django_assert_max_num_queries
) -> None:
    release = ReleaseFactory(organization=organization)
    for _ in range(60):
        queue = QueueFactory(organization=organization)
        communication = CommunicationFactory(organization=organization, queue_id=queue.genesys_id)
        rule = MappingRuleFactory(organization=organization, release=release)
        AssignmentFactory(organization=organization, communication=communication, rule=rule)

    with django_assert_max_num_queries(18):
        page = admin.get("/conversations").content.decode()

    assert page.count('<tr id="assignment-') == 50


def test_what_ended_last_stands_first_though_it_was_found_earlier(admin: Client, organization: Organization) -> None:
    now = timezone.now()
    latest, oldest, middle = (
        AssignmentFactory(organization=organization, communication__ended_at=now - timedelta(hours=hours))
        for hours in (1, 3, 2)
    )

    assert _keys(admin.get("/conversations")) == [latest.pk, middle.pk, oldest.pk]


@pytest.fixture
def one(organization: Organization) -> Assignment:
    """One assignment that every filter can be asked about, among others that differ in everything."""
    queue = QueueFactory(organization=organization, name="Billing EU")
    agent = AgentFactory(organization=organization, name="Kim Berg")
    communication = CommunicationFactory(
        organization=organization,
        queue_id=queue.genesys_id,
        agent_id=agent.genesys_id,
        media_type="email",
        communication_id="1f2e3d4c-0000-4000-8000-000000000001",
        conversation=ConversationFactory(
            organization=organization, conversation_id="abcdef01-0000-4000-8000-000000000002"
        ),
        ended_at=timezone.now() - timedelta(days=3),
    )
    QueueFactory(organization=organization, name="Another queue")
    AgentFactory(organization=organization, name="Another agent")
    AssignmentFactory.create_batch(3, organization=organization)
    AssignmentFactory(organization=organization, skipped=True)
    return AssignmentFactory(
        organization=organization,
        failed=True,
        communication=communication,
        wrapup_code__name="Refund granted",
        rule=MappingRuleFactory(organization=organization, name="Refund - EU"),
        found_code_id="ININ-WRAP-UP-TIMEOUT",
    )


def test_a_back_fill_s_page_leads_to_what_it_made(admin: Client, organization: Organization) -> None:
    backfill = BackfillFactory(organization=organization, running=True)
    row = AssignmentFactory(organization=organization, backfill=backfill)
    AssignmentFactory(organization=organization)
    AssignmentFactory(backfill=BackfillFactory(running=True))

    page = admin.get(reverse("backfill-detail", args=[backfill.pk])).content.decode()

    assert f'href="/conversations?backfill={backfill.pk}"' in page
    assert _keys(admin.get(f"/conversations?backfill={backfill.pk}")) == [row.pk]
    assert "Back-fill" in admin.get(f"/conversations?backfill={backfill.pk}").content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "failed"},
        {"reason": "rejected"},
        {"queue": "Billing EU"},
        {"queue": "billing eu"},
        {"agent": "Kim Berg"},
        {"media_type": "email"},
        {"code": "Refund granted"},
        {"rule": "Refund - EU"},
        {"found": "system"},
        {"q": "abcdef01-0000-4000-8000-000000000002"},
        {"q": "abcdef01"},
        {"q": "1f2e3d4c-0000-4000-8000-000000000001"},
        {"q": "1f2e"},
        {"fingerprint": "5f0c1f4e9b1d4c7a8e2b3a6d7c8e9f01"},
        {"status": "failed", "queue": "Billing EU", "since": "2020-01-01T00:00", "media_type": "email"},
    ],
    ids=urlencode,
)
def test_each_filter_finds_the_one_it_describes(admin: Client, one: Assignment, asked: dict[str, str]) -> None:
    page = admin.get("/conversations", asked)

    assert [row.assignment.pk for row in page.context["listing"].rows] == [one.pk]
    assert str(page.context["listing"].total) == "1"


def test_what_ended_until_a_day_is_found(admin: Client, one: Assignment) -> None:
    until = timezone.now() - timedelta(days=2)

    page = admin.get("/conversations", {"until": until.strftime("%Y-%m-%dT%H:%M")})

    assert [row.assignment.pk for row in page.context["listing"].rows] == [one.pk]


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "verified"},
        {"queue": "Another queue"},
        {"agent": "Another agent"},
        {"q": "ffffffff"},
        {"q": "%%%%"},
        {"q": "____"},
        {"since": "2020-01-01T00:00", "until": "2020-01-02T00:00"},
    ],
    ids=urlencode,
)
def test_where_nothing_matches_the_page_says_which_way_out(
    admin: Client, one: Assignment, asked: dict[str, str]
) -> None:
    page = admin.get("/conversations", asked)

    assert page.context["listing"].rows == []
    assert "Nothing matches" in page.content.decode()
    assert "Clear all filters" in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"queue": "Nowhere"}, "No queue is called “Nowhere”."),
        ({"rule": "Nothing"}, "No rule is called “Nothing”."),
        ({"status": "done"}, "There is no “done” here. It is one of pending, sending"),
        ({"since": "last week"}, "That is no time that can be read. Write 7d, 24h, today"),
        ({"q": "1f2"}, "Ensure this value has at least 4 characters"),
        ({"since": "2026-02-01T00:00", "until": "2026-01-01T00:00"}, "Choose a time after the first one."),
        ({"fingerprint": "<script>"}, "Enter a valid value."),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_narrows_nothing(
    admin: Client, one: Assignment, asked: dict[str, str], words: str
) -> None:
    page = admin.get("/conversations", asked)

    errors = [str(error) for field in page.context["form"].errors.values() for error in field]
    assert any(words in error for error in errors)
    assert len(page.context["listing"].rows) == 5


@pytest.mark.parametrize("place", [{"before": "x"}, {"before": "1"}, {"after": "1e9"}, {"before": "9" * 30}])
def test_a_place_that_is_none_is_the_top(admin: Client, one: Assignment, place: dict[str, str]) -> None:
    assert len(admin.get("/conversations", place).context["listing"].rows) == 5


def test_counts_by_status_follow_the_other_filters_and_agree_with_the_list(organization: Organization) -> None:
    queue = QueueFactory(organization=organization, name="Billing EU")
    for traits in ({"failed": True}, {"failed": True}, {"verified": True}, {"skipped": True}):
        communication = CommunicationFactory(organization=organization, queue_id=queue.genesys_id)
        AssignmentFactory(organization=organization, communication=communication, **traits)
    AssignmentFactory.create_batch(4, organization=organization, failed=True)
    asked = AssignmentFilter(queue="Billing EU")

    counts = count_by_status(asked, organization)

    assert {status.value: count.number for status, count in counts.items() if count} == {
        "failed": 2,
        "verified": 1,
        "skipped": 1,
    }
    assert total(counts).number == asked.apply(organization).count() == 4
    for status, count in counts.items():
        assert asked.but(status=status.value).apply(organization).count() == count.number


def test_counting_stops_at_its_bound_and_says_so(organization: Organization) -> None:
    AssignmentFactory.create_batch(4, organization=organization)

    counts = count_by_status(AssignmentFilter(), organization, bound=3)

    assert str(counts[Status.PENDING]) == "3+"
    assert str(total(counts)) == "3+"


def test_what_a_newer_decision_replaced_is_listed_only_when_asked_for(
    admin: Client, organization: Organization
) -> None:
    old = AssignmentFactory(organization=organization, status=Status.SUPERSEDED)
    new = AssignmentFactory(organization=organization, communication=old.communication, generation=1)

    page = admin.get("/conversations")
    assert _keys(page) == [new.pk]
    assert [(tab.word, str(tab.count)) for tab in page.context["listing"].tabs] == [
        ("all current", "1"),
        ("pending", "1"),
        ("superseded", "1"),
    ]
    assert _keys(admin.get("/conversations", {"status": "superseded"})) == [old.pk]


def test_each_active_filter_is_a_chip_that_leads_on_without_it(admin: Client, one: Assignment) -> None:
    page = admin.get("/conversations", {"queue": "Billing EU", "media_type": "email", "status": "failed"})

    chips = page.context["form"].chips()
    assert [(chip.label, chip.words) for chip in chips] == [("Queue", "Billing EU"), ("Media", "e-mail")]
    assert chips[0].rest.parameters() == {"status": "failed", "media_type": "email"}


def test_htmx_gets_the_list_alone_and_an_address_without_empty_parts(admin: Client, one: Assignment) -> None:
    answer = admin.get("/conversations", {"queue": "Billing EU", "agent": "", "status": ""}, headers=HTMX)

    assert "<html" not in answer.content.decode()
    assert answer.headers["HX-Push-Url"] == "/conversations?queue=Billing+EU"


def test_going_back_in_history_gets_the_whole_page(admin: Client, one: Assignment) -> None:
    answer = admin.get("/conversations", headers={**HTMX, "HX-History-Restore-Request": "true"})

    assert "<html" in answer.content.decode()


def test_paging_keeps_the_filter_and_comes_back(admin: Client, organization: Organization) -> None:
    AssignmentFactory.create_batch(70, organization=organization)
    AssignmentFactory(organization=organization, failed=True)
    first = admin.get("/conversations", {"status": "pending"}).context["listing"]

    second = admin.get(f"/conversations{first.older}").context["listing"]
    back = admin.get(f"/conversations{second.newer}").context["listing"]

    assert "status=pending" in first.older
    assert (len(first.rows), len(second.rows)) == (50, 20)
    assert [row.assignment.pk for row in back.rows] == [row.assignment.pk for row in first.rows]


def test_only_a_row_that_still_moves_asks_for_itself(admin: Client, organization: Organization) -> None:
    moving = AssignmentFactory(organization=organization)
    AssignmentFactory(organization=organization, verified=True)

    page = admin.get("/conversations").content.decode()

    assert page.count('hx-get="/assignments/') == 1
    assert f'hx-get="/assignments/{moving.pk}/row"' in page


def test_a_row_asked_for_comes_as_it_is_now(admin: Client, organization: Organization) -> None:
    assignment = AssignmentFactory(organization=organization, verified=True)

    row = admin.get(f"/assignments/{assignment.pk}/row", headers=HTMX).content.decode()

    assert row.strip().startswith(f'<tr id="assignment-{assignment.pk}"')
    assert "verified" in row
    assert "hx-trigger" not in row


def test_new_rows_are_announced_not_pushed_in(admin: Client, organization: Organization) -> None:
    AssignmentFactory.create_batch(2, organization=organization)
    listing = admin.get("/conversations").context["listing"]
    AssignmentFactory.create_batch(3, organization=organization)
    AssignmentFactory(organization=organization, failed=True)

    news = admin.get(f"/conversations/new{listing.news_address}&status=pending").content.decode()

    assert "3 new" in news
    assert "<tr" not in news


def test_without_any_conversation_the_page_says_what_will_be_here(admin: Client) -> None:
    assert "No conversation has ended yet" in admin.get("/conversations").content.decode()


def test_what_people_wrote_is_shown_as_text(admin: Client, organization: Organization) -> None:
    rule = MappingRuleFactory(organization=organization, name="<script>alert(1)</script>")
    AssignmentFactory(organization=organization, rule=rule)

    page = admin.get("/conversations").content.decode()

    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_rows_of_another_organization_are_neither_listed_counted_nor_found(
    admin: Client, organization: Organization
) -> None:
    foreign = AssignmentFactory()

    page = admin.get("/conversations", {"q": foreign.communication.communication_id})

    assert page.context["listing"].rows == []
    assert not any(page.context["listing"].counts.values())
    assert admin.get(f"/assignments/{foreign.pk}/row").status_code == 404


def _keys(page) -> list[int]:
    return [row.assignment.pk for row in page.context["listing"].rows]


@pytest.mark.parametrize(
    ("asked", "narrows"),
    [
        (AssignmentFilter(), False),
        (AssignmentFilter(order=OLDEST), False),
        (AssignmentFilter(order=CHANGED, view="mine"), False),
        (AssignmentFilter(order=DUE), True),  # what is done is not due
        (AssignmentFilter(status="failed"), True),
        (AssignmentFilter(words="refund", order=OLDEST), True),
    ],
)
def test_an_order_narrows_only_where_it_leaves_out_what_is_done(asked: AssignmentFilter, narrows: bool):
    assert asked.narrows is narrows


@pytest.mark.parametrize("query", ["agent:nobody since:7d", "since:7d nosuchkey:x"])
def test_what_leaves_something_out_offers_nothing_for_all_the_rest(
    admin: Client, organization: Organization, query: str
) -> None:
    AssignmentFactory(organization=organization)
    mended = admin.get("/conversations", {"since": "7d"}).content.decode()
    page = admin.get("/conversations", {"query": query}).content.decode()

    for offer in ("that match</button>", 'href="/conversations/exports/new?', 'href="/views/new?'):
        assert offer in mended
        assert offer not in page
    assert "Mend the search to act on all that match." in page
