"""What there was to tell of, event by event: since when, for how long, and who was told when."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from dashboard.alert_letters import page_of as page_about
from dashboard.alert_letters import said_of
from dashboard.queries.alerts import TellingRow, telling_row
from dashboard.queries.keyset import Page, page_of
from wrapups.domain.alert_sentences import lasted
from wrapups.models import AlertChannel, AlertDelivery, AlertEvent, Organization

LATELY = 10
MOST_STANDING = 50
PAGE_SIZE = 25
STANDING, OVER = "standing", "over"


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event in words, and where to look. `lasted` is empty while it stands."""

    event: AlertEvent
    said: str
    address: str
    lasted: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one channel was told of an event, or is to be: that it began, then that it is over."""

    channel: AlertChannel
    tellings: Sequence[TellingRow]


@dataclass(frozen=True, slots=True)
class EventTold:
    """One event with whom it was told; nobody, where no channel wanted to hear of it."""

    row: EventRow
    told: Sequence[Told]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events somebody looks for; an empty one is any."""

    condition: str = ""
    state: str = ""

    def events(self, organization: Organization) -> QuerySet[AlertEvent]:
        """Return those that match."""
        events: QuerySet[AlertEvent] = AlertEvent.objects.of(organization)
        if self.condition:
            events = events.filter(condition=self.condition)
        return events.filter(finished_at__isnull=self.state == STANDING) if self.state else events


def events_now(organization: Organization) -> list[EventRow]:
    """Return what stands, newest first, fifty at most."""
    standing = EventFilter(state=STANDING).events(organization)
    return [_event_row(event) for event in standing.order_by("-pk")[:MOST_STANDING]]


def events_lately(organization: Organization) -> list[EventRow]:
    """Return the last few events that are over, newest first."""
    over = EventFilter(state=OVER).events(organization)
    return [_event_row(event) for event in over.order_by("-pk")[:LATELY]]


def event_page(
    organization: Organization, asked: EventFilter, *, before: int | None = None, after: int | None = None
) -> Page:
    """Return a page of events, newest first, as `EventTold`. Two queries."""
    page = page_of(asked.events(organization), before=before, after=after, size=PAGE_SIZE)
    told = _told_of(organization, page.rows)
    return replace(page, rows=[EventTold(_event_row(event), told.get(event.pk, [])) for event in page.rows])


def _told_of(organization: Organization, events: Sequence[AlertEvent]) -> Mapping[int, list[Told]]:
    """Return by event who was told of it, by the channels' names: a service keeps them few."""
    rows = AlertDelivery.objects.of(organization).filter(event__in=[event.pk for event in events])
    found: dict[int, dict[AlertChannel, list[TellingRow]]] = defaultdict(lambda: defaultdict(list))
    for delivery in rows.select_related("channel", "event", "notice").order_by("channel__name", "pk"):
        found[delivery.event_id][delivery.channel].append(telling_row(delivery))
    return {pk: [Told(*each) for each in by_channel.items()] for pk, by_channel in found.items()}


def _event_row(event: AlertEvent) -> EventRow:
    over = event.finished_at
    for_s = (over - event.opened_at).total_seconds() if over else None
    return EventRow(event, said_of(event), page_about(event), "" if for_s is None else lasted(for_s))
