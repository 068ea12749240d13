"""Who notices that the pump is dead: a worker, which then looks for alerts and sends them in the pump's place.

The pump notices silent workers and works in their place; so each watches the other. That both are dead nobody inside
can notice: `manage.py alive` and `/metrics` are asked from outside.
"""

from datetime import timedelta

from wrapups import tasks
from wrapups.models import Heartbeat, Organization
from wrapups.models.clock import app_now
from wrapups.services import alert_delivery, beating

EVERY_S = 30.0


def stand_in() -> None:
    """Look for alerts and send them, if there was a pump and it is silent. Twice at once does no harm."""
    at = beating.last_beats().get(Heartbeat.Kind.PUMP)
    if at is None or at > app_now() - timedelta(seconds=beating.SILENT_AFTER_S):
        return
    for organization in Organization.objects.order_by("pk"):
        tasks.look_for_alerts.run(organization.pk)
        if alert_delivery.is_due(organization):
            tasks.send_alerts.run(organization.pk)
