"""The Celery app: worker processes and the doorbells that wake them; its settings are in `dashboard/settings.py`."""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import worker_init, worker_shutdown

from wrapups.services.marking import marked

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")


class MarkedTask(Task):
    """A doorbell whose lines in the log say which it is and for which organization."""

    def __call__(self, organization_id: int, *args: Any, **kwargs: Any) -> Any:
        with marked("task", task=self.name.removeprefix("wrapups.tasks."), organization=organization_id):
            return super().__call__(organization_id, *args, **kwargs)


app = Celery("dashboard", task_cls=MarkedTask)
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
