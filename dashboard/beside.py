"""Something small that a worker does every now and then beside the loop that takes doorbells."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from celery.signals import heartbeat_sent
from django.db import DatabaseError, close_old_connections, connections

logger = logging.getLogger(__name__)


class Beside:
    """Does an act in a thread of its own, once at a time, for as long as the loop goes round.

    So a slow database holds up nothing but the act, and a loop that waits for its broker does none.
    """

    def __init__(self, act: Callable[[], object], *, every_s: float = 0) -> None:
        """`every_s` seconds lie between two beginnings at least, and before the first."""
        self._act, self._every_s, self._begun_at = act, every_s, time.monotonic()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"beside {_name(act)}")
        self._under_way = threading.Lock()

    def __call__(self, **_: object) -> None:
        """Take one round of the loop, which Celery tells of every two seconds."""
        if time.monotonic() - self._begun_at >= self._every_s and self._under_way.acquire(blocking=False):
            self._begun_at = time.monotonic()
            self._thread.submit(self._do)

    def _do(self) -> None:
        try:
            close_old_connections()
            self._act()
        except DatabaseError as error:
            logger.warning("Beside the loop, %s did not reach the database: %s", _name(self._act), type(error).__name__)
        except Exception:
            logger.exception("Beside the loop, %s failed.", _name(self._act))
        finally:
            self._under_way.release()

    def start(self) -> None:
        """Begin to listen to this process's loop."""
        heartbeat_sent.connect(self)

    def stop(self, **_: object) -> None:
        """Listen no more, finish what is under way, and give the connection back."""
        heartbeat_sent.disconnect(self)
        self._thread.submit(connections.close_all)
        self._thread.shutdown()


def _name(act: Callable[[], object]) -> str:
    return getattr(act, "__qualname__", type(act).__name__)
