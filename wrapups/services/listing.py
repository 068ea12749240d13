"""Reading Genesys Cloud's catalogue: whole listings or none, each call from the budget and behind fresh work."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef

from wrapups.domain.catalogue import AgentSeen, CataloguePage, CodeSeen, DiallerMapping, DivisionSeen, QueueSeen
from wrapups.domain.errors import CredentialsRefused, Forbidden
from wrapups.domain.operators import fold
from wrapups.domain.rotation import Extent, QueueTurn, queues_to_read
from wrapups.domain.status import Lane, Status
from wrapups.models import Agent, Assignment, CallTally, Communication, Organization, Queue, Sweep
from wrapups.models.clock import app_now
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.choosing import queues_named
from wrapups.services.held_work import HeldWork
from wrapups.services.sweeping import Turn

Answer = TypeVar("Answer")
CALL_PATIENCE_S = 60
BEHIND_FRESH_WORK_S = 1.0
IN_USE_DAYS = 7
AGENTS_AT_ONCE = 100
LATEST_LEGS = 2000


class Door(Protocol):
    """What the catalogue needs of the gateway, one call each."""

    def wrapup_codes(self, page: int) -> CataloguePage[CodeSeen]: ...
    def queues(self, page: int) -> CataloguePage[QueueSeen]: ...
    def queue_wrapup_codes(self, queue_id: str, page: int) -> CataloguePage[CodeSeen]: ...
    def divisions(self, page: int) -> CataloguePage[DivisionSeen]: ...
    def agents(self, page: int) -> CataloguePage[AgentSeen]: ...
    def agents_with(self, ids: Sequence[str]) -> tuple[AgentSeen, ...]: ...
    def dialler_mapping(self) -> DiallerMapping: ...


class Incomplete(RuntimeError):
    """A listing could not be read to its end, so nothing may be called gone."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What one reading showed. `queues` and `codes` are whole listings, and so are others that are not None."""

    queues: list[QueueSeen]
    codes: list[CodeSeen]
    offers: Mapping[str, list[CodeSeen]]
    """The codes of the queues that were asked, by the queue's id."""
    met: list[AgentSeen] = field(default_factory=list)
    """Agents of recent conversations whose names were not known."""
    divisions: list[DivisionSeen] | None = None
    agents: list[AgentSeen] | None = None
    dialler: DiallerMapping | None = None


class Calls:
    """The calls of one reading. Raises Incomplete where the budget, or fresh work, leaves nothing for it."""

    def __init__(self, organization: Organization, turn: Turn, *, behind_fresh_work: bool) -> None:
        self._organization = organization
        self._turn = turn
        self._behind = behind_fresh_work

    def make(self, call: Callable[[], Answer]) -> Answer:
        """Make one call as soon as it may be made, and return its answer."""
        deadline = time.monotonic() + CALL_PATIENCE_S
        while self._behind and fresh_work_is_due(self._organization):
            if time.monotonic() >= deadline:
                raise Incomplete("Reading the whole catalogue waits: the calls went to fresh work.")
            time.sleep(BEHIND_FRESH_WORK_S)
        if not wait_for_call(self._organization.pk, at_most_s=CALL_PATIENCE_S, use=CallTally.Use.CATALOGUE):
            raise Incomplete("The call budget left nothing for reading the catalogue.")
        self._turn.go_on()
        answer = call()
        learn(self._organization.pk, None)
        return answer

    def every(self, read: Callable[[int], CataloguePage[Any]]) -> list[Any]:
        """Return each item of a listing once. Its order is not guaranteed, so the count is checked."""
        seen: dict[str, Any] = {}
        page, pages = 0, 1
        while page < pages:
            page += 1
            got = self.make(partial(read, page))
            seen |= {item.id: item for item in got.items}
            pages = got.page_count
        if len(seen) < got.total:
            raise Incomplete(
                f"A listing of the catalogue showed {len(seen)} of {got.total} entries; it changed meanwhile."
            )
        return list(seen.values())


def fresh_work_is_due(organization: Organization) -> bool:
    """Return whether an assignment of the fresh lane could be sent now."""
    held = HeldWork.of(organization)
    due = Assignment.everywhere.of(organization).due().filter(held.rule_is_free, status=Status.PENDING, lane=Lane.FRESH)
    return Lane.FRESH not in held.lanes and due.exists()


def read(organization: Organization, gateway: Door, extent: Extent, calls: Calls) -> Listed:
    """Return what Genesys Cloud lists now, as much of it as `extent` says. Raises Incomplete and GenesysError."""
    queues = calls.every(gateway.queues)
    codes = calls.every(gateway.wrapup_codes)
    offers = {
        queue_id: calls.every(partial(gateway.queue_wrapup_codes, queue_id))
        for queue_id in queues_to_read(_turns(organization, queues), extent)
    }
    if extent is Extent.LOOK:
        unknown = _agents_unknown(organization)
        met = calls.make(partial(gateway.agents_with, unknown)) if unknown else ()
        return Listed(queues, codes, offers, list(met))
    return Listed(
        queues,
        codes,
        offers,
        divisions=calls.every(gateway.divisions),
        agents=calls.every(gateway.agents),
        dialler=_dialler(gateway, calls),
    )


def _dialler(gateway: Door, calls: Calls) -> DiallerMapping | None:
    """Return the dialler's mapping; None where the client may not read it, which nothing else suffers from."""
    try:
        return calls.make(gateway.dialler_mapping)
    except (Forbidden, CredentialsRefused) as error:
        if error.http_status != 403:
            raise
        return None


def _turns(organization: Organization, listed: Sequence[QueueSeen]) -> list[QueueTurn]:
    """Return each listed queue with when its codes were read since it was last changed, and whether it is in use."""
    since = app_now() - timedelta(days=IN_USE_DAYS)
    lately = Communication.everywhere.of(organization).filter(queue_id=OuterRef("genesys_id"), ended_at__gte=since)
    stored: dict[str, Any] = {
        row.genesys_id: row for row in Queue.everywhere.of(organization).annotate(used=Exists(lately))
    }
    named = queues_named(organization)

    def turn(queue: QueueSeen) -> QueueTurn:
        row = stored.get(queue.id)
        if row is None:
            return QueueTurn(queue.id, None, in_use=fold(queue.id) in named)
        read_at = row.codes_read_at if row.modified_at == queue.modified_at else None
        return QueueTurn(queue.id, read_at, in_use=row.used or fold(queue.id) in named)

    return [turn(queue) for queue in listed]


def _agents_unknown(organization: Organization) -> list[str]:
    """Return the ids, at most 100, of agents of conversations since the last reading whom the copy does not have."""
    sweep = Sweep.objects.get(organization=organization, kind=Sweep.Kind.CATALOGUE)
    since = (sweep.succeeded_at or app_now()) - timedelta(hours=1)
    latest = Assignment.everywhere.of(organization).filter(ended_at__gte=since).order_by("-ended_at", "-pk")
    met = dict.fromkeys(latest.values_list("communication__agent_id", flat=True)[:LATEST_LEGS])
    known = set(Agent.everywhere.of(organization).filter(genesys_id__in=list(met)).values_list("genesys_id", flat=True))
    return [agent_id for agent_id in met if _is_uuid(agent_id) and agent_id not in known][:AGENTS_AT_ONCE]


def _is_uuid(text: str) -> bool:
    """Return whether an id can be a user's: Genesys' analytics may show others, which nobody can be asked for."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
