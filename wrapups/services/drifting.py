"""Noticing what changed in Genesys Cloud under the feet of our rules, one notice for each, until it is so no longer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from wrapups.domain.drift import Code, Drift, Kind, drifts
from wrapups.models import Assignment, DriftNotice, Organization, QueueWrapupCode, WrapupCode
from wrapups.models.clock import AppNow, app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.choosing import Choice, choices

LATELY = timedelta(days=30)

BECAUSE: Mapping[Kind, str] = {
    Kind.DELETED: "Genesys Cloud lists the code again.",
    Kind.RENAMED: "The code has its old name again.",
    Kind.OFF_QUEUE: "The code is on the queue again, or rules choose it there no longer.",
}
NOT_CHOSEN = "No rule chooses the code any more."
GONE_ALTOGETHER = "Genesys Cloud no longer lists the code at all."

Key = tuple[Kind, int, int | None]


class AlreadyEnded(ValueError):
    """There is nothing left to dismiss; the message says why."""


def key_of(row: DriftNotice) -> Key:
    """Return what a notice is about: of each there is at most one open."""
    return (Kind(row.kind), row.wrapup_code_id, row.queue_id)


def names_known(organization: Organization) -> dict[int, str]:
    """Return the names by which rules know the codes they choose: older ones where a renaming still waits to be seen.

    Ask before a reading is stored, and give it to `notice` after.
    """
    chosen = {choice.rule.wrapup_code_id: choice.rule.wrapup_code.name for choice in choices(organization)}
    renamed = _open(organization).filter(kind=Kind.RENAMED).values_list("wrapup_code_id", "old_name")
    return chosen | dict(renamed)


def notice(organization: Organization, known: Mapping[int, str]) -> None:
    """Begin a notice for each drift that has none, and end those that are so no longer. In the caller's transaction."""
    chosen = choices(organization)
    after, covered = _after(organization, chosen)
    found = drifts(known, after, covered)
    present = {key_of(row): row for row in _open(organization)}
    for key, row in present.items():
        if key not in found:
            _end(row, _because(key, after))
        elif row.new_name != found[key].new_name:
            DriftNotice.everywhere.filter(pk=row.pk).update(new_name=found[key].new_name)
    seen_to = _seen_to(organization, after)
    fresh = [drift for key, drift in found.items() if key not in present and key not in seen_to]
    DriftNotice.everywhere.bulk_create([_begin(organization, drift) for drift in fresh], ignore_conflicts=True)


def notice_now(organization: Organization) -> None:
    """Look again after rules have changed. In the caller's transaction."""
    notice(organization, names_known(organization))


def dismiss(found: DriftNotice, *, reason: str, actor: Actor) -> None:
    """End a notice because a person has seen to it. Raises AlreadyEnded.

    It is not noticed again unless the same thing happens anew.
    """
    with acting(actor, "dismiss a drift notice", organization=found.organization, reason=reason):
        ended = DriftNotice.everywhere.filter(pk=found.pk, ended_at=None).update(
            ended_at=AppNow(), ended_because=reason[:200], dismissed_by=actor.person
        )
        if not ended:
            raise AlreadyEnded("This notice has ended meanwhile; nothing is left to dismiss.")


def _after(organization: Organization, chosen: Sequence[Choice]) -> tuple[dict[int, Code], dict[int, frozenset[int]]]:
    """Return each chosen code as it is now, and those of the queues it has left on which rules choose it."""
    rules = defaultdict[int, list[Choice]](list)
    for choice in chosen:
        rules[choice.rule.wrapup_code_id].append(choice)
    left, covered = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for pair in _lost_pairs(organization, rules):
        left[pair.wrapup_code_id].add(pair.queue_id)
        if any(_chooses_on(choice, pair) for choice in rules[pair.wrapup_code_id]):
            covered[pair.wrapup_code_id].add(pair.queue_id)
    codes = WrapupCode.everywhere.filter(pk__in=rules)
    after = {code.pk: Code(code.name, code.gone_at is not None, frozenset(left[code.pk])) for code in codes}
    return after, {code: frozenset(queues) for code, queues in covered.items()}


def _chooses_on(choice: Choice, pair: Any) -> bool:
    """A rule that names no queue chooses its code where it was assigned lately."""
    return bool(pair.assigned) if choice.queue_ids is None else choice.covers(pair.queue)


def _lost_pairs(organization: Organization, codes: Iterable[int]) -> QuerySet[Any]:
    """Return the queues these codes were on and are no longer, with whether the code was assigned there lately."""
    lately = Assignment.everywhere.of(organization).filter(
        wrapup_code=OuterRef("wrapup_code_id"),
        communication__organization=organization,
        communication__queue_id=OuterRef("queue__genesys_id"),
        communication__ended_at__gte=app_now() - LATELY,
    )
    lost = QueueWrapupCode.everywhere.of(organization).filter(wrapup_code__in=list(codes), gone_at__isnull=False)
    present = lost.filter(queue__gone_at=None, wrapup_code__gone_at=None)
    found: QuerySet[Any] = present.annotate(assigned=Exists(lately)).select_related("queue")
    return found


def _seen_to(organization: Organization, codes: Iterable[int]) -> set[Key]:
    """Return the losses that a person has seen to since they happened."""
    offers = QueueWrapupCode.everywhere.filter(queue=OuterRef("queue_id"), wrapup_code=OuterRef("wrapup_code_id"))
    rows = DriftNotice.everywhere.of(organization).filter(wrapup_code__in=list(codes), dismissed_by__isnull=False)
    rows = rows.annotate(off_at=Subquery(offers.values("gone_at")[:1])).select_related("wrapup_code")
    return {key_of(row) for row in rows if (at := row.off_at or row.wrapup_code.gone_at) and row.noticed_at >= at}


def _because(key: Key, after: Mapping[int, Code]) -> str:
    kind, code, _ = key
    if code not in after:
        return NOT_CHOSEN
    return GONE_ALTOGETHER if after[code].gone else BECAUSE[kind]


def _open(organization: Organization) -> QuerySet[Any]:
    rows: QuerySet[Any] = DriftNotice.everywhere.of(organization).filter(ended_at=None)
    return rows


def _begin(organization: Organization, drift: Drift) -> DriftNotice:
    return DriftNotice(
        organization=organization,
        kind=drift.kind,
        wrapup_code_id=drift.code,
        queue_id=drift.queue,
        old_name=drift.old_name,
        new_name=drift.new_name,
    )


def _end(row: DriftNotice, because: str) -> None:
    DriftNotice.everywhere.filter(pk=row.pk, ended_at=None).update(ended_at=AppNow(), ended_because=because)
