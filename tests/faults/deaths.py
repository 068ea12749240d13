"""Processes that die: forked from the test, with a database connection of their own."""

import os
import signal
from collections.abc import Callable

from django.db import connection, connections
from pytest_django import Settings

from tests.services.clock import Clock

KILL_9 = -signal.SIGKILL


def forked(act: Callable[[], object], *, clock: Clock) -> int:
    """Begin `act` in a child process, at the test's time, and return the child's id."""
    connection.close()
    child = os.fork()
    if child:
        clock.advance(0)
        return child
    status = 1
    try:
        forget_inherited_connections()
        clock.advance(0)
        act()
        status = 0
    finally:
        os._exit(status)  # pytest goes on in the parent alone


def forget_inherited_connections() -> None:
    """Let a child connect anew, and leave its parent's sockets alone.

    Django keeps one set of connections for code below an event loop and one for other code. A browser test leaves
    Playwright's loop running for the rest of the run; a child has no loop, and would find the connection that the
    parent opened before the first browser test, and still has.
    """
    for each in connections.all(initialized_only=True):
        del connections[each.alias]


def end_of(child: int) -> int:
    """Wait for a child; return its exit status, or minus the signal that ended it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def killed(child: int) -> int:
    """Kill a child as kill -9 does, and return how it ended."""
    os.kill(child, signal.SIGKILL)
    return end_of(child)


def die_at(
    point: str, act: Callable[[], object], *, clock: Clock, settings: Settings, lease_s: float, times: int = 1
) -> None:
    """Let so many processes, one after another, begin the act and die at this point, and the lease of each run out."""
    settings.CRASH_AT = point
    for _ in range(times):
        assert end_of(forked(act, clock=clock)) == KILL_9
        clock.advance_database(lease_s + 1)
    settings.CRASH_AT = ""
