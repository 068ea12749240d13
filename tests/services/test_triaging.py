"""Triage of a group: by whom, audited, and taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import AssignmentFactory, MembershipFactory, OrganizationFactory, PersonFactory
from wrapups.domain.roles import Role
from wrapups.models import Act, Assignment, FailureGroup, Organization, Person
from wrapups.services import triaging
from wrapups.services.auditing import Actor


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def group(organization: Organization) -> FailureGroup:
    AssignmentFactory(organization=organization, failed=True)
    return FailureGroup.everywhere.get()


@pytest.fixture
def ops(organization: Organization) -> Person:
    return MembershipFactory(organization=organization, role=Role.OPS).person


def now(group: FailureGroup) -> FailureGroup:
    return FailureGroup.everywhere.get(pk=group.pk)


def test_each_word_is_an_act_with_its_reason(group: FailureGroup, ops: Person):
    actor = Actor(ops)

    triaging.acknowledge(group, owner=ops, actor=actor)
    triaging.snooze(now(group), until_after=timedelta(hours=4), actor=actor)
    triaging.resolve(now(group), reason="The code is back.", actor=actor)
    triaging.reopen(now(group), actor=actor)
    triaging.ignore(now(group), reason="Test calls.", actor=actor)

    assert list(Act.objects.order_by("pk").values_list("verb", "reason", "person")) == [
        ("acknowledge a failure group", f"Group {group.pk}", ops.pk),
        ("snooze a failure group", f"Group {group.pk}", ops.pk),
        ("resolve a failure group", f"Group {group.pk}: The code is back.", ops.pk),
        ("open a failure group again", f"Group {group.pk}", ops.pk),
        ("ignore a failure group", f"Group {group.pk}: Test calls.", ops.pk),
    ]
    assert (now(group).state, now(group).because, now(group).triaged_by) == ("ignored", "Test calls.", ops)


def test_it_moves_no_assignment(group: FailureGroup, ops: Person):
    before = Assignment.everywhere.values().get()

    triaging.ignore(group, reason="Test calls.", actor=Actor(ops))

    assert Assignment.everywhere.values().get() == before


def test_opening_again_takes_everything_back(group: FailureGroup, ops: Person):
    triaging.acknowledge(group, owner=ops, actor=Actor(ops))
    triaging.snooze(now(group), until_after=timedelta(hours=1), actor=Actor(ops))

    triaging.reopen(now(group), actor=Actor(ops))

    again = now(group)
    assert (again.state, again.owner, again.snoozed_until, again.because) == ("open", None, None, "")


def test_a_snooze_ends_at_its_time(group: FailureGroup, ops: Person):
    triaging.snooze(group, until_after=timedelta(hours=4), actor=Actor(ops))

    until = now(group).snoozed_until

    assert until is not None
    assert timedelta(hours=3, minutes=59) < until - timezone.now() <= timedelta(hours=4)


def test_an_owner_must_be_able_to_see_to_it(group: FailureGroup, ops: Person):
    with pytest.raises(triaging.CannotTriage, match="whose role here"):
        triaging.acknowledge(group, owner=PersonFactory(), actor=Actor(ops))

    assert now(group).state == "open"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_ignoring_takes_a_usable_reason(group: FailureGroup, ops: Person, reason: str):
    with pytest.raises(triaging.NoUsableReason):
        triaging.ignore(group, reason=reason, actor=Actor(ops))


@pytest.mark.parametrize("wanted", [timedelta(0), timedelta(days=91), -timedelta(hours=1)])
def test_a_snooze_has_bounds(group: FailureGroup, ops: Person, wanted: timedelta):
    with pytest.raises(triaging.CannotTriage, match="at most 90 days"):
        triaging.snooze(group, until_after=wanted, actor=Actor(ops))


def test_of_two_people_who_saw_the_same_state_the_second_is_told(group: FailureGroup, ops: Person):
    seen_by_both = now(group)
    triaging.acknowledge(group, owner=ops, actor=Actor(ops))

    with pytest.raises(triaging.TriagedMeanwhile):
        triaging.ignore(seen_by_both, reason="Test calls.", actor=Actor(PersonFactory()))

    assert (now(group).state, Act.objects.count()) == ("acknowledged", 1)


def test_a_group_that_returned_meanwhile_is_not_resolved_unseen(group: FailureGroup, ops: Person):
    triaging.resolve(group, reason="", actor=Actor(ops))
    resolved = now(group)
    AssignmentFactory(organization=group.organization, failed=True)

    with pytest.raises(triaging.TriagedMeanwhile):
        triaging.ignore(resolved, reason="Test calls.", actor=Actor(ops))

    assert now(group).state == "open"
