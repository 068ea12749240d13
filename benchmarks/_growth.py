"""What one wrap-up costs, with more and more finished rows already in the database. Needs Django to be set up.

Everything happens in this one process and one PostgreSQL backend, so that the CPU time of both can be told exactly
enough on a busy machine; calls go over real HTTP to a simulator whose limit nobody reaches.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
from django.db import connection, models

from dashboard.journey import finish_after_call_work
from dashboard.standalone import own_services
from wrapups.domain.status import Status
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import crm, seeding
from wrapups.models import Assignment, Attempt, Communication, Conversation, Organization
from wrapups.services import discovering, draining, verifying
from wrapups.tasks import gateway_to

NO_LIMIT = 6_000_000
"""Calls a minute."""
ROUNDS = 3
TEMPLATES = 150
DRAIN_FOR_S = 600.0
COPIED: tuple[type[models.Model], ...] = (Conversation, Communication, Assignment, Attempt)
NAMES = frozenset({"conversation_id", "participant_id", "communication_id"})
"""What Genesys gives an id to; the columns of the same name that are text are made different in each copy."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one verified wrap-up: decided, claimed, written, finished, read back, with its share of what was skipped."""

    ours_ms: float
    database_ms: float
    statements: float

    @property
    def cpu_ms(self) -> float:
        return self.ours_ms + self.database_ms


@contextmanager
def database(*, seed: int) -> Iterator["Growing"]:
    """Run services and a simulator, with an organization that has some finished rows."""
    with own_services(), running(seed=seed) as simulator:
        simulator.switch(rate_limit_calls=NO_LIMIT)
        pace = {"grace_s": 0, "settle_s": 0, "calls_per_minute": NO_LIMIT, "burst": NO_LIMIT}
        organization = seeding.seed(simulator, password=os.urandom(12).hex(), **pace)
        growing = Growing(simulator, organization)
        growing.work_off(TEMPLATES)
        growing.take_templates()
        yield growing


class Statements:
    """Counts SQL statements, those that begin and end transactions not included."""

    count = 0

    def __call__(self, execute: Any, *statement: Any) -> Any:
        self.count += 1
        return execute(*statement)


class Growing:
    """One organization whose tables grow between measurements."""

    def __init__(self, simulator: SimulatorControl, organization: Organization) -> None:
        self._simulator, self._organization = simulator, organization
        self._gateway = gateway_to(organization)
        self._templates: dict[type[models.Model], int] = {}

    def take_templates(self) -> None:
        """Take every row there is as one to copy."""
        self._templates = {model: _highest(model) for model in COPIED}

    def grow_to(self, rows: int) -> None:
        """Copy finished rows, their conversations and attempts, until there are so many assignments."""
        templates = Assignment.everywhere.filter(pk__lte=self._templates[Assignment]).count()
        copies = max(0, -(-(rows - Assignment.everywhere.count()) // templates))
        stride = max(self._templates.values()) + 1
        first = max(map(_highest, COPIED)) // stride + 1
        with connection.cursor() as cursor:
            for model in COPIED:
                cursor.execute(_copying(model, stride), [first, first + copies - 1, self._templates[model]])
                table = model._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
                cursor.execute(f"VACUUM ANALYZE {table}")

    def cost(self, *, sample: int) -> Cost:
        """Work so many conversations off, three times; return the median cost of a wrap-up."""
        return sorted((self._round(sample) for _ in range(ROUNDS)), key=lambda cost: cost.cpu_ms)[ROUNDS // 2]

    def _round(self, sample: int) -> Cost:
        backend = psutil.Process(connection.connection.info.backend_pid)
        ids = self._ended(sample)
        before, ours, theirs = self._verified(), time.process_time(), _spent(backend)
        statements = Statements()
        with connection.execute_wrapper(statements):
            self._work(ids)
        ours, theirs = time.process_time() - ours, _spent(backend) - theirs
        wrapups = self._verified() - before
        return Cost(ours / wrapups * 1000, theirs / wrapups * 1000, statements.count / wrapups)

    def work_off(self, count: int) -> None:
        """Work so many ended conversations off, from reading them to the proof."""
        self._work(self._ended(count))

    def _ended(self, count: int) -> list[str]:
        ids = self._simulator.generate(count, within_s=60)
        finish_after_call_work(self._simulator)
        crm.tell(self._organization, self._simulator, told=set())
        return ids

    def _work(self, ids: list[str]) -> None:
        discovering.look_at(self._organization, ids, gateway=self._gateway)
        left = draining.drain(self._organization, gateway=self._gateway, for_s=DRAIN_FOR_S)
        if left is not draining.Left.NOTHING:
            raise RuntimeError(f"The drain did not come to its end: {left}.")
        verifying.verify_all(self._organization, gateway=self._gateway, worker=draining.worker_name())

    def _verified(self) -> int:
        rows = Assignment.everywhere.of(self._organization).filter(status=Status.VERIFIED)
        return int(rows.count())


def _spent(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


def _highest(model: type[models.Model]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(max(id), 0) FROM {model._meta.db_table}")
        [(highest,)] = cursor.fetchall()
    return int(highest)


def _copying(model: type[models.Model], stride: int) -> str:
    """Return the statement that copies a model's rows, all up to a highest one, for each number of a range."""
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(_in_copy(field, stride) for field in fields)
    table = model._meta.db_table
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, generate_series(%s, %s) AS n WHERE id <= %s"


def _in_copy(field: Any, stride: int) -> str:
    column = f'"{field.column}"'
    if field.primary_key or (field.is_relation and field.related_model in COPIED):
        return f"{column} + n * {stride}"
    if field.column in NAMES and not field.is_relation:
        return f"{column} || '-' || n"
    return column
