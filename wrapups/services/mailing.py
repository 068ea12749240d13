"""Letters out: over the mail server that is set, and what went wrong in our own words."""

import smtplib
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

NOT_TAKEN = (smtplib.SMTPException, OSError)
"""What posting raises where the server did not take a letter, or broke off."""


def can_send() -> bool:
    """Return whether a mail server is set."""
    return bool(settings.EMAIL_URL)


def post(subject: str, text: str, html: str, *, to: Sequence[str], headers: Mapping[str, str]) -> None:
    """Send a letter as plain text and as HTML. Raises one of NOT_TAKEN."""
    message = EmailMultiAlternatives(
        subject, text, to=list(to), headers={**headers, "Auto-Submitted": "auto-generated"}
    )
    message.attach_alternative(html, "text/html")
    message.send()


def in_words(error: Exception) -> str:
    """Return why a letter was not taken, for people: nothing that a server said, which may hold anything."""
    for kind, words in TROUBLES:
        if isinstance(error, kind):
            return words
    return "The mail server did not answer."


TROUBLES: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "The mail server refused our sign-in. Whoever runs this checks EMAIL_URL."),
    (smtplib.SMTPRecipientsRefused, "The mail server refused the person's address."),
    (smtplib.SMTPSenderRefused, "The mail server refused our sender's address. Whoever runs this checks EMAIL_FROM."),
    (smtplib.SMTPServerDisconnected, "The mail server broke off, so it may have arrived."),
    (smtplib.SMTPException, "The mail server refused the letter."),
)
