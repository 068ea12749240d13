"""Everything that may happen to an organization, in any order, one step at a time.

The services are the real ones, on PostgreSQL, through the real gateway and HTTP, against the simulator.

    ground.py      what each example starts from, and leaves as it was
    model.py       what the machine believes
    steering.py    time
    wire.py        the way to Genesys Cloud, with a fate for each call
    steps.py       what rules are made of
    judging.py     what must hold after each step and at rest, by checks.py and bulk_checks.py
    happenings.py, readings.py, workers.py, persons.py, pauses.py, bulk.py    the rules
"""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.invariants.bulk import ActsOnMany
from tests.invariants.happenings import Happenings
from tests.invariants.judging import BURST
from tests.invariants.model import RULEBOOKS
from tests.invariants.pauses import Pauses
from tests.invariants.persons import Persons
from tests.invariants.readings import Readings
from tests.invariants.workers import Workers
from wrapups.models import CallBudget, Organization, Sweep
from wrapups.services import discovering


class Delivery(Happenings, Readings, Workers, Persons, Pauses, ActsOnMany):
    """One organization's work; `centre` is what each example starts from and leaves as it was."""

    @initialize(
        per_minute=st.sampled_from([12, 60, 285]), book=st.sampled_from(sorted(RULEBOOKS)), read_first=st.booleans()
    )
    def connect(self, per_minute: int, book: str, read_first: bool) -> None:
        """An organization of some pace, with its first rules and two calls that have ended."""
        since = self.steering.now() - timedelta(days=1)
        Organization.objects.filter(pk=self.organization.pk).update(
            calls_per_minute=per_minute, burst=BURST, read_first=read_first, apply_from=since
        )
        CallBudget.objects.filter(organization=self.organization).update(tokens=BURST, tokens_at=self.steering.now())
        Sweep.objects.filter(organization=self.organization).update(due_at=self.steering.now())
        self.organization.refresh_from_db()
        self._publish(book)
        self._a_call("plain")
        self._a_call("plain")
        discovering.discover(self.organization, gateway=self.wire)
