"""A release on its way into force: proposed, approved by another person, published at a time, held, withdrawn."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction

from tests.factories import (
    MappingRuleFactory,
    OrganizationFactory,
    PersonFactory,
    ReleaseFactory,
    RuleCaseFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from tests.services.clock import Clock
from wrapups.domain.rollout import Rollout
from wrapups.models import Act, MappingRule, Organization, Release, Sweep, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services import proposing, publishing, releasing, restoring
from wrapups.services.auditing import Actor
from wrapups.services.proposing import CannotPropose
from wrapups.services.publishing import CannotPublish, Introduction, StandsAgainst
from wrapups.services.releasing import NotADraft

pytestmark = pytest.mark.django_db

AT_ONCE = Introduction()


@pytest.fixture
def organization() -> Organization:
    """One that has the duty to publish, and whose releases another person has to approve."""
    made: Organization = OrganizationFactory(approval_required=True)
    SweepFactory(organization=made, kind=Sweep.Kind.PUBLISH)
    return made


@pytest.fixture
def author() -> Actor:
    """Who writes rules."""
    return Actor(PersonFactory())


@pytest.fixture
def other() -> Actor:
    """Somebody else."""
    return Actor(PersonFactory())


def draft_by(actor: Actor, organization: Organization) -> Release:
    draft = releasing.open_draft(organization, actor=actor)
    MappingRuleFactory(organization=organization, release=draft, line=1, name="Refunds")
    return draft


def proposed_by(actor: Actor, organization: Organization, *, in_s: float | None = None) -> Release:
    publish_at = app_now() + timedelta(seconds=in_s) if in_s else None
    draft = draft_by(actor, organization)
    return proposing.propose(draft, reason="A new outcome", actor=actor, introduction=AT_ONCE, publish_at=publish_at)


def verbs(organization: Organization) -> list[str]:
    return list(Act.objects.filter(organization=organization).order_by("pk").values_list("verb", flat=True))


# Proposing


def test_a_proposed_release_keeps_its_rules_as_they_are(organization, author):
    release = proposed_by(author, organization)

    rule = release.rules.get()
    assert (release.state, release.proposed_by, release.reason) == ("proposed", author.person, "A new outcome")
    with pytest.raises(NotADraft, match="Withdraw it"):
        releasing.change_rule(rule, name="Other", actor=author)
    with pytest.raises(ProgrammingError, match="never change"), transaction.atomic():
        MappingRule.everywhere.filter(pk=rule.pk).update(name="Other")


def test_no_other_draft_begins_while_a_release_is_proposed(organization, author, other):
    proposed_by(author, organization)

    with pytest.raises(NotADraft, match="is proposed"):
        releasing.open_draft(organization, actor=other)


def test_proposing_needs_a_reason_and_a_release_that_could_decide(organization, author):
    draft = draft_by(author, organization)

    with pytest.raises(CannotPropose, match="Say why"):
        proposing.propose(draft, reason=" ", actor=author, introduction=AT_ONCE)
    draft.rules.update(enabled=False)
    with pytest.raises(CannotPublish, match="no enabled rule"):
        proposing.propose(draft, reason="Why not", actor=author, introduction=AT_ONCE)

    draft.refresh_from_db()
    assert draft.state == Release.State.DRAFT


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_time_to_publish_lies_ahead_and_within_a_year(days: int, organization, author):
    draft = draft_by(author, organization)

    with pytest.raises(CannotPropose, match="a time ahead"):
        proposing.propose(
            draft,
            reason="Later",
            actor=author,
            introduction=AT_ONCE,
            publish_at=app_now() + timedelta(days=days),
        )


# Approving


def test_nothing_is_published_before_another_person_approved_it(organization, author, other):
    release = proposed_by(author, organization)

    with pytest.raises(CannotPublish, match="Nobody has approved"):
        publishing.publish(release, reason="Now", actor=author)
    proposing.approve(release, actor=other)
    published = publishing.publish(release, reason="Now", actor=author)

    assert (published.state, published.approved_by) == (Release.State.PUBLISHED, other.person)
    assert verbs(organization) == ["begin a draft", "propose release", "approve release", "publish release"]


def test_a_draft_cannot_pass_by_approval(organization, author):
    with pytest.raises(CannotPublish, match="Propose it"):
        publishing.publish(draft_by(author, organization), reason="Now", actor=author)


def test_neither_who_drafted_nor_who_proposed_it_can_approve_it(organization, author, other):
    draft = draft_by(author, organization)
    release = proposing.propose(draft, reason="Mine now", actor=other, introduction=AT_ONCE)

    for party in (author, other):
        with pytest.raises(CannotPropose, match="Another person"):
            proposing.approve(release, actor=party)

    release.refresh_from_db()
    assert release.approved_by is None


def test_it_is_approved_once(organization, author, other):
    release = proposed_by(author, organization)
    proposing.approve(release, actor=other)

    with pytest.raises(CannotPropose, match="approved it already"):
        proposing.approve(release, actor=Actor(PersonFactory()))


def test_without_the_setting_a_draft_is_published_directly(organization, author):
    Organization.objects.update(approval_required=False)

    published = publishing.publish(draft_by(author, organization), reason="Now", actor=author)

    assert published.state == Release.State.PUBLISHED


# Withdrawing


def test_withdrawing_opens_the_rules_again_and_forgets_who_approved(organization, author, other):
    release = proposed_by(author, organization, in_s=3600)
    proposing.approve(release, actor=other)

    proposing.withdraw(release, actor=author)
    releasing.change_rule(release.rules.get(), name="Other", actor=author)

    assert (release.state, release.approved_by, release.publish_at) == (Release.State.DRAFT, None, None)


def test_what_is_not_proposed_can_be_neither_approved_nor_withdrawn(organization, author, other):
    draft = draft_by(author, organization)

    for act in (proposing.approve, proposing.withdraw):
        with pytest.raises(CannotPropose, match="no longer proposed"):
            act(draft, actor=other)


# At a time


def test_at_its_time_it_is_put_in_force_in_the_name_of_who_proposed_it(organization, author, other, clock: Clock):
    release = proposed_by(author, organization, in_s=3600)
    proposing.approve(release, actor=other)

    early = proposing.publish_due(organization)
    clock.advance_database(3601)
    published = proposing.publish_due(organization)

    assert early is None
    assert published == release
    assert (published.state, published.published_by) == (Release.State.PUBLISHED, author.person)
    assert published.reason == "A new outcome"


def test_the_duty_wakes_when_the_release_is_due(organization, author):
    release = proposed_by(author, organization, in_s=600)

    assert Sweep.objects.get(organization=organization, kind="publish").due_at == release.publish_at


def test_without_approval_it_is_held_and_goes_on_after_it(organization, author, other, clock: Clock):
    release = proposed_by(author, organization, in_s=60)
    clock.advance_database(61)

    proposing.publish_due(organization)
    release.refresh_from_db()
    held = release.held_because
    proposing.approve(release, actor=other)
    published = proposing.publish_due(organization)

    assert "Nobody has approved" in held
    assert published is not None
    assert published.held_because == ""


def test_it_is_held_where_the_live_set_has_changed_meanwhile(organization, author, other, clock: Clock):
    first = put_in_force(MappingRuleFactory(organization=organization).release)
    second = put_after(first)
    release = proposed_by(author, organization, in_s=60)
    proposing.approve(release, actor=other)
    restored = restoring.put_back_in_force(first, reason="The second was wrong", despite="At once", actor=other)
    clock.advance_database(61)

    proposing.publish_due(organization)

    release.refresh_from_db()
    restored.refresh_from_db()
    assert second.number < restored.number
    assert (release.state, restored.state) == (Release.State.PROPOSED, Release.State.PUBLISHED)
    assert f"Release {restored.number} has been put in force since" in release.held_because
    assert proposing.publish_due(organization) is None


def test_it_is_held_where_the_code_of_a_rule_has_gone(organization, author, other, clock: Clock):
    release = proposed_by(author, organization, in_s=60)
    proposing.approve(release, actor=other)
    WrapupCode.everywhere.filter(pk=release.rules.get().wrapup_code_id).update(gone_at=app_now())
    clock.advance_database(61)

    proposing.publish_due(organization)

    release.refresh_from_db()
    assert "no longer exists in Genesys Cloud" in release.held_because


def test_a_held_release_is_published_anyway_only_with_a_reason_and_the_history_has_both(organization, author, other):
    first = put_in_force(MappingRuleFactory(organization=organization).release)
    put_after(first)
    release = proposed_by(author, organization)
    proposing.approve(release, actor=other)
    restoring.put_back_in_force(first, reason="Back", despite="At once", actor=other)

    with pytest.raises(StandsAgainst, match="since this one was begun"):
        publishing.publish(release, reason="New rules", actor=author)
    publishing.publish(release, reason="New rules", actor=author, despite="We looked at both")

    told = Act.objects.filter(organization=organization, verb="publish release").latest("pk").reason
    assert "New rules" in told
    assert "since this one was begun" in told
    assert "We looked at both" in told


def test_another_time_ends_the_hold(organization, author, clock: Clock):
    release = proposed_by(author, organization, in_s=60)
    clock.advance_database(61)
    proposing.publish_due(organization)

    proposing.reschedule(release, publish_at=app_now() + timedelta(hours=1), actor=author)

    assert release.held_because == ""


# Saved cases


def test_a_saved_case_that_comes_out_otherwise_refuses_publishing_unless_somebody_says_why(organization, author):
    Organization.objects.update(approval_required=False)
    draft = draft_by(author, organization)
    expected = WrapupCodeFactory(organization=organization)
    RuleCaseFactory(organization=organization, name="A refund", facts={"media": "voice"}, expected_code=expected)

    with pytest.raises(StandsAgainst, match="A refund"):
        publishing.publish(draft, reason="New rules", actor=author)
    published = publishing.publish(draft, reason="New rules", actor=author, despite="The case is outdated")

    assert published.state == Release.State.PUBLISHED
    assert published.reason == "New rules"
    assert "The case is outdated" in Act.objects.get(verb="publish release").reason


# How it comes into force


def test_how_much_it_decides_is_proposed_with_it(organization, author):
    put_in_force(MappingRuleFactory(organization=organization).release)
    draft = draft_with_rule(author, organization)

    release = proposing.propose(
        draft,
        reason="Carefully",
        actor=author,
        introduction=Introduction(Rollout(10, frozenset({"queue-1"})), shadow=True),
    )

    assert (release.rollout_percent, release.rollout_queues, release.shadow) == (10, ["queue-1"], True)


def test_the_first_release_decides_everything(organization, author):
    with pytest.raises(CannotPublish, match="decide the rest"):
        proposing.propose(
            draft_by(author, organization), reason="Carefully", actor=author, introduction=Introduction(Rollout(10))
        )


def draft_with_rule(actor: Actor, organization: Organization) -> Release:
    return releasing.open_draft(organization, actor=actor)


def put_after(present: Release) -> Release:
    """Put another release in force in place of this one."""
    Release.everywhere.filter(pk=present.pk).update(state=Release.State.RETIRED, retired_at=app_now())
    newer = ReleaseFactory(organization=present.organization)
    MappingRuleFactory(organization=present.organization, release=newer)
    return put_in_force(newer)
