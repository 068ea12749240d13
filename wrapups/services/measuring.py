"""Measuring, as a worker does it: the calls of a probe, one after the other.

The plan (`wrapups.domain.probing`) is replayed from the calls on record, so any worker can go on where another
stopped. Short waits are slept through; for a long one the row is put off and the pump rings when it is due.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Q

from wrapups.domain.capabilities import Capabilities, Question, WritePath
from wrapups.domain.errors import CredentialsRefused, GenesysError, RateLimited, Refused, Unsent
from wrapups.domain.probing import Case, Outcome, Step
from wrapups.domain.probing import Probe as Plan
from wrapups.models import Organization, Probe
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.services import looking, probe_calls
from wrapups.services.auditing import Actor, acting
from wrapups.services.budgeting import learn, wait_for_call

LEASE_S = 120
CALL_PATIENCE_S = 20
LONGEST_SLEEP_S = 5.0
AGAIN_AFTER_S = 10
LOOKS_FOR_AT_MOST = timedelta(minutes=10)
MOST_UNSENT = 10
"""How often in all a call may fail to leave, or be throttled, before the probe gives up."""


class Door(looking.Door, probe_calls.Door, Protocol):
    """What a probe needs of the gateway."""


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
    while (plan := Plan(case, probe_calls.results(probe))).step is not None:
        _wait_until(plan.step.at, sleep)
        _hold(probe)
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
    """Make the one call of a step, if the budget allows it; what did not leave is tried again."""
    _take_call(probe)
    error = probe_calls.make(probe, step, leg, gateway)
    if isinstance(error, CredentialsRefused):
        raise _GivenUp(str(error)) from error
    if isinstance(error, Unsent | RateLimited):
        if probe.calls.filter(outcome=Outcome.UNSENT).count() > MOST_UNSENT:
            raise _GivenUp(str(error)) from error
        raise _PutOff(error.retry_after_s if isinstance(error, RateLimited) else AGAIN_AFTER_S) from error


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
