"""System checks of the settings: what would run, but not safely. `manage.py check --deploy` asks all of them."""

from collections.abc import Iterator
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

# From the end of a call to Genesys to the row that says how it ended, at the slowest.
FINISH_S = 30


@register(Tags.security)
def production_has_its_own_keys_and_servers(**_: Any) -> list[CheckMessage]:
    """Refuse DEBUG=false without what a laptop makes up for itself."""
    if settings.DEBUG:
        return []
    needed = {
        "FIELD_KEYS": (settings.FIELD_KEYS, "a Fernet key for the secrets at rest"),
        "DATABASE_URL": (settings.DATABASE_URL, "the address of a PostgreSQL server"),
        "REDIS_URL": (settings.REDIS_URL, "the address of a Redis or Valkey server"),
    }
    return [
        Error(
            f"{name} is empty, but DEBUG is false.",
            hint=f"Set it to {what}; see docs/settings.md.",
            id="dashboard.E001",
        )
        for name, (value, what) in needed.items()
        if not value
    ]


@register(Tags.security)
def field_keys_are_fernet_keys(**_: Any) -> list[CheckMessage]:
    """Refuse a key that could not decrypt anything. Its text is not repeated."""
    return [
        Error(
            f"Key number {number} of FIELD_KEYS is not a Fernet key.",
            hint="Make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
            id="dashboard.E002",
        )
        for number, key in enumerate(settings.FIELD_KEYS, start=1)
        if not _is_fernet_key(key)
    ]


@register()
def a_lease_outlives_its_call(**_: Any) -> list[CheckMessage]:
    """Refuse a lease that could end while its holder is still calling: two workers would send the same code."""
    longest = settings.GENESYS_DEADLINE_S + FINISH_S
    if longest <= settings.LEASE_S:
        return []
    hint = f"Raise LEASE_S to {longest} or more, or lower GENESYS_DEADLINE_S."
    return [
        Error(f"LEASE_S is {settings.LEASE_S}, shorter than a call and its finish.", hint=hint, id="dashboard.E003")
    ]


@register(Tags.security, deploy=True)
def production_is_reached_and_calls_by_https(**_: Any) -> list[CheckMessage]:
    """Warn of addresses that would carry secrets in the clear."""
    return list(_plain_addresses())


@register(Tags.security, deploy=True)
def webhooks_leave_this_machine(**_: Any) -> list[CheckMessage]:
    """Warn of a way from a settings page to whatever listens beside the server."""
    if not settings.LOOPBACK_RECEIVERS:
        return []
    hint = "Set LOOPBACK_RECEIVERS to false: it is for a laptop, whose receivers run on it too."
    return [Caution("Webhooks may be sent to this very machine.", hint=hint, id="dashboard.W003")]


def _plain_addresses() -> Iterator[CheckMessage]:
    if not settings.HTTPS:
        hint = "Set PUBLIC_URL to the https address that people type, and put TLS in front."
        yield Caution(f"PUBLIC_URL is {settings.PUBLIC_URL}, which is not https.", hint=hint, id="dashboard.W001")
    for host in settings.ALLOWED_GENESYS_HOSTS:
        if not host.startswith("https://"):
            hint = "It is for the simulator: take it out of ALLOWED_GENESYS_HOSTS in production."
            yield Caution(f"Organizations may be at {host}, which is not https.", hint=hint, id="dashboard.W002")


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
