"""Two people who double-click the same act on ten thousand at the same moment. Needs Django to be set up."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks._growth import Statements
from dashboard.queries.failure_groups import GroupFilter, group_page
from wrapups.domain.fingerprint import fingerprint
from wrapups.domain.roles import Role
from wrapups.models import Assignment, BulkAct, Membership, Organization, Person
from wrapups.models.clock import app_now

BACKEND = "django.contrib.auth.backends.ModelBackend"
HOST = {"host": "127.0.0.1"}
MIXED = 2000
CAUSES = (
    ("refused", "bad.request", "Genesys Cloud answered 400: the code {id} is not on queue {id}."),
    ("refused", "bad.request", "Genesys Cloud answered 400: participant {id} has {number} sessions."),
    ("forbidden", "missing.permissions", "Genesys Cloud answered 403: user {id} may not do this."),
    ("not_found", "not.found", "Genesys Cloud answered 404: conversation {id} is not there."),
    ("unclear", "", "Genesys Cloud did not answer within {number} ms."),
    ("rate_limited", "too.many.requests", "Genesys Cloud answered 429 and asked for {number} s."),
)
"""Kind of trouble, Genesys' code, and what is said; each with ids and numbers that must not tell causes apart."""


@dataclass(frozen=True, slots=True)
class Clicked:
    """One click: what it was answered with, after how long, and how many SQL statements it took."""

    status: int
    seconds: float
    statements: int


@dataclass(frozen=True, slots=True)
class Grouped:
    """Failures of some causes, each message with ids, numbers and names of its own, and how their page shows them."""

    rows: int
    causes: int
    shown: int
    seconds: float
    statements: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Four clicks for previews, and four to confirm them: two people, twice each, all at once."""

    rows: int
    grouped: Grouped
    previews: Sequence[Clicked]
    confirmations: Sequence[Clicked]


def by_two_people(organization: Organization, failed: Sequence[int], _: Mapping[str, str]) -> Asked:
    """Have two supervisors ask for everything that failed, twice each, and each confirm their own preview, twice."""
    grouped = _grouped(organization, failed[:MIXED])
    clients = {name: _signed_in(organization, name) for name in ("supervisor-1", "supervisor-2")}
    typed = {"kind": "retry", "of": "found"}
    address = f"{reverse('bulk-act-add')}?status=failed"
    previews = _at_once([partial(each.post, address, typed, headers=HOST) for each in [*clients.values()] * 2])
    acts = BulkAct.everywhere.of(organization).filter(state=BulkAct.State.READY).select_related("person")
    said = {"reason": "The bench asks.", "typed": str(len(failed))}
    mine = [(clients[act.person.username], reverse("bulk-act-confirm", args=[act.pk])) for act in acts]
    confirmations = _at_once([partial(each.post, confirm, said, headers=HOST) for each, confirm in mine * 2])
    return Asked(min(act.total for act in acts), grouped, previews, confirmations)


def _grouped(organization: Organization, keys: Sequence[int]) -> Grouped:
    """Let these have failed of different causes, and read the first page of the causes."""
    rows = Assignment.everywhere.in_bulk(list(keys))
    for place, row in enumerate(rows.values()):
        row.error, row.error_code, message = CAUSES[place % len(CAUSES)]
        row.error_message = message.format(id=uuid4(), number=place)
        row.fingerprint = fingerprint(
            reason=row.reason,
            error=row.error,
            code=row.error_code,
            operation="write",
            media_type="voice",
            message=row.error_message,
        )
    changed = ["error", "error_code", "error_message", "fingerprint"]
    Assignment.everywhere.bulk_update(rows.values(), changed, batch_size=500)
    statements, started = Statements(), time.monotonic()
    with connection.execute_wrapper(statements):
        page = group_page(GroupFilter(), organization, now=app_now())
    took_s = time.monotonic() - started
    shown = [line for line in page.lines if line.group.fingerprint]
    return Grouped(len(rows), len(CAUSES), len(shown), took_s, statements.count)


def _signed_in(organization: Organization, name: str) -> Client:
    person = Person.objects.create_user(name)
    Membership.objects.create(organization=organization, person=person, role=Role.SUPERVISOR)
    client = Client()
    client.force_login(person, BACKEND)
    return client


def _at_once(clicks: Sequence[Callable[[], Any]]) -> Sequence[Clicked]:
    """Let all click at the same moment, each on a connection of its own."""
    ready, done = threading.Barrier(len(clicks)), []

    def run(click: Callable[[], Any]) -> None:
        connection.ensure_connection()
        statements = Statements()
        ready.wait()
        started = time.monotonic()
        with connection.execute_wrapper(statements):
            answer = click()
        done.append(Clicked(answer.status_code, time.monotonic() - started, statements.count))
        connection.close()

    threads = [threading.Thread(target=run, args=[click]) for click in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done
