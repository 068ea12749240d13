"""Every door in: who may speak to us, what was said as it came, and what it says about a conversation."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.finding import copied_from_disposition
from wrapups.models.scoping import Owned
from wrapups.models.sealing import seal, unseal


class EventSource(Owned):
    """An outside system that sends events to an address of its own, and the secrets it proves itself with."""

    class Kind(models.TextChoices):
        TRIGGER = "trigger", "Genesys Cloud trigger (process automation)"
        EVENTBRIDGE = "eventbridge", "AWS EventBridge API destination"
        WEBHOOK = "webhook", "signed webhook"
        LISTENER = "listener", "Genesys Cloud notifications"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=64, help_text="Rules ask for dispositions by it.")
    key = models.CharField(max_length=32, unique=True, help_text="In the address that events are posted to.")
    secret_sealed = models.TextField(blank=True)
    old_secret_sealed = models.TextField(blank=True, help_text="Still accepted while the sender changes over.")
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=AppNow())
    last_event_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True, help_text="When its listener last heard anything, if only a heartbeat.")
    trouble = models.CharField(
        max_length=300, blank=True, db_default="", help_text="What keeps its listener from hearing now."
    )
    refused = models.PositiveIntegerField(default=0, help_text="Posts that proved nothing, so nothing of them is kept.")
    last_refused_at = models.DateTimeField(null=True)
    last_refusal = models.CharField(max_length=200, blank=True)
    turned_away = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Posts that could not be read, nor set apart: too many already were."
    )
    turned_away_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="event_source_name_once")]
        triggers: ClassVar = [
            audited(
                leave_out=[
                    "secret_sealed",
                    "old_secret_sealed",
                    "last_event_at",
                    "heard_at",
                    "trouble",
                    "refused",
                    "last_refused_at",
                    "last_refusal",
                    "turned_away",
                    "turned_away_at",
                ]
            )
        ]

    def __str__(self) -> str:
        return self.name

    def secrets(self) -> list[str]:
        """Return the secrets that are good now, newest first; raises SealBroken where the keys do not fit."""
        sealed = [self.secret_sealed, self.old_secret_sealed]
        return [unseal(each, belongs_to=f"source:{self.key}") for each in sealed if each]

    def replace_secret(self, secret: str) -> None:
        """Take a new secret; the one before stays good until it is dropped. Saves nothing."""
        self.old_secret_sealed, self.secret_sealed = self.secret_sealed, seal(secret, belongs_to=f"source:{self.key}")


class InboundEvent(Owned):
    """One push or post as it came, and what became of it. A sender's second telling of it is counted here."""

    class State(models.TextChoices):
        RECEIVED = "received", "waiting"
        PROCESSED = "processed", "taken in"
        QUARANTINED = "quarantined", "set apart"
        DISMISSED = "dismissed", "dismissed"

    class Arrival(models.TextChoices):
        """How an event stood among the others when it came. Neither does harm."""

        IN_ORDER = "", "in order"
        LATE = "late", "out of order"
        REOPENED = "reopened", "after an end already known"

    # Without an index of its own: those below begin with it, and one less is kept up with each event.
    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.ForeignKey(
        EventSource,
        null=True,
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,  # the index of a source's latest events begins with it
    )
    sender = models.CharField(max_length=64, help_text="The source's name, or the API key's.")
    event_id = models.CharField(max_length=128)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the bytes as they came.")
    body = models.TextField(help_text="As received.")
    mended = models.TextField(blank=True, help_text="What a person put in its place.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    reason = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=16, blank=True, help_text="What it tells; empty where it could not be read.")
    conversation_id = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField(null=True, help_text="When it happened, by its sender.")
    received_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text="When its conversation is to be looked at; empty: not at all.")
    looks = models.PositiveSmallIntegerField(default=0, help_text="How often its conversation was looked at.")
    arrival = models.CharField(max_length=8, choices=Arrival.choices, blank=True)
    repeats = models.PositiveIntegerField(default=0)
    mismatches = models.PositiveIntegerField(default=0, help_text="How often its id came with another body.")
    replays = models.PositiveIntegerField(default=0, help_text="How often a person had it taken in again.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "sender", "event_id"], name="inbound_event_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="inbound_newest"),
            models.Index(fields=["organization", "conversation_id"], name="inbound_of"),
            models.Index(
                fields=["organization", "state", "-id"],
                name="inbound_set_apart",
                condition=Q(state__in=["quarantined", "dismissed"]),
            ),
            models.Index(fields=["organization", "due_at"], name="inbound_due", condition=Q(state="received")),
            models.Index(fields=["source", "received_at"], name="inbound_latest"),
            models.Index(fields=["source"], name="inbound_open_of", condition=Q(state="quarantined")),
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.event_id}: {self.state}"


class Disposition(Owned):
    """What one outside system calls the outcome of one conversation: a fact for the rules.

    A source says a thing once: the same `event_id` again is a repetition, not a second disposition.
    """

    conversation_id = models.CharField(max_length=64)
    source = models.CharField(max_length=64)
    event_id = models.CharField(max_length=128)
    code = models.CharField(max_length=128)
    notes = models.CharField(max_length=1000, blank=True)
    said_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "source", "event_id"], name="disposition_said_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "conversation_id"], name="disposition_of"),
            models.Index(fields=["organization", "code", "-id"], name="disposition_by_code"),
        ]
        triggers: ClassVar = [audited(), copied_from_disposition()]

    def __str__(self) -> str:
        return f"{self.source}: {self.code}"
