"""What the pump asks of the rows before it rings: is there work, and is anybody doing it?"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.db.models import BooleanField, Exists, ExpressionWrapper, Max, Q

from wrapups.domain.status import Status
from wrapups.models import Act, Assignment, Attempt, CallBudget, Organization, Release, Sweep
from wrapups.models.clock import AppNow, app_now
from wrapups.services.dispatching import order_of_lanes
from wrapups.services.held_work import HeldWork
from wrapups.services.index_order import by_index_order
from wrapups.services.pausing import RESUMING

VERIFY_TOGETHER = 100
COMPANY_WITHIN_S = 30
"""At full pace a hundred rows come together in 21 s; a row on its own need not wait longer for company."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
AT_WORK = timedelta(seconds=5)
LOOKED_THROUGH = 5000
"""Of each lane so many that were due first are looked through: every page asks, however much is paused."""
DEAF_AFTER = timedelta(seconds=30)
NEED_RULES = frozenset({Sweep.Kind.DISCOVER, Sweep.Kind.RECONCILE, Sweep.Kind.CATCH_UP})
DUTIES = NEED_RULES | {Sweep.Kind.CATALOGUE, Sweep.Kind.WATCH, Sweep.Kind.CHECK}
"""The duties that have a time of their own; the others are done when there is something to do."""
ASK_NOTHING = frozenset({Sweep.Kind.PUBLISH, Sweep.Kind.TALLY, Sweep.Kind.TIDY, Sweep.Kind.ALERT})
"""The duties that make no call, so that nothing stops them."""


def due_count(organization: Organization, *, up_to: int) -> int:
    """Return how many assignments a worker could take now, at most `up_to`; 0 while held or waiting."""
    if held(organization) or told_to_wait_until(organization) > app_now():
        return 0
    due = Assignment.everywhere.of(organization).due().order_by("due_at", "pk")  # as the index has them
    lanes = order_of_lanes(1.0, held=HeldWork.of(organization))
    first, *others = (due.filter(lane).values_list("pk", flat=True)[:up_to] for lane in lanes)
    with by_index_order():
        return min(up_to, len(first.union(*others, all=True)))


def hands_at_work(organization: Organization) -> int:
    """Return how many threads of workers have begun a write or a read of their own in the last seconds."""
    lately = Attempt.objects.filter(organization=organization, started_at__gt=app_now() - AT_WORK)
    return lately.exclude(kind=Attempt.Kind.BULK_READ).values("worker").distinct().count()


def held(organization: Organization) -> bool:
    """Return whether a person, or refused credentials, stop all calls."""
    budget = CallBudget.objects.filter(organization=organization)
    return budget.exclude(held_at=None, refused_at=None).exists()


def told_to_wait_until(organization: Organization) -> datetime:
    """Return until when Genesys, or the breaker, lets nobody call; a time long past where neither does."""
    budget = CallBudget.objects.get(organization=organization)
    return max((at for at in (budget.wait_until, budget.breaker_until) if at), default=LONG_AGO)


def verify_is_worth_a_call(organization: Organization) -> bool:
    """Return whether a bulk read would serve a full hundred, or a row has waited for company long enough."""
    due = Assignment.everywhere.of(organization).filter(status=Status.APPLIED, due_at__lte=AppNow())
    first = due.order_by("due_at", "pk").values_list("due_at", flat=True)[:VERIFY_TOGETHER]
    if not first or held(organization):
        return False
    patience = timedelta(seconds=min(organization.settle_s, COMPANY_WITHIN_S))
    return len(first) >= VERIFY_TOGETHER or first[0] < app_now() - patience


def due_sweeps(organization: Organization, *, among: Collection[Sweep.Kind]) -> list[Sweep.Kind]:
    """Return which of these duties are due and had by nobody; a kind that newer code has added is left to it.

    While a client is refused only its check goes on, which says what to mend, and what asks nothing of Genesys.
    """
    rows = organization.sweeps.filter(_nobody_s(), kind__in=among, due_at__lte=AppNow())
    if held(organization):
        mends = Q(kind=Sweep.Kind.CHECK, organization__call_budget__held_at=None)
        rows = rows.filter(mends | Q(kind__in=ASK_NOTHING))
    return [Sweep.Kind(kind) for kind in rows.values_list("kind", flat=True)]


def workers_deaf(organization: Organization) -> bool:
    """Return whether something has been due for a while and nobody has started a call: doorbells reach nobody.

    What waits because its lane or rule is paused says nothing about workers, nor does what a person has just let go on.

    Every page asks this, so it costs five queries at most, and two while anybody starts calls.
    """
    budget = CallBudget.objects.annotate(now=AppNow()).get(organization=organization)
    since = budget.now - DEAF_AFTER
    resting = any(at is not None and at > since for at in (budget.wait_until, budget.breaker_until))
    if budget.held_at or budget.refused_at or resting:
        return False
    latest = Attempt.objects.filter(organization=organization).aggregate(at=Max("started_at"))["at"]
    idle = latest is None or latest < since
    paused = HeldWork.in_budget(budget)
    waits = idle and (_rows_left_lying(organization, since, paused) or _duties_left_undone(organization, since))
    return waits and not _resumed_lately(organization, since)


def _rows_left_lying(organization: Organization, since: datetime, paused: HeldWork) -> bool:
    """A row may be due from long before it was made: what counts is how long a worker could have taken it.

    Not `updated_at`, which moves whenever something more is heard of a row, though nobody has taken it.
    """
    to_take = (lane & Q(due_at__lt=since) for lane in order_of_lanes(1.0, held=HeldWork(paused.lanes)))
    to_verify = Q(status=Status.APPLIED, due_at__lt=since - timedelta(seconds=COMPANY_WITHIN_S))
    is_lying = ExpressionWrapper(paused.is_free & Q(created_at__lt=since), output_field=BooleanField())
    rows = Assignment.everywhere.of(organization).order_by("due_at", "pk").annotate(is_lying=is_lying)
    found = rows.values_list("is_lying", flat=True)
    first, *others = (found.filter(each)[:LOOKED_THROUGH] for each in (*to_take, to_verify))
    return any(first.union(*others, all=True))


def _resumed_lately(organization: Organization, since: datetime) -> bool:
    """What was paused for long has been due for long, and could not be taken before."""
    return Act.objects.filter(organization=organization, at__gt=since, verb__in=RESUMING).exists()


def _duties_left_undone(organization: Organization, since: datetime) -> bool:
    """Without rules nobody looks for conversations, which says nothing about workers."""
    rules = Release.everywhere.filter(organization=organization, state=Release.State.PUBLISHED)
    kinds = Q(kind__in=DUTIES - NEED_RULES) | (Q(kind__in=NEED_RULES) & Exists(rules))
    return organization.sweeps.filter(_nobody_s(), kinds, due_at__lt=since).exists()


def _nobody_s() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=AppNow())
