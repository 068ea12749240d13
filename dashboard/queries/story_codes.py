"""One agent's part before and after: which codes it had, who set each, and how the agent and the rules agree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from dashboard.queries.story_changes import who
from dashboard.queries.story_events import Leg
from dashboard.queries.words import code_words
from wrapups.domain.conversation import is_system_code
from wrapups.domain.status import LIVE, Status
from wrapups.models import Act, Communication

WRITTEN = frozenset({Status.APPLIED, Status.VERIFIED, Status.OVERRIDDEN, Status.UNKNOWN})


@dataclass(frozen=True, slots=True)
class CodeStep:
    """One code that stood there, from when on as far as we know, and who set it; nobody where none stood."""

    code: str
    by: str
    at: datetime | None
    note: str = ""
    is_now: bool = False


def code_steps(leg: Leg, made_by: Mapping[int, Act]) -> Sequence[CodeStep]:
    """Return the codes in the order in which they stood there; the last is what was read last."""
    steps = list(_steps(leg, made_by))
    return [*steps[:-1], replace(steps[-1], is_now=True)] if steps else []


def _steps(leg: Leg, made_by: Mapping[int, Act]) -> Iterator[CodeStep]:
    communication, rows = leg.communication, [row.assignment for row in reversed(leg.rows)]
    first = rows[0].found_code_id if rows else communication.code_id
    yield CodeStep(code_words(first, leg.names), _found_by(first), communication.acw_ended_at or communication.ended_at)
    stands, last = first, None
    for row, after in zip_longest(rows, rows[1:]):
        if row.wrapup_code is None or not (row.status in WRITTEN or _stood_until(row, after)):
            continue
        if row.found_code_id != stands:
            yield CodeStep(code_words(row.found_code_id, leg.names), _found_by(row.found_code_id), None)
        stands, last = row.wrapup_code.genesys_id, row
        yield CodeStep(row.wrapup_code.name, _ours_by(row, made_by), row.written_at or row.finished_at, _proof(row))
    if communication.code_id != stands and not _read_before(last, communication):
        seen = rows[-1].finished_at if rows and rows[-1].status == Status.OVERRIDDEN else communication.read_at
        later = "somebody in Genesys Cloud" if communication.code_id else ""
        yield CodeStep(code_words(communication.code_id, leg.names), later, seen, "seen then, set some time before")


def _stood_until(row: Any, after: Any) -> bool:
    """Whether our code stood there when a person corrected it."""
    if row.status != Status.SUPERSEDED or row.written_at is None or row.reason or after is None:
        return False
    return bool(row.was_accepted or after.found_code_id == row.wrapup_code.genesys_id)


def _read_before(row: Any, communication: Communication) -> bool:
    """Whether what was read last says nothing of our last write: it was read earlier, or shows what stood there then.

    Genesys Cloud shows a write late; until it is read back, what it was found with is no news.
    """
    if row is None or row.written_at is None:
        return False
    awaited = row.status in LIVE and communication.code_id in ("", row.found_code_id)
    return communication.read_at < row.written_at or awaited


def _found_by(code_id: str) -> str:
    if not code_id:
        return ""
    return "Genesys Cloud itself" if is_system_code(code_id) else "the agent"


def _ours_by(assignment: Any, made_by: Mapping[int, Act]) -> str:
    act = made_by.get(assignment.pk)
    if assignment.corrects_id is not None:
        return who(act) if act else "a person"
    if assignment.bulk_act_id is not None:
        return "put back by " + (who(act) if act else "a person")
    return f"rule {assignment.rule}" if assignment.rule else "us"


def _proof(assignment: Any) -> str:
    if assignment.status == Status.APPLIED:
        return "accepted by Genesys Cloud, not read back yet"
    return "" if assignment.status != Status.UNKNOWN else "whether it arrived is not known yet"


def agreement(leg: Leg) -> str:
    """Return in a sentence how the agent's choice and the rules' stand to each other; empty where no rule chose."""
    chosen = next((row.assignment for row in leg.rows if row.assignment.rule and row.assignment.wrapup_code), None)
    if chosen is None:
        return ""
    newest = leg.rows[0].assignment
    if newest.corrects_id is not None:
        if newest.wrapup_code == chosen.wrapup_code:
            return "A person chose the rule's code in the end. It counts for the rule."
        return "A person corrected what the rule chose. It counts against the rule."
    if chosen.status == Status.OVERRIDDEN:
        return "A person chose another code after the rule's. It counts against the rule."
    found = chosen.found_code_id
    if not found or is_system_code(found):
        return "The agent had chosen no code."
    if found == chosen.wrapup_code.genesys_id:
        return "The agent had chosen the same code as the rule."
    return "The agent had chosen another code than the rule."
