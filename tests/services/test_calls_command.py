"""`manage.py calls`: pausing from a shell, in one organization or in every one, and in all of them or none."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories import MappingRuleFactory, MembershipFactory, OrganizationFactory, put_in_force
from wrapups.domain.roles import Role
from wrapups.models import Act, CallBudget, Organization
from wrapups.services.held_work import HeldWork


@pytest.fixture
def centres(db: None) -> list[Organization]:
    """Two organizations with somebody on duty in both, and a supervisor."""
    made: list[Organization] = [OrganizationFactory(slug=slug) for slug in ("north", "south")]
    ines = MembershipFactory(organization=made[0], role=Role.OPS, person__username="ines").person
    MembershipFactory(organization=made[1], role=Role.ADMIN, person=ines)
    sam = MembershipFactory(organization=made[0], role=Role.SUPERVISOR, person__username="sam").person
    MembershipFactory(organization=made[1], role=Role.ADMIN, person=sam)
    return made


def calls(*words: str) -> str:
    out = io.StringIO()
    call_command("calls", *words, stdout=out)
    return out.getvalue()


def held() -> list[str]:
    return sorted(CallBudget.objects.exclude(held_at=None).values_list("organization__slug", flat=True))


def test_everything_is_paused_and_resumed_at_once_with_an_act_in_each_organization(centres):
    said = calls("pause", "--everything", "--reason", "Wrong codes everywhere", "--as", "ines")
    while_paused = held()
    calls("resume", "--everything", "--as", "ines")

    assert said == "Paused in north, south.\n"
    assert while_paused == ["north", "south"]
    assert held() == []
    assert list(Act.objects.order_by("pk").values_list("organization__slug", "verb", "origin")) == [
        ("north", "pause all calls", "command line"),
        ("south", "pause all calls", "command line"),
        ("north", "resume all calls", "command line"),
        ("south", "resume all calls", "command line"),
    ]


def test_one_organization_is_paused_alone(centres):
    calls("pause", "--organization", "south", "--reason", "Wait", "--as", "ines")

    assert held() == ["south"]


def test_a_lane_and_a_rule_are_paused_by_name_and_resumed(centres):
    rule = MappingRuleFactory(organization=centres[0], name="Refund")
    put_in_force(rule.release)
    here = ("--organization", "north", "--as", "ines")

    calls("pause", *here, "--lane", "bulk", "--reason", "Wait")
    calls("pause", *here, "--rule", "Refund", "--reason", "Wait")
    while_paused = HeldWork.of(centres[0])
    calls("resume", *here, "--lane", "bulk")
    calls("resume", *here, "--rule", "Refund")

    assert while_paused == HeldWork(frozenset({"bulk"}), frozenset({rule.identity}))
    assert not HeldWork.of(centres[0])
    assert held() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--everything", "--as", "sam", "--reason", "Wait"), "'sam' may not pause calls of north"),
        (("--everything", "--as", "nobody", "--reason", "Wait"), "'nobody' may not"),
        (("--organization", "west", "--as", "ines", "--reason", "Wait"), "no organization 'west'"),
        (("--everything", "--rule", "Refund", "--as", "ines", "--reason", "Wait"), "south has no rule 'Refund'"),
        (("--everything", "--as", "ines", "--reason", " "), "Say why"),
    ],
)
def test_where_it_cannot_be_done_everywhere_it_is_done_nowhere(words, said, centres):
    put_in_force(MappingRuleFactory(organization=centres[0], name="Refund").release)

    with pytest.raises(CommandError, match=said):
        calls("pause", *words)

    assert held() == []
    assert not HeldWork.of(centres[0])
    assert not Act.objects.exists()
