"""After-call work and the wrap-up of one communication, computed from its timeline and the writes to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wrapups.genesys.simulator.catalogue import TIMEOUT_CODE
from wrapups.genesys.simulator.instants import LAST, Instant
from wrapups.genesys.simulator.timeline import Leg

AcwState = Literal["unknown", "notApplicable", "skipped", "pending", "complete"]


@dataclass(frozen=True, slots=True)
class Write:
    """One accepted change of a communication's wrap-up; `by` is an OAuth client's id or "agent"."""

    at: Instant
    by: str
    code: str | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()
    duration_s: int | None = None
    ended_at: Instant | None = None
    provisional: bool = False
    keeps_end_time: bool = False
    skips: bool = False

    @property
    def final(self) -> bool:
        """Return whether this decides the wrap-up, rather than drafting it."""
        return not self.provisional


@dataclass(frozen=True, slots=True)
class Wrapup:
    """The wrap-up a communication carries; `code` is a catalogue id or an ININ-... literal."""

    code: str | None
    by: str
    at: Instant
    notes: str | None = None
    tags: tuple[str, ...] = ()
    duration_s: int | None = None
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class AfterCallWork:
    """After-call work as far as it has come, every wrap-up it has had (the last one counts) and a draft."""

    state: AcwState
    started_at: Instant | None = None
    ended_at: Instant | None = None
    wrapups: tuple[Wrapup, ...] = ()
    draft: Wrapup | None = None

    @property
    def wrapup(self) -> Wrapup | None:
        """Return the wrap-up in force."""
        return self.wrapups[-1] if self.wrapups else None


def after_call_work(leg: Leg, writes: Sequence[Write], now: Instant, *, late_write_moves_end: bool) -> AfterCallWork:
    """Return after-call work at `now`.

    `writes` are those of this leg in order of time. A final write while after-call work is pending ends it, so what
    the agent would have chosen later never happens. A write after it moves its end, unless it keeps end times.
    Source: community.genesys.com, "wrap-up selection ends ACW and resumes queue routing".
    """
    done = [write for write in writes if write.at <= now]
    planned = leg.acw if leg.acw and leg.acw["segmentStart"] <= now else None
    if planned is None:
        wrapups = tuple(_written(write) for write in done if write.final and not write.skips)
        return AfterCallWork(_without_acw(leg, now), None, None, wrapups, _draft(done))
    started_at, planned_end = planned["segmentStart"], planned.get("segmentEnd", LAST)
    ended_by = next((w for w in done if w.final and started_at <= w.at < planned_end), None)
    ended_at = ended_by.at if ended_by else planned_end
    if ended_at > now:
        early = tuple(_written(write) for write in done if write.final)
        return AfterCallWork("pending", started_at, None, early, _draft(done))
    wrapups = _history(leg, done, None if ended_by else planned_end)
    moved = [w.ended_at or w.at for w in done if w.final and w.at > ended_at and not w.keeps_end_time]
    if moved and late_write_moves_end:
        ended_at = moved[-1]
    skipped = bool(ended_by and ended_by.skips)
    return AfterCallWork("skipped" if skipped else "complete", started_at, ended_at, wrapups, _draft(done))


def _history(leg: Leg, done: list[Write], planned_end: Instant | None) -> tuple[Wrapup, ...]:
    """Return every wrap-up in order of time; `planned_end` is None when a write came before the agent."""
    before = [_written(w) for w in done if w.final and not w.skips and w.at < (planned_end or "")]
    after = [_written(w) for w in done if w.final and not w.skips and w.at >= (planned_end or "")]
    chosen = (leg.acw or {}).get("wrapUpCode")
    if planned_end is None or chosen is None or (chosen == TIMEOUT_CODE and before):
        return (*before, *after)
    own = Wrapup(
        code=chosen,
        by="system" if chosen.startswith("ININ-") else "agent",
        at=planned_end,
        notes=leg.acw.get("wrapUpNote") if leg.acw else None,
        tags=tuple(leg.acw.get("wrapUpTags", ())) if leg.acw else (),
        ended_at=planned_end,
    )
    return (*before, own, *after)


def _without_acw(leg: Leg, now: Instant) -> AcwState:
    if not leg.is_over(now):
        return "unknown"
    return "skipped" if leg.session.get("acwSkipped") else "notApplicable"


def _draft(done: list[Write]) -> Wrapup | None:
    """Return the draft that no final write has replaced."""
    return _written(done[-1]) if done and done[-1].provisional else None


def _written(write: Write) -> Wrapup:
    return Wrapup(write.code, write.by, write.at, write.notes, write.tags, write.duration_s, write.ended_at or write.at)
