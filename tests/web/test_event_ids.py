"""Conversations found by the id of an event that told of them, whoever sent it."""

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.queries.assignments import AssignmentFilter, count_by_status, total
from tests.factories import (
    AssignmentFactory,
    DivisionFactory,
    InboundEventFactory,
    MembershipFactory,
    OrganizationFactory,
    QueueFactory,
)
from tests.web.conftest import BACKEND
from wrapups.models import Assignment, Organization

CASE = "case-4711"
GENESYS_OWN = "0d9c6a3e-5a4f-4d0e-8a55-0d0f3c0b7a11"


def told_of(organization: Organization, event_id: str, *, sender: str = "crm", **columns: object) -> Assignment:
    """Return the assignment of a conversation that such an event told of."""
    row: Assignment = AssignmentFactory(organization=organization, **columns)
    conversation_id = row.communication.conversation.conversation_id
    InboundEventFactory(organization=organization, sender=sender, event_id=event_id, conversation_id=conversation_id)
    return row


def shown(client: Client, address: str) -> list[int]:
    listing = client.get(address, follow=True).context["listing"]
    return [row.assignment.pk for row in listing.rows]


@pytest.mark.parametrize("event_id", [CASE, "a case of 2026", GENESYS_OWN])
def test_the_box_leads_from_an_events_id_to_the_conversation(event_id: str, organization, admin):
    row = told_of(organization, event_id)
    told_of(organization, "another")

    answer = admin.get(reverse("search"), {"q": event_id})

    assert answer.url == reverse("conversation-detail", args=[row.communication.conversation_id])


def test_an_id_that_two_senders_gave_leads_to_the_list_of_both(organization, admin):
    rows = {told_of(organization, CASE, sender=sender).pk for sender in ("crm", "shop")}
    told_of(organization, "another")

    assert set(shown(admin, f"{reverse('search')}?q={CASE}")) == rows


@pytest.mark.parametrize("query", [f"event:{GENESYS_OWN}", GENESYS_OWN, f"{GENESYS_OWN}, {GENESYS_OWN[:-1]}2"])
def test_the_bar_takes_the_id_of_an_event_under_its_key_and_whole_ones_without(query: str, organization, admin):
    row = told_of(organization, GENESYS_OWN)
    told_of(organization, "another")

    assert shown(admin, f"{reverse('conversation-list')}?query={query}") == [row.pk]


def test_the_list_and_the_count_agree_and_ask_no_more_for_more_senders(organization, django_assert_max_num_queries):
    for sender in ("crm", "shop", "bank"):
        told_of(organization, CASE, sender=sender)
    asked = AssignmentFilter(event=CASE)

    with django_assert_max_num_queries(3):
        counted = total(count_by_status(asked, organization))

    assert counted.number == asked.apply(organization).count() == 3


def test_events_of_another_organization_and_another_division_find_nothing(organization):
    division = DivisionFactory(organization=organization)
    QueueFactory(organization=organization, division_id=division.genesys_id)
    person = MembershipFactory(organization=organization, role="ops", division_ids=[division.genesys_id]).person
    limited = Client()
    limited.force_login(person, BACKEND)
    told_of(OrganizationFactory(), CASE)
    told_of(organization, "elsewhere")

    assert shown(limited, f"{reverse('search')}?q={CASE}") == []
    assert shown(limited, f"{reverse('search')}?q=elsewhere") == []
