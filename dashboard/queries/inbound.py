"""Events for reading: their list with its counts, what was set apart by reason, and one with all that is known."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from dashboard.queries.bounded import BOUND, Bounded, CountUpTo
from dashboard.queries.keyset import page_of
from dashboard.templatetags.badges import Look
from wrapups.domain.envelopes import BadEnvelope, Envelope, read
from wrapups.models import Disposition, EventSource, InboundEvent, Organization

GROUPS = 20
LATEST = 1000
LONG = timedelta(days=30)
DISPOSITIONS = 50

State = InboundEvent.State

LOOKS = {
    State.RECEIVED: Look("waiting", "clock", "Its conversation is looked at in a moment."),
    State.PROCESSED: Look("good", "circle-check", "What it says was passed on."),
    State.QUARANTINED: Look("bad", "circle-x", "It could not be read; it waits for a person."),
    State.DISMISSED: Look("quiet", "circle-slash", "A person said that it is not wanted."),
}
TELLS = {"ended": "it ended", "coded": "after-call work is over", "disposition": "a disposition"}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What a person looks for; empty and None mean "any"."""

    state: str = ""
    source: int | None = None
    q: str = ""

    def apply(self, organization: Organization) -> QuerySet[Any]:
        """Return the events that match."""
        rows = InboundEvent.objects.of(organization)
        rows = rows.filter(state=self.state) if self.state else rows
        rows = rows.filter(source=self.source) if self.source else rows
        return rows.filter(conversation_id=self.q.lower()) if self.q else rows

    def but(self, **changes: Any) -> Self:
        """Return the filter with these parts changed."""
        return replace(self, **changes)

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.query_string())

    def query_string(self, **more: object) -> str:
        """Return the address's part from "?" on, with further parameters; empty where nothing is asked."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)} | more
        given = {name: value for name, value in asked.items() if value}
        return f"?{urlencode(given)}" if given else ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One state with its count, under the rest of the filter."""

    word: str
    count: Bounded
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event in a list."""

    event: InboundEvent
    look: Look
    word: str
    tells: str

    @classmethod
    def of(cls, event: InboundEvent) -> Self:
        """Return an event as a list shows it."""
        state = State(event.state)
        return cls(event, LOOKS[state], state.label, TELLS.get(event.kind, "–"))

    @property
    def marks(self) -> list[str]:
        """What was unusual about how it came, in words."""
        event = self.event
        counted = ((event.repeats, "repeated"), (event.mismatches, "altered"), (event.replays, "taken in again"))
        marks = [f"{word} {count} time{'s' if count > 1 else ''}" for count, word in counted if count]
        return marks + ([str(InboundEvent.Arrival(event.arrival).label)] if event.arrival else [])


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Events that were set apart for one reason; `up_to` is the newest of them that this page knows of."""

    reason: str
    count: int
    up_to: int
    first_at: datetime
    last_at: datetime

    @property
    def lies_long(self) -> bool:
        """Whether some of them have waited for a person for too long."""
        return timezone.now() - self.first_at > LONG


@dataclass(frozen=True, slots=True)
class Unusual:
    """How the latest events came, by count."""

    among: int
    repeated: int
    altered: int
    late: int
    reopened: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """What the list shows."""

    asked: EventFilter
    rows: Sequence[EventRow]
    tabs: Sequence[Tab]
    groups: Sequence[ReasonGroup]
    unusual: Unusual
    newer: str
    older: str

    @property
    def lies_long(self) -> bool:
        """Whether something that was set apart has waited for too long."""
        return any(group.lies_long for group in self.groups)


def event_page(
    asked: EventFilter, organization: Organization, *, before: int | None = None, after: int | None = None
) -> EventPage:
    """Return one page of the events under a filter, in four queries."""
    rows = asked.apply(organization).select_related("source").defer("body", "mended")
    page = page_of(rows, before=before, after=after)
    return EventPage(
        asked,
        [EventRow.of(event) for event in page.rows],
        _tabs(asked, organization),
        reason_groups(organization) if asked == EventFilter(state=State.QUARANTINED) else [],
        unusual(organization),
        newer=asked.query_string(after=page.newer) if page.newer else "",
        older=asked.query_string(before=page.older) if page.older else "",
    )


def _tabs(asked: EventFilter, organization: Organization) -> list[Tab]:
    """Count each state up to a bound, all in one statement."""
    states = ["", *State]
    counts = {f"count_{state or 'all'}": CountUpTo(asked.but(state=state).apply(organization)) for state in states}
    figures: dict[str, Any] = Organization.objects.filter(pk=organization.pk).annotate(**counts).values(*counts).get()
    return [
        Tab(
            str(State(state).label) if state else "all",
            Bounded.of(figures[f"count_{state or 'all'}"]),
            asked.but(state=str(state)).query_string() or "?",
            state == asked.state,
        )
        for state in states
    ]


def reason_groups(organization: Organization) -> list[ReasonGroup]:
    """Return the reasons for which events are set apart now, the most frequent first."""
    rows = InboundEvent.objects.of(organization).filter(state=State.QUARANTINED).values("reason")
    figures = rows.annotate(count=Count("pk"), up_to=Max("pk"), first_at=Min("received_at"), last_at=Max("received_at"))
    return [ReasonGroup(**each) for each in figures.order_by("-count", "reason")[:GROUPS]]


def unusual(organization: Organization) -> Unusual:
    """Count how the latest thousand events came."""
    latest = InboundEvent.objects.of(organization).order_by("-pk")[:LATEST]
    figures = (
        InboundEvent.objects.of(organization)
        .filter(pk__in=latest.values("pk"))
        .aggregate(
            among=Count("pk"),
            repeated=Sum("repeats", default=0),
            altered=Sum("mismatches", default=0),
            late=Count("pk", filter=Q(arrival=InboundEvent.Arrival.LATE)),
            reopened=Count("pk", filter=Q(arrival=InboundEvent.Arrival.REOPENED)),
        )
    )
    return Unusual(**figures)


def sources_of(organization: Organization) -> list[tuple[int, str]]:
    """Return the sources to choose from, by name."""
    rows = EventSource.objects.of(organization).order_by("name").values_list("pk", "name")
    return list(rows[:BOUND])


def envelope_of(event: InboundEvent) -> Envelope | None:
    """Return what an event says, read as it was taken in; None where it cannot be read."""
    kind = event.source.kind if event.source else EventSource.Kind.WEBHOOK.value
    try:
        return read(kind, event.mended or event.body)
    except BadEnvelope:
        return None


def said_about(event: InboundEvent, organization: Organization) -> Sequence[Disposition]:
    """Return what outside systems say about the event's conversation, the latest word first."""
    rows = Disposition.objects.of(organization).filter(conversation_id=event.conversation_id)
    return list(rows.order_by("-said_at", "-pk")[:DISPOSITIONS]) if event.conversation_id else []
