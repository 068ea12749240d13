"""Processes that die: forked from the test, with a database connection of their own."""

import os
import signal
from collections.abc import Callable

from django.db import connection, connections

from tests.services.clock import Clock


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
