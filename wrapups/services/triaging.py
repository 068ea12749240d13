"""Triage: what a person says about a group of failures. Each can be taken back, and none moves a row."""

from datetime import timedelta
from typing import Any

from wrapups.models import FailureGroup, Person
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.auditing import Actor, acting
from wrapups.services.owners import sight_as_owner

LONGEST_REASON = 300
LONGEST_SNOOZE = timedelta(days=90)
MEANWHILE = "Somebody has changed the group meanwhile, or it has returned. See how it stands now."

State = FailureGroup.State


class CannotTriage(ValueError):
    """The group cannot be put into that state; the text is for the person."""


class NoUsableReason(CannotTriage):
    """The reason is missing or too long."""


class TriagedMeanwhile(CannotTriage):
    """The group is no longer as the person saw it."""


def acknowledge(group: FailureGroup, *, owner: Person, actor: Actor) -> None:
    """Give the group an owner, who sees to it. Raises CannotTriage for one whose role may not, and TriagedMeanwhile."""
    if sight_as_owner(group.organization, owner) is None:
        raise CannotTriage("Choose somebody whose role here may retry what failed.")
    _put(group, State.ACKNOWLEDGED, "acknowledge a failure group", actor, owner=owner)


def snooze(group: FailureGroup, *, until_after: timedelta, actor: Actor) -> None:
    """Let nobody be bothered by the group for so long; then it is open again. Raises CannotTriage, TriagedMeanwhile."""
    if not timedelta(0) < until_after <= LONGEST_SNOOZE:
        raise CannotTriage(f"Snooze it for at most {LONGEST_SNOOZE.days} days.")
    until = AppNow() + Seconds(until_after.total_seconds())
    _put(group, State.SNOOZED, "snooze a failure group", actor, snoozed_until=until)


def resolve(group: FailureGroup, *, reason: str, actor: Actor) -> None:
    """Say that the cause is mended; the next failure of it opens the group again. Raises CannotTriage.

    `reason` may be empty: what was done about it.
    """
    _put(group, State.RESOLVED, "resolve a failure group", actor, because=_usable(reason))


def ignore(group: FailureGroup, *, reason: str, actor: Actor) -> None:
    """Take the group off the desk for good, for a reason that stays beside it. Raises CannotTriage."""
    if not reason.strip():
        raise NoUsableReason("Say why nothing has to be done about it.")
    _put(group, State.IGNORED, "ignore a failure group", actor, because=_usable(reason))


def reopen(group: FailureGroup, *, actor: Actor) -> None:
    """Put the group back on the desk, as nobody's. Raises TriagedMeanwhile."""
    _put(group, State.OPEN, "open a failure group again", actor, owner=None)


def _usable(reason: str) -> str:
    if len(reason.strip()) > LONGEST_REASON:
        raise NoUsableReason(f"Use at most {LONGEST_REASON} characters.")
    return reason.strip()


def _put(group: FailureGroup, state: FailureGroup.State, verb: str, actor: Actor, **columns: Any) -> None:
    """Put the group into this state, if it is still in the one the person saw."""
    words = f"Group {group.pk}" + (f": {columns['because']}" if columns.get("because") else "")
    columns = {"because": "", "snoozed_until": None} | columns
    with acting(actor, verb, organization=group.organization, reason=words):
        still_so = FailureGroup.everywhere.filter(
            pk=group.pk, state=group.state, triaged_at=group.triaged_at, reopen_count=group.reopen_count
        )
        done = still_so.update(state=state, triaged_by=actor.person, triaged_at=AppNow(), **columns)
        if not done:
            raise TriagedMeanwhile(MEANWHILE)
