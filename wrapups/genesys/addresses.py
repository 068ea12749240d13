"""Which addresses we may call: a settings page must not become a way into the network around us."""

import ipaddress
from urllib.parse import urlsplit


def require_api_url(api_url: str) -> bool:
    """Return whether the API is on this very machine (the simulator). Raises ValueError for a bad address."""
    url = urlsplit(api_url)
    host, _ = url.hostname or "", url.port  # reading the port checks it
    try:
        own = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = False
    if url.scheme != "https" and not (url.scheme == "http" and own):
        raise ValueError("The API's address must begin with https://, as https://api.mypurecloud.de does.")
    if not host or url.username or url.password or url.path.strip("/") or url.query or url.fragment:
        raise ValueError("The API's address must be a scheme and a host alone, as https://api.mypurecloud.de is.")
    return own
