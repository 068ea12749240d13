"""The history in a real browser: accessible where rows can be unfolded and lead to their pages, within the window."""

from collections.abc import Callable

from django.urls import reverse

from tests.factories import MappingRuleFactory, MembershipFactory, put_in_force
from wrapups.models import Organization
from wrapups.services import own_acts, releasing
from wrapups.services.auditing import Actor


def test_axe_finds_nothing_wrong(organization: Organization, violations: Callable[..., list[str]]):
    actor = Actor(MembershipFactory(organization=organization).person, "10.0.0.7")
    own_acts.record(actor, own_acts.SIGN_IN)
    put_in_force(MappingRuleFactory(organization=organization, name="Refund").release)
    releasing.open_draft(organization, actor=actor)

    assert violations(reverse("history-list")) == []
    assert violations(reverse("history-changes")) == []
