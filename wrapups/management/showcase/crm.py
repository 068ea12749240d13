"""The showcase's CRM: it closes a case for most conversations and says how, as a signed webhook that proved itself."""

from datetime import datetime

from wrapups.domain.envelopes import Envelope, Kind, render
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models import EventSource, Organization
from wrapups.services.receiving import receive

SOURCE = "CRM"
ATTRIBUTE = "crm.disposition"


def tell(organization: Organization, simulator: SimulatorControl, *, told: set[str]) -> int:
    """Say of each ended conversation not yet in `told` what its case says; return how many dispositions were new."""
    source = EventSource.everywhere.get(organization=organization, name=SOURCE)
    cases = {key: case for key, case in _closed_cases(simulator).items() if key not in told}
    told |= cases.keys()
    events = [_closing(key, code, at) for key, (code, at) in cases.items()]
    return sum(not receive(source, raw=render(event)).repeated for event in events)


def _closing(conversation_id: str, code: str, at: datetime) -> Envelope:
    """Name the event by its time, too: in a demo that goes on with its data, the simulator lives its calls anew."""
    return Envelope(f"case-{conversation_id}-{at.timestamp():.6f}", conversation_id, at, Kind.DISPOSITION, code)


def _closed_cases(simulator: SimulatorControl) -> dict[str, tuple[str, datetime]]:
    """Return how each wholly ended conversation's case was closed, and when: as its last communication ended."""
    cases: dict[str, tuple[str, datetime]] = {}
    still_on: set[str] = set()
    for row in simulator.state():
        key = row["conversation_id"]
        if row["ended_at"] is None:
            still_on.add(key)
        elif ATTRIBUTE in row["attributes"]:
            ended_at = datetime.fromisoformat(row["ended_at"])
            earlier = cases.get(key, ("", ended_at))[1]
            cases[key] = (row["attributes"][ATTRIBUTE], max(earlier, ended_at))
    return {key: case for key, case in cases.items() if key not in still_on}
