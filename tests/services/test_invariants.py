"""The twenty invariants, over whatever may happen in whatever order (`tests.invariants.machine`), at any time.

    I1   conservation                      here
    I2   at most one effective change      here, by the simulator's ledger
    I3   verified means proven             here
    I4   no write after the end            here
    I5   no blind resend                   here, by what the wire knows of each call
    I6   never clobber                     here, by the look that each write rested on
    I7   one holder                        here; with real threads: test_dispatching.py (many workers)
    I8   a zombie is silent                here, at the very finish that comes too late
    I9   progress                          here, from wherever an example ends
    I10  bounded effort                    here
    I11  the rate                          here, in steered time; with real threads: test_budgeting.py (four workers)
    I12  a pause is obeyed                 here, of everything, of a lane and of a rule
    I13  legal moves, reopened by persons  here; every pair of statuses: test_moving.py
    I14  intake: again, and in any order   here; the database refuses a second row: test_moving.py
    I15  acts on many                      here, and corrections: asked by two, with a worker that dies over them, once
    I16  a decision keeps its rule         here
    I17  the audit                         here; that it cannot be changed: test_auditing.py. There is no hash chain yet
    I18  tenants                           here, for delivery and two pages; every page: tests/web/test_policy.py
    I19  roles                             tests/web/test_policy.py, each person at each address
    I20  round trips and totality          sealing: test_scoping.py. There is no CSV yet

Rules of the design without a counterpart so far: csv_import, rotate_secret, deploy. Of flush_broker nothing could be
seen, since nothing here rings: each doorbell is a step. lose_last_commits and db_error_at_commit need a database of
their own to lose: `make faults` and the nemesis.

INVARIANTS chooses the size: `ci`, or, for `make mutants`, `mutants`: no shrinking, nothing kept.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.invariants.machine import Delivery
from tests.services.centre import Centre
from wrapups.genesys.gateway import connect
from wrapups.genesys.tokens import MemoryTokens
from wrapups.models.clock import app_now

PATIENCE_S = 60.0
WHATEVER_IT_TAKES = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
SIZES = {
    "ci": settings(WHATEVER_IT_TAKES, max_examples=10, stateful_step_count=40),
    "nightly": settings(WHATEVER_IT_TAKES, max_examples=300, stateful_step_count=50),
    "mutants": settings(WHATEVER_IT_TAKES, max_examples=150, stateful_step_count=40, phases=[Phase.generate]),
}


@pytest.fixture
def patient(centre: Centre, shared_token: MemoryTokens) -> Centre:
    """The centre, behind a gateway that no busy machine makes give up: what goes wrong is what the machine wants."""
    client = centre.simulator.client()
    centre.gateway = connect(
        api_url=centre.simulator.url,
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        tokens=shared_token,
        deadline_s=PATIENCE_S,
        connect_timeout_s=PATIENCE_S,
        clock=app_now,
    )
    return centre


def test_whatever_happens_in_whatever_order_the_invariants_hold(patient: Centre):
    _examine(patient, SIZES[os.environ.get("INVARIANTS", "ci")])


@pytest.mark.long
def test_they_hold_in_many_more_examples(patient: Centre):
    _examine(patient, SIZES["nightly"])


def _examine(centre: Centre, size: settings) -> None:
    class OfThisCentre(Delivery):
        """Of the centre that the test was given."""

    OfThisCentre.centre = centre

    run_state_machine_as_test(OfThisCentre, settings=size)
