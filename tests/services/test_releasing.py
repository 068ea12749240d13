"""Drafting rules, putting a release in force, and keeping it as it was for ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.factories import (
    MappingRuleFactory,
    OrganizationFactory,
    PersonFactory,
    ReleaseFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.conditions import InvalidCondition
from wrapups.models import AuditEntry, MappingRule, Organization, Release, Sweep
from wrapups.models.clock import app_now
from wrapups.services import publishing, releasing
from wrapups.services.auditing import Actor
from wrapups.services.publishing import CannotPublish
from wrapups.services.releasing import NotADraft
from wrapups.services.usable_rules import NotOurCode

pytestmark = pytest.mark.django_db

VOICE = {"all": [{"fact": "media", "operator": "one_of", "value": ["voice"]}]}
EMAIL = {"all": [{"fact": "media", "operator": "one_of", "value": ["email"]}]}


@pytest.fixture
def actor() -> Actor:
    """Somebody who writes rules."""
    return Actor(PersonFactory())


def draft_with(organization: Organization, *names: str) -> Release:
    """Return a draft with rules of these names, in this order."""
    draft: Release = ReleaseFactory(organization=organization)
    for line, name in enumerate(names, start=1):
        MappingRuleFactory(organization=organization, release=draft, line=line, name=name)
    return draft


def lines(release: Release) -> list[tuple[int, str]]:
    """Return line and name of each rule, as stored."""
    return list(release.rules.order_by("line").values_list("line", "name"))


def rule_named(release: Release, name: str) -> MappingRule:
    found: MappingRule = release.rules.get(name=name)
    return found


def refused_by_the_database(change: Any) -> str | None:
    """Return the state with which PostgreSQL refuses the change."""
    with pytest.raises(ProgrammingError, match="never change") as refused, transaction.atomic():
        change()
    state: str | None = refused.value.__cause__.sqlstate
    return state


# Drafts


def test_a_draft_begins_as_a_copy_of_the_release_in_force(actor: Actor):
    organization = OrganizationFactory()
    present = put_in_force(draft_with(organization, "One", "Two"))

    draft = releasing.open_draft(organization, actor=actor)

    assert (draft.state, draft.number, draft.author) == (Release.State.DRAFT, present.number + 1, actor.person)
    assert lines(draft) == lines(present) == [(1, "One"), (2, "Two")]
    assert set(draft.rules.values_list("pk", flat=True)).isdisjoint(present.rules.values_list("pk", flat=True))


def test_the_first_draft_is_empty(actor: Actor):
    draft = releasing.open_draft(OrganizationFactory(), actor=actor)

    assert (draft.number, lines(draft)) == (1, [])


def test_there_is_one_draft_and_asking_again_returns_it(actor: Actor):
    organization = OrganizationFactory()

    first, second = (releasing.open_draft(organization, actor=actor) for _ in range(2))

    assert first == second
    with pytest.raises(DatabaseError, match="release_one_draft"), transaction.atomic():
        ReleaseFactory(organization=organization)


def test_a_new_rule_goes_to_the_end(actor: Actor):
    draft = draft_with(OrganizationFactory(), "One")
    code = WrapupCodeFactory(organization=draft.organization)

    rule = releasing.add_rule(draft, name="Two", conditions=VOICE, wrapup_code=code, notes="Why", actor=actor)

    assert lines(draft) == [(1, "One"), (2, "Two")]
    assert (rule.wrapup_code, rule.notes, rule.enabled) == (code, "Why", True)


def test_conditions_that_mean_nothing_are_refused_with_their_place(actor: Actor):
    draft = draft_with(OrganizationFactory())
    nonsense = {"all": [{"fact": "media", "operator": "one_of", "value": ["smoke signals"]}]}

    with pytest.raises(InvalidCondition) as refused:
        releasing.add_rule(
            draft,
            name="One",
            conditions=nonsense,
            wrapup_code=WrapupCodeFactory(organization=draft.organization),
            actor=actor,
        )

    assert refused.value.path == "all.0.value.0"
    assert lines(draft) == []


def test_a_rule_of_a_draft_can_be_changed(actor: Actor):
    rule = MappingRuleFactory(conditions=VOICE)

    releasing.change_rule(rule, actor=actor, conditions=EMAIL, enabled=False)

    rule.refresh_from_db()
    assert (rule.conditions, rule.enabled) == (EMAIL, False)


def test_a_rule_has_only_the_columns_it_has(actor: Actor):
    with pytest.raises(TypeError, match="release_id"):
        releasing.change_rule(MappingRuleFactory(), actor=actor, release_id=7)


def test_a_removed_rule_s_followers_move_up(actor: Actor):
    draft = draft_with(OrganizationFactory(), "One", "Two", "Three")

    releasing.remove_rule(rule_named(draft, "Two"), actor=actor)

    assert lines(draft) == [(1, "One"), (2, "Three")]


def test_a_discarded_draft_is_gone_and_stays_readable_in_the_audit(actor: Actor):
    organization = OrganizationFactory()
    draft = draft_with(organization, "One")

    releasing.discard(draft, actor=actor)

    assert releasing.draft_of(organization) is None
    deleted = AuditEntry.objects.get(table="wrapups_mappingrule", operation="delete")
    assert deleted.before["name"] == "One"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 7)), max_size=8))
def test_any_sequence_of_moves_keeps_the_lines_whole_and_the_order_asked_for(
    actor: Actor, moves: list[tuple[int, int]]
):
    names = ["A", "B", "C", "D", "E"]
    draft = draft_with(OrganizationFactory(), *names)

    for which, to_line in moves:
        name = "ABCDE"[which]
        releasing.move_rule(rule_named(draft, name), to_line=to_line, actor=actor)
        names.remove(name)
        names.insert(max(0, min(to_line - 1, len(names))), name)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    assert lines(draft) == list(enumerate(names, start=1))


# Publishing


def test_publishing_retires_the_present_release(actor: Actor):
    organization = OrganizationFactory()
    present = put_in_force(draft_with(organization, "Old"))
    draft = draft_with(organization, "New")

    published = publishing.publish(draft, reason="A new outcome", actor=actor)

    present.refresh_from_db()
    assert (published.state, published.reason, published.published_by) == (
        Release.State.PUBLISHED,
        "A new outcome",
        actor.person,
    )
    assert present.state == Release.State.RETIRED
    assert present.retired_at is not None
    assert lines(present) == [(1, "Old")]


def test_a_release_in_force_makes_discovery_look_at_once(
    actor: Actor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    draft = draft_with(OrganizationFactory(), "One")
    sweep = SweepFactory(
        organization=draft.organization, kind=Sweep.Kind.DISCOVER, due_at=timezone.now() + timedelta(hours=1)
    )

    with django_capture_on_commit_callbacks(execute=True):
        publishing.publish(draft, reason="First rules", actor=actor)

    sweep.refresh_from_db()
    assert sweep.due_at <= app_now()


def test_publishing_needs_a_reason(actor: Actor):
    draft = draft_with(OrganizationFactory(), "One")

    with pytest.raises(CannotPublish, match="Say why"):
        publishing.publish(draft, reason="  ", actor=actor)


def test_a_draft_without_an_enabled_rule_cannot_be_published(actor: Actor):
    draft = draft_with(OrganizationFactory(), "One")
    draft.rules.update(enabled=False)

    with pytest.raises(CannotPublish, match="no enabled rule"):
        publishing.publish(draft, reason="Why not", actor=actor)

    draft.refresh_from_db()
    assert draft.state == Release.State.DRAFT


def test_a_draft_that_wants_a_code_that_is_gone_cannot_be_published(actor: Actor):
    organization = OrganizationFactory()
    draft = draft_with(organization, "One")
    gone = WrapupCodeFactory(organization=organization, gone=True, name="Fax sent")
    MappingRuleFactory(organization=organization, release=draft, line=2, name="By fax", wrapup_code=gone)

    with pytest.raises(CannotPublish, match=r"By fax.*Fax sent"):
        publishing.publish(draft, reason="Why not", actor=actor)


def test_a_disabled_rule_may_want_a_code_that_is_gone(actor: Actor):
    organization = OrganizationFactory()
    draft = draft_with(organization, "One")
    gone = WrapupCodeFactory(organization=organization, gone=True)
    MappingRuleFactory(organization=organization, release=draft, line=2, wrapup_code=gone, enabled=False)

    published = publishing.publish(draft, reason="Fine", actor=actor)

    assert published.state == Release.State.PUBLISHED


def test_a_release_is_published_once(actor: Actor):
    draft = draft_with(OrganizationFactory(), "One")
    publishing.publish(draft, reason="First", actor=actor)

    with pytest.raises(NotADraft, match="published"):
        publishing.publish(draft, reason="Again", actor=actor)


# For ever


@pytest.mark.parametrize("state", [Release.State.PUBLISHED, Release.State.RETIRED])
def test_the_services_refuse_to_change_what_was_published(state: Release.State, actor: Actor):
    release = put_in_force(draft_with(OrganizationFactory(), "One", "Two"))
    if state == Release.State.RETIRED:
        Release.everywhere.filter(pk=release.pk).update(state=state)
    rule = rule_named(release, "One")
    code = rule.wrapup_code

    for change in (
        lambda: releasing.add_rule(release, name="Three", conditions=VOICE, wrapup_code=code, actor=actor),
        lambda: releasing.change_rule(rule, actor=actor, name="Other"),
        lambda: releasing.move_rule(rule, to_line=2, actor=actor),
        lambda: releasing.remove_rule(rule, actor=actor),
        lambda: releasing.discard(release, actor=actor),
    ):
        with pytest.raises(NotADraft), transaction.atomic():
            change()

    assert lines(release) == [(1, "One"), (2, "Two")]


def test_the_database_refuses_to_change_the_rules_of_a_published_release():
    release = put_in_force(draft_with(OrganizationFactory(), "One"))
    rules = MappingRule.everywhere.filter(release=release)

    states = [
        refused_by_the_database(lambda: rules.update(name="Other")),
        refused_by_the_database(rules.delete),
        refused_by_the_database(lambda: MappingRuleFactory(organization=release.organization, release=release, line=2)),
    ]

    assert states == ["42501"] * 3


def test_a_rule_cannot_be_moved_out_of_a_published_release_either():
    organization = OrganizationFactory()
    release = put_in_force(draft_with(organization, "One"))
    draft = draft_with(organization)

    with pytest.raises(ProgrammingError, match="never change"), transaction.atomic():
        MappingRule.everywhere.filter(release=release).update(release=draft)


@pytest.mark.parametrize("state", [Release.State.DRAFT, Release.State.PROPOSED, Release.State.PUBLISHED])
def test_the_database_lets_no_retired_release_come_back(state: Release.State):
    release = put_in_force(draft_with(OrganizationFactory(), "One"))
    Release.everywhere.filter(pk=release.pk).update(state=Release.State.RETIRED)

    with pytest.raises(ProgrammingError, match="Invalid transition"), transaction.atomic():
        Release.everywhere.filter(pk=release.pk).update(state=state)


def test_one_release_is_in_force():
    organization = OrganizationFactory()
    put_in_force(draft_with(organization, "One"))

    with pytest.raises(DatabaseError, match="release_one_in_force"), transaction.atomic():
        put_in_force(draft_with(organization, "Two"))


def test_a_rule_cannot_choose_the_code_of_another_organization(actor: Actor):
    draft = draft_with(OrganizationFactory(), "First")
    foreign = WrapupCodeFactory(name="Theirs")

    with pytest.raises(NotOurCode, match="Theirs belongs to another organization"):
        releasing.add_rule(draft, name="Second", conditions=VOICE, wrapup_code=foreign, actor=actor)
    with pytest.raises(NotOurCode):
        releasing.change_rule(rule_named(draft, "First"), wrapup_code=foreign, actor=actor)

    assert lines(draft) == [(1, "First")]
    assert not draft.rules.filter(wrapup_code=foreign).exists()
