"""Secrets at rest: sealed with the field keys, bound to the row they belong to.

The keys come from the settings (newest first) and have nothing to do with SECRET_KEY, so that either can
be changed without losing the other. What a secret belongs to is sealed with it: a value copied to
another row does not open there.
"""

import hmac
import json
from base64 import urlsafe_b64decode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBroken(RuntimeError):
    """A stored secret does not open with the keys at hand, or belongs to another row."""


def seal(plain: str, *, belongs_to: str) -> str:
    """Return `plain` encrypted, bound to `belongs_to` (such as "acme:client_secret"); empty stays empty."""
    if not plain:
        return ""
    return _keys().encrypt(json.dumps([belongs_to, plain]).encode()).decode()


def unseal(sealed: str, *, belongs_to: str) -> str:
    """Return the secret; raise SealBroken, which never shows it, where it does not open."""
    if not sealed:
        return ""
    try:
        owner, plain = json.loads(_keys().decrypt(sealed.encode()))
    except (InvalidToken, ValueError):
        raise SealBroken(f"The secret {belongs_to} does not open with the present FIELD_KEYS.") from None
    if owner != belongs_to:
        raise SealBroken(f"The secret stored for {belongs_to} was sealed for another row.")
    return str(plain)


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def digests(text: str, *, belongs_to: str) -> list[str]:
    """Return keyed digests by which a text can be known again but not read: by each field key, the newest first.

    SHA-256 HMAC. Without the keys not even a number, of which there are few, can be tried.
    """
    said = json.dumps([belongs_to, text]).encode()
    return [hmac.new(urlsafe_b64decode(key), b"digest " + said, "sha256").hexdigest() for key in settings.FIELD_KEYS]
