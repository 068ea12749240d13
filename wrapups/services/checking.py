"""Checking what our OAuth client may do, and naming what is lost by what it may not: two calls, daily or on demand."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from django.db import transaction

from wrapups.domain.errors import CredentialsRefused, GenesysError
from wrapups.domain.permissions import Granted, Identity, Line, Place, report
from wrapups.models import CallBudget, Division, Organization, Queue, Sweep, WrapupCode
from wrapups.models.clock import AppNow, app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.sweeping import turn

EVERY_S = 86_400
AGAIN_AFTER_S = 30
CALL_PATIENCE_S = 20
NAMES_SHOWN = 3

Answer = TypeVar("Answer")


class Door(Protocol):
    """What checking needs of the gateway, one call each."""

    def whoami(self) -> Identity: ...
    def granted(self) -> Granted: ...


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found, a line for each thing looked for; `calls` is what it cost."""

    lines: tuple[Line, ...]
    checked_at: datetime
    calls: int

    @property
    def lacking(self) -> int:
        """How many lines say that something is lost which is needed."""
        return sum(not line.good and not line.optional for line in self.lines)

    @classmethod
    def of(cls, organization: Organization) -> "CheckReport | None":
        """Return an organization's latest report, or None before its first."""
        stored = organization.capabilities.get("check")
        if stored is None:
            return None
        lines = tuple(
            Line(line["subject"], tuple(line["lost"]), line["about"], line.get("optional", False))
            for line in stored["lines"]
        )
        return cls(lines, datetime.fromisoformat(stored["checked_at"]), stored["calls"])

    def stored(self) -> Mapping[str, object]:
        """Return the JSON that `of` reads."""
        lines = [asdict(line) for line in self.lines]
        return {"lines": lines, "checked_at": self.checked_at.isoformat(), "calls": self.calls}


def ask(organization: Organization, *, actor: Actor) -> None:
    """Have a worker check as soon as one can."""
    with acting(actor, "ask for a check of the OAuth client", organization=organization):
        Sweep.objects.filter(organization=organization, kind=Sweep.Kind.CHECK).update(due_at=AppNow())


def check(organization: Organization, *, gateway: Door) -> CheckReport | None:
    """Check, if it is time and it is our turn; store the report and return it.

    A client that Genesys refuses is a report, too: then everything is lost. What keeps the check from an answer is the
    duty's problem, and it is tried again.
    """
    with turn(organization.pk, Sweep.Kind.CHECK, every_s=EVERY_S) as mine:
        if mine is None:
            return None
        try:
            lines = _lines(organization, gateway)
        except (GenesysError, NoCall) as error:
            mine.problem = str(error)[:500]
            mine.again_after(AGAIN_AFTER_S)
            return None
        found = CheckReport(lines, app_now(), calls=2)
        _store(organization, found)
        return found


class NoCall(RuntimeError):
    """The call budget left nothing for the check."""


def _lines(organization: Organization, gateway: Door) -> tuple[Line, ...]:
    try:
        identity = _called(organization, gateway.whoami)
        granted = _called(organization, gateway.granted)
    except CredentialsRefused as error:
        return (Line("OAuth client", (f"Everything: {error}",)),)
    return (_identified(organization, identity), *report(granted, _places(organization)))


def _called(organization: Organization, call: Callable[[], Answer]) -> Answer:
    _take_call(organization)
    try:
        answer = call()
    except GenesysError as error:
        learn(organization.pk, error)
        raise
    learn(organization.pk, None)
    return answer


def _take_call(organization: Organization) -> None:
    """Take a call; a client that was refused may be checked although all else is stopped, to see what to mend."""
    budget = CallBudget.objects.get(organization=organization)
    if budget.refused_at is not None and budget.held_at is None:
        return
    if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S):
        raise NoCall("The call budget left nothing for the check.")


def _identified(organization: Organization, identity: Identity) -> Line:
    """Say whose client it is; the first check learns the organization's id."""
    unknown = Organization.objects.filter(pk=organization.pk, genesys_id="")
    known_id = (
        identity.organization_id if unknown.update(genesys_id=identity.organization_id) else organization.genesys_id
    )
    if identity.organization_id == known_id:
        return Line("OAuth client", about=f"of {identity.organization_name or identity.organization_id}")
    return Line(
        "OAuth client",
        (f"It belongs to {identity.organization_name or identity.organization_id}, not to this organization.",),
    )


def _places(organization: Organization) -> list[Place]:
    """Return the divisions that hold queues or codes of ours, or did when we last could see them."""
    names = {division.genesys_id: division.name for division in Division.everywhere.of(organization)}
    held: dict[str, list[str]] = {}
    for what, model in (("queues", Queue), ("codes", WrapupCode)):
        rows: dict[str, list[str]] = {}
        for division_id, name in model.everywhere.of(organization).values_list("division_id", "name"):
            rows.setdefault(division_id, []).append(name)
        for division_id, listed in rows.items():
            held.setdefault(division_id, []).append(f"{what} {_shortened(listed)}")
    return [
        Place(division_id, names.get(division_id, division_id), "; ".join(what))
        for division_id, what in sorted(held.items(), key=lambda item: names.get(item[0], item[0]))
        if division_id
    ]


def _shortened(names: list[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _store(organization: Organization, found: CheckReport) -> None:
    with transaction.atomic():
        row = Organization.objects.select_for_update().get(pk=organization.pk)
        row.capabilities = {**row.capabilities, "check": found.stored()}
        row.save(update_fields=["capabilities"])
