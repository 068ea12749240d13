"""Exports for tests: asked for as the pages do, and written as a worker does."""

import csv
import io
from typing import Any

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.exports import COLUMNS, AssignmentTable, stored
from tests.factories import MembershipFactory
from wrapups.domain.roles import Role
from wrapups.models import Export, Organization, Person
from wrapups.services import exporting, writing_exports
from wrapups.services.auditing import Actor
from wrapups.services.export_files import kept


def wish(asked: AssignmentFilter | None = None, **changes: Any) -> exporting.Wish:
    """Return a wish for everything a filter finds, in all columns, as plain CSV."""
    asked = asked or AssignmentFilter()
    usual = {"columns": tuple(COLUMNS), "format": Export.Format.PLAIN_CSV, "zone": "Europe/Berlin"}
    return exporting.Wish(asked=stored(asked), address=asked.query_string(), **(usual | changes))


def ask(organization: Organization, wished: exporting.Wish, *, actor: Actor) -> Export:
    """Ask for a file, as the page does."""
    return exporting.ask(organization, wished, table_of=AssignmentTable, actor=actor)


def somebody(organization: Organization, role: Role = Role.SUPERVISOR) -> Actor:
    """Return somebody who has this role in the organization."""
    person: Person = MembershipFactory(organization=organization, role=role).person
    return Actor(person, "192.0.2.7")


def written(organization: Organization) -> None:
    """Write what is to be written, to its end."""
    while writing_exports.write(organization, table_of=AssignmentTable, for_s=60):
        pass


def rows_of(export: Export) -> list[dict[str, str]]:
    """Return what stands in the file of an export that is CSV."""
    export.refresh_from_db()
    return list(csv.DictReader(io.StringIO(b"".join(kept(export)).decode("utf-8-sig"), newline="")))
