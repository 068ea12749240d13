"""Measuring, as a worker does it: the calls of a probe, one after the other, each on record before it is made.

The plan (`wrapups.domain.probing`) is replayed from the calls on record, so any worker can go on where another
stopped. Short waits are slept through; for a long one the row is put off and the pump rings when it is due.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Q

from wrapups.domain.capabilities import Capabilities, Question, WritePath
from wrapups.domain.conversation import CommunicationRef, ConversationSeen, WrapupRead
from wrapups.domain.errors import CredentialsRefused, GenesysError, RateLimited, Refused, Unclear
from wrapups.domain.probing import Case, Kind, Outcome, Result, Step
from wrapups.domain.probing import Probe as Plan
from wrapups.models import Organization, Probe, ProbeCall
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.services import looking
from wrapups.services.auditing import Actor, acting
from wrapups.services.budgeting import learn, wait_for_call

LEASE_S = 120
CALL_PATIENCE_S = 20
LONGEST_SLEEP_S = 5.0
AGAIN_AFTER_S = 10
LOOKS_FOR_AT_MOST = timedelta(minutes=10)
MOST_UNSENT = 10
"""How often in all a call may fail to leave, or be throttled, before the probe gives up."""


class Door(looking.Door, Protocol):
    """What a probe needs of the gateway, one call each."""

    def conversations(self, conversation_ids: list[str]) -> tuple[ConversationSeen, ...]: ...
    def look_at_wrapup(self, ref: CommunicationRef) -> WrapupRead: ...
    def apply_wrapup(
        self,
        ref: CommunicationRef,
        code_id: str,
        *,
        notes: str = "",
        disable_end_time_updates: bool = True,
        path: WritePath | None = None,
    ) -> None: ...


def is_due(organization: Organization) -> bool:
    """Return whether a probe is to go on now and nobody has it."""
    return bool(_due(organization).exists())


def go_on(organization: Organization, *, gateway: Door, sleep: Callable[[float], object] = time.sleep) -> None:
    """Let the organization's open probe go on as far as it can now. One worker at a time; raises nothing of Genesys."""
    with transaction.atomic():
        probe = _due(organization).select_for_update(skip_locked=True, of=("self",)).first()
        if probe is None:
            return
        _hold(probe)
    try:
        _look(probe, gateway) if probe.state == Probe.State.LOOKING else _measure(probe, gateway, sleep)
    except _PutOff as wait:
        _update(probe, due_at=AppNow() + Seconds(wait.seconds))
    except _GivenUp as error:
        _update(probe, state=Probe.State.FAILED, problem=str(error)[:500], finished_at=AppNow())
    finally:
        _update(probe, lease_until=None)


class _PutOff(Exception):
    """The probe goes on in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _GivenUp(Exception):
    """The probe cannot go on; the text is for the person."""


def _due(organization: Organization) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = Probe.everywhere.of(organization).select_related("organization", "person")
    return rows.filter(free, state__in=Probe.MOVES_BY_ITSELF, due_at__lte=AppNow()).order_by("pk")


def _hold(probe: Probe) -> None:
    _update(probe, lease_until=AppNow() + Seconds(LEASE_S))


def _update(probe: Probe, **columns: Any) -> None:
    Probe.everywhere.filter(pk=probe.pk).update(**columns)


def _look(probe: Probe, gateway: Door) -> None:
    """See which communications there are, and leave the choice to the person."""
    _take_call(probe)
    try:
        seen = gateway.conversation(probe.conversation_id)
    except GenesysError as error:
        learn(probe.organization_id, error)
        if isinstance(error, Refused | CredentialsRefused) or app_now() - probe.asked_at > LOOKS_FOR_AT_MOST:
            raise _GivenUp(str(error)) from error
        raise _PutOff(AGAIN_AFTER_S) from error
    learn(probe.organization_id, None)
    legs = looking.legs_of(probe.organization, seen, gateway)
    if not legs:
        raise _GivenUp("No agent took part in this conversation.")
    _update(probe, state=Probe.State.FOUND, legs=legs)


def _measure(probe: Probe, gateway: Door, sleep: Callable[[float], object]) -> None:
    """Make the calls of the plan until it is over, or until the next one is too far away to be slept for."""
    leg = next(leg for leg in probe.legs if leg["communication_id"] == probe.communication_id)
    case = _case(probe, leg)
    while (plan := Plan(case, _results(probe))).step is not None:
        _wait_until(plan.step.at, sleep)
        _hold(probe)
        _take_call(probe)
        _call(probe, plan.step, leg, gateway)
    _finish(probe, plan)


def _case(probe: Probe, leg: Mapping[str, Any]) -> Case:
    codes = {Question(name): code_id for name, code_id in probe.codes.items() if name != "valid"}
    return Case(
        paths=tuple(WritePath(path) for path in leg["paths"]),
        valid=(probe.codes["valid"][0], probe.codes["valid"][1]),
        ended_at=datetime.fromisoformat(leg["ended_at"]),
        codes=codes,
        carried=leg["code_id"],
        known=Capabilities.of(probe.organization.capabilities).of_medium(probe.media_type),
    )


def _results(probe: Probe) -> Iterator[Result]:
    """Yield what the calls on record met; one that was never finished lost its worker, and may have done anything."""
    for call in probe.calls.exclude(outcome=Outcome.UNSENT).order_by("pk"):
        answered_at = call.finished_at if call.kind == Kind.WRITE else call.started_at
        yield Result(
            Outcome(call.outcome or Outcome.UNCLEAR),
            answered_at or call.started_at,
            code_id=call.code_id or None,
            http_status=call.http_status,
            error_code=call.error_code,
        )


def _wait_until(at: datetime | None, sleep: Callable[[float], object]) -> None:
    wait_s = (at - app_now()).total_seconds() if at else 0.0
    if wait_s > LONGEST_SLEEP_S:
        raise _PutOff(wait_s)
    if wait_s > 0:
        sleep(wait_s)


def _take_call(probe: Probe) -> None:
    if not wait_for_call(probe.organization_id, at_most_s=CALL_PATIENCE_S):
        raise _PutOff(AGAIN_AFTER_S)


def _call(probe: Probe, step: Step, leg: Mapping[str, Any], gateway: Door) -> None:
    """Make the one call of a step, on record before it is made and finished after it."""
    call = _begin(probe, step)
    error: GenesysError | None = None
    shown, status = "", 0
    try:
        shown, status = _made(probe, step, leg, gateway)
    except GenesysError as caught:
        error = caught
    learn(probe.organization_id, error)
    _end(call, error, shown, status)
    if isinstance(error, CredentialsRefused):
        raise _GivenUp(str(error)) from error
    if call.outcome == Outcome.UNSENT:
        if probe.calls.filter(outcome=Outcome.UNSENT).count() > MOST_UNSENT:
            raise _GivenUp(str(error)) from error
        raise _PutOff(error.retry_after_s if isinstance(error, RateLimited) else AGAIN_AFTER_S) from error


def _begin(probe: Probe, step: Step) -> ProbeCall:
    """Put a call on record; a write is an act of the person who confirmed the probe."""
    made: dict[str, Any] = {
        "organization_id": probe.organization_id,
        "probe": probe,
        "kind": step.kind,
        "question": step.question or "",
        "path": step.path or "",
        "code_id": step.code_id,
    }
    if step.kind is not Kind.WRITE:
        return ProbeCall.everywhere.create(**made)
    actor = Actor(probe.person, probe.origin)
    with acting(actor, "write a code for a probe", organization=probe.organization, reason=probe.reason):
        _update(probe, sent_code_id=step.code_id)
        return ProbeCall.everywhere.create(**made)


def _made(probe: Probe, step: Step, leg: Mapping[str, Any], gateway: Door) -> tuple[str, int]:
    """Make the call; return the code it showed or sent, and the status of its answer."""
    ref = CommunicationRef(
        probe.conversation_id, leg["participant_id"], leg["communication_id"], leg["media_type"], leg["user_id"]
    )
    match step.kind:
        case Kind.WRITE:
            notes = leg["notes"] if step.question is None else ""
            gateway.apply_wrapup(ref, step.code_id, notes=notes, path=step.path)
            return step.code_id, 202
        case Kind.READ:
            read = gateway.look_at_wrapup(ref)
            final = read.wrapup if read.wrapup and not read.wrapup.provisional else None
            return final.code_id if final else "", read.http_status
        case Kind.BULK_READ:
            seen = gateway.conversations([probe.conversation_id])
            legs = [leg for conversation in seen for leg in conversation.communications]
            shown = next((each.wrapup for each in legs if each.communication_id == ref.communication_id), None)
            return shown.code_id if shown else "", 200


def _end(call: ProbeCall, error: GenesysError | None, shown: str, status: int) -> None:
    call.outcome = _outcome(error)
    call.code_id = call.code_id or shown
    call.finished_at = app_now()
    call.http_status = error.http_status if error else status
    call.error_code = error.code[:96] if error else ""
    call.correlation_id = error.correlation_id[:96] if error else ""
    call.message = str(error)[:500] if error else ""
    call.save()


def _outcome(error: GenesysError | None) -> Outcome:
    match error:
        case None:
            return Outcome.ANSWERED
        case Refused() | CredentialsRefused():
            return Outcome.REFUSED
        case Unclear():
            return Outcome.UNCLEAR
        case _:
            return Outcome.UNSENT


def _finish(probe: Probe, plan: Plan) -> None:
    """Keep the answers: with the probe as found, with the organization beside what was known."""
    actor = Actor(probe.person, probe.origin)
    with acting(actor, "keep what a probe found", organization=probe.organization, reason=probe.reason):
        row = Organization.objects.select_for_update().get(pk=probe.organization_id)
        known = Capabilities.of(row.capabilities).with_answers(probe.media_type, plan.answers)
        row.capabilities = {**row.capabilities, "media": known.stored()}
        row.save(update_fields=["capabilities"])
        _update(
            probe,
            state=Probe.State.DONE,
            answers={question.value: answer.stored() for question, answer in plan.answers.items()},
            left_code_id=plan.left_code_id,
            finished_at=AppNow(),
        )
