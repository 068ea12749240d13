"""The Celery app: worker processes and the doorbells that wake them; its settings are in `dashboard/settings.py`."""

import os

from celery import Celery
from celery.signals import worker_init, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

app = Celery("dashboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def show_that_it_lives(**_: object) -> None:
    """Let this worker show signs of life for as long as its loop takes messages."""
    from dashboard.worker_pulse import WorkerPulse

    pulse = WorkerPulse()
    pulse.start()
    worker_shutdown.connect(lambda **_: pulse.stop(), weak=False)


@worker_init.connect
def stand_in_for_the_pump(**_: object) -> None:
    """Let this worker tell people when the pump is silent, which nobody else would."""
    from dashboard.standby import Standby

    standby = Standby()
    standby.start()
    worker_shutdown.connect(lambda **_: standby.stop(), weak=False)
