"""The inbox of dispositions that no rule asks for, by address, role and deed."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    AssignmentFactory,
    DispositionFactory,
    DispositionSeenFactory,
    MappingRuleFactory,
    SweepFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.models import Act, DispositionSeen, Organization, Sweep
from wrapups.services.tallying import tally

LIST = "disposition-list"


@pytest.fixture
def counting(organization: Organization) -> Callable[[], None]:
    """Let the sweep count what came, now."""
    sweep = SweepFactory(organization=organization, kind=Sweep.Kind.TALLY)

    def count() -> None:
        Sweep.objects.filter(pk=sweep.pk).update(due_at=timezone.now() - timedelta(hours=1))
        tally(organization)

    return count


def listed(client: Client, **asked: str) -> list[str]:
    return [line.seen.code for line in client.get(reverse(LIST), asked).context["page"].lines]


def asks_for(source: str, code: str) -> dict[str, object]:
    return {"all": [{"fact": f"disposition.{source}", "operator": "is", "value": code}]}


def test_an_unknown_code_sent_three_times_is_one_row_that_leads_to_a_filled_in_rule(
    admin: Client, organization: Organization, counting: Callable[[], None]
):
    DispositionFactory.create_batch(3, organization=organization, source="CRM", code="ZZ-9")
    counting()

    [line] = admin.get(reverse(LIST)).context["page"].lines
    form = admin.get(line.make_rule).content.decode()

    assert (line.seen.source, line.seen.code, line.seen.count) == ("CRM", "ZZ-9", 3)
    assert parse_qs(urlsplit(line.make_rule).query) == {"source": ["CRM"], "disposition": ["ZZ-9"]}
    assert "disposition.CRM" in form
    assert "ZZ-9" in form


def test_what_a_rule_asks_for_is_not_in_the_inbox(
    admin: Client, organization: Organization, counting: Callable[[], None]
):
    put_in_force(MappingRuleFactory(organization=organization, conditions=asks_for("crm", "A")).release)
    for code in ("A", "B"):
        DispositionFactory(organization=organization, code=code)

    counting()

    assert listed(admin) == ["B"]


def test_once_a_rule_asks_for_it_the_row_says_which_until_the_next_count(
    admin: Client, organization: Organization, counting: Callable[[], None]
):
    DispositionFactory(organization=organization, code="A")
    counting()
    MappingRuleFactory(organization=organization, conditions=asks_for("crm", "A"), name="Refund - EU")

    page = admin.get(reverse(LIST)).content.decode()
    counting()

    assert "Refund - EU" in page
    assert "Make a rule" not in page
    assert listed(admin) == []


def test_a_row_leads_to_its_conversations_and_to_an_example(
    admin: Client, organization: Organization, counting: Callable[[], None]
):
    assignments = AssignmentFactory.create_batch(2, organization=organization)
    for assignment in assignments:
        conversation_id = assignment.communication.conversation.conversation_id
        DispositionFactory(organization=organization, conversation_id=conversation_id, source="crm", code="A")
    AssignmentFactory(organization=organization)
    counting()

    [line] = admin.get(reverse(LIST)).context["page"].lines

    assert admin.get(reverse("conversation-list") + line.conversations).context["listing"].total.number == 2
    assert line.example == assignments[-1].communication.conversation.conversation_id


def test_what_was_said_last_stands_first_and_one_source_can_be_asked_for(admin: Client, organization: Organization):
    for code, source, days in (("old", "crm", 3), ("new", "survey", 1), ("middle", "crm", 2)):
        DispositionSeenFactory(
            organization=organization, code=code, source=source, last_said_at=timezone.now() - timedelta(days=days)
        )

    assert listed(admin) == ["new", "middle", "old"]
    assert listed(admin, source="crm") == ["middle", "old"]
    assert listed(admin, source="nobody") == ["new", "middle", "old"]


def test_a_disposition_is_set_aside_with_a_reason_and_taken_back(admin: Client, organization: Organization):
    seen = DispositionSeenFactory(organization=organization, code="TEST")

    admin.post(reverse("disposition-set-aside", args=[seen.pk]), {"reason": "Only our testers say it"})
    aside = admin.get(reverse(LIST), {"state": "aside"}).content.decode()
    gone = listed(admin)
    admin.post(reverse("disposition-take-back", args=[seen.pk]))

    assert gone == []
    assert "“Only our testers say it”" in aside
    assert listed(admin) == ["TEST"]
    assert list(Act.objects.order_by("pk").values_list("verb", flat=True)) == [
        "set a disposition aside",
        "take a disposition back",
    ]


def test_what_was_set_aside_stays_so_however_often_it_comes(
    admin: Client, organization: Organization, counting: Callable[[], None]
):
    DispositionFactory(organization=organization, code="TEST")
    counting()
    seen = DispositionSeen.everywhere.of(organization).get()
    admin.post(reverse("disposition-set-aside", args=[seen.pk]), {"reason": "Testers"})
    DispositionFactory(organization=organization, code="TEST")

    counting()

    assert listed(admin) == []
    assert listed(admin, state="aside") == ["TEST"]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_a_reason_that_cannot_be_kept_is_an_error_at_its_field(reason: str, admin: Client, organization: Organization):
    seen = DispositionSeenFactory(organization=organization)

    page = admin.post(reverse("disposition-set-aside", args=[seen.pk]), {"reason": reason}).content.decode()

    assert "Say in at most 300 characters" in page
    assert 'aria-invalid="true"' in page
    assert f'value="{reason.strip()}"' in page
    seen.refresh_from_db()
    assert seen.dismissed_at is None


@pytest.mark.parametrize("deed", ["disposition-set-aside", "disposition-take-back"])
def test_what_somebody_else_has_done_meanwhile_is_said(deed: str, admin: Client, organization: Organization):
    seen = DispositionSeenFactory(organization=organization, aside=deed == "disposition-set-aside")

    page = admin.post(reverse(deed, args=[seen.pk]), {"reason": "Me too"}, follow=True).content.decode()

    assert "meanwhile" in page


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OPS])
def test_who_may_not_change_rules_sees_the_inbox_without_buttons(role: Role, sign_in, organization: Organization):
    DispositionSeenFactory(organization=organization, code="ZZ-9")

    page = sign_in(role).get(reverse(LIST)).content.decode()

    assert "ZZ-9" in page
    assert "Make a rule" not in page
    assert "Set aside …" not in page


@pytest.mark.parametrize("deed", ["disposition-set-aside", "disposition-take-back"])
def test_another_organization_s_disposition_is_not_found(deed: str, admin: Client):
    seen = DispositionSeenFactory()

    assert admin.post(reverse(deed, args=[seen.pk]), {"reason": "x"}).status_code == 404
    assert listed(admin) == []


def test_the_rail_counts_what_no_rule_asks_for_where_somebody_can_make_one(
    admin: Client, sign_in, organization: Organization
):
    DispositionSeenFactory.create_batch(2, organization=organization)
    DispositionSeenFactory(organization=organization, known=True)
    DispositionSeenFactory(organization=organization, aside=True)
    said = "2 dispositions that no rule asks for"

    assert said in admin.get(reverse("rule-list")).content.decode()
    assert said not in sign_in(Role.SUPERVISOR).get(reverse("rule-list")).content.decode()


def test_pages_go_on_below_and_come_back(admin: Client, organization: Organization):
    for place in range(55):
        DispositionSeenFactory(
            organization=organization, code=f"code-{place:02}", last_said_at=timezone.now() - timedelta(hours=place)
        )

    first = admin.get(reverse(LIST))
    second = admin.get(reverse(LIST) + first.context["older"])
    again = admin.get(reverse(LIST) + second.context["newer"])

    assert [line.seen.code for line in second.context["page"].lines] == [f"code-{place}" for place in range(50, 55)]
    assert len(again.context["page"].lines) == 50


def test_many_rows_cost_a_fixed_number_of_queries(
    admin: Client, organization: Organization, django_assert_max_num_queries
):
    DispositionSeenFactory.create_batch(60, organization=organization)
    MappingRuleFactory(organization=organization)

    with django_assert_max_num_queries(18):
        page = admin.get(reverse(LIST)).content.decode()

    assert page.count('<tr id="disposition-') == 50


def test_before_anything_was_counted_the_page_says_so(admin: Client):
    assert "Nothing has been counted yet" in admin.get(reverse(LIST)).content.decode()


def test_when_rules_know_everything_the_page_says_so(admin: Client, counting: Callable[[], None]):
    counting()

    assert "The rules know every disposition" in admin.get(reverse(LIST)).content.decode()


def test_htmx_gets_the_list_alone(admin: Client, organization: Organization):
    DispositionSeenFactory(organization=organization, code="ZZ-9")

    answer = admin.get(reverse(LIST), headers={"HX-Request": "true"}).content.decode()

    assert "ZZ-9" in answer
    assert "<html" not in answer


def test_what_outside_systems_wrote_is_shown_as_text(admin: Client, organization: Organization):
    DispositionSeenFactory(organization=organization, code="<script>alert(1)</script>")

    assert "<script>alert(1)" not in admin.get(reverse(LIST)).content.decode()
