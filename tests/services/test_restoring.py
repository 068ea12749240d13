"""Having an earlier release's rules again, as a draft or in force at once."""

import pytest

from tests.factories import (
    MappingRuleFactory,
    OrganizationFactory,
    PersonFactory,
    ReleaseFactory,
    RuleCaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.models import Act, MappingRule, Organization, Release
from wrapups.models.clock import app_now
from wrapups.services import proposing, publishing, releasing, restoring
from wrapups.services.auditing import Actor
from wrapups.services.publishing import CannotPublish, Introduction, StandsAgainst
from wrapups.services.releasing import NotADraft
from wrapups.services.restoring import DraftInTheWay

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    """Somebody who publishes."""
    return Actor(PersonFactory())


def release_with(organization: Organization, *names: str, **columns: object) -> Release:
    """Return a release in force with rules of these names; the one before it is retired."""
    Release.everywhere.filter(organization=organization, state="published").update(
        state="retired", retired_at=app_now()
    )
    draft = ReleaseFactory(organization=organization, **columns)
    for line, name in enumerate(names, start=1):
        MappingRuleFactory(organization=organization, release=draft, line=line, name=name)
    return put_in_force(draft)


def rules(release: Release) -> list[tuple[int, str, object]]:
    return list(release.rules.order_by("line").values_list("line", "name", "identity"))


def test_an_earlier_release_goes_back_in_force_as_a_new_one_with_the_same_rules(actor: Actor):
    organization = OrganizationFactory()
    good = release_with(organization, "One", "Two")
    bad = release_with(organization, "Three")

    back = restoring.put_back_in_force(good, reason="Three was wrong", actor=actor)

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (back.state, back.restores, back.reason) == (Release.State.PUBLISHED, good, "Three was wrong")
    assert (bad.state, good.state) == (Release.State.RETIRED, Release.State.RETIRED)
    assert back.number > bad.number
    assert rules(back) == rules(good)
    act = Act.objects.get(organization=organization)
    assert (act.verb, act.reason) == (f"put release {good.number} back in force", "Three was wrong")


def test_a_draft_is_left_as_it_is(actor: Actor):
    organization = OrganizationFactory()
    good = release_with(organization, "One")
    release_with(organization, "Two")
    draft = releasing.open_draft(organization, actor=actor)

    restoring.put_back_in_force(good, reason="Back", actor=actor)

    assert releasing.draft_of(organization) == draft
    assert [name for _, name, _ in rules(draft)] == ["Two"]
    assert len(publishing.objections(draft)) == 1


def test_what_was_never_in_force_cannot_be_put_back(actor: Actor):
    organization = OrganizationFactory()
    present = release_with(organization, "One")
    draft = releasing.open_draft(organization, actor=actor)

    with pytest.raises(CannotPublish, match="only what was in force"):
        restoring.put_back_in_force(draft, reason="Why not", actor=actor)
    with pytest.raises(CannotPublish, match="in force already"):
        restoring.put_back_in_force(present, reason="Why not", actor=actor)
    with pytest.raises(CannotPublish, match="Say why"):
        restoring.put_back_in_force(present, reason=" ", actor=actor)


def test_rules_whose_code_has_gone_cannot_go_back_and_nothing_is_left_behind(actor: Actor):
    organization = OrganizationFactory()
    present = release_with(organization, "Two")
    code = WrapupCodeFactory(organization=organization, name="Fax sent", gone=True)
    old = rule_that_wants(code, organization, after=present)
    newest = release_with(organization, "Three")

    with pytest.raises(CannotPublish, match="Fax sent"):
        restoring.put_back_in_force(old, reason="Back", actor=actor)

    newest.refresh_from_db()
    assert newest.state == Release.State.PUBLISHED
    assert not Release.everywhere.filter(organization=organization, state="draft").exists()


def rule_that_wants(code: object, organization: Organization, *, after: Release) -> Release:
    Release.everywhere.filter(pk=after.pk).update(state="retired", retired_at=app_now())
    rule: MappingRule = MappingRuleFactory(
        organization=organization, release__organization=organization, wrapup_code=code, name="By fax"
    )
    return put_in_force(rule.release)


def test_a_release_in_shadow_mode_goes_live_as_a_new_one(actor: Actor):
    organization = OrganizationFactory()
    shadow = release_with(organization, "One", shadow=True)

    live = restoring.put_back_in_force(shadow, reason="It was right for a week", actor=actor)

    shadow.refresh_from_db()
    assert (live.shadow, live.restores, shadow.state) == (False, shadow, Release.State.RETIRED)
    assert Act.objects.get(organization=organization).verb == "leave shadow mode"


def test_it_may_go_back_in_shadow_mode(actor: Actor):
    organization = OrganizationFactory()
    good = release_with(organization, "One")
    release_with(organization, "Two")

    back = restoring.put_back_in_force(good, reason="To see", actor=actor, introduction=Introduction(shadow=True))

    assert back.shadow


# What stands against it


def test_a_failing_case_stands_against_it_until_somebody_says_why_it_goes_on_and_both_are_kept(actor: Actor):
    organization = OrganizationFactory()
    good = release_with(organization, "One")
    bad = release_with(organization, "Two")
    RuleCaseFactory(organization=organization, name="Voice gets nothing")

    with pytest.raises(StandsAgainst, match="Voice gets nothing"):
        restoring.put_back_in_force(good, reason="Back", actor=actor)
    bad.refresh_from_db()
    kept = bad.state
    restoring.put_back_in_force(good, reason="Back", despite="The case is old", actor=actor)

    assert kept == Release.State.PUBLISHED
    said = Act.objects.get(organization=organization, verb__startswith="put release").reason
    assert "Voice gets nothing" in said
    assert "Because: The case is old" in said


def test_rules_that_nobody_ever_approved_need_a_second_person(actor: Actor):
    organization = OrganizationFactory(approval_required=True)
    never = release_with(organization, "One")
    release_with(organization, "Two")
    release_with(organization, "Three", approved_by=PersonFactory())

    with pytest.raises(CannotPublish, match="Nobody has ever approved") as refused:
        restoring.put_back_in_force(never, reason="Back", despite="I say so", actor=actor)

    assert not isinstance(refused.value, StandsAgainst)


def test_what_was_in_force_right_before_goes_back_at_once_though_never_approved_with_a_reason(actor: Actor):
    organization = OrganizationFactory(approval_required=True)
    before = release_with(organization, "One")
    release_with(organization, "Two", approved_by=PersonFactory())

    with pytest.raises(StandsAgainst, match="Nobody has ever approved"):
        restoring.put_back_in_force(before, reason="Back", actor=actor)
    back = restoring.put_back_in_force(before, reason="Back", despite="It must stop now", actor=actor)

    assert back.state == Release.State.PUBLISHED


def test_rules_that_were_approved_once_go_back_without_another_word_however_often(actor: Actor):
    organization = OrganizationFactory(approval_required=True)
    agreed = release_with(organization, "One", approved_by=PersonFactory())
    release_with(organization, "Two", approved_by=PersonFactory())
    again = restoring.put_back_in_force(agreed, reason="Back", actor=actor)
    for number, name in enumerate(("Three", "Four"), start=again.number + 1):
        release_with(organization, name, number=number, approved_by=PersonFactory())
    again.refresh_from_db()

    back = restoring.put_back_in_force(again, reason="Back once more", actor=actor)

    assert back.state == Release.State.PUBLISHED


# As a draft


def test_an_earlier_release_becomes_a_draft_against_what_is_in_force(actor: Actor):
    organization = OrganizationFactory()
    good = release_with(organization, "One", "Two")
    present = release_with(organization, "Three")

    draft = restoring.restore_as_draft(good, actor=actor)

    present.refresh_from_db()
    assert (draft.state, draft.base, draft.restores) == (Release.State.DRAFT, present, None)
    assert rules(draft) == rules(good)
    assert present.state == Release.State.PUBLISHED


def test_a_draft_is_thrown_away_for_it_only_when_somebody_says_so(actor: Actor):
    organization = OrganizationFactory()
    good = release_with(organization, "One")
    release_with(organization, "Two")
    draft = releasing.open_draft(organization, actor=actor)

    with pytest.raises(DraftInTheWay, match=f"release {draft.number} already"):
        restoring.restore_as_draft(good, actor=actor)
    restored = restoring.restore_as_draft(good, actor=actor, in_place_of_draft=True)

    assert [name for _, name, _ in rules(restored)] == ["One"]
    assert releasing.draft_of(organization) == restored


def test_while_a_release_is_proposed_it_is_withdrawn_first(actor: Actor):
    organization = OrganizationFactory()
    good = release_with(organization, "One")
    release_with(organization, "Two")
    draft = releasing.open_draft(organization, actor=actor)
    proposing.propose(draft, reason="New rules", actor=actor, introduction=Introduction())

    with pytest.raises(NotADraft, match="Withdraw it"):
        restoring.restore_as_draft(good, actor=actor)
