"""The showcase's one password: made up on the first run, kept in a file only its owner reads, never in the code."""

import secrets
from pathlib import Path


def kept_in(folder: Path) -> str:
    """Return the password of this folder's showcase, making it up where there is none."""
    file = folder / "showcase-password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(9))
    return file.read_text().strip()
