"""Who notices that the pump is dead: a worker, which then looks for alerts and sends them in the pump's place.

The pump notices silent workers and works in their place; so each watches the other. That both are dead nobody inside
can notice: `manage.py alive` and `/metrics` are asked from outside.
"""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from celery.signals import heartbeat_sent
from django.db import DatabaseError, close_old_connections, connections

from wrapups import tasks
from wrapups.models import Heartbeat, Organization
from wrapups.models.clock import app_now
from wrapups.services import alert_delivery, beating

logger = logging.getLogger(__name__)

EVERY_S = 30.0


class Standby:
    """Looks beside a worker's loop, one look at a time, whether the pump lives."""

    def __init__(self) -> None:
        self._looked_at = time.monotonic()
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="standby")
        self._looking = threading.Lock()

    def __call__(self, **_: object) -> None:
        """Take one round of the loop, which Celery tells of every two seconds."""
        if time.monotonic() - self._looked_at >= EVERY_S and self._looking.acquire(blocking=False):
            self._looked_at = time.monotonic()
            self._beside.submit(self._look)

    def _look(self) -> None:
        try:
            close_old_connections()
            stand_in()
        except DatabaseError as error:
            logger.warning("Whether the pump lives could not be asked: %s", type(error).__name__)
        except Exception:
            logger.exception("Alerts could not be looked for in the pump's place.")
        finally:
            self._looking.release()

    def start(self) -> None:
        """Begin to listen to this process's loop."""
        heartbeat_sent.connect(self)

    def stop(self) -> None:
        """Listen no more, and give the connection back."""
        heartbeat_sent.disconnect(self)
        self._beside.submit(connections.close_all)
        self._beside.shutdown()


def stand_in() -> None:
    """Look for alerts and send them, if there was a pump and it is silent. Twice at once does no harm."""
    at = beating.last_beats().get(Heartbeat.Kind.PUMP)
    if at is None or at > app_now() - timedelta(seconds=beating.SILENT_AFTER_S):
        return
    for organization in Organization.objects.order_by("pk"):
        tasks.look_for_alerts.run(organization.pk)
        if alert_delivery.is_due(organization):
            tasks.send_alerts.run(organization.pk)
