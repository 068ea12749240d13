"""What must be so about acts on many: each row has one outcome, and what two ask for is done once."""

from collections import Counter
from collections.abc import Iterator

from tests.invariants.model import Model
from wrapups.models import BulkAct, BulkActRow, Organization

Broken = Iterator[str]
Again = tuple[int, int | None]
"""An assignment, and the release that a person had it decided again by."""

DECIDE = (BulkAct.Kind.REDECIDE, BulkAct.Kind.DECIDE_AGAIN)
GOES_ON = (BulkAct.State.FREEZING, BulkAct.State.RUNNING)
WAITING, DONE = BulkActRow.Outcome.WAITING, BulkActRow.Outcome.DONE


def every_row_is_accounted_for(organization: Organization) -> Broken:
    """I15: an act counts the rows it has, and those whose turn has come; when it is done none waits."""
    rows = BulkActRow.everywhere.of(organization).values_list("bulk_act", "outcome")
    outcomes, number = Counter(rows), Counter(act for act, _ in rows)
    for act in BulkAct.everywhere.of(organization):
        waiting = outcomes[act.pk, WAITING]
        never_confirmed = act.state == BulkAct.State.CANCELLED and act.confirmed_at is None
        if not never_confirmed and (act.total, act.total - act.done) != (number[act.pk], waiting):
            yield f"act {act.pk} counts {act.done} of {act.total}; of its {number[act.pk]} rows {waiting} wait"
        if act.state == BulkAct.State.DONE and waiting:
            yield f"act {act.pk} is done, and {waiting} rows wait"


def what_many_ask_for_is_done_once(organization: Organization, model: Model) -> Broken:
    """I15: each failure is sent again once, each row cancelled once, and decided once by each release."""
    done = BulkActRow.everywhere.of(organization).filter(outcome=DONE)
    columns = done.values_list("bulk_act__kind", "assignment", "epoch", "bulk_act__release")
    kinds: Counter[object] = Counter()
    sent_again = Counter(model.sent_again)
    for kind, row, epoch, release in columns:
        sent_again[row] += kind == BulkAct.Kind.RETRY
        kinds[("decided", row, release) if kind in DECIDE else (kind, row, epoch)] += 1
    yield from (f"{what} {times} times" for what, times in kinds.items() if times > 1)
    for row in model.rows.values():
        if row.retried != sent_again[row.pk]:
            yield f"assignment {row.pk} was sent again {row.retried} times; people asked for {sent_again[row.pk]}"


def decided_again(organization: Organization) -> frozenset[Again]:
    """Return what people had decided again, and by which release."""
    rows = BulkActRow.everywhere.of(organization).filter(outcome=DONE, bulk_act__kind__in=DECIDE)
    return frozenset(rows.values_list("assignment", "bulk_act__release"))


def going_on(organization: Organization) -> bool:
    """Return whether a worker has to go on with an act."""
    return bool(BulkAct.everywhere.of(organization).filter(state__in=GOES_ON).exists())


def every_act_comes_to_an_end(organization: Organization) -> Broken:
    """I9: with nobody dying any more, what people asked for is done, or was ended."""
    for act in BulkAct.everywhere.of(organization).filter(state__in=GOES_ON):
        yield f"act {act.pk} is still {act.state}: {act.done} of {act.total}"
