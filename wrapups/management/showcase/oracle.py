"""What every communication of the simulator should carry in the end, worked out without any of the engine's code.

Reads the simulator's own state and ledger, and the showcase's rules as they are written; an outside checker for
the journey and the benchmarks.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.management.showcase.crm import ATTRIBUTE
from wrapups.management.showcase.rules import RULES

Row = Mapping[str, Any]
Key = tuple[str, str]

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda seen, wanted: bool(seen == wanted),
    "one_of": lambda seen, wanted: seen in wanted,
    "starts_with": lambda seen, wanted: str(seen).startswith(wanted),
    "less": lambda seen, wanted: bool(seen < wanted),
}


def wrong_communications(simulator: SimulatorControl) -> list[Row]:
    """Return the communications whose code is not what the rules ask for: missing, different, or not to be touched."""
    names = {code["id"]: code["name"] for code in simulator.catalogue()["codes"]}
    ours = simulator.client()["client_id"]
    first_found: dict[Key, str | None] = {}
    for entry in simulator.ledger():
        if entry["by"] == ours and entry["outcome"] == "applied":
            first_found.setdefault((entry["conversation_id"], entry["communication_id"]), entry["before"])
    wrong: list[Row] = []
    for row in simulator.state():
        before = first_found.get(key_of(row), row["code"])
        wanted = expected_name(row, before)
        if names.get(row["code"] or "", row["code"]) != (names.get(before or "", before) if wanted is None else wanted):
            wrong.append(row)
    return wrong


def expected_name(row: Row, before: str | None) -> str | None:
    """Return the name of the code the rules ask for, or None where nothing is to be written."""
    if not _eligible(row) or (before and not before.startswith("ININ-")):
        return None
    facts = _facts(row, before)
    for _, conditions, code, _ in RULES:
        if _all_hold(conditions, facts):
            return code
    return None


def key_of(row: Row) -> Key:
    """Return what names a communication in state and ledger alike."""
    return row["conversation_id"], row["communication_id"]


def _eligible(row: Row) -> bool:
    """A medium that analytics calls "unknown" is none we may judge."""
    mine = row["purpose"] == "agent" and row["user_id"] and row["queue_id"]
    over = row["ended_at"] and row["connected"] and row["acw"] != "pending"
    known = row["has_wrapup"] and row["media_type"] != "unknown"
    return bool(mine and over and known and not row["observes"] and not row["campaign"])


def _facts(row: Row, before: str | None) -> dict[str, Any]:
    ended, connected = datetime.fromisoformat(row["ended_at"]), datetime.fromisoformat(row["connected_at"])
    return {
        "queue": row["queue"],
        "media": row["media_type"],
        "disposition.CRM": row["attributes"].get(ATTRIBUTE),
        "disconnect_type": row["disconnect_type"],
        "duration_s": (ended - connected).total_seconds(),
        "system_code": before,
    }


def _all_hold(conditions: Iterable[tuple[str, str, Any]], facts: Mapping[str, Any]) -> bool:
    return all(
        facts[fact] is not None and COMPARE[operator](facts[fact], wanted) for fact, operator, wanted in conditions
    )
