"""What calls to Genesys Cloud were spent on, in stretches of ten minutes of the last day."""

from django.db import models

from wrapups.models.scoping import Owned

STRETCH_S = 600
STRETCHES = 144
"""A day of them; each is counted into the place of the one a day before, so there is nothing to clean up."""


class CallTally(Owned):
    """How many calls one use took within one stretch. Counted by whoever takes a call, under the budget's lock."""

    class Use(models.TextChoices):
        WRITE = "write", "write a code"
        READ = "read", "look before or after a write"
        VERIFY = "verify", "read codes back"
        DISCOVER = "discover", "look for ended conversations"
        REFRESH = "refresh", "read again what was not ready"
        BACKGROUND = "background", "catch up, back-fills, predictions"
        CATALOGUE = "catalogue", "copy the catalogue"
        WATCH = "watch", "see what people changed since"
        OTHER = "other", "checks, probes, notifications"

    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    use = models.CharField(max_length=12, choices=Use.choices)
    place = models.PositiveSmallIntegerField(help_text="Of the stretch within its day.")
    begins_at = models.DateTimeField()
    calls = models.PositiveIntegerField()
    longest_wait_s = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of the assignments that were taken for it: how long one had been due."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "use", "place"], name="call_tally_once")]

    def __str__(self) -> str:
        return f"{self.calls} to {self.use} from {self.begins_at}"
