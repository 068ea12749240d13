"""Keeping our copy of the catalogue true: names as they are now, what is gone marked, nothing deleted."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import transaction

from wrapups.domain.catalogue import AgentSeen, CataloguePage, CodeSeen, DivisionSeen, QueueSeen
from wrapups.domain.errors import GenesysError
from wrapups.models import Agent, Division, Organization, Queue, QueueWrapupCode, Sweep, WrapupCode
from wrapups.models.catalogue import CatalogueEntry
from wrapups.models.clock import AppNow, app_now
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.sweeping import Turn, turn

Item = TypeVar("Item")
CALL_PATIENCE_S = 60


class Door(Protocol):
    """What the catalogue needs of the gateway: one page, one call."""

    def wrapup_codes(self, page: int) -> CataloguePage[CodeSeen]: ...
    def queues(self, page: int) -> CataloguePage[QueueSeen]: ...
    def queue_wrapup_codes(self, queue_id: str, page: int) -> CataloguePage[CodeSeen]: ...
    def divisions(self, page: int) -> CataloguePage[DivisionSeen]: ...
    def agents(self, page: int) -> CataloguePage[AgentSeen]: ...


class Incomplete(RuntimeError):
    """A listing could not be read to its end, so nothing may be called gone."""


def sync(organization: Organization, *, gateway: Door) -> bool:
    """Bring the copy up to date; return whether it was our turn and worked. Costs a call per page and per queue.

    What a complete listing no longer shows is marked gone; an incomplete one changes nothing at all.
    """
    with turn(organization.pk, Sweep.Kind.CATALOGUE, every_s=settings.CATALOGUE_EVERY_S) as mine:
        if mine is None:
            return False
        try:
            seen = _read(organization, gateway, mine)
        except (GenesysError, Incomplete) as error:
            if isinstance(error, GenesysError):
                learn(organization.pk, error)
            mine.problem = str(error)[:500]
            mine.again_after(60)
            return False
        _store(organization, *seen)
        return True


def _read(
    organization: Organization, gateway: Door, mine: Turn
) -> tuple[list[DivisionSeen], list[CodeSeen], list[QueueSeen], list[AgentSeen], dict[str, list[CodeSeen]]]:
    def every(read: Callable[[int], CataloguePage[Item]]) -> list[Item]:
        return list(_pages(organization, read, mine))

    queues = every(gateway.queues)
    of_queue = {
        queue.id: every(lambda page, queue_id=queue.id: gateway.queue_wrapup_codes(queue_id, page))  # type: ignore[misc]
        for queue in queues
    }
    return every(gateway.divisions), every(gateway.wrapup_codes), queues, every(gateway.agents), of_queue


def _pages(organization: Organization, read: Callable[[int], CataloguePage[Any]], mine: Turn) -> Iterator[Any]:
    """Yield each item once, or raise Incomplete: the order of a listing is not guaranteed, so the count is checked."""
    seen: dict[str, Any] = {}
    page = 1
    while True:
        if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S):
            raise Incomplete("The call budget left nothing for reading the catalogue.")
        mine.go_on()
        got = read(page)
        seen |= {item.id: item for item in got.items}
        if page >= got.page_count:
            break
        page += 1
    if len(seen) < got.total:
        raise Incomplete(f"A listing of the catalogue showed {len(seen)} of {got.total} entries; it changed meanwhile.")
    yield from seen.values()


def _store(
    organization: Organization,
    divisions: list[DivisionSeen],
    codes: list[CodeSeen],
    queues: list[QueueSeen],
    agents: list[AgentSeen],
    of_queue: Mapping[str, list[CodeSeen]],
) -> None:
    with transaction.atomic():
        _keep(organization, Division, {d.id: {"name": d.name} for d in divisions})
        _keep(organization, WrapupCode, {c.id: _code_columns(c) for c in codes})
        _keep(organization, Queue, {q.id: _queue_columns(q) for q in queues})
        present = [agent for agent in agents if agent.state != "deleted"]
        _keep(organization, Agent, {a.id: {"name": a.name, "email": a.email} for a in present})
        _keep_offers(organization, of_queue)


def _code_columns(code: CodeSeen) -> dict[str, Any]:
    return {"name": code.name, "division_id": code.division_id or "", "description": code.description}


def _queue_columns(queue: QueueSeen) -> dict[str, Any]:
    acw = {"acw_prompt": queue.acw_prompt, "acw_timeout_ms": queue.acw_timeout_ms}
    return {"name": queue.name, "division_id": queue.division_id or "", **acw}


def _keep(
    organization: Organization, model: type[CatalogueEntry], columns_by_id: Mapping[str, Mapping[str, Any]]
) -> None:
    names = ["seen_at", "gone_at", *next(iter(columns_by_id.values()), {})]
    now = app_now()
    model.everywhere.bulk_create(
        [
            model(organization=organization, genesys_id=key, seen_at=now, gone_at=None, **columns)
            for key, columns in sorted(columns_by_id.items())
        ],
        update_conflicts=True,
        unique_fields=["organization", "genesys_id"],
        update_fields=names,
    )
    rows = model.everywhere.filter(organization=organization, gone_at=None)
    rows.exclude(genesys_id__in=list(columns_by_id)).update(gone_at=AppNow())


def _keep_offers(organization: Organization, of_queue: Mapping[str, list[CodeSeen]]) -> None:
    """Store which codes each queue offers; a code in another division than our role may read is known by this alone."""
    queues = dict(Queue.everywhere.filter(organization=organization).values_list("genesys_id", "pk"))
    codes = dict(WrapupCode.everywhere.filter(organization=organization).values_list("genesys_id", "pk"))
    now = app_now()
    pairs = {
        (queues[queue_id], codes[code.id])
        for queue_id, offered in of_queue.items()
        for code in offered
        if code.id in codes
    }
    QueueWrapupCode.everywhere.bulk_create(
        [
            QueueWrapupCode(organization=organization, queue_id=q, wrapup_code_id=c, seen_at=now, gone_at=None)
            for q, c in sorted(pairs)
        ],
        update_conflicts=True,
        unique_fields=["queue", "wrapup_code"],
        update_fields=["seen_at", "gone_at"],
    )
    stale = QueueWrapupCode.everywhere.filter(organization=organization, gone_at=None).exclude(seen_at=now)
    stale.update(gone_at=AppNow())
