"""The processes that work without pages, and whether each kind of them still shows that it goes round."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, Subquery

from wrapups.models import EventSource, Heartbeat, Organization
from wrapups.services import beating

SILENT = timedelta(seconds=beating.SILENT_AFTER_S)
Kind = Heartbeat.Kind


@dataclass(frozen=True, slots=True)
class Process:
    """One kind of process: when the latest of it last beat, None for never, and whether that is too long."""

    kind: Heartbeat.Kind
    beat_at: datetime | None
    silent: bool


def processes(organization: Organization, *, now: datetime) -> list[Process]:
    """Return worker, pump and, where the organization has one switched on, the listener. One query."""
    latest = Heartbeat.objects.order_by("-beat_at").values("beat_at")
    beats = {kind.value: Subquery(latest.filter(kind=kind)[:1]) for kind in Kind}
    listeners = EventSource.objects.of(organization).filter(kind=EventSource.Kind.LISTENER, enabled=True)
    asked = Organization.objects.annotate(wants_listener=Exists(listeners), **beats).values("wants_listener", *beats)
    found = asked.get(pk=organization.pk)
    wanted = [kind for kind in Kind if kind != Kind.LISTENER or found["wants_listener"]]
    return [_process(kind, found[kind.value], now) for kind in wanted]


def _process(kind: Heartbeat.Kind, at: datetime | None, now: datetime) -> Process:
    return Process(kind, at, at is None or now - at > SILENT)
