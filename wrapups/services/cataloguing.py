"""Keeping our copy of the catalogue true: names as they are now, what is gone marked, nothing deleted."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from wrapups.domain.errors import GenesysError
from wrapups.domain.rotation import Extent, extent
from wrapups.models import Organization, Sweep
from wrapups.models.clock import AppNow, app_now
from wrapups.services import copying, drifting, listing
from wrapups.services.auditing import Actor, acting
from wrapups.services.budgeting import learn
from wrapups.services.listing import Calls, Door, Incomplete
from wrapups.services.sweeping import Turn, turn

AGAIN_AFTER_S = 60
AFTER_FRESH_WORK_S = 300


def ask(organization: Organization, *, actor: Actor) -> bool:
    """Have a worker read everything as soon as one can; return False where one is reading just now."""
    with acting(actor, "ask for the catalogue to be read", organization=organization):
        idle = Sweep.objects.filter(organization=organization, kind=Sweep.Kind.CATALOGUE, lease_until=None)
        return bool(idle.update(due_at=AppNow(), watermark_at=None))


def sync(organization: Organization, *, gateway: Door) -> bool:
    """Bring the copy up to date and notice what rules suffer from; return whether it was our turn and worked.

    Names are read each time, everything once a night (`wrapups.domain.rotation`). What a complete listing no longer
    shows is marked gone; an incomplete one changes nothing at all.
    """
    with turn(organization.pk, Sweep.Kind.CATALOGUE, every_s=settings.CATALOGUE_EVERY_S) as mine:
        if mine is None:
            return False
        much, begun_at = _extent(organization, mine), app_now()
        calls = Calls(organization, mine, behind_fresh_work=much is not Extent.LOOK)
        try:
            listed = listing.read(organization, gateway, much, calls)
        except (GenesysError, Incomplete) as error:
            if isinstance(error, GenesysError):
                learn(organization.pk, error)
            mine.problem = str(error)[:500]
            mine.again_after(AGAIN_AFTER_S)
            return False
        with transaction.atomic():
            known = drifting.names_known(organization)
            copying.keep(organization, listed)
            drifting.notice(organization, known)
        if much is not Extent.LOOK:
            mine.watermark_at = begun_at
        return True


def _extent(organization: Organization, mine: Turn) -> Extent:
    """While fresh work is due only names are read; the rest is tried again soon."""
    wanted = extent(mine.watermark_at, now=app_now(), zone=ZoneInfo(organization.time_zone))
    if wanted is not Extent.LOOK and listing.fresh_work_is_due(organization):
        mine.again_after(AFTER_FRESH_WORK_S)
        return Extent.LOOK
    return wanted
