"""Putting back the codes that stood before a release gave conversations ours, as a person does it.

Ask for a preview, confirm it, cancel it; a worker counts and decides (`bulk_work`). Only where ours is still the
present code is another one written.
"""

from typing import Any

from django.db import IntegrityError, transaction

from wrapups.domain.status import Status
from wrapups.models import Assignment, BulkAct, Organization, Release
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting
from wrapups.services.moving import move_all
from wrapups.services.unsent import never_sent


class CannotPutBack(ValueError):
    """This cannot be done; the text says why, for the person."""


class StillOpen(CannotPutBack):
    """Another such act, `act`, is to be finished or cancelled first."""

    def __init__(self, act: BulkAct, release: Release) -> None:
        super().__init__(
            f"Codes of release {release.number} come first: that is {act.get_state_display()}. "
            "Finish or cancel it, then ask again."
        )
        self.act = act


def ask(release: Release, *, reason: str, actor: Actor) -> BulkAct:
    """Have a worker count which codes of this release can be put back, and return the act. Nothing is written yet.

    Raises CannotPutBack for the release in force, for one that never was, and without a reason; StillOpen while
    another act of the organization is open.
    """
    if not reason.strip():
        raise CannotPutBack("Say why; it stands in the history.")
    if release.state != Release.State.RETIRED:
        raise CannotPutBack("Put another release in force first: this one would go on giving the codes you take back.")
    organization = release.organization
    with acting(actor, "preview putting codes back", organization=organization, reason=reason.strip()):
        try:
            with transaction.atomic():
                made: BulkAct = BulkAct.everywhere.create(
                    organization=organization,
                    kind=BulkAct.Kind.PUT_BACK,
                    person=actor.person,
                    origin=actor.origin,
                    reason=reason.strip()[:300],
                    release=release,
                )
        except IntegrityError:
            raise _in_the_way(organization) from None
    return made


def confirm(act: BulkAct, *, actor: Actor) -> None:
    """Have a worker put back what the preview showed. Raises CannotPutBack where it shows nothing."""
    if act.state in (BulkAct.State.READY, BulkAct.State.DONE) and not act.counted.get("waiting"):
        raise CannotPutBack("No code can be put back, so there is nothing to do.")
    if act.state != BulkAct.State.READY:
        raise CannotPutBack(f"This is {act.get_state_display()}; only a preview can be confirmed.")
    with acting(actor, "put earlier codes back", organization=act.organization, reason=act.reason) as made:
        _move(act, BulkAct.State.RUNNING, act=made, confirmed_at=AppNow(), due_at=AppNow())


def cancel(act: BulkAct, *, actor: Actor) -> int:
    """End it: nothing more is put back, and what was not sent yet is cancelled. Return how many those are.

    What was sent stays, and what its worker may have sent when it died. Raises CannotPutBack for what is over.
    """
    if act.state not in BulkAct.OPEN:
        raise CannotPutBack(f"This is {act.get_state_display()}; nothing is left to be cancelled.")
    with acting(actor, "cancel putting codes back", organization=act.organization, reason=act.reason):
        _move(act, BulkAct.State.CANCELLED, finished_at=AppNow(), lease_until=None)
        unsent = Assignment.everywhere.of(act.organization).filter(never_sent(), bulk_act=act)
        pks = list(unsent.select_for_update().order_by("pk").values_list("pk", flat=True))
        return len(move_all(pks, Status.PENDING, Status.CANCELLED))


def _in_the_way(organization: Organization) -> CannotPutBack:
    rows = BulkAct.everywhere.of(organization).filter(kind=BulkAct.Kind.PUT_BACK, state__in=BulkAct.OPEN)
    found = rows.select_related("release").first()
    if found is None or found.release is None:
        return CannotPutBack("Another such act has just ended. Ask again.")
    return StillOpen(found, found.release)


def _move(bulk_act: BulkAct, new: BulkAct.State, **columns: Any) -> None:
    """Move it on from the state it was shown in. Raises CannotPutBack where it has gone on meanwhile."""
    if not BulkAct.everywhere.filter(pk=bulk_act.pk, state=bulk_act.state).update(state=new, **columns):
        raise CannotPutBack("This has gone on meanwhile. Load the page again.")
    bulk_act.refresh_from_db()
