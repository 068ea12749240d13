"""Whom failures are handed to, as people ask for them: by what they sign in with, or by name; "me"; or "nobody"."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Trim

from dashboard.queries.names import INSTEAD, OPTIONS, NoSuchName
from wrapups.domain.status import WAITS_FOR_A_PERSON
from wrapups.models import Assignment, Handover, Organization, Person
from wrapups.services.owners import name_of

ME, NOBODY = "me", "nobody"
"""What may stand where a person would."""


def owner_meant(organization: Organization, typed: str) -> str:
    """Return what the person signs in with whom this means, or `ME`, or `NOBODY`; raise NoSuchName for anything else.

    It means somebody by their name, or by its beginning, or that of their last name, where only one member's begins so.
    """
    if typed.casefold() in (ME, NOBODY):
        return typed.casefold()
    begun = list(_like(organization, typed, "istartswith")[: INSTEAD + 1])
    exact = [each for each in begun if typed.casefold() in (each.username.casefold(), name_of(each).casefold())]
    meant = exact or begun
    if len(meant) == 1:
        return str(meant[0].username)
    if meant:
        said = f"More than one member's name begins with “{typed}”. Choose one."
        raise NoSuchName(said, [each.username for each in meant[:INSTEAD]])
    raise NoSuchName(f"No member of this organization is called “{typed}”.", [ME, NOBODY])


def owners_like(organization: Organization, typed: str) -> list[tuple[str, str]]:
    """Return what fits what was typed, each with the name that stands beside it: people, and who is none; one query."""
    said = [(ME, "what was handed to you"), (NOBODY, "what nobody holds")]
    people = _like(organization, typed, "icontains")[:OPTIONS]
    return [
        *(pair for pair in said if pair[0].startswith(typed.casefold())),
        *((each.username, name_of(each)) for each in people),
    ]


def held_by(organization: Organization, owner: str) -> Q:
    """Return the assignments that this person holds, or nobody, among those that wait for a person.

    Which statuses these are is left to the caller: said twice, PostgreSQL takes it for twice as rare. The person is
    looked up here.
    """
    held = Handover.objects.of(organization)
    if owner == NOBODY:
        return ~Q(Exists(held.filter(assignment=OuterRef("pk"))))
    key = organization.sight.person_pk if owner == ME else _key_of(organization, owner)
    return Q(pk__in=held.filter(owner=key).values("assignment"))


def handed_to_me(organization: Organization) -> QuerySet[Any]:
    """Return what waits for the person who sees the organization so."""
    return Assignment.objects.of(organization).waiting_for_a_person().filter(held_by(organization, ME))


def owner_of(assignment: Any) -> str:
    """Return the name of whoever holds an assignment, while it waits for a person; empty where nobody does."""
    held = getattr(assignment, "handover", None) if assignment.status in WAITS_FOR_A_PERSON else None
    return name_of(held.owner) if held else ""


def _key_of(organization: Organization, username: str) -> int | None:
    members = organization.memberships.filter(person__username__iexact=username)
    return members.values_list("person", flat=True).first()


def _like(organization: Organization, typed: str, how: str) -> QuerySet[Person]:
    """Return the members whose name is like this, by name."""
    text = typed.replace("\0", "").strip()[:200]
    asked = (Q(**{f"{column}__{how}": text}) for column in ("username", "full", "last_name"))
    full = Trim(Concat("first_name", Value(" "), "last_name"))
    people = Person.objects.filter(memberships__organization=organization).annotate(full=full)
    return people.filter(reduce(or_, asked)).order_by("full", "username")
