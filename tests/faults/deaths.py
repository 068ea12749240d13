"""Processes that die: forked from the test, with a database connection of their own."""

import os
import signal
from collections.abc import Callable

from django.db import connection

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
        clock.advance(0)
        act()
        status = 0
    finally:
        os._exit(status)  # pytest goes on in the parent alone


def end_of(child: int) -> int:
    """Wait for a child; return its exit status, or minus the signal that ended it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def killed(child: int) -> int:
    """Kill a child as kill -9 does, and return how it ended."""
    os.kill(child, signal.SIGKILL)
    return end_of(child)
