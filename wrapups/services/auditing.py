"""Telling the audit triggers who acts, for exactly one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from wrapups.models import Act, ApiKey, Organization, Person


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, and the address they came from."""

    person: Person
    origin: str = ""

    @property
    def mark(self) -> str:
        """How the audit names them."""
        return f"person:{self.person.pk}"


@dataclass(frozen=True, slots=True)
class Program:
    """Another program, known by its key, and the address it came from."""

    key: ApiKey
    origin: str = ""

    @property
    def mark(self) -> str:
        """How the audit names it."""
        return f"key:{self.key.pk}"


@contextmanager
def acting(
    actor: Actor | Program, verb: str, *, organization: Organization | None = None, reason: str = ""
) -> Iterator[Act]:
    """Open a transaction in which every changed row is recorded as this person's, or program's, act.

    `verb` is what is done, in the product's words ("publish release"). All rows of the act share its id.
    """
    with transaction.atomic():
        act = Act.objects.create(
            organization=organization,
            person=actor.person if isinstance(actor, Actor) else None,
            api_key=actor.key if isinstance(actor, Program) else None,
            verb=verb,
            reason=reason,
            origin=actor.origin,
        )
        _tell(act_id=str(act.pk), actor=actor.mark)
        yield act
        _tell(act_id="", actor="")


@contextmanager
def put_down_to(actor: Actor | Program, *, part_of: Act | None = None) -> Iterator[None]:
    """Open a transaction whose changed rows name the actor, without an act of its own.

    Acts are what people read to see who did what. They would be buried by what a program hands in all day long, and
    by each piece of a long work: that is `part_of` the act which began it.
    """
    with transaction.atomic():
        _tell(act_id=str(part_of.pk) if part_of else "", actor=actor.mark)
        yield
        _tell(act_id="", actor="")


def _tell(*, act_id: str, actor: str) -> None:
    """Set what the trigger function `wrapups_audit` reads; the settings end with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('wrapups.act', %s, true), set_config('wrapups.actor', %s, true)", [act_id, actor]
        )
