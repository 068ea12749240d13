"""The back lane's share of the call budget: what catching up, reconciling and back-fills may take, in short turns.

A turn makes the calls of its share of `TURN_S` at most and then rests, so that fresh work finds calls and a thread
free however much there is to go through.
"""

import time

from wrapups.models import CallTally, Organization
from wrapups.services.budgeting import calls_per_minute, wait_for_call
from wrapups.services.discovering import OutOfCalls

BACK_SHARE = 0.2
TURN_S = 10.0
CALL_PATIENCE_S = 5


class TurnOver(Exception):
    """This turn's share of the calls, or its time, is used up; the next turn goes on."""


def calls_per_second(organization: Organization) -> float:
    """Return how many calls a second the back lane makes at most, as Genesys allows now. One query."""
    return calls_per_minute(organization) / 60 * BACK_SHARE


class Allowance:
    """What one turn in the back lane may still take."""

    def __init__(self, organization: Organization) -> None:
        self.spent = 0
        self._organization = organization
        self._rate = calls_per_second(organization)
        self._most = max(1, round(self._rate * TURN_S))
        self._began = time.monotonic()

    def take(self, what: str) -> None:
        """Take one call for `what`. Raises TurnOver when the turn has had its share, OutOfCalls without budget."""
        if self.spent >= self._most or time.monotonic() > self._began + TURN_S:
            raise TurnOver
        if not wait_for_call(self._organization.pk, at_most_s=CALL_PATIENCE_S, use=CallTally.Use.BACKGROUND):
            raise OutOfCalls(f"The call budget left nothing for {what}.")
        self.spent += 1

    @property
    def rest_s(self) -> float:
        """How long to rest after this turn, so that neither its calls nor its time were more than the share.

        Time matters where the machine is busy: deciding is work, too.
        """
        took_s = time.monotonic() - self._began
        return max(self.spent / self._rate, took_s / BACK_SHARE - took_s)
