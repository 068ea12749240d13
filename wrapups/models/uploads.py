"""Files of dispositions: checked line by line, kept as rows, taken in in pieces that survive a kill."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from wrapups.models.audit import Act, audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class Upload(Owned):
    """One file of dispositions that somebody uploaded, and how far it has come."""

    class State(models.TextChoices):
        READING = "reading", "being read"
        MAPPING = "mapping", "waiting for its columns"
        CHECKED = "checked", "checked, not yet taken in"
        RUNNING = "running", "being taken in"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"

    AT_WORK = (State.READING, State.RUNNING)

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=64, blank=True)
    filename = models.CharField(max_length=200, help_text="As the person called it; only ever shown.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file, to know it again.")
    source = models.CharField(max_length=64, help_text="Whose dispositions these are.")
    columns = models.JSONField(default=list, help_text="The header row.")
    mapping = models.JSONField(default=dict, help_text="Which column is the conversation, the disposition, the notes.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.MAPPING)
    counted = models.JSONField(default=dict, help_text="How many lines there are of each outcome, and of known ids.")
    act = models.ForeignKey(
        Act, null=True, on_delete=models.PROTECT, related_name="+", help_text="By which somebody had it taken in."
    )
    lease_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often in a row a worker failed at it in a way nobody foresaw."
    )
    problem = models.CharField(max_length=500, blank=True, db_default="", help_text="Why it failed.")
    created_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="upload_newest"),
            models.Index(fields=["id"], name="upload_at_work", condition=Q(state__in=["reading", "running"])),
        ]
        triggers: ClassVar = [audited(leave_out=["lease_until", "counted", "failures"])]

    def __str__(self) -> str:
        return f"{self.filename}: {self.state}"


class UploadFile(Owned):
    """A large file as it came, until a worker has read it into lines. The web and the workers share no disk."""

    upload = models.OneToOneField(Upload, primary_key=True, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of {self.upload_id}"


class UploadLine(Owned):
    """One line of an upload: what it held, what is wrong with it, what became of it."""

    class Outcome(models.TextChoices):
        GOOD = "good", "good"
        REFUSED = "refused", "refused"
        TAKEN = "taken", "taken in"
        REPEATED = "repeated", "known already"

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(help_text="The line of the file, the header being 1.")
    cells = models.JSONField(default=list)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True, help_text="Empty: not checked yet.")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="upload_line_once")]
        indexes: ClassVar = [models.Index(fields=["upload", "outcome", "number"], name="upload_line_outcome")]

    def __str__(self) -> str:
        return f"line {self.number}: {self.outcome}"
