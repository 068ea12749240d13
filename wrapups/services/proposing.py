"""From a draft to a release that others have agreed to: proposed, approved, put in force at a time, or withdrawn.

While a release is proposed its rules stand still. At its time the clock puts it in force, unless something stands
against it: then it is held, and says what.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from wrapups.models import Organization, Person, Release, Sweep
from wrapups.models.clock import AppNow, app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.publishing import CannotPublish, Introduction, publish, require_fit
from wrapups.services.releasing import NotADraft, require_draft
from wrapups.services.sweeping import turn

LATEST = timedelta(days=366)
IDLE_S = 3600.0
AS_IT_WAS_PROPOSED = {
    "proposed_by": None,
    "proposed_at": None,
    "approved_by": None,
    "approved_at": None,
    "publish_at": None,
    "held_because": "",
}


class CannotPropose(ValueError):
    """This cannot be done to the release as it stands; the text is for the person."""


def propose(
    draft: Release,
    *,
    reason: str,
    actor: Actor,
    introduction: Introduction,
    publish_at: datetime | None = None,
) -> Release:
    """Close a draft for others to agree to, and return it; with `publish_at` it comes into force by itself then.

    Raises CannotPropose, CannotPublish where it could not decide what it shall, NotADraft.
    """
    if not reason.strip():
        raise CannotPropose("Say why this release is proposed; whoever approves it reads it.")
    _require_ahead(publish_at)
    with transaction.atomic():
        require_draft(draft)
        for name, value in introduction.columns.items():
            setattr(draft, name, value)
        require_fit(draft)
        with acting(actor, "propose release", organization=draft.organization, reason=reason.strip()):
            _set(
                draft,
                state=Release.State.PROPOSED,
                reason=reason.strip(),
                proposed_by=actor.person,
                proposed_at=AppNow(),
                publish_at=publish_at,
                **introduction.columns,
            )
            _wake(draft.organization, publish_at)
    draft.refresh_from_db()
    return draft


def approve(release: Release, *, actor: Actor) -> None:
    """Agree to what another person proposed. Raises CannotPropose for one's own, and for what is not proposed."""
    with acting(actor, "approve release", organization=release.organization):
        present = _proposed(release)
        if not may_approve(present, actor.person):
            raise CannotPropose("Another person has to approve what you drafted or proposed.")
        if present.approved_by_id is not None:
            raise CannotPropose("Somebody has approved it already.")
        _set(present, approved_by=actor.person, approved_at=AppNow(), held_because="")
        _wake(release.organization, present.publish_at)
    release.refresh_from_db()


def may_approve(release: Release, person: Person) -> bool:
    """Return whether this person had no part in drafting or proposing it."""
    return person.pk not in (release.author_id, release.proposed_by_id)


def reschedule(release: Release, *, publish_at: datetime | None, actor: Actor) -> None:
    """Give a proposed release another time, or none: then somebody puts it in force by hand. Raises CannotPropose."""
    _require_ahead(publish_at)
    with acting(actor, "change when a release is published", organization=release.organization):
        _set(_proposed(release), publish_at=publish_at, held_because="")
        _wake(release.organization, publish_at)
    release.refresh_from_db()


def withdraw(release: Release, *, actor: Actor, reason: str = "") -> None:
    """Make a proposed release a draft again, with its rules open and every approval gone. Raises CannotPropose."""
    with acting(actor, "withdraw release", organization=release.organization, reason=reason.strip()):
        _set(_proposed(release), state=Release.State.DRAFT, **AS_IT_WAS_PROPOSED)
    release.refresh_from_db()


def publish_due(organization: Organization) -> Release | None:
    """Put in force what is due, or hold it and say what stands against it; return what came into force.

    One worker at a time; nothing of Genesys is asked. The next turn is when the next release is due.
    """
    with turn(organization.pk, Sweep.Kind.PUBLISH, every_s=IDLE_S) as mine:
        if mine is None:
            return None
        release = _waiting(organization).select_related("proposed_by", "organization").first()
        if release is None or release.proposed_by is None:
            return None
        wait_s = (release.publish_at - app_now()).total_seconds()
        if wait_s > 0:
            mine.again_after(min(wait_s, IDLE_S))
            return None
        return _publish_or_hold(release, Actor(release.proposed_by))


def _publish_or_hold(release: Release, actor: Actor) -> Release | None:
    """In the name of whoever proposed it."""
    try:
        return publish(release, reason=release.reason, actor=actor)
    except CannotPublish as error:
        with acting(actor, "hold a release back", organization=release.organization, reason=str(error)):
            _waiting(release.organization).filter(pk=release.pk).update(held_because=str(error)[:300])
    except NotADraft:
        pass  # somebody has just published or withdrawn it by hand
    return None


def _waiting(organization: Organization) -> Any:
    """Return what is to come into force by itself: a held release waits for a person instead."""
    rows = Release.everywhere.filter(organization=organization, state=Release.State.PROPOSED)
    return rows.filter(Q(held_because=""), publish_at__isnull=False).order_by("publish_at")


def _proposed(release: Release) -> Release:
    """Return the release as it is now, locked; raise CannotPropose unless it is proposed."""
    found: Release | None = Release.everywhere.select_for_update().filter(pk=release.pk).first()
    if found is None or found.state != Release.State.PROPOSED:
        raise CannotPropose(f"Release {release.number} is {found.state if found else 'gone'}, no longer proposed.")
    return found


def _set(release: Release, **columns: Any) -> None:
    Release.everywhere.filter(pk=release.pk).update(**columns)


def _require_ahead(publish_at: datetime | None) -> None:
    now = app_now()
    if publish_at is not None and not now < publish_at <= now + LATEST:
        raise CannotPropose("Choose a time ahead, at most a year from now.")


def _wake(organization: Organization, publish_at: datetime | None) -> None:
    if publish_at is not None:
        Sweep.objects.filter(organization=organization, kind=Sweep.Kind.PUBLISH).update(due_at=publish_at)
