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
def act_beside_the_loop(**_: object) -> None:
    """Let this worker show that it lives, and tell people when the pump does not, which nobody else would."""
    from dashboard import standby
    from dashboard.beside import Beside
    from wrapups.models import Heartbeat
    from wrapups.services.beating import Pulse

    for act in (Beside(Pulse(Heartbeat.Kind.WORKER).beat), Beside(standby.stand_in, every_s=standby.EVERY_S)):
        act.start()
        worker_shutdown.connect(act.stop, weak=False)
