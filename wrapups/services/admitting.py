"""People of an organization, as an admin arranges it: let somebody in, change what they may do and see, let them go."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from wrapups.domain.roles import Role
from wrapups.models import Division, Export, ExportPiece, Membership, Organization, Person, SavedView
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting
from wrapups.services.handing_over import take_back
from wrapups.services.passwords import give_first
from wrapups.services.refused import Refused


class CannotAdmit(Refused):
    """This cannot be arranged; the text says why, for the person. `field` is what to mend, empty where it is none."""


@dataclass(frozen=True, slots=True)
class Name:
    """Who somebody is. What they sign in with is enough to know them again."""

    username: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A new member, and the password of a new person in the clear, for this once; empty for one we knew."""

    membership: Membership
    password: str = ""


def admit(
    organization: Organization, name: Name, *, role: Role, division_ids: Collection[str], actor: Actor
) -> Admitted:
    """Return the new member: a person we know by what they sign in with, or a new one. Raises CannotAdmit."""
    _check(organization, role, division_ids)
    with _alone(organization, actor, "add a person"):
        person = Person.objects.filter(username__iexact=name.username).first()
        if person and Membership.objects.filter(organization=organization, person=person).exists():
            raise CannotAdmit(f"{person.username} belongs to this organization already.", "username")
        person, password = (person, "") if person else _new_person(name)
        membership = Membership.objects.create(
            organization=organization, person=person, role=role, division_ids=sorted(division_ids)
        )
    return Admitted(membership, password)


def change(membership: Membership, *, role: Role, division_ids: Collection[str], actor: Actor) -> None:
    """Change what the member may do and see from their next request on. Raises CannotAdmit.

    Where they see other divisions, files that hold what they saw until now are not theirs to take any more, and what
    was handed to them and they see no longer is nobody's.
    """
    _check(membership.organization, role, division_ids)
    with _alone(membership.organization, actor, "change what a person may do"):
        if role != Role.ADMIN:
            _require_another_admin(membership, "role")
        Membership.objects.filter(pk=membership.pk).update(role=role, division_ids=sorted(division_ids))
        if division_ids and set(division_ids) != set(membership.division_ids):
            _take_files_back(membership)
            take_back(membership)


def let_go(membership: Membership, *, actor: Actor) -> None:
    """Let the member into this organization no more. Views of their own go, shared ones stay. Raises CannotAdmit.

    So do their files: whoever is let in again may see less. What was handed to them is nobody's.
    """
    with _alone(membership.organization, actor, "remove a person"):
        _require_another_admin(membership)
        views = SavedView.everywhere.of(membership.organization_id)
        views.filter(person=membership.person_id, shared=False).delete()
        Membership.objects.filter(pk=membership.pk).delete()
        _take_files_back(membership)
        take_back(membership)


@contextmanager
def _alone(organization: Organization, actor: Actor, verb: str) -> Iterator[None]:
    """Open the act with no other of its kind going on, so that two admins cannot remove each other at once."""
    with acting(actor, verb, organization=organization):
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        yield


def _check(organization: Organization, role: Role, division_ids: Collection[str]) -> None:
    if role == Role.ADMIN and division_ids:
        raise CannotAdmit("An admin sees every division. Choose none, or another role.", "division_ids")
    known = Division.everywhere.of(organization).filter(genesys_id__in=division_ids)
    if set(division_ids) - set(known.values_list("genesys_id", flat=True)):
        raise CannotAdmit("One of these divisions is not in the catalogue. Read the catalogue again.", "division_ids")


def _require_another_admin(membership: Membership, field: str = "") -> None:
    """Raise CannotAdmit where this is the only admin who can sign in; without one nobody could let another in."""
    admins = Membership.objects.filter(organization=membership.organization_id, role=Role.ADMIN)
    others = admins.filter(person__is_active=True).exclude(pk=membership.pk)
    if admins.filter(pk=membership.pk).exists() and not others.exists():
        raise CannotAdmit("This is the only admin. Make somebody else an admin first.", field)


def _take_files_back(membership: Membership) -> None:
    files = Export.everywhere.of(membership.organization_id).filter(person=membership.person_id)
    files.filter(state=Export.State.DONE, expires_at__gt=AppNow()).update(expires_at=AppNow())
    begun = files.filter(state=Export.State.RUNNING)
    ExportPiece.everywhere.filter(export__in=begun).delete()
    problem = "What you see has changed since you asked for it. Ask for it again."
    begun.update(state=Export.State.FAILED, problem=problem, finished_at=AppNow(), lease_until=None)


def _new_person(name: Name) -> tuple[Person, str]:
    person = Person(username=name.username, first_name=name.first_name, last_name=name.last_name, email=name.email)
    password = give_first(person)
    person.save()
    return person, password
