"""Letting people in and go: whatever two admins do at once, one stays."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from tests.factories import MembershipFactory, OrganizationFactory
from wrapups.domain.roles import Role
from wrapups.models import Membership
from wrapups.services import admitting
from wrapups.services.admitting import CannotAdmit
from wrapups.services.auditing import Actor


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_remove_each_other_at_once_leave_one():
    organization = OrganizationFactory()
    ines, mara = MembershipFactory.create_batch(2, organization=organization, role=Role.ADMIN)
    both = Barrier(2, timeout=20)

    def remove(other: Membership, mine: Membership) -> str:
        both.wait()
        try:
            admitting.let_go(other, actor=Actor(mine.person))
        except CannotAdmit as refused:
            return str(refused)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(2) as people:
        done = [people.submit(remove, *pair) for pair in ((ines, mara), (mara, ines))]
        said = sorted(each.result(30) for each in done)

    assert said == ["", "This is the only admin. Make somebody else an admin first."]
    assert Membership.objects.filter(organization=organization, role=Role.ADMIN).count() == 1
