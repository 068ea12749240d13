"""Rules of a draft: what makes one, what is refused, duplicates, and changing several at once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.factories import (
    MappingRuleFactory,
    MembershipFactory,
    OrganizationFactory,
    PersonFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.notes import BadNotes
from wrapups.domain.overrides import InvalidOverride
from wrapups.models import Act, AuditEntry, MappingRule, Organization, Release
from wrapups.services import releasing
from wrapups.services.auditing import Actor
from wrapups.services.releasing import NotADraft
from wrapups.services.usable_rules import UnfitRule, cleaned_tags, owners

pytestmark = pytest.mark.django_db

VOICE = {"all": [{"fact": "media", "operator": "one_of", "value": ["voice"]}]}
MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def organization() -> Organization:
    return OrganizationFactory()


@pytest.fixture
def actor(organization: Organization) -> Actor:
    """Somebody who writes rules."""
    return Actor(MembershipFactory(organization=organization).person)


@pytest.fixture
def draft(organization: Organization) -> Release:
    """A draft with the rules A, B and C."""
    draft = ReleaseFactory(organization=organization)
    for line, name in enumerate("ABC", start=1):
        MappingRuleFactory(organization=organization, release=draft, line=line, name=name, tags=["old"])
    return draft


def added(draft: Release, actor: Actor, **more: Any) -> MappingRule:
    code = WrapupCodeFactory(organization=draft.organization)
    return releasing.add_rule(draft, name="New", conditions=VOICE, wrapup_code=code, actor=actor, **more)


def column(draft: Release, name: str) -> list[Any]:
    """Return one column of the draft's rules, in their order."""
    return list(draft.rules.order_by("line").values_list(name, flat=True))


def test_a_rule_keeps_everything_that_is_said_of_it(draft: Release, actor: Actor):
    more = {
        "owner": actor.person,
        "tags": ["billing"],
        "remark": "Ask Mara",
        "valid_from": MARCH,
        "valid_until": APRIL,
        "policies": {"grace_s": 0},
        "notes": "CRM said {disposition.crm}",
    }

    rule = added(draft, actor, **more)

    rule.refresh_from_db()
    assert {name: getattr(rule, name) for name in more} == more


@pytest.mark.parametrize(
    ("more", "refusal", "words"),
    [
        ({"policies": {"grace": 1}}, InvalidOverride, "no policy 'grace'"),
        ({"notes": "{nothing}"}, BadNotes, "no fact {nothing}"),
        ({"valid_from": APRIL, "valid_until": MARCH}, UnfitRule, "It ends before it begins"),
        ({"valid_from": MARCH, "valid_until": MARCH}, UnfitRule, "It ends before it begins"),
        ({"tags": [str(n) for n in range(11)]}, UnfitRule, "at most 10 tags; this one would have 11"),
        ({"tags": ["x" * 41]}, UnfitRule, "1 to 40 characters"),
        ({"tags": ["a,b"]}, UnfitRule, "without a comma"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_kept(
    draft: Release, actor: Actor, more: dict[str, Any], refusal: type[ValueError], words: str
):
    with pytest.raises(refusal, match=words):
        added(draft, actor, **more)
    with pytest.raises(refusal, match=words):
        releasing.change_rule(draft.rules.get(line=1), actor=actor, **more)

    assert column(draft, "name") == ["A", "B", "C"]
    assert not Act.objects.exists()


def test_an_end_that_is_before_the_stored_beginning_is_refused_too(draft: Release, actor: Actor):
    rule = added(draft, actor, valid_from=APRIL)

    with pytest.raises(UnfitRule, match="ends before it begins"):
        releasing.change_rule(rule, valid_until=MARCH, actor=actor)


def test_a_stranger_cannot_own_a_rule(draft: Release, actor: Actor):
    with pytest.raises(UnfitRule, match="belongs to this organization"):
        added(draft, actor, owner=PersonFactory())


def test_those_who_can_own_a_rule_are_the_organization_s_people(organization: Organization):
    member = MembershipFactory(organization=organization)
    MembershipFactory(organization=organization, person__is_active=False)
    MembershipFactory()

    assert owners(organization.pk) == [member]


@pytest.mark.parametrize(
    ("text", "tags"),
    [("", []), (" , ,", []), ("a,b", ["a", "b"]), (" long   name , a,A, a", ["long name", "a", "A"])],
)
def test_tags_are_typed_with_commas(text: str, tags: list[str]):
    assert cleaned_tags(text) == tags


# Duplicates


def test_a_duplicate_stands_right_below_as_a_rule_of_its_own(draft: Release, actor: Actor):
    original = draft.rules.get(line=2)
    releasing.change_rule(original, remark="Ask Mara", policies={"legs": "last"}, actor=actor)

    copy = releasing.duplicate_rule(original, actor=actor)

    assert column(draft, "name") == ["A", "B", "B (copy)", "C"]
    assert column(draft, "line") == [1, 2, 3, 4]
    assert (copy.remark, copy.policies, copy.tags) == ("Ask Mara", {"legs": "last"}, ["old"])
    assert copy.identity != original.identity


def test_a_long_name_leaves_room_to_say_that_it_is_a_copy(draft: Release, actor: Actor):
    rule = releasing.change_rule(draft.rules.get(line=1), name="x" * 120, actor=actor)

    assert releasing.duplicate_rule(rule, actor=actor).name == "x" * 113 + " (copy)"


# Several at once


def test_several_rules_change_as_one_act_and_it_says_how_many_differ(draft: Release, actor: Actor):
    pks = column(draft, "pk")
    releasing.change_rule(draft.rules.get(line=1), enabled=False, actor=actor)

    changed = releasing.change_rules(draft, pks, enabled=False, actor=actor)

    assert changed == 2
    assert column(draft, "enabled") == [False] * 3
    act = Act.objects.get(verb="change rules")
    assert AuditEntry.objects.filter(act=act, table=MappingRule._meta.db_table).count() == 2


def test_tags_are_added_and_taken_off_and_an_owner_is_set(draft: Release, actor: Actor):
    pks = column(draft, "pk")[:2]

    added = releasing.change_rules(draft, pks, add_tag="new", actor=actor)
    removed = releasing.change_rules(draft, column(draft, "pk"), remove_tag="old", actor=actor)
    owned = releasing.change_rules(draft, pks[:1], owner=actor.person, actor=actor)

    assert (added, removed, owned) == (2, 3, 1)
    assert column(draft, "tags") == [["new"], ["new"], []]
    assert column(draft, "owner") == [actor.person.pk, None, None]


def test_where_one_of_several_would_have_too_many_tags_none_is_changed(draft: Release, actor: Actor):
    releasing.change_rule(draft.rules.get(line=3), tags=[str(n) for n in range(10)], actor=actor)

    with pytest.raises(UnfitRule, match="would have 11"):
        releasing.change_rules(draft, column(draft, "pk"), add_tag="new", actor=actor)

    assert column(draft, "tags")[:2] == [["old"], ["old"]]


def test_rules_of_another_release_are_left_alone(draft: Release, actor: Actor):
    foreign = MappingRuleFactory()

    assert releasing.change_rules(draft, [foreign.pk], enabled=False, actor=actor) == 0
    foreign.refresh_from_db()
    assert foreign.enabled


def test_nothing_of_a_release_in_force_is_duplicated_or_changed(draft: Release, actor: Actor):
    rule = put_in_force(draft).rules.get(line=1)

    with pytest.raises(NotADraft):
        releasing.duplicate_rule(rule, actor=actor)
    with pytest.raises(NotADraft):
        releasing.change_rules(draft, [rule.pk], enabled=False, actor=actor)

    assert column(draft, "enabled") == [True] * 3
