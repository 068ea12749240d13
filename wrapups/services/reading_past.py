"""Reading a stretch of the past page by page, by details jobs or by queries, for whoever keeps the place."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from wrapups.domain.conversation import ConversationSeen, EndedPage
from wrapups.domain.details_jobs import DetailsPage, JobState
from wrapups.domain.errors import CredentialsRefused, Refused
from wrapups.domain.reading_plan import Plan, Source, plan
from wrapups.domain.slices import Place, Shown, Slice
from wrapups.models import Organization
from wrapups.services.budgeting import learn
from wrapups.services.sharing import Allowance

PAGE_SIZE = 100

Answer = TypeVar("Answer")


class Door(Protocol):
    """What reading the past needs of the gateway, one call each."""

    def ended_conversations(self, *, since: datetime, until: datetime, page: int) -> EndedPage: ...
    def details_available_until(self) -> datetime: ...
    def submit_details_job(self, *, since: datetime, until: datetime) -> str: ...
    def details_job(self, job_id: str) -> JobState: ...
    def details_of_job(self, job_id: str, *, cursor: str = "") -> DetailsPage: ...
    def delete_details_job(self, job_id: str) -> None: ...


class NotYet(Exception):
    """Genesys is still gathering: come again in a few seconds."""


class NoJobs(Exception):
    """Genesys Cloud allows us no details jobs: queries must do."""


class JobLost(Exception):
    """The details job failed, or its results are gone: all must be read from the start."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was read, each conversation once; the plan after it, and the job that its first part goes on reading."""

    conversations: tuple[ConversationSeen, ...]
    plan: Plan
    job: str = ""
    unread: int = 0
    """About how many more there were that Genesys shows to no query."""


class Reader:
    """Reads for one organization, within one turn's allowance. Raises what Genesys raises, TurnOver and OutOfCalls."""

    def __init__(self, organization: Organization, gateway: Door, allowance: Allowance) -> None:
        self._organization, self._gateway, self._allowance = organization, gateway, allowance

    def plan(self, begins_at: datetime, ends_at: datetime, *, attributes: bool) -> Plan:
        """Return how to read this stretch. Raises AttributesOutOfReach where the rules need more than can be had."""
        try:
            jobs_until = self._about_jobs("asking how far jobs can see", self._gateway.details_available_until)
        except (NoJobs, Refused):
            jobs_until = None
        return plan(begins_at, ends_at, jobs_until=jobs_until, attributes=attributes)

    def read(self, kept: Plan, *, job: str, keep_job: Callable[[str], None]) -> Page:
        """Return the page at this place of the plan. `job` is the first part's, if it has been submitted already.

        `keep_job` is told a new one before anything waits for it. Raises NotYet, JobLost and NoJobs.
        """
        part = kept.parts[0]
        if part.source is Source.QUERY:
            return self._by_query(kept, part.slice)
        if not job:
            keep_job(self._submit(part.slice))
            raise NotYet
        return self._by_job(kept, part.slice, job)

    def _submit(self, stretch: Slice) -> str:
        submit = self._gateway.submit_details_job
        try:
            return self._about_jobs(
                "asking for a details job", lambda: submit(since=stretch.begins_at, until=stretch.ends_at)
            )
        except Refused as error:
            raise NoJobs(str(error)) from error

    def _by_job(self, kept: Plan, stretch: Slice, job: str) -> Page:
        try:
            if not kept.at:
                self._wait_for(job)
            page = self._about_jobs("reading a job", lambda: self._gateway.details_of_job(job, cursor=kept.at))
        except Refused as error:
            raise JobLost(str(error)) from error
        return Page(_ended_within(page.conversations, stretch), kept.after(page.cursor), job if page.cursor else "")

    def _wait_for(self, job: str) -> None:
        state = self._about_jobs("asking how far a job is", lambda: self._gateway.details_job(job))
        if state is JobState.GATHERING:
            raise NotYet
        if state is JobState.LOST:
            raise JobLost("Genesys Cloud could not gather the conversations, or has forgotten them.")

    def _by_query(self, kept: Plan, stretch: Slice) -> Page:
        place = Place.of_text(kept.at) if kept.at else self._beginning(stretch)
        one = place.left[0]
        ended = self._gateway.ended_conversations
        found = self._call(
            "looking for ended conversations",
            lambda: ended(since=one.begins_at, until=one.ends_at, page=place.page),
        )
        ends = [seen.ended_at for seen in found.conversations if seen.ended_at]
        shown = Shown(tuple(seen.conversation_id for seen in found.conversations), min(ends, default=None), found.total)
        after = place.after(shown, floor=stretch.begins_at, page_size=PAGE_SIZE)
        new = [
            seen
            for seen in found.conversations
            if seen.conversation_id not in place.before and place.belongs(seen.started_at)
        ]
        taken = () if place.too_many(shown) else _ended_within(tuple(new), stretch)
        unread = place.unread(shown, floor=stretch.begins_at, page_size=PAGE_SIZE)
        return Page(taken, kept.after("" if after.over else after.to_text()), unread=unread)

    def _beginning(self, stretch: Slice) -> Place:
        """What lasted for longer than `lookback_h` is found by a job alone: queries go by when it started."""
        return Place.beginning(stretch.begins_at - timedelta(hours=self._organization.lookback_h), stretch.ends_at)

    def _about_jobs(self, what: str, call: Callable[[], Answer]) -> Answer:
        """Make one call. That jobs are not for our client says nothing about the client as a whole."""
        try:
            return self._call(what, call)
        except CredentialsRefused as error:
            if error.http_status == 401:
                raise
            raise NoJobs(str(error)) from error

    def _call(self, what: str, call: Callable[[], Answer]) -> Answer:
        self._allowance.take(what)
        answer = call()
        learn(self._organization.pk, None)
        return answer


def _ended_within(sightings: tuple[ConversationSeen, ...], stretch: Slice) -> tuple[ConversationSeen, ...]:
    return tuple(seen for seen in sightings if seen.ended_at and stretch.begins_at <= seen.ended_at < stretch.ends_at)
