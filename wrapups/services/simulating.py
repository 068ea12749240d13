"""What-ifs, as a worker does them: piece by piece, each of them one transaction with the place it has come to.

A worker that dies leaves the last piece undone and the lease to end, so nothing is counted twice or forgotten.
Nothing is written but what was found, and no call is made.
"""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import OperationalError, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, Value

from wrapups.domain.facts import ATTRIBUTE, Facts
from wrapups.domain.rules import CompiledRelease, compile_release, decide
from wrapups.domain.status import SkipReason
from wrapups.models import Assignment, Organization, WhatIf, WhatIfChange
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.crashing import crash_point
from wrapups.services.rulebook import compiled
from wrapups.services.snapshots import compiled_from
from wrapups.services.totals import totals_of

logger = logging.getLogger(__name__)

PIECE = 1000
"""How many communications are decided in one transaction: a person who cancels waits for it to end."""
LEASE_S = 60

LEFT_ALONE = frozenset(SkipReason) - {SkipReason.NO_RULE, SkipReason.ALREADY_CODED}
"""Of these it was not the rules that decided, so that other rules change nothing."""


class Past(NamedTuple):
    """One communication's newest decision, as much of it as is needed to decide again."""

    pk: int
    ended_at: datetime
    reason: str
    queue_id: str
    facts: Facts
    unread: bool


def is_due(organization: Organization) -> bool:
    """Return whether a what-if is to go on and nobody has it."""
    return bool(_waiting(organization).exists())


def simulate(organization: Organization, *, for_s: float) -> bool:
    """Go on with the organization's what-if for so many seconds; return whether there is more to do.

    What cannot be decided at all ends it, with words for the person; a database that is away is waited for.
    """
    with transaction.atomic():
        what_if = _waiting(organization).select_for_update(skip_locked=True).first()
        if what_if is None:
            return False
        _update(what_if, lease_until=AppNow() + Seconds(LEASE_S))
    try:
        run, until = Run(what_if), time.monotonic() + for_s
        while run.decide_a_piece() and time.monotonic() < until:
            pass
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("What-if %s cannot go on.", what_if.pk)
        _give_up(what_if, f"It came upon something unexpected ({type(error).__name__}), which is in the log.")
    _update(what_if, lease_until=None)
    return is_due(organization)


class Run:
    """One worker's share of a what-if: both sets of rules, ready to decide."""

    def __init__(self, what_if: WhatIf) -> None:
        self._what_if = what_if
        self._draft = compiled_from(what_if.rules)
        self._against = compiled(what_if.against_id) if what_if.against_id else compile_release(())
        self._asks_attributes = any(name.startswith(ATTRIBUTE) for name in {**self._draft.asks, **self._against.asks})

    def decide_a_piece(self) -> bool:
        """Decide the next communications, all or none of them; return False where none are left, or it was cancelled.

        Two who do this for the same what-if take turns at its row, so that the second finds the next ones.
        """
        with transaction.atomic():
            rows = WhatIf.everywhere.select_for_update().defer("rules")
            row = rows.filter(pk=self._what_if.pk, state=WhatIf.State.RUNNING).first()
            if row is None:
                return False
            piece = next_of(row, attributes=self._asks_attributes)
            if not piece:
                counted = row.counted | totals_of(row)
                _update(row, state=WhatIf.State.DONE, counted=counted, finished_at=AppNow())
                return False
            self._keep(row, piece)
            crash_point("S1")
        crash_point("S2")
        return True

    def _keep(self, row: WhatIf, piece: Sequence[Past]) -> None:
        counted = Counter(row.counted)
        changes = [change for each in piece if (change := self._change(row, each, counted))]
        WhatIfChange.everywhere.bulk_create(changes)
        columns: dict[str, Any] = {"total": row.total} if row.cursor else {"total": in_stretch(row).count()}
        _update(
            row,
            cursor=f"{piece[-1].ended_at.isoformat()} {piece[-1].pk}",
            done=row.done + len(piece),
            changed=row.changed + len(changes),
            counted=dict(counted),
            lease_until=AppNow() + Seconds(LEASE_S),
            **columns,
        )

    def _change(self, row: WhatIf, past: Past, counted: Counter[str]) -> WhatIfChange | None:
        """Return how the draft decides otherwise, or None where the code is the same; count what it is."""
        if past.reason in LEFT_ALONE:
            counted["left_alone"] += 1
            return None
        counted["unread"] += past.unread
        before, after = chosen(self._against, past), chosen(self._draft, past)
        if before.code_id == after.code_id:
            counted["other_rule"] += before.rule != after.rule
            return None
        kind = kind_of(before, after)
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


class Chosen(NamedTuple):
    """What one set of rules chooses: the code's Genesys id and the rule's name; both empty where no rule matches."""

    code_id: str
    rule: str


def chosen(release: CompiledRelease, past: Past) -> Chosen:
    """Return what these rules choose for the facts as they were stored."""
    rule = decide(release, past.facts).rule
    return Chosen(rule.code_id, rule.name) if rule else Chosen("", "")


def kind_of(before: Chosen, after: Chosen) -> WhatIfChange.Kind:
    """Return what kind of change it is from one code, or none, to another."""
    if not before.code_id:
        return WhatIfChange.Kind.MATCHED
    return WhatIfChange.Kind.OTHER if after.code_id else WhatIfChange.Kind.UNMATCHED


def in_stretch(what_if: WhatIf) -> Any:
    """Return the newest decision about each communication of a what-if's days and queues."""
    newer = Assignment.everywhere.filter(communication=OuterRef("communication"), generation__gt=OuterRef("generation"))
    rows = Assignment.everywhere.of(what_if.organization_id).filter(
        ~Exists(newer), ended_at__gte=what_if.begins_at, ended_at__lt=what_if.ends_at
    )
    return rows.filter(communication__queue_id__in=what_if.queues) if what_if.queues else rows


def next_of(what_if: WhatIf, *, attributes: bool) -> list[Past]:
    """Return the next communications behind the place a what-if has come to, in the order in which they ended.

    `attributes` asks whether each one's participant attributes were never read; else nobody needs to know.
    """
    rows = in_stretch(what_if)
    if what_if.cursor:
        at, pk = what_if.cursor.split()
        place = datetime.fromisoformat(at), int(pk)
        rows = rows.filter(Q(ended_at__gte=place[0]) & (Q(ended_at__gt=place[0]) | Q(pk__gt=place[1])))
    missing = Q(communication__conversation__attributes__isnull=True)
    unread = ExpressionWrapper(missing, output_field=BooleanField()) if attributes else Value(False)
    columns = ("pk", "ended_at", "reason", "communication__queue_id", "facts", "unread")
    found = rows.annotate(unread=unread).order_by("ended_at", "pk").values_list(*columns)
    return [Past(*each) for each in found[:PIECE]]


def _give_up(what_if: WhatIf, problem: str) -> None:
    running = WhatIf.everywhere.filter(pk=what_if.pk, state=WhatIf.State.RUNNING)
    running.update(state=WhatIf.State.FAILED, problem=problem, finished_at=AppNow())


def _waiting(organization: Organization) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = WhatIf.everywhere.of(organization)
    return rows.filter(free, state=WhatIf.State.RUNNING, due_at__lte=AppNow()).order_by("pk")


def _update(what_if: WhatIf, **columns: Any) -> None:
    WhatIf.everywhere.filter(pk=what_if.pk).update(**columns)
