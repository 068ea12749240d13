"""The checker of the chaos runs, over the evidence of one test."""

from dashboard.chaos.evidence import Evidence, ledger_of, stories_of
from dashboard.chaos.figures import broken
from tests.services.centre import WORKER, Centre
from wrapups.domain.status import LIVE, Status
from wrapups.genesys.gateway import GenesysGateway
from wrapups.models import Assignment
from wrapups.services import applying, verifying
from wrapups.services.dispatching import Claim, claim_next, recover_expired


def evidence_of(centre: Centre) -> Evidence:
    """Return what is known about everything the test's organization did; the pace is not judged."""
    state = centre.simulator.state()
    return Evidence(
        stories=stories_of(centre.organization),
        ledger=ledger_of(centre.simulator),
        fed=frozenset(),
        codes={row["communication_id"]: row["code"] for row in state},
        settle_s=centre.organization.settle_s,
        allowed_in_60s=0,
        most_in_60s=0,
    )


def violations(centre: Centre) -> list[str]:
    """Return each violation of an invariant in words."""
    return [words for sentences in broken(evidence_of(centre)).values() for words in sentences]


def work_until_through(centre: Centre, gateway: GenesysGateway | None = None, *, rounds: int = 20) -> None:
    """Work as workers and pump do, and let time pass, until nothing is left to be done by itself."""
    door = gateway or centre.gateway
    for _ in range(rounds):
        if not Assignment.everywhere.of(centre.organization).filter(status__in=LIVE).exists():
            return
        centre.clock.advance(130)
        recover_expired(centre.organization)
        work_what_is_due(centre, door)
        verifying.verify_all(centre.organization, gateway=door, worker=WORKER)
    raise AssertionError(f"Not through in {rounds} rounds: {statuses(centre)}.")


def work_what_is_due(centre: Centre, gateway: GenesysGateway) -> None:
    """Make the calls that may be made now, waiting for nothing."""
    while isinstance(claimed := claim_next(centre.organization, worker=WORKER), Claim):
        applying.apply(claimed, centre.organization, gateway=gateway)


def statuses(centre: Centre) -> list[str]:
    """Return every assignment's status, in the order they were made."""
    rows = Assignment.everywhere.of(centre.organization).order_by("pk")
    return list(rows.values_list("status", flat=True))


def verified(centre: Centre) -> int:
    """Return how many assignments are verified."""
    return statuses(centre).count(Status.VERIFIED)


def assign_many(centre: Centre, count: int) -> list[Assignment]:
    """Let so many calls have taken place that should get the wanted code, and decide all at once."""
    first = centre.assign()
    ids = centre.load(*[centre.calls.build() for _ in range(count - 1)])
    if ids:
        centre.decide(*ids)
    return [first, *Assignment.everywhere.of(centre.organization).exclude(pk=first.pk).order_by("pk")]
