"""Who may see to what waits for a person: members whose role may retry what failed, and what each of them sees."""

from wrapups.domain.roles import Right, Role, rights_of
from wrapups.models import Membership, Organization, Person
from wrapups.models.scoping import Sight
from wrapups.services.seeing import sight_of

MAY_OWN = [role.value for role in Role if Right.RETRY in rights_of(role)]


def may_own(organization: Organization) -> list[Membership]:
    """Return the members who may own a failure here, with their persons, by name."""
    members = Membership.objects.filter(organization=organization, role__in=MAY_OWN, person__is_active=True)
    return sorted(members.select_related("person"), key=lambda member: name_of(member.person).casefold())


def sight_as_owner(organization: Organization, person: Person) -> Sight | None:
    """Return what a person sees of what they might own here; None for somebody who may own nothing."""
    members = Membership.objects.filter(organization=organization, person=person, person__is_active=True)
    member = members.filter(role__in=MAY_OWN).first()
    return sight_of(member) if member else None


def hold_still(organization: Organization, person: Person) -> None:
    """Have whoever changes what this person may do or see here wait for the present transaction."""
    members = Membership.objects.select_for_update(no_key=True).filter(organization=organization, person=person)
    list(members.values_list("pk"))


def name_of(person: Person) -> str:
    """Return how a person is called on pages."""
    return person.get_full_name() or person.username
