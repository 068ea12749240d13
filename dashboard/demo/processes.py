"""The processes of the product and their command lines; `docker-compose.yml` starts the same ones."""

import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Process:
    """A long-running process: its name, its command line, and the kind the settings know it by."""

    name: str
    command: tuple[str, ...]
    kind: str = "command"


def web(*, host: str, port: int) -> Process:
    """Return the web server: one process whose threads wait for the database, not for Genesys."""
    command = ("granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1")
    threads = ("--blocking-threads", "4")
    # A signal that meets a server still starting is lost on its child, which would be waited for without end.
    patience = ("--workers-kill-timeout", "10")
    return Process("web", _program(*command, *threads, *patience, "dashboard.wsgi:application"), kind="web")


def worker() -> Process:
    """Return the worker. Its pool and threads are settings; gossip and mingle are talk among workers, unused here."""
    arguments = (
        "--quiet",
        "--app",
        "dashboard",
        "worker",
        "--loglevel",
        "INFO",
        "--without-gossip",
        "--without-mingle",
    )
    return Process("worker", _program("celery", *arguments), kind="worker")


def pump() -> Process:
    """Return the scheduler."""
    return Process("pump", (sys.executable, "manage.py", "pump"), kind="pump")


def simulator(*, port: int, seed: int, conversations: int, arrivals_per_minute: int, speed: int) -> Process:
    """Return the simulated Genesys Cloud: `conversations` ended ones at first, then arrivals `speed` times as quick."""
    arguments = {
        "--host": "127.0.0.1",
        "--port": port,
        "--seed": seed,
        "--conversations": conversations,
        "--arrivals-per-minute": arrivals_per_minute,
        "--speed": speed,
    }
    words = (str(word) for argument in arguments.items() for word in argument)
    return Process("simulator", (sys.executable, "-m", "wrapups.genesys.simulator", *words))


def outside() -> Process:
    """Return what is outside of the showcase: the CRM that says how each case was closed, and some mishaps."""
    return Process("outside", (sys.executable, "manage.py", "play_showcase"))


def _program(name: str, *arguments: str) -> tuple[str, ...]:
    """Return the command line of a program that was installed beside our Python."""
    return (str(PROGRAMS / name), *arguments)
