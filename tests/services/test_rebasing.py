"""Bringing a draft up to date with what has come into force since it was begun."""

import pytest

from tests.factories import MappingRuleFactory, OrganizationFactory, PersonFactory, ReleaseFactory, put_in_force
from wrapups.models import MappingRule, Organization, Release
from wrapups.models.clock import app_now
from wrapups.services import publishing, releasing, restoring
from wrapups.services.auditing import Actor
from wrapups.services.rebasing import UpToDate, rebase
from wrapups.services.releasing import NotADraft

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    """Somebody who writes rules."""
    return Actor(PersonFactory())


def in_force_with(organization: Organization, *names: str) -> Release:
    Release.everywhere.filter(organization=organization, state="published").update(
        state="retired", retired_at=app_now()
    )
    made = ReleaseFactory(organization=organization)
    for line, name in enumerate(names, start=1):
        MappingRuleFactory(organization=organization, release=made, line=line, name=name)
    return put_in_force(made)


def named(release: Release, name: str) -> MappingRule:
    found: MappingRule = release.rules.get(name=name)
    return found


def names(release: Release) -> list[tuple[int, str]]:
    return list(release.rules.order_by("line").values_list("line", "name"))


def test_the_draft_s_own_changes_are_made_to_what_is_in_force_now(actor: Actor):
    organization = OrganizationFactory()
    earlier = in_force_with(organization, "A", "B", "X")
    between = releasing.open_draft(organization, actor=actor)
    releasing.remove_rule(named(between, "X"), actor=actor)
    publishing.publish(between, reason="Without X", actor=actor)
    draft = releasing.open_draft(organization, actor=actor)
    releasing.change_rule(named(draft, "B"), name="B, renamed", actor=actor)
    rule = named(draft, "A")
    releasing.add_rule(draft, name="New", conditions=rule.conditions, wrapup_code=rule.wrapup_code, actor=actor)
    present = restoring.put_back_in_force(earlier, reason="X was needed", actor=actor)

    both = rebase(draft, actor=actor)

    assert names(draft) == [(1, "A"), (2, "B, renamed"), (3, "New"), (4, "X")]
    assert (draft.base, both) == (present, [])
    assert publishing.objections(draft) == []
    assert named(draft, "A").identity == named(present, "A").identity


def test_where_both_have_changed_a_rule_the_draft_s_stands_and_it_is_named(actor: Actor):
    organization = OrganizationFactory()
    earlier = in_force_with(organization, "A", "B")
    between = releasing.open_draft(organization, actor=actor)
    releasing.change_rule(named(between, "A"), notes="Theirs", actor=actor)
    publishing.publish(between, reason="Notes", actor=actor)
    draft = releasing.open_draft(organization, actor=actor)
    releasing.change_rule(named(draft, "A"), notes="Mine", actor=actor)
    restoring.put_back_in_force(earlier, reason="No notes", actor=actor)

    both = rebase(draft, actor=actor)

    assert both == ["A"]
    assert named(draft, "A").notes == "Mine"


def test_a_draft_that_is_up_to_date_says_so(actor: Actor):
    organization = OrganizationFactory()
    in_force_with(organization, "A")
    draft = releasing.open_draft(organization, actor=actor)

    with pytest.raises(UpToDate, match="nothing to bring together"):
        rebase(draft, actor=actor)


def test_what_is_published_is_no_draft(actor: Actor):
    with pytest.raises(NotADraft):
        rebase(in_force_with(OrganizationFactory(), "A"), actor=actor)
