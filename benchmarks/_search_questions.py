"""The recorded searches: what people ask of a full database, by the pages' own query functions. Needs rows to be there.

Queues, agents and codes are numbered by how much there is of them, so `queues[0]` is the commonest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from benchmarks._search_centre import EVERYWHERE, SOURCE, disposition_of
from benchmarks._search_profiles import CLOSED, vocabulary
from benchmarks._search_rows import CLOSED_FOR, RARE_WORDS
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.failures import failure_page
from dashboard.queries.keyset import PAGE_SIZE, Ended
from dashboard.queries.listing import listing
from dashboard.queries.orders import CHANGED, DUE, OLDEST
from dashboard.queries.overview import Overview
from dashboard.queries.overview_charts import charts_of
from dashboard.queries.pasted_ids import id_in
from dashboard.queries.story import story_of
from wrapups.domain.masking import MASKED
from wrapups.domain.status import Status
from wrapups.models import (
    Agent,
    Assignment,
    Attempt,
    Communication,
    Conversation,
    MappingRule,
    Organization,
    Queue,
    WrapupCode,
)

DEEP, MIDDLE = 10_000, 100
LISTED_IDS = 500
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
COMMON, OFTEN = vocabulary()[:2]


@dataclass(frozen=True, slots=True)
class Search:
    """One question; asking it returns how many rows were found, of a list those of the page."""

    name: str
    ask: Callable[[], int]


class Subject:
    """The organization that was loaded, and what there is in it to ask for."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.rows: QuerySet[Assignment] = Assignment.everywhere.of(organization)
        self.queues, self.agents, self.codes = (self._names(model) for model in (Queue, Agent, WrapupCode))
        self.newest = self.rows.order_by("-ended_at", "-pk")[0]
        later = self.rows.filter(pk__gte=self.newest.pk // 2, status=Status.VERIFIED).order_by("pk")
        self.leg: Communication = later.select_related("communication__conversation")[0].communication

        self.rule = str(self.entries(MappingRule)[0].identity)
        self.correlation = str(Attempt.objects.filter(assignment=later[0]).order_by("pk")[0].correlation_id)

    @property
    def now(self) -> datetime:
        """When the last of them ended."""
        return self.newest.ended_at or self.newest.created_at

    @property
    def a_wednesday(self) -> datetime:
        """The same hour of the last Wednesday: a working day."""
        return self.now - timedelta(days=(self.now.weekday() - 2) % 7)

    def seldom_together(self) -> AssignmentFilter:
        """Ask for an agent with much to do, on a busy queue where that agent did little."""
        queues = dict(self.entries(Queue)[:20].values_list("genesys_id", "name"))
        agent = self.entries(Agent)[0]
        mine = self.entries(Communication).filter(agent_id=agent.genesys_id, queue_id__in=queues)
        counts = mine.order_by().values_list("queue_id").annotate(number=Count("pk"))
        least = min(counts, key=lambda row: row[1])[0]
        return AssignmentFilter(agent=agent.name, queue=queues[least])

    def ids(self, count: int) -> tuple[str, ...]:
        """Return the ids of so many conversations from all times."""
        step = max(1, self.newest.pk // 10 // count)
        keys = [place * step * 10 + 1 for place in range(count)]
        return tuple(self.entries(Conversation).filter(pk__in=keys).values_list("conversation_id", flat=True))

    def place(self, asked: AssignmentFilter, page: int) -> Ended | None:
        """Return where this page begins, or the last one that is full; None for the first."""
        order = asked.listed_by
        rows = asked.apply(self.organization).order_by(*order.downward())
        above = list(rows[(page - 1) * PAGE_SIZE - 1 : (page - 1) * PAGE_SIZE]) if page > 1 else []
        if page > 1 and not above:
            return self.place(asked, rows.count() // PAGE_SIZE)
        found: Ended | None = order.place_of(above[0]) if above else None
        return found

    def entries(self, model: Any) -> Any:
        """Return all there is of a model, in the order of its keys."""
        return model.everywhere.of(self.organization).order_by("pk")

    def _names(self, model: Any) -> Sequence[str]:
        return list(self.entries(model).values_list("name", flat=True))


def searches(subject: Subject) -> list[Search]:
    """Return the forty, ready to be asked; what has to be looked up for them is looked up here."""
    every = AssignmentFilter()
    busy = AssignmentFilter(queue=subject.queues[0])
    noted = AssignmentFilter(words=COMMON)
    return [
        *(_page(subject, name, asked) for name, asked in _filters(subject).items()),
        _page(subject, "everything, page 100", every, MIDDLE),
        _page(subject, "everything, page 10,000", every, DEEP),
        _page(subject, "a common queue, page 10,000", busy, DEEP),
        _page(subject, "a common word, page 100", noted, MIDDLE),
        _page(subject, "oldest first, page 10,000", AssignmentFilter(order=OLDEST), DEEP),
        *(Search(name, ask) for name, ask in _pages(subject).items()),
    ]


def _filters(subject: Subject) -> Mapping[str, AssignmentFilter]:
    """Return what is asked of the list, page 1."""
    queues, codes, agents, leg = subject.queues, subject.codes, subject.agents, subject.leg
    now = subject.now
    closed_at = now - CLOSED_FOR
    address = f"https://apps.mypurecloud.ie/directory/#/analytics/interactions/{leg.conversation.conversation_id}/admin"
    return {
        "everything": AssignmentFilter(),
        "failed": AssignmentFilter(status="failed"),
        "skipped": AssignmentFilter(status="skipped"),
        "a common queue": AssignmentFilter(queue=queues[0]),
        "a rare queue": AssignmentFilter(queue=queues[-1]),
        "a queue that closed": AssignmentFilter(queue=queues[CLOSED]),
        "an agent": AssignmentFilter(agent=agents[0]),
        "the rarest code": AssignmentFilter(code=codes[-1]),
        "a rule in all releases": AssignmentFilter(identity=subject.rule),
        "timed out": AssignmentFilter(found="system"),
        "the agent chose another": AssignmentFilter(agreement="other"),
        "answered 429": AssignmentFilter(http=429),
        "failed on a common queue": AssignmentFilter(status="failed", queue=queues[0]),
        "failed on the queue that closed": AssignmentFilter(status="failed", queue=queues[CLOSED]),
        "agent and queue, seldom together": subject.seldom_together(),
        "a common disposition": AssignmentFilter(source=SOURCE, disposition=disposition_of(0)),
        "the rarest disposition": AssignmentFilter(disposition=disposition_of(len(codes) - 1)),
        "a week, queue, status, reason": AssignmentFilter(
            since=now - WEEK, queue=queues[0], status="skipped", reason="agent_chose"
        ),
        "queue, code, status, medium": AssignmentFilter(
            queue=queues[1], code=codes[EVERYWHERE - 1], status="verified", media_type="chat"
        ),
        "three weeks long ago": AssignmentFilter(queue=queues[CLOSED], since=closed_at - MONTH, until=closed_at - WEEK),
        "a common word": AssignmentFilter(words=COMMON),
        "a word in three rows": AssignmentFilter(words=RARE_WORDS[0]),
        "a common word on a rare queue": AssignmentFilter(words=COMMON, queue=queues[-1]),
        "two words, failed": AssignmentFilter(words=f"{COMMON} {OFTEN}", status="failed"),
        "the beginning of a word": AssignmentFilter(words="quicks*"),
        "an id": AssignmentFilter(q=leg.communication_id),
        "eight characters of an id": AssignmentFilter(q=leg.communication_id[:8]),
        "500 ids": AssignmentFilter(ids=subject.ids(LISTED_IDS)),
        "an address of Genesys Cloud": AssignmentFilter(q=id_in(address)),
        "a correlation id": AssignmentFilter(correlation=subject.correlation),
        "last changed, of a common queue": AssignmentFilter(queue=queues[0], order=CHANGED),
        "due": AssignmentFilter(order=DUE),
    }


def _page(subject: Subject, name: str, asked: AssignmentFilter, page: int = 1) -> Search:
    place = subject.place(asked, page)
    return Search(name, lambda: len(listing(asked, subject.organization, before=place).rows))


def _pages(subject: Subject) -> Mapping[str, Callable[[], int]]:
    """Return the pages that are no list."""
    organization, conversation = subject.organization, subject.leg.conversation

    def overview() -> int:
        needs, charts = Overview(organization).needs, charts_of(organization, now=subject.a_wednesday)
        return len(needs) + charts.outcomes.number_of(Status.VERIFIED) + charts.repaired

    return {
        "a conversation's story": lambda: len(story_of(conversation, organization, mask=MASKED).events),
        "the failures, by cause": lambda: len(failure_page(AssignmentFilter(), organization).rows),
        "the overview": overview,
    }
