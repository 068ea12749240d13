"""Where a form may send a person afterwards: to a path of ours and nowhere else."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def safe_path(request: HttpRequest, wanted: str, default: str) -> str:
    """Return the wanted path if it leads into this site, else the default.

    Stricter than Django's own check, which lets control characters and encoded slashes through: the path starts
    with one slash and holds printable ASCII only.
    """
    is_path = wanted.startswith("/") and not wanted.startswith("//")
    is_plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and "/%2f" not in wanted.lower()
    if is_path and is_plain and url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return default
