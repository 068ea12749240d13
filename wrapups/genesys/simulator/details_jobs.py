"""Jobs of conversation details: submitted, pending for a while, fulfilled, read page by page, expired."""

from dataclasses import dataclass, replace
from uuid import uuid4

from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.instants import Instant, epoch, from_epoch
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.switches import Switches


@dataclass(frozen=True, slots=True)
class Job:
    """One job; its results are those of the moment it was submitted, as far as the data lake went."""

    id: str
    found: list[Conversation]
    shown_until: Instant
    submitted_at: Instant
    completed_at: Instant
    expires_at: Instant
    cancelled: bool = False

    def state(self, now: Instant) -> str:
        """Return the state at `now`, as the API spells it."""
        if self.cancelled:
            return "CANCELLED"
        if now >= self.expires_at:
            return "EXPIRED"
        return "FULFILLED" if now >= self.completed_at else "PENDING"


class Jobs:
    """All jobs by id."""

    def __init__(self) -> None:
        self.by_id: dict[str, Job] = {}

    def submit(self, found: list[Conversation], *, shown_until: Instant, now: Instant, switches: Switches) -> Job:
        """Return a new job with these results."""
        seconds = epoch(now)
        job = Job(
            id=str(uuid4()),
            found=found,
            shown_until=shown_until,
            submitted_at=now,
            completed_at=from_epoch(seconds + switches.job_duration_s),
            expires_at=from_epoch(seconds + switches.job_lifetime_s),
        )
        self.by_id[job.id] = job
        return job

    def get(self, job_id: str) -> Job:
        """Return a job (404 when there is none)."""
        if job_id not in self.by_id:
            raise Problem("not.found")
        return self.by_id[job_id]

    def cancel(self, job_id: str) -> None:
        """Cancel a job (404 when there is none)."""
        self.by_id[job_id] = replace(self.get(job_id), cancelled=True)

    def results(self, job_id: str, now: Instant) -> Job:
        """Return a fulfilled job; 400 while there is nothing to read, or no longer."""
        job = self.get(job_id)
        state = job.state(now)
        if state != "FULFILLED":
            raise Problem("bad.request", message=f"The job is {state}; its results cannot be read.")
        return job
