"""Points at which a test can let a worker die, as by kill -9. In any other process they do nothing."""

import os
import signal

from django.conf import settings


def crash_point(name: str) -> None:
    """Die here if a test has asked for it (settings TESTING and CRASH_AT).

    K1 claimed, nothing sent; K3 answered, nothing stored; K4a finishing, nothing changed yet; K4b changed, not
    committed; K5 committed. K2, in the middle of a request, needs a kill from outside. For webhooks: W1
    claimed, nothing sent; W2 answered, nothing stored. For files: U1 some lines taken in, not committed; U2 committed;
    U3 some lines read, not committed; U4 committed. For removals: T1 a piece removed, not committed; T2 committed.
    For what goes through the past: B1 a page decided, its place not kept; B2 kept. For what-ifs: S1 a piece decided,
    not committed; S2 committed. For tallies: Y1 a day counted, the mark not moved; Y2 moved, not committed.
    For putting codes back: P1 a piece counted, P2 one decided, neither committed.
    For deciding again: D1 a piece of what waits fixed, D2 one decided, neither committed.
    For exports: E1 some rows written, not committed; E2 committed; E3 a workbook put in their place, not committed.
    For reports by e-mail: L1 a letter on record, not committed; L2 committed, nothing sent; L3 sent, nothing stored.
    For alerts: A1 claimed, nothing sent; A2 sent, nothing stored.
    For erasures: R1 a stretch of a table gone through, not committed; R2 committed.
    """
    if settings.TESTING and name == settings.CRASH_AT:
        os.kill(os.getpid(), signal.SIGKILL)
