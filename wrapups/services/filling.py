"""Back-fills, as a worker does them: read a stretch page by page, count it for a preview, later decide it.

Each turn takes its share of the calls and leaves the place behind it, so any worker goes on where another stopped.
What is decided is decided in one transaction with the place after it: a worker that dies, or a person who cancels,
leaves no page done twice and none forgotten.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from wrapups.domain.errors import CredentialsRefused, GenesysError, RateLimited, Refused
from wrapups.domain.facts import asks_for_attributes
from wrapups.domain.reading_plan import AttributesOutOfReach, Plan, plan
from wrapups.domain.status import LIVE, Lane, Status
from wrapups.models import Assignment, Backfill, CallTally, Organization
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.services.backfilling import FROM_THE_START
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.catching_up import is_behind
from wrapups.services.crashing import crash_point
from wrapups.services.deciders import Deciders
from wrapups.services.deciding import assign
from wrapups.services.discovering import OutOfCalls
from wrapups.services.foreseeing import Foresight, count
from wrapups.services.holding import Hold, Lost
from wrapups.services.reading_past import Door, JobLost, NoJobs, NotYet, Page, Reader
from wrapups.services.sharing import CALL_PATIENCE_S, Allowance, TurnOver

logger = logging.getLogger(__name__)

LEASE_S = 120
AGAIN_AFTER_S = 15
JOB_AGAIN_AFTER_S = 5
MOST_WAITING = 1000
"""So many of its assignments may be under way; more are made as these are done, so that cancelling means something."""
MOST_ANEW = 5

MOVES_BY_ITSELF = (Backfill.State.READING, Backfill.State.RUNNING)
ENDED_EARLY = (Backfill.State.CANCELLED, Backfill.State.FAILED)


def is_due(organization: Organization) -> bool:
    """Return whether a back-fill is to go on now and nobody has it, or one has left a job behind."""
    return bool(_due(organization).exists() or _left_behind(organization).exists())


def go_on(organization: Organization, *, gateway: Door) -> None:
    """Let the organization's open back-fill go on for one turn. One worker at a time; raises nothing of Genesys.

    While discovery is behind it waits: what ended lately comes first.
    """
    _give_jobs_up(organization, gateway)
    with transaction.atomic():
        backfill = _due(organization).select_for_update(skip_locked=True, of=("self",)).first()
        if backfill is None:
            return
        mine = Backfill.everywhere.filter(pk=backfill.pk, state=backfill.state)
        hold = Hold(mine, lease_s=LEASE_S)
    after_s = AGAIN_AFTER_S if is_behind(organization) else Turn(backfill, hold, gateway).go()
    hold.release(due_at=AppNow() + Seconds(after_s))


def _give_jobs_up(organization: Organization, gateway: Door) -> None:
    """Spare Genesys the jobs of back-fills that have come to an early end: one try each, since jobs expire anyway."""
    for pk, job in _left_behind(organization).values_list("pk", "reading_job"):
        if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S, use=CallTally.Use.BACKGROUND):
            return
        if _left_behind(organization).filter(pk=pk).update(reading_job=""):
            try:
                gateway.delete_details_job(job)
            except (CredentialsRefused, Refused) as error:
                logger.info("The details job of back-fill %s could not be given up: %s", pk, error)
            except GenesysError as error:
                learn(organization.pk, error)
            else:
                learn(organization.pk, None)


def _left_behind(organization: Organization) -> Any:
    ended_early = Backfill.everywhere.of(organization).filter(state__in=ENDED_EARLY)
    return ended_early.exclude(reading_job="")


class Full(Exception):
    """So many of its assignments wait that more would help nobody."""


class Turn:
    """One turn of one back-fill."""

    def __init__(self, backfill: Backfill, hold: Hold, gateway: Door) -> None:
        self._backfill, self._hold = backfill, hold
        self._organization, self._release = backfill.organization, backfill.release
        self._decides = backfill.state == Backfill.State.RUNNING
        self._allowance = Allowance(self._organization)
        self._reader = Reader(self._organization, gateway, self._allowance)
        self._foresight = Foresight(self._organization, self._release, now=app_now())

    def go(self) -> float:
        """Go on as far as this turn may; return in how many seconds the next one should follow."""
        try:
            return self._go()
        except Lost:
            return AGAIN_AFTER_S

    def _go(self) -> float:
        try:
            return self._decide_all() if self._decides else self._count_all()
        except TurnOver:
            return self._allowance.rest_s
        except NotYet:
            return JOB_AGAIN_AFTER_S
        except NoJobs:
            return self._without_jobs()
        except JobLost as error:
            return self._begin_anew(str(error))
        except (AttributesOutOfReach, Refused) as error:
            return self._give_up(str(error))
        except GenesysError as error:
            learn(self._organization.pk, error)
            return error.retry_after_s if isinstance(error, RateLimited) else AGAIN_AFTER_S
        except (Full, OutOfCalls):
            return AGAIN_AFTER_S

    def _count_all(self) -> float:
        self._walk(self._count)
        self._hold.keep(state=Backfill.State.READY, cursor="", reading_job="", lease_until=None)
        return 0

    def _decide_all(self) -> float:
        self._walk(self._decide)
        if self._live().exists():
            return AGAIN_AFTER_S
        self._hold.keep(state=Backfill.State.DONE, finished_at=AppNow(), lease_until=None)
        return 0

    def _walk(self, take: Callable[[Page], None]) -> None:
        """Read on, page by page, until the plan is over."""
        kept = Plan.of_text(self._backfill.cursor) if self._backfill.cursor else self._plan()
        job = self._backfill.reading_job
        while not kept.over:
            if self._decides and self._live().count() >= MOST_WAITING:
                raise Full
            self._hold.keep()
            page = self._reader.read(kept, job=job, keep_job=lambda new: self._hold.keep(reading_job=new))
            take(page)
            kept, job = page.plan, page.job

    def _plan(self) -> Plan:
        made = self._reader.plan(self._backfill.begins_at, self._backfill.ends_at, attributes=self._asks_attributes())
        columns = {"ends_at": made.ends_at} if made.ends_at and made.ends_at < self._backfill.ends_at else {}
        self._hold.keep(cursor=made.to_text(), **columns)
        return made

    def _count(self, page: Page) -> None:
        unread = self._backfill.counted.get("unread", 0) + page.unread
        self._backfill.counted = count(self._foresight.of(page.conversations), self._backfill.counted)
        self._backfill.counted["unread"] = unread
        self._hold.keep(counted=self._backfill.counted, **_place_after(page))

    def _decide(self, page: Page) -> None:
        """Decide a page, and keep the place after it, or neither."""
        wanted = [seen for seen in page.conversations if not self._foresight.too_old(seen)]
        with transaction.atomic():
            self._hold.keep(**_place_after(page))
            made = assign(self._organization, self._release, wanted, lane=Lane.BULK, backfill_pk=self._backfill.pk)
            pending = sum(row.status == Status.PENDING for row in made)
            Backfill.everywhere.filter(pk=self._backfill.pk).update(assigned=F("assigned") + pending)
            crash_point("B1")
        crash_point("B2")

    def _live(self) -> Any:
        return Assignment.everywhere.filter(backfill=self._backfill, status__in=LIVE)

    def _begin_anew(self, problem: str) -> float:
        """Read all from the start: of a preview nothing is kept, and what was decided stays decided."""
        times = self._backfill.begun_anew + 1
        if times > MOST_ANEW:
            return self._give_up(problem)
        self._forget(begun_anew=times, problem=problem[:500])
        return AGAIN_AFTER_S

    def _without_jobs(self) -> float:
        stretch = self._backfill.begins_at, self._backfill.ends_at
        try:
            made = plan(*stretch, jobs_until=None, attributes=self._asks_attributes())
        except AttributesOutOfReach as error:
            return self._give_up(str(error))
        self._forget(cursor=made.to_text())
        return 0

    def _forget(self, **columns: Any) -> None:
        counted: dict[str, Any] = self._backfill.counted if self._decides else {}
        self._hold.keep(**{**FROM_THE_START, "counted": counted, **columns})

    def _asks_attributes(self) -> bool:
        return asks_for_attributes(Deciders(self._release).asks)

    def _give_up(self, problem: str) -> float:
        self._hold.keep(state=Backfill.State.FAILED, problem=problem[:500], finished_at=AppNow(), lease_until=None)
        return 0


def _place_after(page: Page) -> dict[str, Any]:
    read = F("read") + len(page.conversations)
    return {"cursor": page.plan.to_text(), "reading_job": page.job, "read": read}


def _due(organization: Organization) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = Backfill.everywhere.of(organization).select_related("organization", "release")
    return rows.filter(free, state__in=MOVES_BY_ITSELF, due_at__lte=AppNow()).order_by("pk")
