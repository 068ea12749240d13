"""The reports that a person gets by e-mail, with how the last letters went."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.forms.reports_mail import WEEKDAYS
from dashboard.queries.reports.registry import KINDS
from wrapups.domain.schedules import Every
from wrapups.models import Organization, Person, ReportLetter, ReportSubscription

MOST_LETTERS = 5
MOST = 50


@dataclass(frozen=True, slots=True)
class MailLine:
    """One subscription with its last letters, newest first."""

    subscription: ReportSubscription
    title: str
    when: str
    letters: Sequence[ReportLetter]


def mails_of(organization: Organization, person: Person) -> list[MailLine]:
    """Return what a person gets by e-mail, newest first; one query, and one for each of what they get."""
    mine = ReportSubscription.objects.of(organization).filter(person=person, ended_at=None).order_by("-pk")[:MOST]
    return [
        MailLine(each, KINDS[each.report].title, _when(each), each.letters.order_by("-due_at")[:MOST_LETTERS])
        for each in mine
    ]


def _when(subscription: ReportSubscription) -> str:
    day = "every day" if subscription.every == Every.DAY else f"every {WEEKDAYS[subscription.weekday]}"
    return f"{day} at {subscription.hour:02}:00, {subscription.time_zone.replace('_', ' ')}"
