"""What Genesys Cloud has, as its pages list it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    DivisionFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.models import Assignment, NameSeen, Sweep

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

    with django_assert_max_num_queries(15):
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


def test_a_list_can_be_narrowed_to_what_is_gone_and_to_one_division(organization, admin):
    europe = DivisionFactory(organization=organization, name="Europe")
    QueueFactory(organization=organization, name="Billing EU", division_id=europe.genesys_id)
    QueueFactory(organization=organization, name="Old EU", division_id=europe.genesys_id, gone=True)
    QueueFactory(organization=organization, name="Billing US")

    def names(**asked: str) -> list[str]:
        return [row.name for row in admin.get(reverse("catalogue-queues"), asked).context["rows"]]

    assert names() == ["Billing EU", "Billing US", "Old EU"]
    assert names(state="gone") == ["Old EU"]
    assert names(state="listed", division=europe.genesys_id) == ["Billing EU"]
    assert names(state="nonsense", division="nonsense") == ["Billing EU", "Billing US", "Old EU"]


def test_a_code_s_page_tells_where_it_is_who_chooses_it_and_how_often(organization, admin):
    code = WrapupCodeFactory(organization=organization, name="Refund granted", description="Money went back")
    QueueWrapupCodeFactory(organization=organization, wrapup_code=code, queue__name="Billing EU")
    rule = MappingRuleFactory(organization=organization, wrapup_code=code, name="Refund - EU")
    AssignmentFactory.create_batch(3, organization=organization, wrapup_code=code)

    page = shown(admin, "catalogue-code", code.pk)

    assert "Money went back" in page
    assert "Billing EU" in page
    assert reverse("rule-change", args=[rule.pk]) in page
    assert ">3</a>" in page
    assert "code=Refund+granted" in page


def test_an_entry_s_page_shows_every_name_it_has_had_and_since_when(organization, admin):
    queue = QueueFactory(organization=organization, name="Billing EU")
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    for entry, name in ((queue, "Billing Europe"), (code, "Refund OK")):
        entry.name = name
        entry.save()

    of_queue, of_code = shown(admin, "catalogue-queue", queue.pk), shown(admin, "catalogue-code", code.pk)

    assert of_queue.index("<dd><strong>Billing Europe</strong>") < of_queue.index("<dd>Billing EU")
    assert of_code.index("<dd><strong>Refund OK</strong>") < of_code.index("<dd>Refund granted")


def test_an_old_decision_is_told_with_the_name_its_code_had_then(organization, admin):
    old = AssignmentFactory(organization=organization, wrapup_code__name="Refund granted", verified=True)
    code, story = old.wrapup_code, old.communication.conversation
    NameSeen.everywhere.filter(genesys_id=code.genesys_id).update(since=timezone.now() - timedelta(days=9))
    Assignment.everywhere.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=5))
    before = shown(admin, "conversation-detail", story.pk)
    code.name = "Refund OK"
    code.save()

    assert "when it was decided" not in before
    assert "called “Refund granted” when it was decided" in shown(admin, "conversation-detail", story.pk)


def test_what_a_code_means_to_the_dialler_is_said_with_what_it_does_not_do(organization, admin):
    code = WrapupCodeFactory(organization=organization, dialler_flags=["Number_UnCallable", "Right_Party_Contact"])

    page = shown(admin, "catalogue-code", code.pk)

    assert "number uncallable, right party contact" in page
    assert "does not make it act again" in page


def test_a_code_s_page_costs_a_bounded_number_of_queries(organization, admin, django_assert_max_num_queries):
    code = WrapupCodeFactory(organization=organization)
    QueueWrapupCodeFactory.create_batch(60, organization=organization, wrapup_code=code)
    draft = ReleaseFactory(organization=organization)
    MappingRuleFactory.create_batch(30, organization=organization, release=draft, wrapup_code=code)
    AssignmentFactory.create_batch(30, organization=organization, wrapup_code=code)

    with django_assert_max_num_queries(20):
        page = shown(admin, "catalogue-code", code.pk)

    assert "1–50 of 60" in page


@pytest.mark.parametrize("page", ["catalogue-queue", "catalogue-code"])
def test_the_entry_of_another_organization_is_not_there(page, admin):
    foreign = QueueFactory() if page == "catalogue-queue" else WrapupCodeFactory()

    assert admin.get(reverse(page, args=[foreign.pk])).status_code == 404


@pytest.mark.parametrize("page", ["catalogue-codes", "catalogue-code"])
def test_a_name_that_is_not_what_it_looks_like_is_marked(page, organization, admin):
    code = WrapupCodeFactory(organization=organization, name="S\u0410LE")

    assert "mixes Cyrillic and Latin letters" in shown(admin, page, *([code.pk] if page == "catalogue-code" else []))


def test_the_rule_s_form_says_how_old_its_codes_are(organization, admin):
    SweepFactory(organization=organization, kind="catalogue", succeeded_at=timezone.now() - timedelta(minutes=7))

    assert "as Genesys Cloud had them <time" in shown(admin, "rule-add")


def test_an_agent_who_cannot_sign_in_is_marked(organization, admin):
    AgentFactory(organization=organization, inactive=True)

    assert "inactive" in shown(admin, "catalogue-agents")


def test_the_catalogue_is_read_at_once_for_whoever_asks(organization, admin):
    sweep = SweepFactory(
        organization=organization,
        kind="catalogue",
        due_at=timezone.now() + timedelta(hours=1),
        watermark_at=timezone.now(),
    )

    answer = admin.post(reverse("catalogue-read"), headers={"HX-Request": "true"}).content.decode()

    sweep.refresh_from_db()
    assert sweep.due_at <= timezone.now()
    assert sweep.watermark_at is None
    assert "waits for a worker" in answer
    assert 'hx-trigger="every 2s"' in answer


def test_a_reading_under_way_is_followed_to_its_end(organization, admin):
    sweep = SweepFactory(
        organization=organization, kind="catalogue", due_at=timezone.now() + timedelta(hours=1), problem=""
    )
    Sweep.objects.filter(pk=sweep.pk).update(lease_until=timezone.now() + timedelta(minutes=2))
    under_way = shown(admin, "catalogue-reading")
    asked = admin.post(reverse("catalogue-read"), follow=True).content.decode()
    Sweep.objects.filter(pk=sweep.pk).update(lease_until=None)

    assert "reading …" in under_way
    assert "disabled" in under_way
    assert "is being read already" in asked
    assert "hx-trigger" not in shown(admin, "catalogue-reading")


def test_a_deleted_code_stays_readable_wherever_it_is_shown(organization, admin):
    code = WrapupCodeFactory(organization=organization, name="Refund granted", gone=True)
    rule = MappingRuleFactory(organization=organization, wrapup_code=code)
    put_in_force(rule.release)
    failure = AssignmentFactory(
        organization=organization, wrapup_code=code, rule=rule, release=rule.release, failed=True
    )
    story = failure.communication.conversation

    assert "Refund granted" in shown(admin, "rule-list")
    assert "no longer in Genesys" in shown(admin, "rule-list")
    assert "Refund granted" in shown(admin, "conversation-detail", story.pk)
    assert "Refund granted" in shown(admin, "conversation-list")
    assert "Refund granted" in shown(admin, "failure-detail", failure.pk)
    assert "Refund granted" in shown(admin, "failure-list")
    assert "no longer lists this code" in shown(admin, "catalogue-code", code.pk)


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
