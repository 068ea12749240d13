"""Signatures over the very bytes that were sent: made for those we tell, checked on those who tell us.

The header reads `t=<seconds since 1970>,v1=<hex>[,v1=<hex>]`, where v1 is HMAC-SHA256 over "<t>.<body>", as at Stripe.
Source: https://docs.stripe.com/webhooks#verify-manually
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Self

TOLERANCE_S = 300
LONGEST_HEADER = 1000
MOST_SIGNATURES = 8

_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadSignature(ValueError):
    """The body does not prove who sent it. The message has nothing of the body, the header or a secret."""


@dataclass(frozen=True, slots=True)
class SignatureHeader:
    """What a signature header says. The timestamp stays as it was written, since that is what was signed."""

    timestamp: str
    signatures: tuple[str, ...]

    @classmethod
    def read(cls, header: str) -> Self:
        """Return the header's parts; schemes other than v1 are passed over. Raises BadSignature."""
        if len(header) > LONGEST_HEADER:
            raise BadSignature("The signature header is too long.")
        parts = [part.strip().partition("=") for part in header.split(",")]
        times = [value for name, _, value in parts if name == "t"]
        signatures = tuple(value for name, _, value in parts if name == "v1")
        if len(times) != 1 or not _TIMESTAMP.fullmatch(times[0]):
            raise BadSignature("The signature header needs one t=<seconds since 1970>.")
        if not 1 <= len(signatures) <= MOST_SIGNATURES or not all(map(_SIGNATURE.fullmatch, signatures)):
            raise BadSignature(f"The signature header needs one to {MOST_SIGNATURES} v1=<64 hexadecimal digits>.")
        return cls(times[0], signatures)

    @property
    def signed_at(self) -> datetime:
        """The time the sender signed with, in UTC."""
        return _EPOCH + timedelta(seconds=int(self.timestamp))

    def __str__(self) -> str:
        return ",".join([f"t={self.timestamp}", *(f"v1={each}" for each in self.signatures)])


def sign(secrets: Iterable[str], raw: bytes, *, at: datetime) -> str:
    """Return the header that proves this body: one signature for each secret that is good now."""
    timestamp = str(int((at - _EPOCH).total_seconds()))
    return str(SignatureHeader(timestamp, tuple(_mac(secret, timestamp, raw) for secret in secrets)))


def check(
    header: str, raw: bytes, *, secrets: Iterable[str], now: datetime, tolerance_s: int = TOLERANCE_S
) -> SignatureHeader:
    """Return the header read, if one of its signatures was made with one of the secrets within the tolerance.

    The time may be off to either side: an old message may be a recorded one, and one from the future could be
    recorded for later. Every signature is compared with every secret, in constant time. Raises BadSignature.
    """
    read = SignatureHeader.read(header)
    expected = [_mac(secret, read.timestamp, raw) for secret in secrets]
    matches = [hmac.compare_digest(theirs, ours) for theirs in read.signatures for ours in expected]
    if not any(matches):
        raise BadSignature("No signature fits this body and a secret of this source.")
    if abs((now - read.signed_at).total_seconds()) > tolerance_s:
        raise BadSignature(f"The signature's time is more than {tolerance_s} seconds from ours.")
    return read


def _mac(secret: str, timestamp: str, raw: bytes) -> str:
    return hmac.new(secret.encode(), b"%s.%s" % (timestamp.encode(), raw), sha256).hexdigest()
