"""The people of an organization with their roles, and the names of the divisions they see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from dashboard.queries.names import Names
from wrapups.models import Membership, Organization


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One line of the list; no division means every division."""

    member: Any
    divisions: Sequence[str]

    @property
    def name(self) -> str:
        return str(self.member.person.get_full_name() or self.member.person.username)


def members(organization: Organization) -> QuerySet[Membership]:
    """Return who belongs to the organization."""
    return Membership.objects.filter(organization=organization).select_related("person", "organization")


def rows_of(organization: Organization, memberships: Sequence[Any]) -> list[MemberRow]:
    """Return the lines; one query for the names of all their divisions, none where there are none."""
    names = Names(organization, {"division": {each for member in memberships for each in member.division_ids}})
    return [
        MemberRow(member, sorted(names("division", each) for each in member.division_ids)) for member in memberships
    ]
