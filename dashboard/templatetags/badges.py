"""A status as people see it: always an icon and a word, never colour alone."""

from dataclasses import dataclass

from django import template

from wrapups.domain.status import Status

register = template.Library()


@dataclass(frozen=True, slots=True)
class Look:
    """How something is shown. `tone` is one of good, waiting, warning, bad, quiet."""

    tone: str
    icon: str
    means: str


LOOKS = {
    Status.PENDING: Look("waiting", "clock", "Will be sent when it is due."),
    Status.SENDING: Look("waiting", "send", "A worker is sending it now."),
    Status.UNKNOWN: Look(
        "warning", "circle-question-mark", "Sent, but the answer was unclear: it is read before anything else."
    ),
    Status.APPLIED: Look("waiting", "check", "Genesys accepted it; not read back yet."),
    Status.VERIFIED: Look("good", "check-check", "Read back from Genesys, and equal."),
    Status.CONFLICT: Look("warning", "git-compare", "Another code is there, and it is not ours to overwrite."),
    Status.OVERRIDDEN: Look("quiet", "user-pen", "A person chose another code after ours."),
    Status.FAILED: Look("bad", "circle-x", "It waits for a person."),
    Status.SKIPPED: Look("quiet", "circle-minus", "Nothing to do, for the reason given."),
    Status.CANCELLED: Look("quiet", "circle-slash", "A person said no."),
    Status.SUPERSEDED: Look("quiet", "layers", "A newer decision took its place."),
}


@register.inclusion_tag("shared/_status.html")
def status_badge(status: str, reason: str = "") -> dict[str, object]:
    """Show an assignment's status, with its reason in words where there is one."""
    return {"word": Status(status).value, "look": LOOKS[Status(status)], "reason": reason}
