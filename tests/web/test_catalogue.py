"""What Genesys Cloud has, as its pages list it."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    AgentFactory,
    DivisionFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)

KINDS = {
    "catalogue-queues": QueueFactory,
    "catalogue-codes": WrapupCodeFactory,
    "catalogue-agents": AgentFactory,
    "catalogue-divisions": DivisionFactory,
}


def shown(client: Client, name: str, *args: int, **asked: str) -> str:
    return client.get(reverse(name, args=args), asked).content.decode()


@pytest.mark.parametrize(("page", "factory"), KINDS.items())
def test_a_list_has_what_is_there_and_nothing_of_others(page, factory, organization, admin):
    factory(organization=organization, name="Billing EU")
    factory(name="Foreign thing")

    assert "Billing EU" in shown(admin, page)
    assert "Foreign thing" not in shown(admin, page)


@pytest.mark.parametrize("page", KINDS)
def test_an_empty_list_says_where_its_rows_come_from(page, admin):
    assert "copied from Genesys Cloud" in shown(admin, page)


@pytest.mark.parametrize(("page", "factory"), KINDS.items())
def test_a_name_is_found_by_any_part_of_it_in_any_case(page, factory, organization, admin):
    factory(organization=organization, name="Billing EU")
    factory(organization=organization, name="Support UK")

    found = shown(admin, page, q="LING e")

    assert "Billing EU" in found
    assert "Support UK" not in found


@pytest.mark.parametrize("typed", ["%", "_", "\\", "'", "\x00", "<script>"])
def test_what_is_typed_is_taken_as_it_is(typed, organization, admin):
    QueueFactory(organization=organization, name="Billing EU")

    found = shown(admin, "catalogue-queues", q=typed)

    assert ("Billing EU" in found) is (typed == "\x00")
    assert "<script>" not in found


@pytest.mark.parametrize(("page", "factory"), KINDS.items())
def test_what_genesys_no_longer_lists_is_still_there_and_says_so(page, factory, organization, admin):
    factory(organization=organization, name="Aftersales", gone=True)

    assert "gone" in shown(admin, page)


@pytest.mark.parametrize(("page", "factory"), KINDS.items())
def test_a_long_list_comes_in_pages_at_a_bounded_number_of_queries(
    page, factory, organization, admin, django_assert_max_num_queries
):
    factory.create_batch(120, organization=organization)

    with django_assert_max_num_queries(14):
        first = shown(admin, page)

    assert "1–50 of 120" in first
    assert "101–120 of 120" in shown(admin, page, page="3")
    assert "101–120 of 120" in shown(admin, page, page="999999999999999999999")
    assert "1–50 of 120" in shown(admin, page, page="x")


def test_an_agent_is_found_by_e_mail_address_too(organization, admin):
    AgentFactory(organization=organization, name="Jo Berg", email="jo.berg@example.org")

    assert "Jo Berg" in shown(admin, "catalogue-agents", q="jo.berg@")


def test_a_code_says_on_how_many_queues_it_is_and_how_many_rules_in_force_choose_it(organization, admin):
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    QueueWrapupCodeFactory.create_batch(3, organization=organization, wrapup_code=code)
    put_in_force(MappingRuleFactory(organization=organization, wrapup_code=code).release)
    MappingRuleFactory(organization=organization, wrapup_code=code)

    [row] = admin.get(reverse("catalogue-codes"), {"q": "Refund"}).context["rows"]

    assert (row.on_queues, row.in_rules) == (3, 1)


def test_a_queues_page_lists_its_codes_and_those_it_had(organization, admin):
    offer = QueueWrapupCodeFactory(organization=organization, wrapup_code__name="Refund granted")
    QueueWrapupCodeFactory(
        organization=organization, queue=offer.queue, wrapup_code__name="Old one", gone_at=offer.seen_at
    )

    page = shown(admin, "catalogue-queue", offer.queue.pk)

    assert page.index("Refund granted") < page.index("Old one")
    assert "off this queue" in page
    assert "1 wrap-up code may be used here" in page


def test_after_call_work_is_named_as_genesys_names_it(organization, admin):
    QueueFactory(organization=organization, acw_prompt="MANDATORY_FORCED_TIMEOUT", acw_timeout_ms=45_000)

    page = shown(admin, "catalogue-queues")

    assert "Mandatory, time-boxed, no early exit" in page
    assert "45 s" in page


def test_a_catalogue_that_could_not_be_read_says_why(organization, admin):
    SweepFactory(
        organization=organization, kind="catalogue", succeeded_at=None, problem="routing:queue:view is missing"
    )

    assert "routing:queue:view is missing" in shown(admin, "catalogue-queues")


def test_htmx_gets_the_rows_alone(organization, admin):
    QueueFactory(organization=organization)

    fragment = admin.get(reverse("catalogue-queues"), headers={"HX-Request": "true"}).content.decode()

    assert fragment.lstrip().startswith('<div id="catalogue">')
    assert "<html" not in fragment
