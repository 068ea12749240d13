"""Ids that may enter a path. The SDK quotes a path's parts but leaves `/`, so `a/b` would reach another resource."""

import re

from wrapups.domain.errors import Refused

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def require_id(value: str, what: str) -> str:
    """Return `value` if it is a UUID, as every id in a path is; else raise Refused. `what` names it to people."""
    if not _UUID.fullmatch(value):
        raise Refused(f"{value[:40]!r} is not a Genesys id of a {what}; such an id is a UUID.")
    return value
