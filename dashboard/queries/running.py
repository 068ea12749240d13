"""What holds the calls of an organization, how many it may make, and what waits."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.queries.bounded import Bounded, CountUpTo, WaitsSince
from dashboard.queries.dispositions import MOST_COUNTED, unknown
from dashboard.queries.doors import any_shut
from dashboard.queries.long_work import going_on
from dashboard.queries.owners import handed_to_me
from wrapups.domain.pace import pace
from wrapups.domain.status import WAITS_FOR_A_PERSON
from wrapups.models import Assignment, CallBudget, Organization, Person, Release
from wrapups.models.clock import AppNow
from wrapups.services.dispatching import order_of_lanes
from wrapups.services.held_work import HeldWork


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls to Genesys may be made at once right now, of how many, and what holds them.

    `waits` is Genesys asking us to slow down; `broken` is the breaker, open after calls that met no Genesys at all.
    """

    refilled: int
    burst: int
    per_minute: float
    """As Genesys allows now: what an organization wants may be more."""
    budget: CallBudget
    waits: bool
    broken: bool
    doors_shut: bool
    """Whether some source or receiver has to be seen to: asked for here, where every page asks anyway."""
    at_work: int
    """How much goes on in the background: likewise."""
    unknown: Bounded
    """How many dispositions no rule asks for: likewise."""
    handed: Bounded
    """How many failures were handed to the person who asks: likewise."""

    @property
    def free(self) -> int:
        """How many calls may be made at once; none while anything holds them."""
        return 0 if self.stopped or self.waits or self.broken else self.refilled

    @property
    def held(self) -> bool:
        """Whether a person paused all calls."""
        return self.budget.held_at is not None

    @property
    def refused(self) -> bool:
        """Whether Genesys refused the OAuth client."""
        return self.budget.refused_at is not None

    @property
    def paused(self) -> HeldWork:
        """Which lanes and rules people paused."""
        return HeldWork.in_budget(self.budget)

    @property
    def stopped(self) -> bool:
        """Whether no call is made until a person does something."""
        return self.held or self.refused


def calls_of(organization: Organization, person: Person) -> Calls | None:
    """Return the call budget as it stands now, and what is asked for with it as this person may see it.

    None before the organization has one.
    """
    budgets = CallBudget.objects.filter(organization=organization).select_related("held_by")
    beside = budgets.annotate(
        now=AppNow(),
        doors_shut=any_shut(organization),
        at_work=going_on(organization, person),
        unknown=CountUpTo(unknown(organization), bound=MOST_COUNTED),
        handed=CountUpTo(handed_to_me(organization), bound=MOST_COUNTED),
    )
    budget = beside.first()
    if budget is None:
        return None
    since_s = max(0.0, (budget.now - budget.tokens_at).total_seconds())
    per_minute = pace(organization.calls_per_minute, budget.allowed_per_minute)
    tokens = budget.tokens + since_s * per_minute / 60
    waits, broken = (until is not None and until > budget.now for until in (budget.wait_until, budget.breaker_until))
    refilled = min(organization.burst, max(0, int(tokens)))
    return Calls(
        refilled=refilled,
        burst=organization.burst,
        per_minute=per_minute,
        budget=budget,
        waits=waits,
        broken=broken,
        doors_shut=budget.doors_shut,
        at_work=budget.at_work,
        unknown=Bounded.of(budget.unknown, MOST_COUNTED),
        handed=Bounded.of(budget.handed, MOST_COUNTED),
    )


def waiting_for_a_person(organization: Organization) -> int:
    """Return how many assignments do not go on by themselves: failed, or in conflict."""
    return int(Assignment.objects.of(organization).filter(status__in=WAITS_FOR_A_PERSON).count())


def current_releases(organization: Organization) -> dict[str, Release]:
    """Return the release in force and the one that is proposed, by state, as far as there are any."""
    states = [Release.State.PUBLISHED, Release.State.PROPOSED]
    return {row.state: row for row in Release.objects.of(organization).filter(state__in=states)}


def waits_since(organization: Organization, *, paused: HeldWork) -> datetime | None:
    """Return since when the assignment that waits longest could have been taken; None where nothing is due.

    What is paused is not due. Each lane is asked for its first ones only, however many there are (one query).
    """
    due = Assignment.objects.of(organization).due()
    lanes = [WaitsSince(due.filter(lane)) for lane in order_of_lanes(1.0, held=paused)]
    longest = CallBudget.objects.filter(organization=organization).values_list(*lanes).first() or ()
    return min((at for at in longest if at), default=None)
