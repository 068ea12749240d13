"""The one line a run prints, each figure from the witness, the rows or the audit, and the verdict over it."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from dashboard.chaos.evidence import Evidence, Story
from dashboard.chaos.invariants import INVARIANTS, calls_after_pause, changes_too_many, gaps, overwrites
from wrapups.domain.status import LIVE, Status

MUST_BE_ZERO = ("lost", "stuck", "duplicate_effects", "clobbered", "audit_missing")


def line(evidence: Evidence, *, seed: int) -> dict[str, Any]:
    """Return the figures of a run by name; `passed` says whether they are good enough.

    Communications are counted, each as its newest assignment stands.
    """
    standing = [stories[-1] for stories in evidence.stories_of.values()]
    verified = sum(story.status == Status.VERIFIED for story in standing)
    stuck = sum(story.status in LIVE for story in evidence.stories)
    return {
        "seed": seed,
        "rows": len(evidence.fed),
        "accepted": len(standing),
        "verified": verified,
        "other_final": len(standing) - verified - stuck,
        "stuck": stuck,
        "lost": lost(evidence),
        "duplicate_effects": sum(changes_too_many(evidence, leg) for leg in evidence.stories_of),
        "clobbered": len(broken(evidence)["I6"]),
        "calls_after_pause": calls_after_pause(evidence),
        "max_calls_in_60s": evidence.most_in_60s,
        "recovery_p95_s": recovery_p95_s(evidence),
        "audit_missing": sum(gaps(story) for story in evidence.stories),
        "invariants_failed": [name for name, sentences in broken(evidence).items() if sentences],
    }


def passed(figures: dict[str, Any]) -> bool:
    """Return whether nothing was lost, stuck, doubled, overwritten or left unaudited, and every invariant held."""
    return not any(figures[name] for name in MUST_BE_ZERO) and not figures["invariants_failed"]


def broken(evidence: Evidence) -> dict[str, list[str]]:
    """Return, for each invariant, a sentence per violation."""
    return {name: list(holds(evidence)) for name, holds in INVARIANTS.items()}


def lost(evidence: Evidence) -> int:
    """Return how many communications have no assignment, or one that says verified where no code of ours is.

    Where an agent chose another code after the proof, it is theirs and nothing is lost.
    """
    told = {story.communication_id for story in evidence.stories}
    unfounded = sum(
        story.status == Status.VERIFIED
        and evidence.codes.get(story.communication_id) != story.wanted_code_id
        and not _agent_had_the_last_word(evidence, story)
        for story in evidence.stories
    )
    return len(evidence.fed - told) + unfounded


def raced(evidence: Evidence) -> int:
    """Return how many agents' codes we replaced that came after our last look: Genesys has no conditional write."""
    every = sum(len(list(overwrites(evidence, leg))) for leg in evidence.stories_of)
    return every - len(broken(evidence)["I6"])


def recovery_p95_s(evidence: Evidence) -> float | None:
    """Return within how many seconds 95 % of the attempts cut off by a death or a freeze were followed by another.

    Counted from the beginning of the one to the beginning of the next, so lease and settle time are in it. None where
    nothing was cut off.
    """
    waits = sorted(
        (later.started_at - earlier.started_at) / timedelta(seconds=1)
        for story in evidence.stories
        for earlier, later in pairwise(story.tries)
        if earlier.finished_at is None or earlier.stale
    )
    return round(waits[max(0, -(-len(waits) * 95 // 100) - 1)], 1) if waits else None


def cut_off(evidence: Evidence) -> int:
    """Return how many attempts never came to a finish, or to one that was too late."""
    return sum(one.finished_at is None or one.stale for story in evidence.stories for one in story.tries)


def _agent_had_the_last_word(evidence: Evidence, story: Story) -> bool:
    writes = evidence.ledger_of.get(story.communication_id, [])
    return bool(writes) and not writes[-1].ours
