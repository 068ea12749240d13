"""The keys of a laptop: made on the first run, kept in files that only their owner can read.

Production gives its keys in the environment; `dashboard/checks.py` refuses to start without them.
"""

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.management.utils import get_random_secret_key


def signing_key(folder: Path) -> str:
    """Return the laptop's `SECRET_KEY`."""
    return _kept(folder / "secret_key", get_random_secret_key)


def field_key(folder: Path) -> str:
    """Return the laptop's Fernet key for secrets at rest."""
    return _kept(folder / "field_key", lambda: Fernet.generate_key().decode())


def _kept(file: Path, make: Callable[[], str]) -> str:
    """Return what the file holds; the first process to come writes it, whole or not at all."""
    if not file.exists():
        # The folder stays passable: PostgreSQL of a root's laptop, which works as another user, lies below it.
        file.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as writing:
            writing.write(make())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # another process was first; its key counts
        finally:
            draft.unlink()
    return file.read_text().strip()
