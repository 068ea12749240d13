"""The reports that a person gets by e-mail, with how the last letters went."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

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
    """Return what a person gets by e-mail, newest first, in two queries."""
    mine = ReportSubscription.objects.of(organization).filter(person=person, ended_at=None).order_by("-pk")
    subscriptions = list(mine[:MOST])
    letters = defaultdict[int, list[ReportLetter]](list)
    for letter in _last_letters(organization, subscriptions):
        letters[letter.subscription_id].append(letter)
    return [MailLine(each, KINDS[each.report].title, _when(each), letters[each.pk]) for each in subscriptions]


def _last_letters(organization: Organization, subscriptions: Sequence[ReportSubscription]) -> QuerySet[ReportLetter]:
    of_each = Window(RowNumber(), partition_by="subscription", order_by="-due_at")
    rows = ReportLetter.objects.of(organization).filter(subscription__in=subscriptions)
    last: QuerySet[ReportLetter] = rows.annotate(place=of_each).filter(place__lte=MOST_LETTERS).order_by("-due_at")
    return last


def _when(subscription: ReportSubscription) -> str:
    day = "every day" if subscription.every == Every.DAY else f"every {WEEKDAYS[subscription.weekday]}"
    return f"{day} at {subscription.hour:02}:00, {subscription.time_zone.replace('_', ' ')}"
