"""Passwords that admins hand out: for somebody new, or in place of one that was forgotten."""

import secrets

from axes.utils import reset

from wrapups.domain.roles import Role
from wrapups.models import Membership, Person
from wrapups.services.auditing import Actor, acting

PASSWORD_BYTES = 15


class CannotReset(ValueError):
    """This person's password is not this admin's to replace; the text says why, for the person who asked."""


def give_first(person: Person) -> str:
    """Give a person, who is not saved here, a password that only opens the way to one of their own; return it."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    person.set_password(password)
    person.must_choose_password = True
    return password


def replace_forgotten(membership: Membership, *, actor: Actor) -> str:
    """Return a new password of the member, in the clear, for this once; the old one, and their sessions, end with it.

    Tries that failed are forgotten. Raises CannotReset for one's own, and for somebody who also belongs where the actor
    is no admin: whoever knows the password could do there what they may.
    """
    if membership.person_id == actor.person.pk:
        raise CannotReset("Change your own password under your name, at the top.")
    with acting(actor, "replace a forgotten password", organization=membership.organization):
        person = Person.objects.select_for_update().get(pk=membership.person_id)
        _require_admin_everywhere(person, actor)
        password = give_first(person)
        person.save(update_fields=["password", "must_choose_password"])
        reset(username=person.username)
    return password


def _require_admin_everywhere(person: Person, actor: Actor) -> None:
    theirs = Membership.objects.filter(person=person).values("organization")
    held = Membership.objects.filter(person=actor.person, role=Role.ADMIN, organization__in=theirs)
    if held.count() < theirs.count():
        raise CannotReset(
            f"{person.username} also belongs to an organization that you are not an admin of. Somebody who is an admin "
            "of all of theirs can do it, or whoever runs the program: manage.py changepassword."
        )
