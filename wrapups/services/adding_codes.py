"""Putting a wrap-up code on a queue in Genesys Cloud: a person confirms it, a worker does it once and reads it back.

The one thing we change there beside wrap-ups. It needs a permission of its own, without which nothing else is held.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from wrapups.domain.catalogue import CataloguePage, CodeSeen
from wrapups.domain.errors import CredentialsRefused, GenesysError, RateLimited, Refused, Unclear, Unsent
from wrapups.models import AddedCode, CallTally, Organization, Queue, QueueWrapupCode, WrapupCode
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.auditing import Actor, acting, put_down_to
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.holding import Hold, Lost

LEASE_S = 120
CALL_PATIENCE_S = 20
AGAIN_AFTER_S = 10
MOST_READS = 3
FORBIDDEN = 403
NOT_ALLOWED = (
    "The OAuth client may not change queues. Grant it routing:queue:edit in Genesys,"
    " or put the code on the queue there yourself."
)
NEVER_SEEN = "The queue does not show the code. See in Genesys whether it is there before you ask again."


class CannotAdd(ValueError):
    """This code cannot be put on this queue; the text says why, for the person."""


class Door(Protocol):
    """What this needs of the gateway, one call each."""

    def add_code_to_queue(self, queue_id: str, code_id: str) -> None: ...
    def queue_wrapup_codes(self, queue_id: str, page: int) -> CataloguePage[CodeSeen]: ...


def why_not(queue: Queue, code: WrapupCode) -> str:
    """Return why this code cannot be put on this queue, for the person; empty where it can."""
    if queue.gone_at is not None:
        return f"Genesys Cloud does not list the queue {queue} any more."
    if code.gone_at is not None:
        return f"The code {code} does not exist any more. Choose another one in the rule."
    offered = QueueWrapupCode.everywhere.filter(queue=queue, wrapup_code=code, gone_at=None)
    return f"The code {code} is on the queue {queue} already." if offered.exists() else ""


def ask(organization: Organization, *, queue: Queue, code: WrapupCode, reason: str, actor: Actor) -> AddedCode:
    """Have a worker put the code on the queue; return what follows it. Asked twice, it is done once.

    Raises CannotAdd without a reason, and for what `why_not` names.
    """
    if not reason.strip():
        raise CannotAdd("Say why: it changes what agents are offered, and the reason stands in the history.")
    if problem := why_not(queue, code):
        raise CannotAdd(problem)
    try:
        with acting(actor, "put a code on a queue", organization=organization, reason=reason.strip()[:300]):
            made: AddedCode = AddedCode.everywhere.create(
                organization=organization,
                queue=queue,
                wrapup_code=code,
                person=actor.person,
                origin=actor.origin,
                reason=reason.strip()[:300],
            )
            return made
    except IntegrityError:
        return AddedCode.everywhere.filter(queue=queue, wrapup_code=code).latest("pk")


def is_due(organization: Organization) -> bool:
    """Return whether a code is to be sent or read back now, and nobody has it."""
    return bool(_due(organization).exists())


def go_on(organization: Organization, *, gateway: Door) -> None:
    """Take each code that is due one step further. Raises nothing that Genesys can cause."""
    while (taken := _taken(organization)) is not None:
        added, hold = taken
        if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S, use=CallTally.Use.CATALOGUE):
            hold.release(due_at=AppNow() + Seconds(AGAIN_AFTER_S))
            return
        try:
            with put_down_to(Actor(added.person, added.origin)):
                hold.keep(state=AddedCode.State.SENT)
        except Lost:
            continue
        _send(added, hold, gateway) if added.state == AddedCode.State.ASKED else _read_back(added, hold, gateway)


def _due(organization: Organization) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = AddedCode.everywhere.of(organization).select_related("queue", "wrapup_code", "person")
    return rows.filter(free, state__in=AddedCode.OPEN, due_at__lte=AppNow()).order_by("pk")


def _taken(organization: Organization) -> tuple[AddedCode, Hold] | None:
    """Return the next one and our hold of it: who was frozen for longer than the lease changes nothing any more."""
    with transaction.atomic():
        added: AddedCode | None = _due(organization).select_for_update(skip_locked=True, of=("self",)).first()
        if added is None:
            return None
        unfinished = AddedCode.everywhere.filter(pk=added.pk, state__in=AddedCode.OPEN)
        return added, Hold(unfinished, lease_s=LEASE_S)


def _send(added: AddedCode, hold: Hold, gateway: Door) -> None:
    """Make the one call. What surely did nothing is asked for again; what may have, is read."""
    try:
        gateway.add_code_to_queue(added.queue.genesys_id, added.wrapup_code.genesys_id)
    except (Refused, CredentialsRefused) as error:
        _refused(added, hold, error)
    except (Unsent, RateLimited) as error:
        learn(added.organization_id, error)
        after_s = error.retry_after_s if isinstance(error, RateLimited) else AGAIN_AFTER_S
        _wait(hold, AddedCode.State.ASKED, after_s, error)
    except Unclear as error:
        learn(added.organization_id, error)
        _wait(hold, AddedCode.State.SENT, AGAIN_AFTER_S, error)
    else:
        learn(added.organization_id, None)
        _wait(hold, AddedCode.State.SENT, 0, None)


def _read_back(added: AddedCode, hold: Hold, gateway: Door) -> None:
    """See whether the queue shows the code, and keep that it does."""
    try:
        shown = added.wrapup_code.genesys_id in _codes_of(added, gateway)
    except GenesysError as error:
        learn(added.organization_id, error)
        shown = False
    if shown:
        _done(added, hold)
    elif added.reads + 1 >= MOST_READS:
        _end(added, hold, AddedCode.State.FAILED, problem=NEVER_SEEN)
    else:
        _wait(hold, AddedCode.State.SENT, AGAIN_AFTER_S, None, reads=F("reads") + 1)


def _codes_of(added: AddedCode, gateway: Door) -> Iterator[str]:
    """Yield the ids of the codes the queue shows, page by page; each further page takes a call of its own."""
    page, pages = 1, 1
    while page <= pages:
        if page > 1 and not wait_for_call(
            added.organization_id, at_most_s=CALL_PATIENCE_S, use=CallTally.Use.CATALOGUE
        ):
            return
        shown = gateway.queue_wrapup_codes(added.queue.genesys_id, page)
        learn(added.organization_id, None)
        yield from (code.id for code in shown.items)
        page, pages = page + 1, shown.page_count


def _refused(added: AddedCode, hold: Hold, error: Refused | CredentialsRefused) -> None:
    """Give up. A permission that is missing for this alone holds no other call; a login that fails holds all."""
    if isinstance(error, CredentialsRefused) and error.http_status != FORBIDDEN:
        learn(added.organization_id, error)
    lacks = isinstance(error, CredentialsRefused) and error.http_status == FORBIDDEN
    _end(added, hold, AddedCode.State.FAILED, problem=NOT_ALLOWED if lacks else str(error), error=error)


def _done(added: AddedCode, hold: Hold) -> None:
    """Keep that the queue offers the code, as the next reading of the catalogue would."""
    with put_down_to(Actor(added.person, added.origin)):
        QueueWrapupCode.everywhere.update_or_create(
            queue_id=added.queue_id,
            wrapup_code_id=added.wrapup_code_id,
            defaults={"organization_id": added.organization_id, "seen_at": AppNow(), "gone_at": None},
        )
        _end(added, hold, AddedCode.State.DONE)


def _wait(hold: Hold, state: AddedCode.State, seconds: float, error: GenesysError | None, **columns: Any) -> None:
    hold.release(state=state, due_at=AppNow() + Seconds(seconds), **_told(str(error or ""), error), **columns)


def _end(
    added: AddedCode, hold: Hold, state: AddedCode.State, *, problem: str = "", error: GenesysError | None = None
) -> None:
    with put_down_to(Actor(added.person, added.origin)):
        hold.release(state=state, finished_at=AppNow(), **_told(problem, error))


def _told(problem: str, error: GenesysError | None) -> dict[str, Any]:
    return {
        "problem": problem[:500],
        "http_status": error.http_status if error else 0,
        "error_code": error.code[:96] if error else "",
        "correlation_id": error.correlation_id[:96] if error else "",
    }
