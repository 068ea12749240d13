"""Erasing one customer, as an admin does it: say whom and why, see how much there is, and say so again.

Everything about the customer that is kept here is replaced by a mark; rows, and so all counts, stay. Genesys Cloud is
not touched. What identifies the customer is kept sealed until it is over; then only keyed digests of it are left, by
which the customer is known when it comes again (`forgetting`).
"""

from django.db import IntegrityError, transaction

from wrapups.domain import masking
from wrapups.domain.erasing import Eraser, Identifier, Kind, identifiers_in
from wrapups.models import Erasure, Organization
from wrapups.models.clock import AppNow
from wrapups.models.sealing import digests
from wrapups.services.auditing import Actor, acting

ANOTHER = "Another customer is being erased. Wait for that to end, or cancel it."


class CannotErase(ValueError):
    """This cannot be erased so, or not be confirmed or cancelled any more; the text is for the person."""


def ask(organization: Organization, *, identifiers: str, reason: str, actor: Actor) -> Erasure:
    """Have a worker find and count everything about one customer; return the erasure. Nothing is changed yet.

    `identifiers` are numbers, e-mail addresses and external contact ids, one a line. Raises BadIdentifier for what
    identifies nobody, and CannotErase without a reason, for one that repeats whom it is about, and while another
    customer is being erased.
    """
    found = identifiers_in(identifiers)
    if not reason.strip():
        raise CannotErase("Say why: the customer's request, for instance, by its number.")
    if Eraser(found).finds(reason):
        raise CannotErase("The reason stays in the history: do not repeat there whom it is about.")
    made = Erasure(
        organization=organization,
        person=actor.person,
        shown=", ".join(_masked(each) for each in found)[:300],
        digests=[digest for each in found for form in each.forms for digest in digests_of(organization, form)],
        reason=reason.strip(),
    )
    made.seal(found)
    with acting(actor, "look for a customer to erase", organization=organization, reason=reason.strip()):
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            raise CannotErase(ANOTHER) from None
    return made


def digests_of(organization: Organization, identifier: Identifier) -> list[str]:
    """Return the keyed digests by which an identifier is known in an organization, by each key, the newest first."""
    return digests(f"{identifier.kind}:{identifier.value}", belongs_to=f"erased:{organization.pk}")


def confirm(erasure: Erasure, *, conversations: int, actor: Actor) -> None:
    """Let a worker erase what was found. Raises CannotErase unless that many conversations were, and it waits."""
    with acting(actor, "erase a customer", organization=erasure.organization, reason=erasure.reason) as act:
        row = _held(erasure, Erasure.State.READY)
        if conversations != row.conversations:
            raise CannotErase(
                f"{row.conversations:,} conversations were found. Type that number to erase the customer."
            )
        row.state, row.act, row.table, row.after = Erasure.State.RUNNING, act, "", 0
        row.save(update_fields=["state", "act", "table", "after"])
        Erasure.everywhere.filter(pk=row.pk).update(confirmed_at=AppNow(), due_at=AppNow())


def go_on(erasure: Erasure, *, actor: Actor) -> None:
    """Let a worker go on where it failed. Raises CannotErase unless it failed half-way, and while another is erased."""
    with acting(actor, "go on erasing a customer", organization=erasure.organization, reason=erasure.reason) as act:
        row = _held(erasure, Erasure.State.FAILED)
        if not row.goes_on:
            raise CannotErase("It is not known any more whom this is about. Ask for the customer again.")
        row.state, row.act, row.failures, row.problem, row.finished_at = Erasure.State.RUNNING, act, 0, "", None
        try:
            with transaction.atomic():
                row.save(update_fields=["state", "act", "failures", "problem", "finished_at"])
        except IntegrityError:
            raise CannotErase(ANOTHER) from None
        Erasure.everywhere.filter(pk=row.pk).update(due_at=AppNow())


def cancel(erasure: Erasure, *, actor: Actor) -> None:
    """Give it up before anything was erased. Raises CannotErase afterwards: half a customer is none the wiser."""
    with acting(actor, "cancel an erasure", organization=erasure.organization):
        row = _held(erasure, Erasure.State.FINDING, Erasure.State.READY)
        row.state, row.sealed, row.digests, row.lease_until = Erasure.State.CANCELLED, "", [], None
        row.save(update_fields=["state", "sealed", "digests", "lease_until"])
        Erasure.everywhere.filter(pk=row.pk).update(finished_at=AppNow())


def _held(erasure: Erasure, *states: str) -> Erasure:
    row: Erasure = Erasure.everywhere.select_for_update().get(pk=erasure.pk)
    if row.state not in states:
        raise CannotErase(f"This customer is {row.get_state_display()}.")
    return row


def _masked(identifier: Identifier) -> str:
    if identifier.kind is Kind.NUMBER:
        return masking.number(identifier.value)
    return masking.email(identifier.value) if identifier.kind is Kind.EMAIL else masking.free_text(identifier.value)
