"""Two people who double-click the same act on ten thousand at the same moment. Needs Django to be set up."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks._growth import Statements
from wrapups.domain.roles import Role
from wrapups.models import BulkAct, Membership, Organization, Person

BACKEND = "django.contrib.auth.backends.ModelBackend"
HOST = {"host": "127.0.0.1"}


@dataclass(frozen=True, slots=True)
class Clicked:
    """One click: what it was answered with, after how long, and how many SQL statements it took."""

    status: int
    seconds: float
    statements: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Four clicks for previews, and four to confirm them: two people, twice each, all at once."""

    rows: int
    previews: Sequence[Clicked]
    confirmations: Sequence[Clicked]


def by_two_people(organization: Organization, failed: Sequence[int], _: Mapping[str, str]) -> Asked:
    """Have two supervisors ask for everything that failed, twice each, and each confirm their own preview, twice."""
    clients = {name: _signed_in(organization, name) for name in ("ada", "maria")}
    typed = {"kind": "retry", "of": "found"}
    address = f"{reverse('bulk-act-add')}?status=failed"
    previews = _at_once([partial(each.post, address, typed, headers=HOST) for each in [*clients.values()] * 2])
    acts = BulkAct.everywhere.of(organization).filter(state=BulkAct.State.READY).select_related("person")
    said = {"reason": "The bench asks.", "typed": str(len(failed))}
    mine = [(clients[act.person.username], reverse("bulk-act-confirm", args=[act.pk])) for act in acts]
    confirmations = _at_once([partial(each.post, confirm, said, headers=HOST) for each, confirm in mine * 2])
    return Asked(min(act.total for act in acts), previews, confirmations)


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
