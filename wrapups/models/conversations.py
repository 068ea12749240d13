"""Conversations and communications: copies of what Genesys Cloud last showed, and when."""

from collections.abc import Collection
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wrapups.domain.conversation import CommunicationRef
from wrapups.models.finding import copied_from_communication
from wrapups.models.scoping import Owned


class Conversation(Owned):
    """Everything between one customer and the centre, as last read."""

    conversation_id = models.CharField(max_length=64)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    originating_direction = models.CharField(max_length=16, blank=True)
    division_ids = ArrayField(models.CharField(max_length=64), default=list)
    ani = models.CharField(max_length=256, blank=True)
    dnis = models.CharField(max_length=256, blank=True)
    campaign = models.BooleanField(default=False)
    attributes = models.JSONField(null=True)
    predictions = models.JSONField(
        null=True, help_text="Codes that Copilot predicted; empty: none; null: never answered."
    )
    prediction_tries = models.SmallIntegerField(
        db_default=0, default=0, help_text="How often asking what Copilot predicted failed for this conversation."
    )
    prediction_due_at = models.DateTimeField(null=True, help_text="Not asked again before then.")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "conversation_id"], name="conversation_once")]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-ended_at", "-id"], name="conversation_newest"),
            models.Index(
                fields=["organization", "conversation_id"],
                name="conversation_by_id",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.conversation_id

    @classmethod
    def on_queues(cls, queue_ids: Collection[str]) -> models.Q:
        """Return which conversations have a communication of one of these queues."""
        legs = Communication.everywhere.filter(conversation=models.OuterRef("pk"), queue_id__in=queue_ids)
        return models.Q(models.Exists(legs))


class Communication(Owned):
    """One agent's leg of a conversation, with the code it carried when last read."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="communications")
    participant_id = models.CharField(max_length=64)
    communication_id = models.CharField(max_length=64)
    media_type = models.CharField(max_length=24)
    agent_id = models.CharField(max_length=64, blank=True)
    queue_id = models.CharField(max_length=64, blank=True)
    direction = models.CharField(max_length=16, blank=True)
    connected_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    disconnect_type = models.CharField(max_length=32, blank=True)
    acw = models.CharField(max_length=16, blank=True)
    acw_ended_at = models.DateTimeField(null=True)
    code_id = models.CharField(max_length=64, blank=True, help_text="The wrap-up code it carries; empty: none.")
    code_notes = models.TextField(blank=True)
    read_at = models.DateTimeField(help_text="When Genesys showed us all this.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "participant_id", "communication_id"], name="communication_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "communication_id"],
                name="communication_by_id",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
            models.Index(fields=["organization", "queue_id", "-ended_at"], name="communication_by_queue"),
            models.Index(fields=["organization", "agent_id", "-ended_at"], name="communication_by_agent"),
        ]
        triggers: ClassVar = [copied_from_communication()]

    def __str__(self) -> str:
        return self.communication_id

    @classmethod
    def on_queues(cls, queue_ids: Collection[str]) -> models.Q:
        """Return which communications came by these queues."""
        return models.Q(queue_id__in=queue_ids)

    @property
    def ref(self) -> CommunicationRef:
        """The address a call to Genesys needs (reads the conversation)."""
        return CommunicationRef(
            self.conversation.conversation_id,
            self.participant_id,
            self.communication_id,
            self.media_type,
            self.agent_id or None,
        )
