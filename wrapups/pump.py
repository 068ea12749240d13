"""The pump: one small process that needs PostgreSQL only. It rings doorbells, takes back what dead workers held,
and works the queue itself when no worker hears.

Two pumps are correct: everything they do is a conditional UPDATE or a doorbell that may ring twice.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from django.conf import settings
from django.db import OperationalError, close_old_connections

from wrapups import tasks
from wrapups.models import Heartbeat, Organization, Sweep
from wrapups.services import (
    adding_codes,
    alert_delivery,
    beating,
    bulk_work,
    erasing_work,
    filling,
    measuring,
    notifying,
    reporting,
    simulating,
    taking_in,
    taking_in_files,
    watching,
    writing_exports,
)
from wrapups.services.dispatching import recover_expired
from wrapups.services.marking import marked

logger = logging.getLogger(__name__)

RING_EVERY_S = 5.0


class Doorbell(Protocol):
    """A task of Celery: `delay` rings for a worker, `run` does it here."""

    def delay(self, organization_id: int) -> object: ...
    def run(self, organization_id: int) -> object: ...


SWEEPS = {
    Sweep.Kind.DISCOVER: tasks.discover,
    Sweep.Kind.CATALOGUE: tasks.sync_catalogue,
    Sweep.Kind.WATCH: tasks.oversee,
    Sweep.Kind.RECONCILE: tasks.reconcile,
    Sweep.Kind.CHECK: tasks.check,
    Sweep.Kind.CATCH_UP: tasks.catch_up,
    Sweep.Kind.TIDY: tasks.tidy,
    Sweep.Kind.TALLY: tasks.tally,
    Sweep.Kind.PUBLISH: tasks.publish_due,
    Sweep.Kind.PREDICT: tasks.predict,
    Sweep.Kind.ALERT: tasks.look_for_alerts,
}

JOBS: Mapping[str, tuple[Callable[[Organization], bool], Doorbell]] = {
    "verify": (watching.verify_is_worth_a_call, tasks.verify),
    "probe": (measuring.is_due, tasks.probe),
    "add_codes": (adding_codes.is_due, tasks.add_codes),
    "back_fill": (filling.is_due, tasks.back_fill),
    "events": (taking_in.is_due, tasks.take_in),
    "files": (taking_in_files.is_due, tasks.take_in_upload),
    "what_if": (simulating.is_due, tasks.simulate),
    "notify": (notifying.is_due, tasks.notify),
    "reports": (reporting.is_due, tasks.send_reports),
    "alerts": (alert_delivery.is_due, tasks.send_alerts),
    "bulk_act": (bulk_work.is_due, tasks.work_bulk_act),
    "erasures": (erasing_work.is_due, tasks.erase_customer),
    "exports": (writing_exports.is_due, tasks.write_export),
}
"""What is not done by the clock but when there is something to do: who says so, and the doorbell."""


class Pump:
    """Goes round all organizations, once per tick, until told to stop."""

    def __init__(self, *, workers_get_s: float = 30.0) -> None:
        """`workers_get_s`: how long workers that start together with the pump may take before they count as deaf."""
        self._believe_deaf_from = time.monotonic() + workers_get_s
        self._stop = threading.Event()
        self._pulse = beating.Pulse(Heartbeat.Kind.PUMP)
        self._rung_at: dict[tuple[int, str], float] = {}
        self._was_idle: dict[int, bool] = {}

    def stop(self) -> None:
        """Finish the present round and return from `run`."""
        self._stop.set()

    def run(self) -> None:
        """Go round until stopped. A database that is away is waited for."""
        while not self._stop.wait(settings.PUMP_TICK_S):
            close_old_connections()
            try:
                self._pulse.beat()
                for organization in Organization.objects.order_by("pk"):
                    self._round_apart(organization)
                    self._pulse.beat()
            except OperationalError:
                logger.exception("The database did not answer; trying again in %s s.", settings.PUMP_TICK_S)

    def _round_apart(self, organization: Organization) -> None:
        """One organization's trouble (a secret that does not open, a bug of ours) stops none of the others."""
        pk = organization.pk
        with marked(organization=pk):
            try:
                self.round(organization)
            except OperationalError:
                raise
            except Exception:
                logger.exception("Organization %s could not be worked in this round; the others go on.", pk)

    def round(self, organization: Organization) -> None:
        """Do for one organization what is due now."""
        recover_expired(organization)
        deaf = time.monotonic() > self._believe_deaf_from and watching.workers_deaf(organization)
        if deaf:
            logger.warning("Workers are deaf: the pump works organization %s itself.", organization.pk)
            tasks.drain.run(organization.pk)
        for kind in watching.due_sweeps(organization, among=SWEEPS):
            self._ring(organization, kind, SWEEPS[kind].run if deaf else SWEEPS[kind].delay)
        for name, (is_due, doorbell) in JOBS.items():
            if is_due(organization):
                self._ring(organization, name, doorbell.run if deaf else doorbell.delay)
        self._ring_for_work(organization)

    def _ring_for_work(self, organization: Organization) -> None:
        """Ring for as many threads of a worker as there are rows for and that do not work yet.

        A drain that leaves work rings for itself. Ringing for it as well would fill the queue with doorbells that
        those of discovery and verification wait behind. After idleness it rings at once, whoever has just worked.
        """
        due = watching.due_count(organization, up_to=settings.WORKER_THREADS)
        woken = due > 0 and self._was_idle.get(organization.pk, True)
        self._was_idle[organization.pk] = not due
        if woken:
            self._rung_at.pop((organization.pk, "drain"), None)
        wanted = due if woken or not due else due - watching.hands_at_work(organization)
        if wanted > 0:
            self._ring(organization, "drain", lambda pk: [tasks.drain.delay(pk) for _ in range(wanted)])

    def _ring(self, organization: Organization, name: str, ring: Callable[[int], object]) -> None:
        """Ring unless it was just done. A broker that is away costs a line in the log, never more."""
        key, now = (organization.pk, name), time.monotonic()
        if now - self._rung_at.get(key, -RING_EVERY_S) < RING_EVERY_S:
            return
        self._rung_at[key] = now
        try:
            ring(organization.pk)
        except tasks.BROKER_TROUBLE as error:
            logger.warning("The broker did not take the doorbell %s: %s", name, type(error).__name__)
