"""The address of the mail server: strict, and never repeated."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard.mail_server import MailServer

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("", MailServer()),
        ("console://", MailServer(backend="django.core.mail.backends.console.EmailBackend")),
        ("smtp://mail.example.com", MailServer(SMTP, "mail.example.com", 587, starttls=True)),
        ("smtp://localhost:1025", MailServer(SMTP, "localhost", 1025)),
        ("smtps://me:p%40ss@mail.example.com", MailServer(SMTP, "mail.example.com", 465, "me", "p@ss", tls=True)),
    ],
)
def test_an_address_is_read_as_django_wants_it(url: str, server: MailServer):
    assert MailServer.read(url) == server


def test_nothing_is_sent_without_an_address():
    assert MailServer.read("").backend == "django.core.mail.backends.dummy.EmailBackend"


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://a:secret@b",
        "smtp://",
        "smtp://a:secret@b:port",
        "smtp://a:secret@b/path",
        "smtp://b?x=1",
    ],
)
def test_another_address_is_refused_and_its_secret_is_not_repeated(url: str):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must be") as refused:
        MailServer.read(url)

    assert "secret@b" not in str(refused.value).replace("user:secret@host", "")
