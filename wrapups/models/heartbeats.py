"""Signs of life of the processes that work without pages: one row each, kept up in place."""

from django.db import models

from wrapups.models.clock import AppNow


class Heartbeat(models.Model):
    """A process, and when it last showed that its loop goes round. It belongs to no organization."""

    class Kind(models.TextChoices):
        WORKER = "worker"
        PUMP = "pump"
        LISTENER = "listener"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    host = models.CharField(max_length=64)
    pid = models.PositiveIntegerField()
    beat_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "host", "pid"], name="heartbeat_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.host}/{self.pid}"
