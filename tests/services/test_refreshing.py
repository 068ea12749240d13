"""Looking again, in bulk, at what was read too long ago."""

from tests.services.centre import Centre
from tests.services.clock import Clock
from wrapups.services.dispatching import Claim, Stale, claim_next
from wrapups.services.refreshing import refresh


def test_what_is_read_again_is_fresh_by_the_database_s_clock_whatever_the_worker_s_says(centre: Centre, clock: Clock):
    centre.assign()
    clock.advance(3600)
    before = claim_next(centre.organization, worker="w")

    refresh(centre.organization, gateway=centre.gateway)
    after = claim_next(centre.organization, worker="w")

    assert isinstance(before, Stale)
    assert isinstance(after, Claim)
