"""Probing, as a person does it: name a conversation, see what is there, confirm, or leave it.

A worker looks and measures (`wrapups.services.measuring`); pages only ask for it here.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from wrapups.domain.capabilities import Question
from wrapups.models import Organization, Probe, Queue, WrapupCode
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting

VALID = 2
"""How many codes of its queue a probe needs beside the one the communication carries."""


class CannotProbe(ValueError):
    """This cannot be probed; the text says why, for the person."""


def ask(organization: Organization, *, conversation_id: str, reason: str, actor: Actor) -> Probe:
    """Have a worker look at a conversation and return the probe that it may become. Nothing is written yet.

    Raises CannotProbe for what is no conversation's id, without a reason, and while another probe is open.
    """
    if not _is_uuid(conversation_id):
        raise CannotProbe("This is not the id of a conversation; such an id looks like 6b2c1f0e-….")
    if not reason.strip():
        raise CannotProbe("Say why: the reason stands in the history beside every code that is written.")
    try:
        with acting(actor, "ask for a probe", organization=organization, reason=reason.strip()[:300]):
            return Probe.everywhere.create(
                organization=organization,
                person=actor.person,
                origin=actor.origin,
                reason=reason.strip()[:300],
                conversation_id=conversation_id.lower(),
            )
    except IntegrityError:
        raise CannotProbe("Another probe is still open. Let it finish, or cancel it.") from None


def confirm(probe: Probe, *, communication_id: str, actor: Actor) -> None:
    """Let codes be written to one of the communications that looking found.

    Raises CannotProbe where it is not one of those, or the probe no longer waits for this.
    """
    leg = next((leg for leg in probe.legs if leg["communication_id"] == communication_id), None)
    if leg is None or leg["unfit"]:
        raise CannotProbe("Choose one of the communications that can be probed.")
    codes = codes_for(probe.organization, queue_id=leg["queue_id"], carried_id=leg["code_id"])
    with acting(actor, "let codes be written by a probe", organization=probe.organization, reason=probe.reason):
        _move(
            probe,
            Probe.State.FOUND,
            Probe.State.RUNNING,
            communication_id=communication_id,
            media_type=leg["media_type"],
            codes=codes,
            person=actor.person,
            origin=actor.origin,
        )


def cancel(probe: Probe, *, actor: Actor) -> None:
    """Give up a probe that has not written anything yet. Raises CannotProbe for any other."""
    state = Probe.State(probe.state)
    if state not in (Probe.State.LOOKING, Probe.State.FOUND):
        raise CannotProbe(f"A probe that is {state.label} cannot be cancelled; it ends by itself.")
    with acting(actor, "cancel a probe", organization=probe.organization):
        _move(probe, state, Probe.State.CANCELLED, finished_at=AppNow())


def codes_for(organization: Organization, *, queue_id: str, carried_id: str) -> Mapping[str, Any]:
    """Return the codes to probe with: two of the queue (`valid`), and one for each question that asks about a code.

    Raises CannotProbe where our copy of the catalogue knows too few codes of the queue.
    """
    every = WrapupCode.everywhere.of(organization).exclude(genesys_id=carried_id).order_by("name", "pk")
    present, gone = every.filter(gone_at=None), every.exclude(gone_at=None)
    on_queue = list(
        present.filter(offers__queue__genesys_id=queue_id, offers__gone_at=None).values_list("genesys_id", flat=True)
    )
    if len(on_queue) < VALID:
        name = Queue.everywhere.of(organization).filter(genesys_id=queue_id).values_list("name", flat=True).first()
        raise CannotProbe(
            f"The queue {name or queue_id} offers too few codes. Give it {VALID} that the communication does not carry,"
            " and wait for the next copy of the catalogue."
        )
    found = {
        Question.OFF_QUEUE_CODE: present.exclude(genesys_id__in=on_queue).values_list("genesys_id", flat=True).first(),
        Question.DELETED_CODE: gone.order_by("-gone_at").values_list("genesys_id", flat=True).first(),
        Question.UNKNOWN_CODE: str(uuid4()),
    }
    return {"valid": on_queue[:VALID], **{question.value: code_id for question, code_id in found.items() if code_id}}


def _move(probe: Probe, old: Probe.State, new: Probe.State, **columns: Any) -> None:
    with transaction.atomic():
        moved = Probe.everywhere.filter(pk=probe.pk, state=old).update(state=new, due_at=AppNow(), **columns)
    if not moved:
        raise CannotProbe("This probe has gone on meanwhile. Load the page again.")
    probe.refresh_from_db()


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
