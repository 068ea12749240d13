"""Reports by e-mail: a person subscribes, the pump rings when one is due, and a worker writes and sends it.

At most once: a letter's row is committed before the letter leaves, so a worker that dies meanwhile leaves one that says
it may have arrived, and a person decides whether it goes again. Who may no longer look gets nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q

from wrapups.domain.roles import Right, rights_of
from wrapups.domain.schedules import Every, Schedule
from wrapups.models import Membership, Organization, Person, ReportLetter, ReportSubscription
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.services import mailing
from wrapups.services.auditing import Actor, acting
from wrapups.services.crashing import crash_point

logger = logging.getLogger(__name__)

State = ReportLetter.State
MOST_PER_PERSON = 20
SENT_TOGETHER = 20
"""How many letters one turn sends at most."""
LOST_AFTER_S = 600
NO_SERVER = "No mail server is set, so reports are not sent. Whoever runs this sets EMAIL_URL."
MAY_HAVE_ARRIVED = "Its worker stopped while it was being sent, so it may have arrived."


class CannotSubscribe(ValueError):
    """A person cannot get this report by e-mail; the text is for them."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: its subject, the same as plain text and as HTML, and where one stops it without signing in."""

    subject: str
    text: str
    html: str
    stop_address: str


Write = Callable[[ReportSubscription, Membership], Letter]


def why_not(person: Person) -> str:
    """Return why this person can get no report by e-mail at all; empty where they can."""
    if not mailing.can_send():
        return NO_SERVER
    return "" if person.email else "You have no e-mail address here. An admin can enter one for you."


def subscribe(
    membership: Membership, *, report: str, query: str, schedule: Schedule, actor: Actor
) -> ReportSubscription:
    """Let a member get a report by e-mail from the next time on; the same again is the one there is.

    Raises CannotSubscribe without a mail server or an address, and for a twenty-first.
    """
    organization, person = membership.organization, membership.person
    if shut := why_not(person):
        raise CannotSubscribe(shut)
    mine = ReportSubscription.everywhere.of(organization).filter(person=person, ended_at=None)
    same: dict[str, Any] = {"report": report, "query": query, "every": schedule.every.value}
    when = {"weekday": schedule.weekday, "hour": schedule.hour, "time_zone": schedule.zone.key}
    with acting(actor, "get a report by e-mail", organization=organization):
        there = mine.filter(**same).first()
        if there is None and mine.count() >= MOST_PER_PERSON:
            raise CannotSubscribe(f"You get {MOST_PER_PERSON} reports already. Stop one first.")
        columns: dict[str, Any] = {**when, "next_at": schedule.next_after(app_now())}
        try:
            with transaction.atomic():
                made, _ = ReportSubscription.everywhere.update_or_create(
                    organization=organization, person=person, ended_at=None, **same, defaults=columns
                )
        except IntegrityError:  # asked for twice at once
            made = mine.get(**same)
    return made


def stop(subscription: ReportSubscription, *, actor: Actor, because: str) -> None:
    """Send this report to this person no more. Once is enough: again changes nothing."""
    with acting(actor, "stop a report by e-mail", organization=subscription.organization, reason=because):
        _end(subscription, because)


def send_again(letter: ReportLetter, *, actor: Actor) -> None:
    """Let a letter that failed, or may not have arrived, go once more. Raises CannotSubscribe where it did not fail."""
    with acting(actor, "send a report again", organization=letter.organization):
        failed = ReportLetter.everywhere.filter(pk=letter.pk, state=State.FAILED, subscription__ended_at=None)
        if not failed.update(state=State.WAITING, problem="", finished_at=None):
            raise CannotSubscribe("It has not failed, or its report was stopped.")


def is_due(organization: Organization) -> bool:
    """Return whether a letter is to be sent, or one was lost."""
    if not mailing.can_send():
        return False
    return bool(_due(organization).exists() or _waiting(organization).exists() or _lost(organization).exists())


def send_due(organization: Organization, *, write: Write) -> int:
    """Send what is due, a handful at most; return how many letters left."""
    _lost(organization).update(state=State.FAILED, problem=MAY_HAVE_ARRIVED, finished_at=AppNow())
    sent = 0
    for _ in range(SENT_TOGETHER if mailing.can_send() else 0):
        letter = _claim_again(organization) or _claim_next(organization)
        if letter is None:
            break
        sent += _send(letter, write)
    return sent


def _claim_next(organization: Organization) -> ReportLetter | None:
    """Put on record that the next due letter is being sent, and when the one after it is due."""
    with transaction.atomic():
        due = _due(organization).order_by("next_at", "pk").select_for_update(skip_locked=True).first()
        if due is None:
            return None
        now, schedule = app_now(), _schedule(due)
        at = schedule.latest_until(now, since=due.next_at)
        ReportSubscription.everywhere.filter(pk=due.pk).update(next_at=schedule.next_after(now))
        letter: ReportLetter = ReportLetter.everywhere.create(organization=organization, subscription=due, due_at=at)
        crash_point("L1")
        return letter


def _claim_again(organization: Organization) -> ReportLetter | None:
    with transaction.atomic():
        letter = _waiting(organization).order_by("pk").select_for_update(skip_locked=True, of=("self",)).first()
        if letter is not None:
            letter.state, letter.tries = State.SENDING, letter.tries + 1
            letter.started_at = app_now()
            letter.save(update_fields=["state", "tries", "started_at"])
        return letter


def _send(letter: ReportLetter, write: Write) -> bool:
    """Write and send one letter that is on record; return whether it left."""
    subscription = letter.subscription
    member = _member(subscription)
    if member is None:
        _end(subscription, "The person may no longer look into this organization.")
        _finish(letter, State.LEFT_OUT, "The person may no longer look into this organization.")
        return False
    if not member.person.email:
        _finish(letter, State.FAILED, "The person has no e-mail address.")
        return False
    crash_point("L2")
    try:
        _post(write(subscription, member), to=member.person.email)
    except mailing.NOT_TAKEN as error:
        logger.warning("Letter %s was not sent: %s", letter.pk, type(error).__name__)
        _finish(letter, State.FAILED, mailing.in_words(error))
        return False
    except Exception:
        _finish(letter, State.FAILED, "The report could not be made. Tell whoever runs this; the log has it.")
        raise
    crash_point("L3")
    _finish(letter, State.SENT)
    return True


def _post(letter: Letter, *, to: str) -> None:
    stop = {"List-Unsubscribe": f"<{letter.stop_address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mailing.post(letter.subject, letter.text, letter.html, to=[to], headers=stop)


def _finish(letter: ReportLetter, state: State, problem: str = "") -> None:
    mine = ReportLetter.everywhere.filter(pk=letter.pk, state=State.SENDING, tries=letter.tries)
    mine.update(state=state, problem=problem, finished_at=AppNow())


def _end(subscription: ReportSubscription, because: str) -> None:
    rows = ReportSubscription.everywhere.filter(pk=subscription.pk, ended_at=None)
    rows.update(ended_at=AppNow(), ended_because=because[:300])


def _member(subscription: ReportSubscription) -> Membership | None:
    """Return the subscriber's membership as it is now, if they may still look."""
    rows = Membership.objects.filter(person=subscription.person_id, organization=subscription.organization_id)
    found = rows.filter(person__is_active=True).select_related("person", "organization").first()
    return found if found and Right.VIEW in rights_of(found.role) else None


def _schedule(subscription: ReportSubscription) -> Schedule:
    zone = ZoneInfo(subscription.time_zone)
    return Schedule(Every(subscription.every), subscription.hour, zone, subscription.weekday)


def _due(organization: Organization) -> Any:
    return ReportSubscription.everywhere.of(organization).filter(ended_at=None, next_at__lte=AppNow())


def _waiting(organization: Organization) -> Any:
    return ReportLetter.everywhere.of(organization).filter(state=State.WAITING)


def _lost(organization: Organization) -> Any:
    long_ago = Q(started_at__lt=AppNow() - Seconds(LOST_AFTER_S))
    return ReportLetter.everywhere.of(organization).filter(long_ago, state=State.SENDING)
