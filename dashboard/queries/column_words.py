"""The columns of audited tables as people read of them."""

from collections.abc import Mapping

UNSAID = frozenset({
    *("id", "organization_id", "identity", "created_at", "updated_at", "seen_at", "read_at", "received_at")
})  # fmt: skip
"""Columns that say nothing to a person where a row appears or disappears as a whole."""

COUNTERS: Mapping[str, str] = {
    "generation": "decisions before this one",
    "crash_count": "times its worker died",
    "retry_epoch": "times a person sent it again",
    "write_count": "times sent to Genesys Cloud",
    "read_count": "times read from Genesys Cloud",
}
"""Columns that count, in words; none of what they count is said by nothing."""

LABELS: Mapping[str, str] = {
    **COUNTERS,
    "found_code_id": "code that stood there before",
    "keep_end_time": "handle time kept",
    "insisted": "put in place of whatever stands there",
    "unresolved_write": "sent, and not known yet whether it took effect",
    "was_accepted": "taken by Genesys Cloud, to be done later",
    "corrects": "corrects",
    "due_at": "due",
    "triaged_by": "seen to by",
    "hands_to": "handed to",
}
"""Columns whose name in the code says too little."""

IN_CATALOGUES: Mapping[str, str] = {
    "found_code_id": "code",
    "code_id": "code",
    "queue_id": "queue",
    "agent_id": "agent",
    "division_id": "division",
    "division_ids": "division",
}
"""Columns that hold ids of Genesys Cloud: of which catalogue."""
