"""What must be so before Django reads its settings: this run has a folder, and so services, of its own.

Two runs side by side, or a run beside the demo, share nothing. A run that was killed leaves its services behind; the
next one stops them.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from dashboard.embedded import services

PREFIX = "wrapups-tests-"
FOLDER = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def pytest_unconfigure() -> None:
    """Remove this run's folder; its services have stopped by then."""
    shutil.rmtree(FOLDER, ignore_errors=True)


def sweep() -> None:
    """Stop and remove what runs before ours left behind, whose process is gone; another run may be sweeping, too."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):
            owner = folder.name.removeprefix(PREFIX).split("-")[0]
            if folder.stat().st_uid == os.geteuid() and not _is_alive(int(owner)):
                services.stop(folder)
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


os.environ["VAR_DIR"] = str(FOLDER)
os.environ["PROCESS_KIND"] = "command"
os.environ["TESTING"] = "true"
# Playwright's synchronous interface runs an event loop in the thread of the test, which Django would mistake for ours.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
