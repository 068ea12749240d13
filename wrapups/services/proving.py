"""Who may post events to an address: the source proves itself, each kind in the way its system can.

A webhook signs its raw bytes. Genesys' data actions and EventBridge's API destinations cannot sign, they send a fixed
secret in a header; so nothing they say is believed without asking Genesys.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime

from django.db.models import F

from wrapups.domain import signing
from wrapups.models import EventSource
from wrapups.models.clock import AppNow

SIGNATURE, BEARER, API_KEY = "Wrapups-Signature", "Authorization", "X-Api-Key"
"""The header in which a webhook, a data action and an API destination prove themselves."""

Kind = EventSource.Kind
HEADERS = {Kind.WEBHOOK: SIGNATURE, Kind.TRIGGER: BEARER, Kind.EVENTBRIDGE: API_KEY}
"""The kinds that post, each with its header. A listener hears for itself and has no address."""


class Unproved(ValueError):
    """The sender has not proved who it is. The text is for the source's owner, and has nothing of what was sent."""


def addressed(key: str) -> tuple[EventSource, datetime] | None:
    """Return the source that has this key in its address, and the time; None where there is none. One query."""
    source = next(iter(EventSource.everywhere.raw(_ADDRESSED, {"key": key, "kinds": list(HEADERS)})), None)
    return source and (source, source.now)


_ADDRESSED = """
    SELECT *, app_now() AS now FROM wrapups_eventsource WHERE key = %(key)s AND kind = ANY(%(kinds)s)
"""
"""Written out, since building it took longer than all else that is done for an event."""


def prove(source: EventSource, *, headers: Mapping[str, str], raw: bytes, now: datetime) -> None:
    """Return if one of the source's secrets proves these bytes or these headers; raise Unproved otherwise.

    Every secret that is good now is compared, each in constant time.
    """
    header = HEADERS[Kind(source.kind)]
    sent = headers.get(header, "")
    if not sent:
        raise Unproved(f"There was no header {header}.")
    if source.kind == Kind.WEBHOOK:
        try:
            signing.check(sent, raw, secrets=source.secrets(), now=now)
        except signing.BadSignature as error:
            raise Unproved(str(error)) from None
        return
    scheme, _, token = sent.partition(" ") if header == BEARER else ("Bearer", "", sent)
    matches = [hmac.compare_digest(token.strip().encode(), secret.encode()) for secret in source.secrets()]
    if scheme.lower() != "bearer" or not any(matches):
        raise Unproved(f"The header {header} had none of this source's secrets.")


def refuse(source: EventSource, because: str) -> None:
    """Count a post that proved nothing; nothing of it is kept."""
    EventSource.everywhere.filter(pk=source.pk).update(
        refused=F("refused") + 1, last_refused_at=AppNow(), last_refusal=because[:200]
    )
