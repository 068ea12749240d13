"""What is known after a run, as plain values: the simulator's own ledger, our attempts, the audit, the rows.

Nothing here judges. The witness (ledger, state, times of calls) is the simulator, which no blow ever touches.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models import Assignment, Attempt, AuditEntry, Organization

Key = TypeVar("Key")
Thing = TypeVar("Thing")

REFUSALS = frozenset(range(400, 500)) - {408}
NEVER_LEFT = ("could not be reached", "to the login", "sign-in")
"""What the messages of `Unsent` say; an unclear outcome has the same status, 0 or 5xx, and other words."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write that Genesys took in: whose, and the code before and after it."""

    at: datetime
    communication_id: str
    ours: bool
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt. `finished_at` is None where its worker died; an outcome `stale:...` changed no row."""

    fence: int
    kind: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    code_seen_id: str = ""
    http_status: int = 0
    untaken: bool = False
    """Whether it is certain that Genesys took nothing in: the call never left, or was refused."""
    answered: bool = True
    """Whether a proper answer came: none that was refused, cut short or senseless."""

    @property
    def stale(self) -> bool:
        """Whether its worker had been given up for dead when it finished."""
        return self.outcome.startswith("stale:")


@dataclass(frozen=True, slots=True)
class Change:
    """One audit entry of an assignment that tells of its status; `before` is None for its beginning."""

    at: datetime
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Story:
    """One assignment as it is in the end, everything that was tried for it, and every status it had."""

    pk: int
    communication_id: str
    status: str
    reason: str
    wanted_code_id: str
    fence: int
    writes: int
    reads: int
    crashes: int
    created_at: datetime
    deaths: int = 0
    """How often it was taken back from a worker, or given up for a bug, however often a person began it anew."""
    insisted: bool = False
    """Whether a person had our code put in place of the one found."""
    found_code_id: str = ""
    tries: tuple[Try, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one run. `calls_at` is when calls arrived, ascending, in seconds after 1970."""

    stories: tuple[Story, ...]
    ledger: tuple[Write, ...]
    fed: frozenset[str]
    """Communication ids of what the run was fed with."""
    codes: Mapping[str, str | None]
    """The code each communication carries in the end."""
    settle_s: float
    allowed_in_60s: int
    most_in_60s: int
    calls_at: tuple[float, ...] = ()
    pauses: tuple[tuple[float, float], ...] = ()
    """When calls were to cease, and until when: by a person's word, or Genesys'."""
    concurrency: int = 1
    """How many calls may be under way at once."""
    ledger_of: Mapping[str, list[Write]] = field(init=False)
    stories_of: Mapping[str, list[Story]] = field(init=False)
    """Of each communication, one generation after the other."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ledger_of", _grouped((write.communication_id, write) for write in self.ledger))
        object.__setattr__(self, "stories_of", _grouped((story.communication_id, story) for story in self.stories))


def stories_of(organization: Organization) -> tuple[Story, ...]:
    """Return every assignment of an organization with its attempts and its audit."""
    tries = _grouped(
        (row.assignment_id, _try(row)) for row in Attempt.objects.filter(organization=organization).order_by("pk")
    )
    entries = AuditEntry.objects.filter(table=Assignment._meta.db_table, organization_id=organization.pk)
    changes = _grouped(
        (int(entry.row), change) for entry in entries.order_by("pk") for change in [_change(entry)] if change
    )
    deaths = Counter(int(entry.row) for entry in entries.filter(after__crash_count__gt=0))
    rows = Assignment.everywhere.of(organization).select_related("communication", "wrapup_code").order_by("pk")
    return tuple(
        Story(
            pk=row.pk,
            communication_id=row.communication.communication_id,
            status=row.status,
            reason=row.reason,
            wanted_code_id=row.wrapup_code.genesys_id if row.wrapup_code else "",
            fence=row.fence,
            writes=row.write_count,
            reads=row.read_count,
            crashes=row.crash_count,
            created_at=row.created_at,
            deaths=deaths[row.pk],
            insisted=row.insisted,
            found_code_id=row.found_code_id,
            tries=tuple(tries.get(row.pk, ())),
            changes=tuple(changes.get(row.pk, ())),
        )
        for row in rows
    )


def ledger_of(simulator: SimulatorControl) -> tuple[Write, ...]:
    """Return what the simulator took in, in order. Refused and dropped writes changed nothing and are left out."""
    ours = simulator.client()["client_id"]
    return tuple(
        Write(
            datetime.fromisoformat(entry["at"]),
            entry["communication_id"],
            entry["by"] == ours,
            entry["before"],
            entry["after"],
        )
        for entry in simulator.ledger()
        if entry["outcome"] == "applied"
    )


def throttlings(stories: Iterable[Story], *, asked_s: float) -> list[tuple[float, float]]:
    """Return from when until when calls were to cease because an attempt was throttled and told to wait so long."""
    met = [one.finished_at for story in stories for one in story.tries if one.http_status == 429 and one.finished_at]
    return [(at.timestamp(), at.timestamp() + asked_s) for at in sorted(met)]


def _try(row: Attempt) -> Try:
    return Try(
        fence=row.fence,
        kind=row.kind,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        code_seen_id=row.code_seen_id,
        http_status=row.http_status,
        untaken=row.http_status in REFUSALS or any(words in row.message for words in NEVER_LEFT),
        answered=bool(row.finished_at) and not row.message,
    )


def _change(entry: AuditEntry) -> Change | None:
    """Return what an entry tells of the status; None where it tells of other columns only."""
    before, after = entry.before or {}, entry.after or {}
    return Change(entry.at, before.get("status"), after["status"]) if "status" in after else None


def _grouped(pairs: Iterable[tuple[Key, Thing]]) -> dict[Key, list[Thing]]:
    grouped: dict[Key, list[Thing]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return grouped
