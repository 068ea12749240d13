"""What became of one rule: counts that lead to just the conversations they count."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    AssignmentFactory,
    DecisionTallyFactory,
    MappingRuleFactory,
    SweepFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.domain.status import SkipReason, Status
from wrapups.models import MappingRule, Organization, Release, Sweep
from wrapups.services.tallying import LATELY_DAYS, tally


@pytest.fixture
def rule(organization: Organization) -> MappingRule:
    """A rule that has been in force for two months."""
    made: MappingRule = MappingRuleFactory(organization=organization, name="Refund - EU")
    put_in_force(made.release)
    Release.everywhere.filter(pk=made.release_id).update(published_at=timezone.now() - timedelta(days=60))
    return made


@pytest.fixture
def counting(organization: Organization) -> Callable[[], None]:
    """Let the sweep count now."""
    sweep = SweepFactory(organization=organization, kind=Sweep.Kind.TALLY, succeeded_at=None)

    def count() -> None:
        Sweep.objects.filter(pk=sweep.pk).update(due_at=timezone.now() - timedelta(hours=1))
        tally(organization)

    return count


def address(rule: MappingRule) -> str:
    return reverse("rule-use", args=[rule.identity])


def decided(rule: MappingRule, times: int, *, days: int = 1, **columns: object) -> None:
    own = {"organization": rule.organization, "rule": rule, "wrapup_code": rule.wrapup_code}
    ended_at = timezone.now() - timedelta(days=days)
    AssignmentFactory.create_batch(times, communication__ended_at=ended_at, **(own | columns))


def agreeing(rule: MappingRule) -> None:
    """Let agents have chosen the same 6 times, another 3 times, and none 2 times."""
    chose = {"status": Status.SKIPPED, "reason": SkipReason.AGENT_CHOSE}
    decided(rule, 6, found_code_id=rule.wrapup_code.genesys_id, **chose)
    decided(rule, 2, found_code_id="code-other", **chose)
    decided(rule, 1, status=Status.OVERRIDDEN)
    decided(rule, 1, found_code_id="ININ-WRAP-UP-TIMEOUT")
    decided(rule, 1)


def listed(client: Client, where: str) -> int:
    found: int = client.get(where).context["listing"].total.number
    return found


def test_each_number_of_the_agreement_leads_to_just_these_conversations(
    admin: Client, rule: MappingRule, counting: Callable[[], None]
):
    agreeing(rule)
    decided(MappingRuleFactory(organization=rule.organization, name=rule.name), 4)
    counting()

    story = admin.get(address(rule)).context["story"]

    assert [choice.number for choice in story.choices] == [6, 3, 2]
    assert [listed(admin, choice.address) for choice in story.choices] == [6, 3, 2]
    assert story.use.agreed_percent == 67


def test_the_list_says_of_how_many_choices_agents_agreed_and_nothing_where_they_made_none(
    admin: Client, rule: MappingRule, counting: Callable[[], None]
):
    agreeing(rule)
    decided(MappingRuleFactory(organization=rule.organization), 4)
    counting()

    in_force, draft = (admin.get(f"/rules?release={each}").content.decode() for each in ("in-force", "draft"))

    assert "6 of 9 agreed<" in in_force
    assert "agreed<" not in draft


def test_each_bar_leads_to_the_conversations_of_its_day(admin: Client, rule: MappingRule, counting: Callable[[], None]):
    decided(rule, 3, days=2)
    decided(rule, 2, days=9, found_code_id=rule.wrapup_code.genesys_id)
    counting()

    story = admin.get(address(rule)).context["story"]

    bars = [bar.part for bar in story.chart.bars]
    assert [part.number for part in bars] == [2, 3]
    assert [listed(admin, part.url) for part in bars] == [2, 3]
    assert len(story.chart.columns) == LATELY_DAYS


def test_the_week_and_the_month_are_told_apart(admin: Client, rule: MappingRule, counting: Callable[[], None]):
    for days, times in ((1, 4), (20, 2), (40, 3)):
        decided(rule, times, days=days)
    counting()

    use = admin.get(address(rule)).context["story"].use

    assert (use.week, use.month) == (4, 6)
    assert listed(admin, reverse("conversation-list") + use.week_address) == 4
    assert listed(admin, reverse("conversation-list") + use.address()) == 6


def test_what_came_of_it_is_told_by_reason(admin: Client, rule: MappingRule, counting: Callable[[], None]):
    agreeing(rule)
    counting()

    outcomes = admin.get(address(rule)).context["story"].outcomes

    assert [(outcome.words, outcome.number) for outcome in outcomes] == [
        ("its code was to be written", 3),
        ("the agent had chosen a code", 8),
    ]


def test_a_rule_is_the_same_in_every_release(admin: Client, rule: MappingRule, counting: Callable[[], None]):
    decided(rule, 2)
    Release.everywhere.filter(pk=rule.release_id).update(state=Release.State.RETIRED)
    newer = MappingRuleFactory(
        organization=rule.organization,
        release__number=rule.release.number + 1,
        identity=rule.identity,
        wrapup_code=rule.wrapup_code,
        name="Refund in Europe",
    )
    decided(newer, 1)
    counting()

    page = admin.get(address(rule))

    assert page.context["story"].use.month == 3
    assert "Refund in Europe" in page.content.decode()


def test_a_rule_in_force_for_a_month_without_a_match_is_marked(
    admin: Client, rule: MappingRule, counting: Callable[[], None]
):
    decided(rule, 1, days=LATELY_DAYS + 5)
    counting()

    page = admin.get(address(rule)).content.decode()
    rules = admin.get(reverse("rule-list"), {"release": "in-force"}).content.decode()

    assert "Unused: it has been in force for 30 days" in page
    assert ">unused</span>" in rules


def test_a_rule_that_was_published_lately_is_not_called_unused(
    admin: Client, rule: MappingRule, counting: Callable[[], None]
):
    Release.everywhere.filter(pk=rule.release_id).update(published_at=timezone.now() - timedelta(days=29))
    counting()

    assert "Unused" not in admin.get(address(rule)).content.decode()


def test_before_anything_was_counted_nothing_is_called_unused(admin: Client, rule: MappingRule):
    page = admin.get(address(rule)).content.decode()

    assert "Nothing has been counted yet" in page
    assert "Unused" not in page


@pytest.mark.parametrize("role", list(Role))
def test_everybody_may_see_what_became_of_a_rule(role: Role, sign_in, rule: MappingRule):
    assert sign_in(role).get(address(rule)).status_code == 200


def test_another_organization_s_rule_is_not_found(admin: Client):
    assert admin.get(address(MappingRuleFactory())).status_code == 404
    assert admin.get(reverse("rule-use", args=[uuid4()])).status_code == 404


def test_many_tallies_cost_a_fixed_number_of_queries(admin: Client, rule: MappingRule, django_assert_max_num_queries):
    today = timezone.now().date()
    for days in range(60):
        DecisionTallyFactory(
            organization=rule.organization, rule_identity=rule.identity, day=today - timedelta(days=days)
        )

    with django_assert_max_num_queries(30):
        admin.get(address(rule))
