"""Ids that may enter a path. The SDK quotes a path's parts but leaves `/`, so `a/b` would reach another resource."""

import re

from wrapups.domain.errors import Refused

_CHANNEL = re.compile(r"[A-Za-z0-9_-]{1,128}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def require_id(value: str, what: str) -> str:
    """Return `value` if it is a UUID, as every id in a path is; else raise Refused. `what` names it to people."""
    if not _UUID.fullmatch(value):
        raise Refused(f"{value[:40]!r} is not a Genesys id of a {what}; such an id is a UUID.")
    return value


def require_channel_id(value: str) -> str:
    """Return `value` if it may be a notification channel's id ("streaming-0-cr2o1jf…"); else raise Refused."""
    if not _CHANNEL.fullmatch(value):
        raise Refused(f"{value[:40]!r} is not the id of a notification channel.")
    return value
