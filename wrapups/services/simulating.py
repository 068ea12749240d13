"""What-ifs, as a worker does them: piece by piece, each of them one transaction with the place it has come to.

A worker that dies leaves the last piece undone and the lease to end, so nothing is counted twice or forgotten.
Nothing is written but what was found, and no call is made.
"""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Q

from wrapups.domain.rules import compile_release
from wrapups.models import Organization, WhatIf, WhatIfChange
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.crashing import crash_point
from wrapups.services.redeciding import EXCLUDED, Chosen, Judges, Past, in_stretch
from wrapups.services.rulebook import compiled
from wrapups.services.snapshots import compiled_from
from wrapups.services.totals import totals_of

logger = logging.getLogger(__name__)

PIECE = 1000
"""How many communications are decided in one transaction: a person who cancels waits for it to end."""
LEASE_S = 60


def is_due(organization: Organization) -> bool:
    """Return whether a what-if is to go on and nobody has it."""
    return bool(_waiting(organization).exists())


def simulate(organization: Organization, *, for_s: float) -> bool:
    """Go on with the organization's what-if for so many seconds; return whether there is more to do.

    What cannot be decided at all ends it, with words for the person; a database that is away is waited for.
    """
    with transaction.atomic():
        what_if = _waiting(organization).select_for_update(skip_locked=True, of=("self",)).first()
        if what_if is None:
            return False
        _update(what_if, lease_until=AppNow() + Seconds(LEASE_S))
    try:
        judges, until = judges_of(what_if), time.monotonic() + for_s
        while _decide_a_piece(what_if, judges) and time.monotonic() < until:
            pass
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("What-if %s cannot go on.", what_if.pk)
        _give_up(what_if, f"It came upon something unexpected ({type(error).__name__}), which is in the log.")
    _update(what_if, lease_until=None)
    return is_due(organization)


def judges_of(what_if: WhatIf) -> Judges:
    """Return both sets of rules of a what-if, ready to decide under the organization's present policy."""
    against = compiled(what_if.against_id) if what_if.against_id else compile_release(())
    return Judges(compiled_from(what_if.rules), against, what_if.organization.policy())


def _decide_a_piece(what_if: WhatIf, judges: Judges) -> bool:
    """Decide the next communications, all or none of them; return False where none are left, or it was cancelled.

    Two who do this for the same what-if take turns at its row, so that the second finds the next ones.
    """
    with transaction.atomic():
        rows = WhatIf.everywhere.select_for_update().defer("rules")
        row = rows.filter(pk=what_if.pk, state=WhatIf.State.RUNNING).first()
        if row is None:
            return False
        piece = judges.next_of(row, most=PIECE)
        if not piece:
            counted = row.counted | totals_of(row)
            _update(row, state=WhatIf.State.DONE, counted=counted, finished_at=AppNow())
            return False
        _keep(row, piece, judges)
        crash_point("S1")
    crash_point("S2")
    return True


def _keep(row: WhatIf, piece: Sequence[Past], judges: Judges) -> None:
    """Write down what a piece's decisions come to, and the place behind it."""
    counted = Counter(row.counted)
    changes = [change for each in judges.judge(piece) if (change := _change(row, *each, counted))]
    WhatIfChange.everywhere.bulk_create(changes)
    _update(
        row,
        cursor=f"{piece[-1].ended_at.isoformat()} {piece[-1].pk}",
        total=row.total if row.cursor else in_stretch(row).count(),
        done=row.done + len(piece),
        changed=row.changed + len(changes),
        counted=dict(counted),
        lease_until=AppNow() + Seconds(LEASE_S),
    )


def _change(row: WhatIf, past: Past, before: Chosen, after: Chosen, counted: Counter[str]) -> WhatIfChange | None:
    """Return how the draft decides otherwise, or None where the code is the same; count what it is."""
    if past.reason in EXCLUDED:
        counted["left_alone"] += 1
        return None
    counted["unread"] += past.unread
    if before.code_id == after.code_id:
        counted["left_alone"] += before.withheld or after.withheld
        counted["other_rule"] += before.rule != after.rule
        return None
    kind = _kind(before, after)
    counted[kind.value] += 1
    return WhatIfChange(
        organization_id=row.organization_id,
        what_if=row,
        assignment_id=past.pk,
        kind=kind,
        queue_id=past.queue_id,
        before_code_id=before.code_id,
        after_code_id=after.code_id,
        before_rule=before.rule,
        after_rule=after.rule,
    )


def _kind(before: Chosen, after: Chosen) -> WhatIfChange.Kind:
    if not before.code_id:
        return WhatIfChange.Kind.MATCHED
    return WhatIfChange.Kind.OTHER if after.code_id else WhatIfChange.Kind.UNMATCHED


def _give_up(what_if: WhatIf, problem: str) -> None:
    running = WhatIf.everywhere.filter(pk=what_if.pk, state=WhatIf.State.RUNNING)
    running.update(state=WhatIf.State.FAILED, problem=problem, finished_at=AppNow())


def _waiting(organization: Organization) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = WhatIf.everywhere.of(organization).select_related("organization")
    return rows.filter(free, state=WhatIf.State.RUNNING, due_at__lte=AppNow()).order_by("pk")


def _update(what_if: WhatIf, **columns: Any) -> None:
    WhatIf.everywhere.filter(pk=what_if.pk).update(**columns)
