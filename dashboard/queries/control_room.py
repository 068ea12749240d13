"""How everything that works without pages stands: a sign each, red only where somebody must act, and then saying what.

Amber is trouble that mends itself. Whatever is red says what is to be done, and where.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min
from django.urls import reverse

from dashboard.queries.doors import Shut, shut_doors
from dashboard.queries.lag import lag_of
from dashboard.queries.processes import processes
from dashboard.queries.running import Calls
from dashboard.templatetags.times import duration
from wrapups.models import EventSource, Heartbeat, InboundEvent, Organization, Release, Sweep
from wrapups.services import watching

SLOW_INTAKE = timedelta(minutes=5)
STUCK = timedelta(minutes=15)
"""A duty that has failed for so long does not mend itself."""
OLD_CATALOGUE = timedelta(hours=6)

ICONS = {
    "good": "circle-check",
    "waiting": "clock",
    "warning": "triangle-alert",
    "bad": "circle-x",
    "quiet": "circle-minus",
}
WORDS = {"good": "fine", "waiting": "under way", "warning": "trouble", "bad": "see to it", "quiet": "not used"}
NAMES = {
    Heartbeat.Kind.WORKER: "Workers",
    Heartbeat.Kind.PUMP: "The pump",
    Heartbeat.Kind.LISTENER: "The listener",
}
HOW_TO_START = {
    Heartbeat.Kind.WORKER: "Start a worker: “docker compose up -d worker”, or the command of your installation.",
    Heartbeat.Kind.PUMP: "Start the pump: “docker compose up -d pump”, or “manage.py pump”.",
    Heartbeat.Kind.LISTENER: (
        "Start it: “docker compose --profile listen up -d”, or “manage.py listen”. Or switch its source off: "
        "endings are then found by looking, a little later."
    ),
}


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign. `at` is the time it tells of; `do` is empty unless somebody must act, `link` leads to where."""

    name: str
    tone: str
    said: str
    at: datetime | None = None
    do: str = ""
    link: str = ""
    link_word: str = ""

    @property
    def word(self) -> str:
        """How it stands, in a word."""
        return WORDS[self.tone]

    @property
    def icon(self) -> str:
        """Its icon, which says the same as its colour."""
        return ICONS[self.tone]

    @property
    def wants_somebody(self) -> bool:
        """Whether it is red."""
        return self.tone == "bad"


def signs(organization: Organization, calls: Calls, sweeps: Iterable[Sweep], *, now: datetime) -> list[Sign]:
    """Return all signs, those that want somebody first; `sweeps` are its recurring duties."""
    duties = {Sweep.Kind(row.kind): row for row in sweeps}
    ruled = Release.objects.of(organization).filter(state=Release.State.PUBLISHED).exists()
    found = [
        *_processes(organization, now),
        _calls(calls),
        _last_event(organization),
        _intake(organization, now),
        _looking(organization, duties, now, ruled=ruled),
        _catalogue(duties.get(Sweep.Kind.CATALOGUE), now),
        *(_door(each) for each in (shut_doors(organization) if calls.doors_shut else ())),
    ]
    return sorted(found, key=lambda each: not each.wants_somebody)


def _processes(organization: Organization, now: datetime) -> Iterator[Sign]:
    deaf = watching.workers_deaf(organization)
    for each in processes(organization, now=now):
        name = NAMES[each.kind]
        if each.silent:
            said = "silent since" if each.beat_at else "no sign of life yet"
            yield Sign(name, "bad", said, each.beat_at, HOW_TO_START[each.kind])
        elif deaf and each.kind == Heartbeat.Kind.WORKER:
            do = "It lives and takes no work: look into its log whether it reaches Redis, then restart it."
            yield Sign(name, "bad", "work is due and nobody takes it; last sign of life", each.beat_at, do)
        else:
            yield Sign(name, "good", "last sign of life", each.beat_at)


def _calls(calls: Calls) -> Sign:
    name, budget = "Calls to Genesys Cloud", calls.budget
    if calls.refused:
        do = "Mend the OAuth client in Genesys Cloud or enter another, then let the calls go on."
        link = reverse("organization-client")
        return Sign(name, "bad", "refused since", budget.refused_at, do, link, "See the client")
    if calls.held:
        return Sign(name, "warning", "paused by a person", budget.held_at)
    if calls.broken:
        return Sign(name, "warning", "Genesys Cloud does not answer; tried again", budget.breaker_until)
    if calls.waits:
        return Sign(name, "waiting", "Genesys Cloud asked us to wait; they go on", budget.wait_until)
    return Sign(name, "good", f"{calls.free} of {calls.burst} free at once, {calls.per_minute:,.0f} a minute")


def _last_event(organization: Organization) -> Sign:
    sources = EventSource.objects.of(organization).filter(enabled=True)
    figures = sources.aggregate(at=Max("last_event_at"), trouble=Max("trouble"))
    name, at, link = "Last event in", figures["at"], reverse("source-list")
    if figures["trouble"]:
        said = f"a listener does not hear: {figures['trouble']}"
        return Sign(name, "warning", said, at, link=link, link_word="See the sources")
    if at is None:
        said = "none; conversations are found by looking"
        return Sign(name, "quiet", said, link=link, link_word="See the sources")
    return Sign(name, "good", "came", at)


def _intake(organization: Organization, now: datetime) -> Sign:
    waiting = InboundEvent.objects.of(organization).filter(state=InboundEvent.State.RECEIVED, due_at__lte=now)
    oldest = waiting.aggregate(at=Min("due_at"))["at"]
    if oldest is None:
        return Sign("Events taken in", "good", "none waits")
    tone = "warning" if now - oldest > SLOW_INTAKE else "waiting"
    return Sign("Events taken in", tone, "the oldest that waits came", oldest)


def _looking(organization: Organization, duties: Mapping[Sweep.Kind, Sweep], now: datetime, *, ruled: bool) -> Sign:
    name, discover = "Analytics", duties.get(Sweep.Kind.DISCOVER)
    if not ruled:
        return Sign(name, "quiet", "nobody looks for conversations: no rules are in force")
    if discover is None or discover.succeeded_at is None:
        return Sign(name, "waiting", "not looked yet")
    if discover.problem:
        return _failing(name, discover, now)
    behind = duties.get(Sweep.Kind.CATCH_UP)
    lag = lag_of(behind, organization) if behind else None
    if lag is not None:
        return Sign(
            name,
            "waiting",
            f"catching up on {duration(lag.length_s)}; what ends now was looked for",
            discover.succeeded_at,
        )
    return Sign(name, "good", "what ended was looked for", discover.succeeded_at)


def _failing(name: str, duty: Sweep, now: datetime) -> Sign:
    problem = duty.problem.rstrip(".")
    if duty.succeeded_at and now - duty.succeeded_at <= STUCK:
        said = f"failed the last time and is tried again: {problem}. Went well last"
        return Sign(name, "warning", said, duty.succeeded_at)
    link = reverse("organization")
    do = "Look at what our client may do in Genesys Cloud, and mend what is missing."
    return Sign(name, "bad", f"fails: {problem}. Went well last", duty.succeeded_at, do, link, "Check the client")


def _catalogue(duty: Sweep | None, now: datetime) -> Sign:
    name = "Catalogue"
    if duty is None or duty.succeeded_at is None:
        said = f"not read yet: {duty.problem}" if duty and duty.problem else "not read yet"
        return Sign(name, "warning" if duty and duty.problem else "waiting", said)
    if duty.problem:
        return _failing(name, duty, now)
    return Sign(name, "warning" if now - duty.succeeded_at > OLD_CATALOGUE else "good", "read", duty.succeeded_at)


def _door(shut: Shut) -> Sign:
    if shut.inward:
        do, link = "Mend or dismiss what is set apart.", f"{reverse('event-list')}?state=quarantined"
        return Sign(f"Source {shut.name}", "bad", "turned away", do=do, link=link, link_word="See what is set apart")
    link = reverse("subscription-detail", args=[shut.pk])
    do = "Mend the receiver, then resume its deliveries."
    return Sign(
        f"Receiver {shut.name}", "bad", f"told nothing any more: {shut.because}", do=do, link=link, link_word="See it"
    )
