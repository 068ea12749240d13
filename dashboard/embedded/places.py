"""Where the embedded services keep their files and sockets, and the addresses that follow.

Addresses are worked out from the folder alone, so that every process finds running services without being told.
"""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

# A unix socket's path has room for 107 bytes on Linux and 103 on macOS; ".s.PGSQL.5432.lock" is the longest name used.
LONGEST_SOCKET_FOLDER = 84
# What a folder needs so that a user who is neither its owner nor in its group can pass through it.
PASSABLE = stat.S_IXOTH


@dataclass(frozen=True)
class Places:
    """The folders of one pair of services, their addresses, and what the user should know about them."""

    folder: Path
    postgres: Path
    sockets: Path
    notices: tuple[str, ...]

    @property
    def valkey(self) -> Path:
        return self.folder / "valkey"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def database_url(self) -> str:
        """The address of the database, as libpq reads it."""
        return "postgresql://wrapups@/wrapups?" + urlencode({"host": str(self.sockets)}, quote_via=quote)

    @property
    def redis_url(self) -> str:
        """The address of Valkey, as Celery reads it."""
        return f"redis+socket://{quote(str(self.valkey_socket))}"


def places_in(folder: Path, *, as_root: bool | None = None) -> Places:
    """Return where services that belong to `folder` lie.

    Normally that is the folder itself. Two things move a part of it to a folder under the temporary directory, named
    after `folder`: run by root, PostgreSQL works as a user of its own, who cannot pass through a private home; and a
    socket's path must be short. Nobody else's permissions are ever widened.
    """
    folder = folder.resolve()
    as_root = os.geteuid() == 0 if as_root is None else as_root
    elsewhere = Path(tempfile.gettempdir()).resolve() / f"wrapups-{hashlib.sha256(bytes(folder)).hexdigest()[:12]}"
    notices = []
    postgres, sockets = folder / "postgres", folder / "sockets"
    if as_root and not passable(folder):
        postgres, sockets = elsewhere / "postgres", elsewhere / "sockets"
        notices.append(f"PostgreSQL's user cannot reach {folder}, so the database lies in {postgres}.")
    elif len(bytes(sockets)) > LONGEST_SOCKET_FOLDER:
        sockets = elsewhere / "sockets"
        notices.append(f"The path of {folder} is too long for a socket, so the sockets lie in {sockets}.")
    return Places(folder, postgres, sockets, tuple(notices))


def passable(folder: Path) -> bool:
    """Return whether any user can pass through every folder above `folder` that is there by now."""
    return all(above.stat().st_mode & PASSABLE for above in folder.parents if above.exists())


def private_folder(folder: Path, *, mode: int = 0o700) -> Path:
    """Make the folder, with this mode, and those above it; refuse one that somebody else put there.

    Raises `PermissionError` if the folder is a link or belongs to another user, as it could under a shared
    temporary directory.
    """
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), 0):
        raise PermissionError(f"{folder} belongs to somebody else. Remove it, or set VAR_DIR to another folder.")
    folder.chmod(mode)
    return folder
