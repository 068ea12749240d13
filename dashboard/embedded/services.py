"""PostgreSQL and Valkey together: started, used, stopped."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.embedded import postgres, valkey
from dashboard.embedded.places import Places, places_in, private_folder


@contextmanager
def running(folder: Path, *, durable: bool = True) -> Iterator[Places]:
    """Run both services on the files in `folder` for as long as the block lasts; say where they are.

    Services that run already are used as they are, and stopped at the end all the same: the folder is the caller's.
    With `durable=False` PostgreSQL does not wait for the disk, which is for tests. Raises `RuntimeError` if one does
    not start.
    """
    places = start(folder, durable=durable)
    try:
        yield places
    finally:
        stop(folder)


def start(folder: Path, *, durable: bool = True) -> Places:
    """Start what does not run yet."""
    places = places_in(folder)
    with _one_at_a_time(folder):
        postgres.start(places, durable=durable)
        valkey.start(places)
    return places


def stop(folder: Path) -> None:
    """Stop what runs, whoever started it."""
    places = places_in(folder)
    with _one_at_a_time(folder):
        valkey.stop(places)
        postgres.stop(places)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep two processes from starting or stopping the same services at once."""
    private_folder(folder, mode=0o711)
    with (folder / "services.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
