"""Keys for other programs: what each may do here, until when, how often, and what it was answered."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned

USED = ["last_used_at", "allowance", "allowance_at"]


class ApiKey(Owned):
    """A program's key to `/api/v1`. The key itself is shown once and never stored; only its digest is."""

    name = models.CharField(max_length=64, help_text="Dispositions posted with it carry this as their source.")
    prefix = models.CharField(max_length=16, unique=True, help_text="The part that is no secret, to know it by.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the secret part, which is 256 random bits.")
    scopes = ArrayField(models.CharField(max_length=32))
    calls_per_minute = models.PositiveIntegerField(default=600)
    allowance = models.FloatField(default=0, help_text="Calls that may come at once, as of `allowance_at`.")
    allowance_at = models.DateTimeField(db_default=AppNow())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=AppNow())
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="api_key_name_once")]
        triggers: ClassVar = [audited(leave_out=["digest", *USED])]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class IdempotentAnswer(Owned):
    """What a key was answered under one `Idempotency-Key`, to be given again for 24 hours.

    Committed together with what was done, so there is never one without the other.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=128)
    digest = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField(help_text="The HTTP status of the answer.")
    answer = models.JSONField()
    created_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "idempotency_key"], name="idempotent_answer_once")]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotent_answer_age")]

    def __str__(self) -> str:
        return f"{self.idempotency_key}: {self.status}"
