"""The showcase's CRM: it closes a case for most conversations and says how, by the same door as any other system."""

from datetime import datetime

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models import Organization
from wrapups.services.intake import record_disposition

SOURCE = "CRM"
ATTRIBUTE = "crm.disposition"


def tell(organization: Organization, simulator: SimulatorControl, *, told: set[str]) -> int:
    """Say of each ended conversation not yet in `told` what its case says; return how many dispositions were new."""
    cases = {
        row["conversation_id"]: (row["attributes"][ATTRIBUTE], row["ended_at"])
        for row in simulator.state()
        if row["ended_at"] and ATTRIBUTE in row["attributes"] and row["conversation_id"] not in told
    }
    told |= cases.keys()
    return sum(
        record_disposition(
            organization,
            source=SOURCE,
            event_id=f"case-{conversation_id}",
            conversation_id=conversation_id,
            code=code,
            said_at=datetime.fromisoformat(ended_at),
        )
        for conversation_id, (code, ended_at) in cases.items()
    )
