"""What-ifs, as a person does them: ask what a draft would have decided of the past, and cancel. A worker decides.

A what-if reads what is stored and writes nothing but its own findings: no assignment changes, and Genesys is not
called.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import IntegrityError, transaction

from wrapups.models import Organization, Queue, Release, WhatIf
from wrapups.models.clock import AppNow, app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.backfilling import day_begins
from wrapups.services.rulebook import in_force
from wrapups.services.snapshots import taken
from wrapups.services.totals import totals_of

MOST_DAYS = 366


class CannotSuppose(ValueError):
    """This cannot be asked, or not be cancelled; the text says why, for the person."""


def proposed_rules(organization: Organization) -> Release | None:
    """Return the draft, also one that waits to be approved; None where there is none."""
    states = [Release.State.DRAFT, Release.State.PROPOSED]
    return Release.everywhere.of(organization).filter(state__in=states).first()


def ask(
    organization: Organization, *, first_day: date, last_day: date, queues: Sequence[Queue], actor: Actor
) -> WhatIf:
    """Have a worker decide, by the draft and by the release in force, what ended on these days; return the what-if.

    The days are those of the organization's time zone, the last one included; no queue means every queue. The
    draft's rules are kept as they are now. Raises CannotSuppose without a draft, for days that have not begun or are
    too many, for queues of others, and while another what-if runs.
    """
    begins_at = day_begins(first_day, organization.time_zone)
    ends_at = min(day_begins(last_day + timedelta(days=1), organization.time_zone), app_now())
    if begins_at >= ends_at:
        raise CannotSuppose("Choose a first day that has begun, and a last day that is not before it.")
    if last_day - first_day >= timedelta(days=MOST_DAYS):
        raise CannotSuppose(f"Choose at most {MOST_DAYS} days.")
    if any(queue.organization_id != organization.pk for queue in queues):
        raise CannotSuppose("Choose queues of this organization.")
    draft = proposed_rules(organization)
    if draft is None:
        raise CannotSuppose("There is no draft. Change a rule first; then ask what it would do.")
    with acting(actor, "ask what-if", organization=organization):
        try:
            with transaction.atomic():
                made: WhatIf = WhatIf.everywhere.create(
                    organization=organization,
                    person=actor.person,
                    draft_number=draft.number,
                    rules=taken(draft),
                    against=in_force(organization),
                    begins_at=begins_at,
                    ends_at=ends_at,
                    queues=sorted(queue.genesys_id for queue in queues),
                )
        except IntegrityError:
            raise CannotSuppose("Another what-if is running. Wait for it to end, or cancel it.") from None
    return made


def cancel(what_if: WhatIf, *, actor: Actor) -> None:
    """End a what-if; what it has found so far stays to be read. Raises CannotSuppose for one that is over."""
    with acting(actor, "cancel a what-if", organization=what_if.organization):
        row = WhatIf.everywhere.select_for_update().filter(pk=what_if.pk, state=WhatIf.State.RUNNING).first()
        if row is None:
            raise CannotSuppose("This what-if is over; nothing is left to be cancelled.")
        row.state, row.counted = WhatIf.State.CANCELLED, row.counted | totals_of(row)
        row.finished_at, row.lease_until = AppNow(), None
        row.save(update_fields=["state", "counted", "finished_at", "lease_until"])
