"""Does it work? The overview's first line."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.frame import Notice
from dashboard.queries.duties import Duty
from dashboard.queries.processes import Process
from wrapups.models import Heartbeat


@dataclass(frozen=True, slots=True)
class Health:
    """Whether it works, in one line."""

    tone: str
    icon: str
    said: str


WORKS = Health("good", "circle-check", "Everything works.")
UNDONE = Health("warning", "triangle-alert", "Not everything works: a recurring duty failed the last time.")
STANDS_STILL = {
    Heartbeat.Kind.WORKER: Health("bad", "circle-x", "No worker shows a sign of life."),
    Heartbeat.Kind.PUMP: Health("bad", "circle-x", "The pump shows no sign of life."),
}
UNHEARD = Health("warning", "ear-off", "Codes are being sent, but no listener runs: endings are known later.")
SICK = {
    "refused": Health("bad", "circle-x", "Stopped: Genesys Cloud refused the OAuth client."),
    "held": Health("warning", "pause", "Paused by a person."),
    "no-release": Health("warning", "triangle-alert", "No rules are in force."),
    "shadow": Health("warning", "eye", "The release in force only decides and records; nothing it decides is written."),
    "release-held": Health("warning", "hand", "Codes are being sent, but a release that was due is held."),
    "broken": Health("warning", "unplug", "Genesys Cloud does not answer; calls wait and go on by themselves."),
    "waits": Health("warning", "clock", "Nothing is sent: Genesys Cloud asked us to wait. Calls go on by themselves."),
    "deaf": Health("bad", "circle-x", "No worker takes the work that is due."),
    "part-held": Health("warning", "pause", "Codes are being sent, but a person paused a part of them."),
    "parts-held": Health("warning", "pause", "Codes are being sent, but people paused some of them."),
    "full": Health("warning", "inbox", "Codes are being sent, but a source of events is turned away."),
    "untold": Health("warning", "unplug", "Codes are being sent, but a receiver is told nothing of them."),
}


def health_of(notices: Sequence[Notice], duties: Sequence[Duty], running: Sequence[Process]) -> Health:
    """Return the line: without worker or pump nothing goes on; then comes the gravest notice, then what only delays."""
    silent = {each.kind for each in running if each.silent}
    still = next((health for kind, health in STANDS_STILL.items() if kind in silent), None)
    if still is not None:
        return still
    if notices:
        return SICK[notices[0].name]
    if Heartbeat.Kind.LISTENER in silent:
        return UNHEARD
    return UNDONE if any(duty.problem for duty in duties) else WORKS
