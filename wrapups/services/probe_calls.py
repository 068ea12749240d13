"""One call of a probe: on record before it is made, finished after it, and read again as a result of the plan."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from wrapups.domain.capabilities import WritePath
from wrapups.domain.conversation import CommunicationRef, ConversationSeen, WrapupRead
from wrapups.domain.errors import CredentialsRefused, GenesysError, Refused, Unclear
from wrapups.domain.probing import Kind, Outcome, Result, Step
from wrapups.models import Probe, ProbeCall
from wrapups.models.clock import app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.budgeting import learn


class Door(Protocol):
    """What the plan of a probe needs of the gateway, one call each."""

    def conversations(self, conversation_ids: Sequence[str]) -> tuple[ConversationSeen, ...]: ...
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


def make(probe: Probe, step: Step, leg: Mapping[str, Any], gateway: Door) -> GenesysError | None:
    """Make the one call of a step and keep what it met; return the error it met, if any."""
    call = _begin(probe, step)
    error: GenesysError | None = None
    shown, status = "", 0
    try:
        shown, status = _made(probe, step, leg, gateway)
    except GenesysError as caught:
        error = caught
    learn(probe.organization_id, error)
    _end(call, error, shown, status)
    return error


def results(probe: Probe) -> Iterator[Result]:
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
        Probe.everywhere.filter(pk=probe.pk).update(sent_code_id=step.code_id)
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
