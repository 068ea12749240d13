"""What a retired release decided and nobody has sent yet, decided again by the release that took its place.

A decision stays with its release until somebody says otherwise, which is said when a release is published. A worker
goes through what waits then (`decide_again_pieces`); what has been sent is not touched.
"""

from typing import Any

from wrapups.models import Act, Assignment, BulkAct, Organization, Release
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting
from wrapups.services.unsent import never_sent


class CannotCancel(ValueError):
    """It is over; the text is for the person."""


def unsent(organization: Organization) -> Any:
    """Return what a release decided, waits, and was never sent; what a person wants there is not among it."""
    rows = Assignment.everywhere.of(organization).filter(never_sent(), release__isnull=False)
    return rows.filter(insisted=False, bulk_act=None, corrects=None)


def begin(release: Release, *, actor: Actor, act: Act) -> BulkAct | None:
    """Have a worker decide again, by this release, what waits now; None where nothing does.

    Call it within the act that puts the release in force, when no such work is open any more.
    """
    if release.shadow or not unsent(release.organization).exclude(release=release).exists():
        return None
    made: BulkAct = BulkAct.everywhere.create(
        organization=release.organization,
        kind=BulkAct.Kind.DECIDE_AGAIN,
        person=actor.person,
        origin=actor.origin,
        reason=release.reason[:300],
        release=release,
        act=act,
        confirmed_at=AppNow(),
    )
    return made


def end_open(organization: Organization) -> None:
    """End the work that is still open, what people asked for too, since its release is no longer the one in force."""
    _end(_open(organization, BulkAct.Kind.DECIDE_AGAIN, BulkAct.Kind.REDECIDE))


def cancel(act: BulkAct, *, actor: Actor) -> None:
    """End it: what was decided again stays so, the rest is sent as it was decided. Raises CannotCancel."""
    with acting(actor, "cancel deciding again", organization=act.organization, reason=act.reason):
        if not _end(_open(act.organization, BulkAct.Kind.DECIDE_AGAIN).filter(pk=act.pk)):
            raise CannotCancel("This is over; nothing is left to be cancelled.")
    act.refresh_from_db()


def _open(organization: Organization, *kinds: BulkAct.Kind) -> Any:
    return BulkAct.everywhere.of(organization).filter(kind__in=kinds, state__in=BulkAct.OPEN)


def _end(rows: Any) -> int:
    return int(rows.update(state=BulkAct.State.CANCELLED, finished_at=AppNow(), lease_until=None))
