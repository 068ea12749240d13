"""What a look for alerts finds: one bounded question for each condition, to rows that have an index for it.

While a person, or refused credentials, stop all calls, nothing can be said of what then naturally stands still: that
leaves everything as it is.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Exists, ExpressionWrapper, Min, OuterRef, Q
from django.db.models.functions import Coalesce

from wrapups.domain.alerting import TOLD_TO_WAIT, TOLD_TO_WAIT_MIN, Condition, Reading, failed_share, reaches
from wrapups.domain.hours import WorkingHours
from wrapups.domain.status import Lane, Status
from wrapups.models import (
    AlertRule,
    Assignment,
    Attempt,
    CallBudget,
    EventSource,
    FailureGroup,
    Heartbeat,
    Organization,
    Person,
    Subscription,
    Sweep,
    WorkHold,
)
from wrapups.models.assignments import REASONS
from wrapups.services import beating, watching
from wrapups.services.budgeting import ONE_STRETCH_S
from wrapups.services.dispatching import WAITS_SINCE
from wrapups.services.held_work import HeldWork

HOUR = timedelta(hours=1)
SILENT_AFTER = timedelta(seconds=beating.SILENT_AFTER_S)
MOST_COUNTED = 100_000
MOST_SUBJECTS = 50
OPENED_AGAIN = 2
"""How often in a row the breaker has opened when it is told: the first time it may be a blink of 30 seconds."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at an organization: when, its call budget as it is then, since when somebody is told of a condition, and
    for which subjects an event is open."""

    organization: Organization
    now: datetime
    budget: CallBudget
    told_since: datetime
    open_subjects: frozenset[str]

    @property
    def stopped(self) -> bool:
        """Whether calls are stopped or made to wait, so that work stands still for a reason of its own."""
        waits = (self.budget.wait_until, self.budget.breaker_until)
        waiting = any(at is not None and at > self.now for at in waits)
        return bool(self.budget.held_at or self.budget.refused_at or waiting)


def read(rule: AlertRule, look: Look) -> list[Reading]:
    """Return what there is to be said of a rule's condition, a subject each."""
    return list(_READ[Condition(rule.condition)](rule, look))


def _silent(_rule: AlertRule, look: Look) -> Iterable[Reading]:
    """A worker that shows signs of life and takes nothing counts as silent, which is not to be told while none may."""
    silent = {kind: at < look.now - SILENT_AFTER for kind, at in beating.last_beats().items()}
    yield Reading(silent.get(Heartbeat.Kind.PUMP, False), Heartbeat.Kind.PUMP.value)
    deaf = None if look.stopped else watching.workers_deaf(look.organization)
    yield Reading(silent.get(Heartbeat.Kind.WORKER) or deaf, Heartbeat.Kind.WORKER.value)


def _refused(_rule: AlertRule, look: Look) -> Iterable[Reading]:
    at = look.budget.refused_at
    yield Reading(at is not None, facts={"because": look.budget.refused_because}, since=at)


def _held(_rule: AlertRule, look: Look) -> Iterable[Reading]:
    budget = look.budget
    facts = {"because": budget.held_reason, "by": _name(budget.held_by)}
    yield Reading(budget.held_at is not None, facts=facts, since=budget.held_at)
    holds = WorkHold.everywhere.of(look.organization).select_related("held_by").order_by("-pk")
    for hold in holds[:MOST_SUBJECTS]:
        facts = {"because": hold.reason, "by": _name(hold.held_by), "lane": hold.lane}
        yield Reading(True, f"hold:{hold.pk}", facts, since=hold.held_at)


def _breaker(_rule: AlertRule, look: Look) -> Iterable[Reading]:
    opened = look.budget.breaker_opened
    stands = opened >= OPENED_AGAIN or (opened > 0 and "" in look.open_subjects)
    yield Reading(None if look.budget.held_at else stands, facts={"opened": opened})
    yield _told_to_wait(look)


def _told_to_wait(look: Look) -> Reading:
    """A single 429 is the way of things; that one follows upon another for minutes is not."""
    began, until = look.budget.told_to_wait_at, look.budget.wait_until
    if began is None or until is None:
        return Reading(False, TOLD_TO_WAIT)
    goes_on = until > look.now - timedelta(seconds=ONE_STRETCH_S)
    minutes = int((look.now - began).total_seconds() // 60)
    return Reading(goes_on and minutes >= TOLD_TO_WAIT_MIN, TOLD_TO_WAIT, {"minutes": minutes}, since=began)


def _overdue(rule: AlertRule, look: Look) -> Iterable[Reading]:
    """A row may be due from long before it was made: what counts is how long a worker could have taken it.

    So many that were due first are looked through: what a paused rule keeps is none of them, and may be very much.
    """
    before = look.now - timedelta(minutes=rule.threshold or 0)
    paused = HeldWork.in_budget(look.budget)
    is_overdue = ExpressionWrapper(paused.is_free & Q(created_at__lt=before), output_field=BooleanField())
    due = Assignment.everywhere.of(look.organization).due().filter(lane=Lane.FRESH, due_at__lt=before)
    marked = due.annotate(is_overdue=is_overdue, since=WAITS_SINCE).order_by("due_at", "pk")
    oldest = marked[:MOST_COUNTED].aggregate(at=Min("since", filter=Q(is_overdue=True)))["at"]
    minutes = int((look.now - oldest).total_seconds() // 60) if oldest else 0
    still = look.stopped or Lane.FRESH in look.budget.held_lanes
    yield Reading(None if still else oldest is not None, facts={"minutes": minutes})


def _failures(rule: AlertRule, look: Look) -> Iterable[Reading]:
    failed = _failed_lately(look)
    stands = reaches(failed, rule.threshold or 0, standing="" in look.open_subjects)
    yield Reading(stands, facts={"failed": failed})


def _failed_share(rule: AlertRule, look: Look) -> Iterable[Reading]:
    failed = _failed_lately(look)
    lately = Attempt.objects.filter(organization=look.organization, started_at__gt=look.now - HOUR)
    tried = lately.filter(kind=Attempt.Kind.WRITE).exclude(assignment__status=Status.FAILED)
    others = tried.order_by().values("assignment").distinct()[:MOST_COUNTED].count()
    share = failed_share(failed, others)
    stands = share is not None and reaches(share, rule.threshold or 0, standing="" in look.open_subjects)
    yield Reading(stands, facts={"share": round(share or 0), "failed": failed})


def _failure_group(_rule: AlertRule, look: Look) -> Iterable[Reading]:
    """It is over when somebody has taken the group, in whatever way, or when nothing of it waits any more: it says so.

    What failed before anybody was told is no news. A group whose snooze is over is open again, as on its page.
    """
    is_open = Q(state=FailureGroup.State.OPEN) | Q(state=FailureGroup.State.SNOOZED, snoozed_until__lte=look.now)
    waiting = Assignment.everywhere.of(look.organization).waiting_for_a_person()
    waits = Exists(waiting.filter(fingerprint=OuterRef("fingerprint")))
    groups = FailureGroup.everywhere.of(look.organization)
    groups = groups.annotate(began_at=Coalesce("reopened_at", "first_seen_at"))
    known = Q(pk__in=[int(subject) for subject in look.open_subjects])
    news = groups.filter(is_open, waits, began_at__gte=look.told_since).exclude(known).order_by("-last_seen_at", "-id")
    for group in news[:MOST_SUBJECTS]:
        yield _group_stands(group)
    for group in groups.filter(known).select_related("owner", "triaged_by").annotate(waits=waits):
        ended = _group_ended(group, look)
        yield Reading(False, str(group.pk), ended) if ended else _group_stands(group)


def _group_stands(group: Any) -> Reading:
    words = REASONS.get(group.reason, "another code was there first")
    name = f"{words} ({group.error_code})" if group.error_code else words
    facts = {"name": name, "medium": group.media_type, "returned": group.reopened_at is not None}
    return Reading(True, str(group.pk), facts, since=group.began_at)


def _group_ended(group: Any, look: Look) -> dict[str, Any]:
    """Return why nobody need be told of a group; empty where somebody must. `taken`: some of it still waits."""
    if not group.waits:
        return {"ended": "Nothing of it waits any more."}
    who, until = _name(group.triaged_by) or "Somebody", group.snoozed_until
    if group.state == FailureGroup.State.OPEN or (until and until <= look.now):
        return {}
    asleep = f" until {until.astimezone(ZoneInfo(look.organization.time_zone)):%d %b %H:%M}" if until else ""
    said = {
        FailureGroup.State.ACKNOWLEDGED: f"{_name(group.owner) or who} sees to it.",
        FailureGroup.State.SNOOZED: f"{who} snoozed it{asleep}.",
        FailureGroup.State.RESOLVED: f"{who} says that it is resolved.",
        FailureGroup.State.IGNORED: f"{who} says that nothing has to be done about it.",
    }
    return {"ended": said[group.state], "taken": True}


def _too_late(rule: AlertRule, look: Look) -> Iterable[Reading]:
    dies_at = look.now - timedelta(hours=look.organization.too_late_h)
    waiting = Assignment.everywhere.of(look.organization).filter(status=Status.FAILED)
    soon = waiting.filter(ended_at__gt=dies_at, ended_at__lte=dies_at + timedelta(hours=rule.threshold or 0))
    oldest = soon.order_by("ended_at").values_list("ended_at", flat=True).first()
    count = soon.values("pk")[:MOST_COUNTED].count() if oldest else 0
    hours = int((oldest - dies_at) / HOUR) if oldest else 0
    yield Reading(bool(count), facts={"failed": count, "hours": hours})


def _no_events(rule: AlertRule, look: Look) -> Iterable[Reading]:
    zone = ZoneInfo(look.organization.time_zone)
    hours = WorkingHours(rule.work_from, rule.work_until, rule.work_days, zone)
    sources = EventSource.everywhere.of(look.organization).filter(enabled=True)
    for source in sources.order_by("pk")[:MOST_SUBJECTS]:
        last = max(at for at in (source.created_at, source.last_event_at, source.heard_at) if at)
        silent_s = (look.now - last).total_seconds()
        # It is over when something is heard, not when a new day's working hours begin.
        counts_s = silent_s if str(source.pk) in look.open_subjects else hours.silence_s(last, look.now)
        stands = counts_s is not None and counts_s >= 60 * (rule.threshold or 0)
        yield Reading(stands, str(source.pk), {"name": source.name, "minutes": int(silent_s // 60)})


def _catalogue(rule: AlertRule, look: Look) -> Iterable[Reading]:
    sweep = Sweep.objects.filter(organization=look.organization, kind=Sweep.Kind.CATALOGUE).first()
    if sweep is None:
        return
    read_at = sweep.succeeded_at or look.organization.created_at
    old = read_at < look.now - timedelta(hours=rule.threshold or 0)
    facts = {"hours": int((look.now - read_at) / HOUR), "because": sweep.problem}
    yield Reading(None if old and look.stopped else old, facts=facts)


def _webhook_held(_rule: AlertRule, look: Look) -> Iterable[Reading]:
    held = Subscription.everywhere.of(look.organization).filter(removed_at=None).exclude(held_because="")
    for subscription in held.order_by("pk")[:MOST_SUBJECTS]:
        facts = {"name": subscription.name, "because": subscription.held_because}
        yield Reading(True, str(subscription.pk), facts)


def _name(person: Person | None) -> str:
    return (person.get_full_name() or person.username) if person else ""


def _failed_lately(look: Look) -> int:
    failed = Assignment.everywhere.of(look.organization).filter(status=Status.FAILED)
    return failed.filter(finished_at__gt=look.now - HOUR).values("pk")[:MOST_COUNTED].count()


_READ: Mapping[Condition, Callable[[AlertRule, Look], Iterable[Reading]]] = {
    Condition.SILENT: _silent,
    Condition.REFUSED: _refused,
    Condition.HELD: _held,
    Condition.BREAKER: _breaker,
    Condition.OVERDUE: _overdue,
    Condition.FAILURES: _failures,
    Condition.FAILED_SHARE: _failed_share,
    Condition.FAILURE_GROUP: _failure_group,
    Condition.TOO_LATE: _too_late,
    Condition.NO_EVENTS: _no_events,
    Condition.CATALOGUE: _catalogue,
    Condition.WEBHOOK_HELD: _webhook_held,
}
