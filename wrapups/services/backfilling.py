"""Back-fills, as a person does them: ask for a preview, confirm it, cancel it. A worker reads and decides.

A back-fill is the explicit exception to "what ended before the organization was connected is left alone", and to no
policy.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from wrapups.domain.status import Status
from wrapups.models import Assignment, Backfill, Organization
from wrapups.models.clock import AppNow, app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.foreseeing import Fate
from wrapups.services.moving import move_all
from wrapups.services.rulebook import in_force
from wrapups.services.unsent import never_sent

MOST_DAYS = 366
FROM_THE_START = {"cursor": "", "reading_job": "", "read": 0, "begun_anew": 0, "problem": ""}


class CannotBackfill(ValueError):
    """This cannot be done to a back-fill; the text says why, for the person."""


def day_begins(day: date, zone: str) -> datetime:
    """Return the first moment of a day in a time zone, as UTC, also where its midnight is skipped or comes twice."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def ask(organization: Organization, *, first_day: date, last_day: date, reason: str, actor: Actor) -> Backfill:
    """Have a worker preview what the rules in force make of what ended on these days, and return the back-fill.

    The days are those of the organization's time zone, the last one included. Nothing is decided yet. Raises
    CannotBackfill before the first release, without a reason, for days that have not begun or are too many, and while
    another back-fill is open.
    """
    begins_at = day_begins(first_day, organization.time_zone)
    ends_at = min(day_begins(last_day + timedelta(days=1), organization.time_zone), app_now())
    if begins_at >= ends_at:
        raise CannotBackfill("Choose a first day that has begun, and a last day that is not before it.")
    if last_day - first_day >= timedelta(days=MOST_DAYS):
        raise CannotBackfill(f"Choose at most {MOST_DAYS} days; the rest can follow in another back-fill.")
    with acting(actor, "preview a back-fill", organization=organization, reason=_required(reason)):
        return _made(organization, begins_at=begins_at, ends_at=ends_at, reason=_required(reason), actor=actor)


def ask_anew(backfill: Backfill, *, actor: Actor) -> Backfill:
    """Give up a preview and return another of the same stretch, by the rules in force now.

    Raises CannotBackfill for one that is being run.
    """
    if backfill.state == Backfill.State.RUNNING:
        raise CannotBackfill("This back-fill is being run. Cancel it first.")
    with acting(actor, "preview a back-fill anew", organization=backfill.organization, reason=backfill.reason):
        if backfill.state in Backfill.OPEN:
            _move(backfill, Backfill.State.CANCELLED, finished_at=AppNow(), lease_until=None)
        stretch = {"begins_at": backfill.begins_at, "ends_at": backfill.ends_at}
        return _made(backfill.organization, **stretch, reason=backfill.reason, actor=actor)


def confirm(backfill: Backfill, *, actor: Actor) -> None:
    """Have a worker decide what the preview showed. Raises CannotBackfill where it shows nothing or is outdated."""
    if backfill.state != Backfill.State.READY:
        raise CannotBackfill(f"This back-fill is {backfill.get_state_display()}; only a preview can be confirmed.")
    if newer_release(backfill):
        raise CannotBackfill("Another release is in force since this preview was made. Preview it anew.")
    if not backfill.counted.get("fates", {}).get(Fate.ASSIGNED):
        raise CannotBackfill("No communication would get a code, so there is nothing to do.")
    with acting(actor, "confirm a back-fill", organization=backfill.organization, reason=backfill.reason):
        _move(backfill, Backfill.State.RUNNING, confirmed_at=AppNow(), due_at=AppNow(), **FROM_THE_START)


def cancel(backfill: Backfill, *, with_assignments: bool, actor: Actor) -> int:
    """End a back-fill; nothing more is decided. Return how many of its assignments are cancelled with it.

    `with_assignments` cancels those of which nothing was ever sent; without it they go on by themselves. Raises
    CannotBackfill for one that is over.
    """
    if backfill.state not in Backfill.OPEN:
        raise CannotBackfill(f"This back-fill is {backfill.get_state_display()}; nothing is left to be cancelled.")
    with acting(actor, "cancel a back-fill", organization=backfill.organization, reason=backfill.reason):
        _move(backfill, Backfill.State.CANCELLED, finished_at=AppNow(), lease_until=None)
        return _cancel_unsent(backfill) if with_assignments else 0


def newer_release(backfill: Backfill) -> bool:
    """Return whether other rules are in force than those this back-fill is pinned to."""
    present = in_force(backfill.organization)
    return present is None or present.pk != backfill.release_id


def _made(organization: Organization, *, begins_at: datetime, ends_at: datetime, reason: str, actor: Actor) -> Backfill:
    release = in_force(organization)
    if release is None:
        raise CannotBackfill("Publish a release first: until then there are no rules to apply.")
    try:
        with transaction.atomic():
            made: Backfill = Backfill.everywhere.create(
                organization=organization,
                person=actor.person,
                origin=actor.origin,
                reason=reason,
                begins_at=begins_at,
                ends_at=ends_at,
                release=release,
            )
    except IntegrityError:
        raise CannotBackfill("Another back-fill is still open. Finish or cancel it first.") from None
    return made


def _move(backfill: Backfill, new: Backfill.State, **columns: Any) -> None:
    """Move it on from the state it was shown in. Raises CannotBackfill where it has gone on meanwhile."""
    rows = Backfill.everywhere.filter(pk=backfill.pk, state=backfill.state)
    if not rows.update(state=new, **columns):
        raise CannotBackfill("This back-fill has gone on meanwhile. Load the page again.")
    backfill.refresh_from_db()


def _cancel_unsent(backfill: Backfill) -> int:
    unsent = Assignment.everywhere.filter(never_sent(), backfill=backfill, retry_epoch=0)
    # Locked as they are found to be unsent: whoever has just claimed one finishes first, and it is left out.
    pks = list(unsent.select_for_update().order_by("pk").values_list("pk", flat=True))
    return len(move_all(pks, Status.PENDING, Status.CANCELLED))


def _required(reason: str) -> str:
    if not reason.strip():
        raise CannotBackfill("Say why; it stands in the history.")
    return reason.strip()[:300]
