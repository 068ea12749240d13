"""Where letters go out: one address instead of Django's seven settings."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

MAY_BE = "EMAIL_URL must be smtp://user:secret@host:587 (STARTTLS), smtps://user:secret@host:465 (TLS), or console://."
PORTS = {"smtp": 587, "smtps": 465}
BACKENDS = "django.core.mail.backends."


@dataclass(frozen=True, slots=True)
class MailServer:
    """How Django sends letters. STARTTLS is asked of every server but one on this very machine."""

    backend: str = f"{BACKENDS}dummy.EmailBackend"
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool = False

    @classmethod
    def read(cls, url: str) -> "MailServer":
        """Return what the address means; nothing is sent where it is empty. Never repeats it, it holds a secret."""
        if not url:
            return cls()
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ImproperlyConfigured(MAY_BE) from None
        if parts.scheme == "console":
            return cls(backend=f"{BACKENDS}console.EmailBackend")
        if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ImproperlyConfigured(MAY_BE)
        on_this_machine = parts.hostname in ("localhost", "127.0.0.1", "::1")
        return cls(
            backend=f"{BACKENDS}smtp.EmailBackend",
            host=parts.hostname,
            port=port or PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=parts.scheme == "smtps",
            starttls=parts.scheme == "smtp" and not on_this_machine,
        )
