"""Telling the audit triggers who acts, for exactly one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from wrapups.models import Act, Organization, Person


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, and the address they came from."""

    person: Person
    origin: str = ""


@contextmanager
def acting(actor: Actor, verb: str, *, organization: Organization | None = None, reason: str = "") -> Iterator[Act]:
    """Open a transaction in which every changed row is recorded as this person's act.

    `verb` is what is done, in the product's words ("publish release"). All rows of the act share its id.
    """
    with transaction.atomic():
        act = Act.objects.create(
            organization=organization, person=actor.person, verb=verb, reason=reason, origin=actor.origin
        )
        _tell(act_id=str(act.pk), actor=f"person:{actor.person.pk}")
        yield act
        _tell(act_id="", actor="")


def _tell(*, act_id: str, actor: str) -> None:
    """Set what the trigger function `wrapups_audit` reads; the settings end with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('wrapups.act', %s, true), set_config('wrapups.actor', %s, true)", [act_id, actor]
        )
