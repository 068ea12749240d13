"""Working an organization's due rows for a few seconds: refresh what is stale, claim, apply, and again."""

import os
import socket
import threading
import time
from enum import StrEnum
from typing import Protocol

from wrapups.models import Organization
from wrapups.services import applying, refreshing
from wrapups.services.budgeting import Held, Wait
from wrapups.services.dispatching import Claim, Idle, Stale, claim_next, recover_expired
from wrapups.services.marking import marked


class Door(applying.Door, refreshing.Door, Protocol):
    """Everything draining needs of the gateway."""


class Left(StrEnum):
    """What a drain leaves behind."""

    NOTHING = "nothing"
    WORK = "work"  # time was up; ring again
    HELD = "held"  # nothing goes on until a person does something


def worker_name() -> str:
    """Return who we are, as leases and attempts record it: host, process, thread."""
    return f"{socket.gethostname()}/{os.getpid()}/{threading.get_native_id()}"


def drain(organization: Organization, *, gateway: Door, for_s: float) -> Left:
    """Apply what is due, one row at a time, for at most `for_s` seconds; say what is left.

    Any number of drains may run at once, on any number of hosts. Between rows it looks at the clock, so a
    shutdown never waits long.
    """
    recover_expired(organization)
    deadline, worker = time.monotonic() + for_s, worker_name()
    while time.monotonic() < deadline:
        match claim_next(organization, worker=worker):
            case Claim() as claim:
                with marked(claim.kind, assignment=claim.pk, attempt=claim.attempt_pk, fence=claim.fence):
                    applying.apply(claim, organization, gateway=gateway)
            case Stale():
                if not refreshing.refresh(organization, gateway=gateway):
                    time.sleep(0.2)
            case Wait(seconds):
                time.sleep(min(seconds, max(0.0, deadline - time.monotonic())))
            case Held():
                return Left.HELD
            case Idle():
                return Left.NOTHING
    return Left.WORK
