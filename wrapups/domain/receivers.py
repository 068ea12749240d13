"""Which addresses may be told by webhook, as far as the text alone shows. Pure: nothing is looked up.

What a host name leads to is judged when it is connected to (`wrapups.outgoing.addresses`). Here everything is refused
that two programs might read differently: other characters, names and passwords, forms of numbers, fragments.
"""

import re

LONGEST = 500
PORTS = frozenset({"", "443", "8443"})
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})

_PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[::1\]|[a-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?:/[!$-;=?-\[\]_a-z~]*)?",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!0x)(?=[a-z0-9-]*[a-z])[a-z0-9-]{2,63}", re.IGNORECASE
)


class BadReceiver(ValueError):
    """This address cannot be told; the text says why, for the person."""


def require_receiver(url: str, *, this_machine: bool) -> None:
    """Raise BadReceiver unless `url` is an https address with a host name, on port 443 or 8443.

    `this_machine` also allows http and any port on this very machine, for a laptop and tests.
    """
    parts = _PARTS.fullmatch(url) if len(url) <= LONGEST else None
    if parts is None:
        raise BadReceiver(
            "Write it as https://hooks.example.com/path: at most 500 plain characters, no name or password before the"
            " host, no “#”. A host in other letters begins with xn--."
        )
    scheme, host, port = parts["scheme"].lower(), parts["host"].lower(), parts["port"] or ""
    if host in THIS_MACHINE and this_machine:
        return
    if scheme != "https":
        raise BadReceiver("It must begin with https://, so that nobody on the way reads or changes what we tell.")
    if not _NAME.fullmatch(host) or len(host) > 253:
        raise BadReceiver(
            "Its host must be a full name such as hooks.example.com, not a number and not a name of here."
        )
    if port not in PORTS:
        raise BadReceiver("Its port must be 443 or 8443.")
