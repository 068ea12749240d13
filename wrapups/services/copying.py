"""Storing what the catalogue's listings showed: names as they are now, what is gone marked, nothing deleted.

Set by set, in the caller's transaction. Whatever was seen carries the transaction's time, so what does not is gone.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from wrapups.domain.catalogue import AgentSeen, CodeSeen, DiallerMapping, QueueSeen
from wrapups.domain.facts import storable
from wrapups.models import Agent, Division, Organization, Queue, QueueWrapupCode, WrapupCode
from wrapups.models.catalogue import CatalogueEntry
from wrapups.models.clock import app_now
from wrapups.services.listing import Listed

LONGEST_NAME = 256
ROWS_A_STATEMENT = 2000

Columns = Mapping[str, Mapping[str, Any]]
"""The columns of each entry by its Genesys id."""


def keep(organization: Organization, listed: Listed) -> None:
    """Store one reading."""
    now = app_now()
    if listed.divisions is not None:
        _whole(organization, Division, {each.id: {"name": _name(each.name)} for each in listed.divisions}, now)
    returning = _returning(organization, listed.codes)
    _whole(organization, WrapupCode, {each.id: _code(each, listed.dialler) for each in listed.codes}, now)
    _note_changes(organization, listed.queues)
    _whole(organization, Queue, {each.id: _queue(each) for each in listed.queues}, now)
    if listed.agents is not None:
        _whole(organization, Agent, {each.id: _agent(each) for each in listed.agents if _stays(each)}, now)
    else:
        _seen(organization, Agent, {each.id: _agent(each) for each in listed.met if _stays(each)}, now)
    _left(organization, [each for each in (listed.agents or listed.met) if not _stays(each)], now)
    _keep_offers(organization, listed.offers, now)
    _follow_codes(organization, returning, now)


def _name(name: str) -> str:
    """Return a name as it is stored: composed, and no longer than fits."""
    return unicodedata.normalize("NFC", storable(name))[:LONGEST_NAME]


def _code(code: CodeSeen, dialler: DiallerMapping | None) -> dict[str, Any]:
    columns = {"name": _name(code.name), "division_id": code.division_id or "", "description": code.description}
    return columns if dialler is None else {**columns, "dialler_flags": list(dialler.of(code.id))}


def _queue(queue: QueueSeen) -> dict[str, Any]:
    acw = {"acw_prompt": queue.acw_prompt, "acw_timeout_ms": queue.acw_timeout_ms}
    return {
        "name": _name(queue.name),
        "division_id": queue.division_id or "",
        "modified_at": queue.modified_at,
        **acw,
    }


def _agent(agent: AgentSeen) -> dict[str, Any]:
    inactive = agent.state == "inactive"
    where = {"division_id": agent.division_id or "", "inactive": inactive}
    return {"name": _name(agent.name), "email": agent.email[:LONGEST_NAME], **where}


def _stays(agent: AgentSeen) -> bool:
    return agent.state != "deleted"


def _seen(
    organization: Organization,
    model: type[CatalogueEntry],
    columns_by_id: Columns,
    now: datetime,
    *,
    gone_at: datetime | None = None,
) -> None:
    """Store these entries as seen now; whoever was gone is back, unless they come as gone."""
    changed = [*next(iter(columns_by_id.values()), {}), "seen_at"]
    model.everywhere.bulk_create(
        [
            model(organization=organization, genesys_id=key, seen_at=now, gone_at=gone_at, **columns)
            for key, columns in sorted(columns_by_id.items())
        ],
        update_conflicts=True,
        unique_fields=["organization", "genesys_id"],
        update_fields=changed if gone_at else [*changed, "gone_at"],
        batch_size=ROWS_A_STATEMENT,
    )


def _whole(organization: Organization, model: type[CatalogueEntry], columns_by_id: Columns, now: datetime) -> None:
    """Store a whole listing: what it does not show is gone."""
    _seen(organization, model, columns_by_id, now)
    model.everywhere.filter(organization=organization, gone_at=None).exclude(seen_at=now).update(gone_at=now)


def _left(organization: Organization, agents: Sequence[AgentSeen], now: datetime) -> None:
    """Store users who were deleted: their conversations keep their names."""
    _seen(organization, Agent, {each.id: _agent(each) for each in agents}, now, gone_at=now)
    rows = Agent.everywhere.filter(organization=organization, gone_at=None)
    rows.filter(genesys_id__in=[each.id for each in agents]).update(gone_at=now)


def _note_changes(organization: Organization, queues: Iterable[QueueSeen]) -> None:
    """Let the codes of queues that have changed be read anew."""
    stored = dict(Queue.everywhere.of(organization).values_list("genesys_id", "modified_at"))
    changed = [each.id for each in queues if each.id in stored and stored[each.id] != each.modified_at]
    Queue.everywhere.of(organization).filter(genesys_id__in=changed).update(codes_read_at=None)


def _keep_offers(organization: Organization, offers: Mapping[str, Iterable[CodeSeen]], now: datetime) -> None:
    """Store which codes the queues that were asked offer, but for codes that no listing ever showed."""
    queues = dict(Queue.everywhere.of(organization).filter(genesys_id__in=list(offers)).values_list("genesys_id", "pk"))
    codes = dict(WrapupCode.everywhere.of(organization).values_list("genesys_id", "pk"))
    pairs = {
        (queues[queue], codes[code.id]) for queue, offered in offers.items() for code in offered if code.id in codes
    }
    QueueWrapupCode.everywhere.bulk_create(
        [
            QueueWrapupCode(organization=organization, queue_id=queue, wrapup_code_id=code, seen_at=now, gone_at=None)
            for queue, code in sorted(pairs)
        ],
        update_conflicts=True,
        unique_fields=["queue", "wrapup_code"],
        update_fields=["seen_at", "gone_at"],
        batch_size=ROWS_A_STATEMENT,
    )
    asked = QueueWrapupCode.everywhere.filter(organization=organization, queue__in=queues.values())
    asked.filter(gone_at=None).exclude(seen_at=now).update(gone_at=now)
    Queue.everywhere.filter(pk__in=queues.values()).update(codes_read_at=now)


def _returning(organization: Organization, codes: Iterable[CodeSeen]) -> dict[int, datetime]:
    """Return the codes that were gone and are listed again, with since when they were gone."""
    gone = WrapupCode.everywhere.of(organization).exclude(gone_at=None)
    return dict(gone.filter(genesys_id__in=[each.id for each in codes]).values_list("pk", "gone_at"))


def _follow_codes(organization: Organization, returning: Mapping[int, datetime], now: datetime) -> None:
    """A code that is gone is on no queue; one that is back is on those again that it left only by being gone.

    What queues that were asked in this very reading say counts more.
    """
    offers = QueueWrapupCode.everywhere.filter(organization=organization)
    offers.filter(wrapup_code__gone_at__isnull=False, gone_at=None).update(gone_at=now)
    for code, gone_at in returning.items():
        not_asked = ~Q(queue__codes_read_at=now)
        offers.filter(not_asked, wrapup_code=code, gone_at=gone_at).update(gone_at=None)
