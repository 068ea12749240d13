"""Assignments and attempts: a code that should be on a communication, and each try to put it there.

The row is the job. Its status, lane and due_at are the only truth about work to do; Celery carries none.
"""

from collections.abc import Collection, Mapping
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import Q

from wrapups.domain.status import MOVES, WAITS_FOR_A_PERSON, FailReason, Lane, SkipReason, Status
from wrapups.models.audit import audited
from wrapups.models.catalogue import WrapupCode
from wrapups.models.clock import AppNow
from wrapups.models.conversations import Communication
from wrapups.models.failures import grouped
from wrapups.models.finding import COPIES, Findable, copied, judged, search_indexes
from wrapups.models.outbox import told_of
from wrapups.models.rules import MappingRule, Release
from wrapups.models.scoping import EveryonesManager, Owned, OwnedQuerySet, ScopedManager

BOOKKEEPING = ["facts", "lease_until", "leased_by", "fence", "updated_at", "watch_at", "watch_count", *COPIES]


class AssignmentQuerySet(OwnedQuerySet):
    """Assignments, by what is to be done about them."""

    def due(self) -> "AssignmentQuerySet":
        """Return what a worker may take now: to be sent, or to be read after an unclear answer."""
        return self.filter(status__in=[Status.PENDING, Status.UNKNOWN], due_at__lte=AppNow())

    def expired(self) -> "AssignmentQuerySet":
        """Return what a worker took and never finished."""
        return self.filter(status=Status.SENDING, lease_until__lt=AppNow())

    def waiting_for_a_person(self) -> "AssignmentQuerySet":
        """Return what does not go on by itself."""
        return self.filter(status__in=WAITS_FOR_A_PERSON)


class EveryonesAssignments(EveryonesManager):
    queryset_class = AssignmentQuerySet


class ScopedAssignments(ScopedManager):
    queryset_class = AssignmentQuerySet


class Assignment(Owned, Findable):
    """This wrap-up code should be on this communication.

    Every ended agent communication has one, also where nothing is to be done (`skipped`, with the reason).
    `generation` counts a person's explicit re-applications; a retry never raises it.
    """

    class Error(models.TextChoices):
        """What kind of trouble the last attempt met; named after `wrapups.domain.errors`."""

        UNSENT = "unsent"
        RATE_LIMITED = "rate_limited"
        UNCLEAR = "unclear"
        CREDENTIALS = "credentials"
        NOT_FOUND = "not_found"
        CONFLICT = "conflict"
        FORBIDDEN = "forbidden"
        REFUSED = "refused"
        CRASH = "crash"
        BUG = "bug"

    communication = models.ForeignKey(Communication, on_delete=models.PROTECT, related_name="assignments")
    generation = models.PositiveSmallIntegerField(default=0)
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(MappingRule, null=True, on_delete=models.PROTECT, related_name="assignments")
    backfill = models.ForeignKey(
        "wrapups.Backfill", null=True, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    bulk_act = models.ForeignKey(
        "wrapups.BulkAct",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="What puts an earlier code back; it is written only over the code it was found with.",
    )
    corrects = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="corrections",
        db_index=False,
        help_text="The choice in whose place a person put this code, over the code it was found with.",
    )
    wrapup_code = models.ForeignKey(WrapupCode, null=True, on_delete=models.PROTECT, related_name="assignments")
    notes = models.CharField(max_length=1000, blank=True)
    facts = models.JSONField(default=dict, help_text="As they were when it was decided.")
    keep_end_time = models.BooleanField(
        null=True, help_text="Whether Genesys is asked to leave the handle time; empty: as the organization has it."
    )
    found_code_id = models.CharField(
        max_length=64, blank=True, help_text="On the communication before our first write."
    )

    ended_at = models.DateTimeField(null=True, help_text="When the communication ended: lists are in this order.")
    status = models.CharField(max_length=16, choices=[(s.value, s.value) for s in Status], default=Status.PENDING)
    reason = models.CharField(max_length=32, blank=True, help_text="Why skipped, or why failed.")
    lane = models.CharField(max_length=8, choices=[(x.value, x.value) for x in Lane], default=Lane.FRESH)
    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=128, blank=True)
    fence = models.PositiveIntegerField(default=0, help_text="Raised by each claim; an old one finishes nothing.")

    write_count = models.PositiveSmallIntegerField(default=0)
    read_count = models.PositiveSmallIntegerField(default=0)
    crash_count = models.PositiveSmallIntegerField(default=0)
    retry_epoch = models.PositiveSmallIntegerField(default=0, help_text="How often a person sent it again.")
    insisted = models.BooleanField(
        default=False, help_text="A person wants this code whatever stands there; nothing but a person changes it."
    )
    written_at = models.DateTimeField(null=True, help_text="When the last write left, so that a read-back can wait.")
    unresolved_write = models.BooleanField(
        default=False, help_text="A write left and nothing has yet shown whether it took effect."
    )
    was_accepted = models.BooleanField(default=False, help_text="Genesys answered 202 to the last write.")

    error = models.CharField(max_length=16, choices=Error.choices, blank=True)
    error_code = models.CharField(max_length=96, blank=True, help_text="Genesys' own code.")
    error_message = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=32, blank=True, help_text="Equal for failures of the same cause.")

    watch_at = models.DateTimeField(null=True, help_text="When to look whether a person has chosen another code since.")
    watch_count = models.PositiveSmallIntegerField(default=0)

    created_at = models.DateTimeField(db_default=AppNow())
    updated_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    everywhere = EveryonesAssignments()  # type: ignore[misc]
    objects = ScopedAssignments()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["communication", "generation"], name="assignment_once"),
            models.UniqueConstraint(
                fields=["communication"],
                condition=Q(status__in=["pending", "sending", "unknown", "applied"]),
                name="assignment_one_live",
            ),
            models.UniqueConstraint(
                fields=["corrects"], condition=Q(corrects__isnull=False), name="assignment_corrected_once"
            ),
            models.CheckConstraint(
                condition=Q(wrapup_code__isnull=False) | Q(status__in=["skipped", "superseded"]),
                name="assignment_has_a_code_or_nothing_to_do",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "lane", "due_at", "id"],
                condition=Q(status__in=["pending", "unknown"]),
                include=["status", "rule_identity", "created_at"],
                name="assignment_waiting",
            ),
            models.Index(fields=["lease_until"], condition=Q(status="sending"), name="assignment_leased"),
            models.Index(
                fields=["organization", "due_at", "id"], condition=Q(status="applied"), name="assignment_to_verify"
            ),
            models.Index(
                fields=["organization", "watch_at"], condition=Q(watch_at__isnull=False), name="assignment_watched"
            ),
            models.Index(fields=["organization", "status", "-ended_at", "-id"], name="assignment_by_status"),
            models.Index(
                fields=["organization", "fingerprint", "-id"],
                condition=Q(status__in=["failed", "conflict"]),
                include=["status", "finished_at", "ended_at", "queue_id", "rule_identity"],
                name="failures_by_group",
            ),
            models.Index(fields=["organization", "finished_at"], condition=Q(status="failed"), name="failed_lately"),
            models.Index(
                fields=["backfill", "status"], condition=Q(backfill__isnull=False), name="assignment_of_backfill"
            ),
            *search_indexes(),
        ]
        triggers: ClassVar = [
            audited(leave_out=BOOKKEEPING),
            told_of(),
            grouped(),
            copied(),
            judged(),
            pgtrigger.FSM(
                name="assignment_moves",
                field="status",
                transitions=[(old.value, new.value) for old, news in MOVES.items() for new in sorted(news)],
            ),
            pgtrigger.Trigger(
                name="fence_only_rises",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.fence < OLD.fence THEN
                        RAISE EXCEPTION 'the fence of an assignment never falls' USING ERRCODE = '42501';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"assignment {self.pk}: {self.status}"

    @classmethod
    def on_queues(cls, queue_ids: Collection[str]) -> Q:
        """Return which assignments are about communications of these queues."""
        return Q(queue_id__in=queue_ids)

    def get_reason_display(self) -> str:
        """Return the reason in words a supervisor uses; empty where there is none."""
        return REASONS.get(self.reason, self.reason)


REASONS: Mapping[str, str] = {
    SkipReason.NO_RULE: "no rule matched",
    SkipReason.AGENT_CHOSE: "the agent had chosen a code",
    SkipReason.ALREADY_CODED: "it already had the right code",
    SkipReason.NOT_CONNECTED: "the agent never answered",
    SkipReason.OBSERVING: "only listening in",
    SkipReason.PARKED: "parked, not ended",
    SkipReason.NO_WRAPUP_MEDIUM: "this medium has no wrap-up",
    SkipReason.CAMPAIGN: "a campaign call",
    SkipReason.NO_QUEUE: "no queue was involved",
    SkipReason.OTHER_LEG: "another agent's part gets the code",
    SkipReason.SHADOW: "only decided, by a release in shadow mode",
    FailReason.REJECTED: "Genesys refused it",
    FailReason.EXHAUSTED: "too many tries",
    FailReason.QUARANTINED: "its worker died three times",
    FailReason.TOO_LATE: "the conversation is too old",
    FailReason.UNCONFIRMED: "accepted, but never seen",
    FailReason.CODE_GONE: "the code no longer exists",
    FailReason.CODE_NOT_ON_QUEUE: "the code is not on the queue",
}


class Attempt(models.Model):
    """One call for one assignment: on record before it is made, finished after it."""

    class Kind(models.TextChoices):
        WRITE = "write"
        READ = "read"
        BULK_READ = "bulk_read"

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="attempts")
    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+")
    fence = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    worker = models.CharField(max_length=128)
    started_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True, help_text="Empty while it runs, or if its worker died.")
    code_seen_id = models.CharField(max_length=64, blank=True, help_text="What a read showed.")
    duration_ms = models.PositiveIntegerField(null=True)
    request = models.JSONField(
        null=True, help_text="Method, path and body as they were sent, without notes, which the assignment has."
    )
    http_status = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=96, blank=True)
    correlation_id = models.CharField(max_length=96, blank=True)
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "fence", "kind"],
                condition=Q(kind__in=["write", "read"]),
                name="attempt_once_per_fence",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-started_at"], name="attempt_newest"),
            HashIndex(fields=["correlation_id"], condition=~Q(correlation_id=""), name="attempt_by_correlation"),
            models.Index(
                fields=["organization", "http_status", "assignment"],
                condition=Q(http_status__gte=400),
                name="attempt_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.assignment_id} under fence {self.fence}"
