"""A past of many conversations to ask a what-if about, with many rules. Needs Django to be set up."""

import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import psutil
from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from benchmarks import _decision_table
from benchmarks._decision_table import Row
from benchmarks._growth import COPIED, NO_LIMIT, TEMPLATES, Growing
from dashboard.standalone import own_services
from wrapups.domain.conditions import to_json
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import seeding
from wrapups.models import MappingRule, Organization, Person, Release, WhatIf, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services import simulating, what_ifs
from wrapups.services.auditing import Actor

DAYS = 30
EVERY_TENTH = 10
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Run:
    """What one what-if took. Memory is this process's, at its peak, and how far that rose meanwhile."""

    done: int
    changed: int
    seconds: float
    ours_s: float
    database_s: float
    peak_mib: float
    rose_mib: float
    calls: int


@contextmanager
def database(*, rows: int, rules: int, seed: int) -> Iterator["Past"]:
    """Run services and a simulator, with so many decided communications of the last 30 days, and a draft.

    The rows are copies of what the product made of simulated conversations, each with facts of its own.
    """
    with own_services(), running(seed=seed) as simulator:
        simulator.switch(rate_limit_calls=NO_LIMIT)
        pace = {"grace_s": 0, "settle_s": 0, "calls_per_minute": NO_LIMIT, "burst": NO_LIMIT}
        organization = seeding.seed(simulator, password=os.urandom(12).hex(), **pace)
        growing = Growing(simulator, organization)
        growing.work_off(TEMPLATES)
        growing.take_templates()
        with _unaudited():
            growing.grow_to(rows)
            _tell_apart(rows, seed + 1)
        _replace_rules(organization, _decision_table.rows(rules, seed))
        yield Past(simulator, organization)


class Past:
    """An organization with a past and a draft."""

    def __init__(self, simulator: SimulatorControl, organization: Organization) -> None:
        self._simulator, self._organization = simulator, organization

    def what_if(self) -> Run:
        """Ask what the draft would have decided of all of it, and work that off as a worker does, turn by turn."""
        today = app_now().date()
        person = Person.objects.get(username="ada")
        asked = what_ifs.ask(
            self._organization,
            first_day=today - timedelta(days=DAYS + 1),
            last_day=today,
            queues=[],
            actor=Actor(person, "benchmark"),
        )
        backend = psutil.Process(connection.connection.info.backend_pid)
        calls, before = self._simulator.calls()["calls"], _peak_mib()
        started, ours, theirs = time.monotonic(), time.process_time(), _spent(backend)
        while simulating.simulate(self._organization, for_s=settings.DRAIN_FOR_S):
            pass
        seconds, ours, theirs = time.monotonic() - started, time.process_time() - ours, _spent(backend) - theirs
        found = WhatIf.everywhere.get(pk=asked.pk)
        if found.state != WhatIf.State.DONE:
            raise RuntimeError(f"The what-if is {found.state}: {found.problem}")
        peak, made = _peak_mib(), self._simulator.calls()["calls"] - calls
        return Run(found.done, found.changed, seconds, ours, theirs, peak, peak - before, made)


@contextmanager
def _unaudited() -> Iterator[None]:
    """Make rows that nobody has changed, and of which nobody is to be told."""
    with connection.cursor() as cursor:
        _switch_triggers(cursor, "DISABLE")
        yield
        _switch_triggers(cursor, "ENABLE")


def _switch_triggers(cursor: CursorWrapper, to: str) -> None:
    for model in COPIED:
        cursor.execute(f"ALTER TABLE {model._meta.db_table} {to} TRIGGER USER")


def _tell_apart(rows: int, seed: int) -> None:
    """Give each row facts of its own beside those it was copied with, and spread them over the days."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE told (n bigint PRIMARY KEY, facts jsonb)")
        with cursor.copy("COPY told FROM STDIN") as copy:
            for n, facts in enumerate(_decision_table.communications(rows, seed), start=1):
                copy.write_row((n, json.dumps(facts)))
        cursor.execute(_TELL, [f"{DAYS} days", rows])
        cursor.execute("VACUUM ANALYZE wrapups_assignment")


_TELL = """
    UPDATE wrapups_assignment AS row
       SET facts = row.facts || told.facts, ended_at = now() - %s::interval * told.n / %s
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM wrapups_assignment) AS ranked
      JOIN told USING (n)
     WHERE ranked.id = row.id
"""


def _replace_rules(organization: Organization, table: list[Row]) -> None:
    """Put a decision table in force; of the draft, every tenth rule has another code."""
    codes = list(WrapupCode.everywhere.of(organization).order_by("pk"))
    Release.everywhere.of(organization).filter(state=Release.State.PUBLISHED).update(state=Release.State.RETIRED)
    for state, shift in ((Release.State.PUBLISHED, 0), (Release.State.DRAFT, 1)):
        number = Release.everywhere.of(organization).count() + 1
        release = Release.everywhere.create(organization=organization, number=number)
        rules = _decision_table.our_rules(table)
        MappingRule.everywhere.bulk_create(
            MappingRule(
                organization=organization,
                release=release,
                line=place,
                name=rule.name,
                conditions=to_json(rule.when),
                wrapup_code=codes[(place + (shift if place % EVERY_TENTH == 0 else 0)) % len(codes)],
            )
            for place, rule in enumerate(rules, start=1)
        )
        Release.everywhere.filter(pk=release.pk).exclude(state=state).update(state=state, published_at=app_now())


def _spent(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB
