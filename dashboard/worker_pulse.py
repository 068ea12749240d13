"""A worker's signs of life: they come from the loop that takes doorbells, and only while its broker answers."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from celery.signals import heartbeat_sent
from django.db import DatabaseError, close_old_connections, connections

from wrapups.models import Heartbeat
from wrapups.services.beating import Pulse

logger = logging.getLogger(__name__)


class WorkerPulse:
    """Writes a heartbeat beside the loop, which a slow database must not hold up; one at a time."""

    def __init__(self) -> None:
        self._pulse = Pulse(Heartbeat.Kind.WORKER)
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pulse")
        self._writing = threading.Lock()

    def __call__(self, **_: object) -> None:
        """Take one round of the loop, which Celery tells of every two seconds."""
        if self._writing.acquire(blocking=False):
            self._beside.submit(self._write)

    def _write(self) -> None:
        try:
            close_old_connections()
            self._pulse.beat()
        except DatabaseError as error:
            logger.warning("The database took no sign of life: %s", type(error).__name__)
        finally:
            self._writing.release()

    def start(self) -> None:
        """Begin to listen to this process's loop."""
        heartbeat_sent.connect(self)

    def stop(self) -> None:
        """Listen no more, and give the connection back."""
        heartbeat_sent.disconnect(self)
        self._beside.submit(connections.close_all)
        self._beside.shutdown()
