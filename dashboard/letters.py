"""Reports as letters: the same numbers as on the page, in plain text and in HTML, and nothing about any customer."""

from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from dashboard.forms.reports import ReportForm
from dashboard.queries.reports.reading import Read, read
from dashboard.queries.reports.registry import KINDS
from wrapups.models import Membership, ReportSubscription
from wrapups.services.reporting import Letter
from wrapups.services.seeing import seen_by

SALT = "a report by e-mail"


def letter_for(subscription: ReportSubscription, membership: Membership) -> Letter:
    """Return a subscription's letter, with the numbers that this member sees now.

    Its link leads to the same days, whenever it is followed.
    """
    organization, kind = seen_by(membership), KINDS[subscription.report]
    with timezone.override(ZoneInfo(subscription.time_zone)):
        form = ReportForm(QueryDict(subscription.query), organization, kind)
        shown = read(organization, kind, form.filter())
        stop_address = absolute(reverse("report-mail-unsubscribe", args=[token_of(subscription)]))
        context = {
            "shown": shown,
            "organization": organization,
            "table": shown.report.tables[0] if shown.report.tables else None,
            "report_address": absolute(f"{reverse('report', args=[kind.name])}{_fixed(shown)}"),
            "mails_address": absolute(reverse("report-mail-list")),
            "stop_address": stop_address,
            "server": urlsplit(settings.PUBLIC_URL).hostname,
            "every": subscription.every,
        }
        return Letter(
            subject=f"{kind.title}, {shown.period.whole.label} · {organization.name}",
            text=render_to_string("reports/letter.txt", context),
            html=render_to_string("reports/letter.html", context),
            stop_address=stop_address,
        )


def token_of(subscription: ReportSubscription) -> str:
    """Return what stops a subscription for whoever has it: only its letters hold it."""
    return signing.dumps(subscription.pk, salt=SALT)


def subscription_of(token: str) -> ReportSubscription | None:
    """Return the subscription that a letter's token stops; None for a token that is not ours."""
    try:
        key = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    rows = ReportSubscription.everywhere.filter(pk=key).select_related("organization", "person")
    found: ReportSubscription | None = rows.first()
    return found


def absolute(path: str) -> str:
    """Return a path of ours as an address that can be followed from a letter."""
    return settings.PUBLIC_URL.rstrip("/") + path


def _fixed(shown: Read) -> str:
    return shown.asked.query_string(first=shown.period.days[0], last=shown.period.days[-1])
