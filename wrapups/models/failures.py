"""Failures of one cause, and what people have said about them.

A trigger makes the group's row in the transaction in which its first assignment fails, whoever moves it there; a
success costs nothing. How many wait is not kept here but counted from the assignments, which have an index for it:
a counter would be one row that all workers wait for.
"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from wrapups.domain.status import WAITS_FOR_A_PERSON
from wrapups.models.audit import audited
from wrapups.models.scoping import Owned

RETURNED = "re-open a failure group"
"""The act by which a group that was over opens again when it returns; nobody's but the system's."""


class FailureGroup(Owned):
    """One cause of failures in one organization: since when, who sees to it, and until when nobody has to."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        SNOOZED = "snoozed", "snoozed"
        RESOLVED = "resolved", "resolved"
        IGNORED = "ignored", "ignored"

    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    fingerprint = models.CharField(
        max_length=32, blank=True, help_text="The assignments' own; empty where they have none."
    )
    status = models.CharField(max_length=16, help_text="Of the first one: failed or conflict.")
    reason = models.CharField(max_length=32, blank=True)
    error_code = models.CharField(max_length=96, blank=True, help_text="Genesys' own code.")
    media_type = models.CharField(max_length=24, blank=True)

    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN, db_default="open")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    snoozed_until = models.DateTimeField(null=True, help_text="A snoozed group is open again from then on.")
    because = models.CharField(
        max_length=300, blank=True, db_default="", help_text="What was said when it was last triaged."
    )
    triaged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    triaged_at = models.DateTimeField(null=True)

    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(help_text="To the minute: it is not written more often.")
    reopened_at = models.DateTimeField(
        null=True, help_text="When it last returned after it was resolved, or after nothing of it had waited any more."
    )
    reopen_count = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "fingerprint"], name="failure_group_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-last_seen_at", "-id"], name="failure_group_latest"),
            models.Index(fields=["organization", "state", "-last_seen_at", "-id"], name="failure_group_by_state"),
        ]
        triggers: ClassVar = [audited(leave_out=["last_seen_at"])]

    def __str__(self) -> str:
        return f"failure group {self.pk}: {self.state}"

    @property
    def mark(self) -> str:
        """What changes whenever its state does: a person who saw another mark saw another state."""
        return f"{self.state}.{self.reopen_count}.{self.triaged_at.timestamp() if self.triaged_at else ''}"


# A group that somebody said was resolved returns with the next failure. One that is open, or that somebody sees to,
# returns if nothing of it waited any more: what fails in the same transaction is one return, and what was sent again
# and fails as it did before is none.
_RETURNS = """
    (g.state = 'resolved' OR (
        (g.state IN ('open', 'acknowledged') OR g.state = 'snoozed' AND g.snoozed_until <= app_now())
        AND NOT sent_again
        AND g.first_seen_at <> app_now() AND g.reopened_at IS DISTINCT FROM app_now()
        AND NOT EXISTS (SELECT FROM wrapups_assignment a
                         WHERE a.organization_id = NEW.organization_id AND a.fingerprint = NEW.fingerprint
                           AND a.status IN ('failed', 'conflict') AND a.id <> NEW.id
                           AND a.finished_at IS DISTINCT FROM app_now())))
"""

# Whoever finds no row makes it, and whoever finds that it returns opens it: both once, since the others wait for that
# one transaction and then find it done. Every later failure reads the row and, once a minute, writes when it was.
_GROUP = """
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status = NEW.status AND OLD.fingerprint = NEW.fingerprint THEN RETURN NULL; END IF;
        sent_again := NEW.retry_epoch > 0 AND OLD.fingerprint = NEW.fingerprint;
    END IF;
    INSERT INTO wrapups_failuregroup (organization_id, fingerprint, status, reason, error_code, media_type,
                                      state, because, first_seen_at, last_seen_at, reopen_count)
    SELECT NEW.organization_id, NEW.fingerprint, NEW.status, NEW.reason, NEW.error_code, NEW.media_type,
           'open', '', app_now(), app_now(), 0
     WHERE NOT EXISTS (SELECT FROM wrapups_failuregroup g
                        WHERE g.organization_id = NEW.organization_id AND g.fingerprint = NEW.fingerprint)
        ON CONFLICT DO NOTHING;
    SELECT g.id, RETURNS AS returns, g.last_seen_at INTO of_cause
      FROM wrapups_failuregroup g
     WHERE g.organization_id = NEW.organization_id AND g.fingerprint = NEW.fingerprint;
    IF of_cause.returns THEN
        PERFORM FROM wrapups_failuregroup WHERE id = of_cause.id FOR NO KEY UPDATE;
        PERFORM FROM wrapups_failuregroup g WHERE g.id = of_cause.id AND RETURNS;
        IF FOUND THEN
            present_act := COALESCE(current_setting('wrapups.act', true), '');
            INSERT INTO wrapups_act (organization_id, verb, reason, origin, at)
            VALUES (NEW.organization_id, 'VERB', 'It returned after it was over.', '', app_now())
            RETURNING id INTO own_act;
            PERFORM set_config('wrapups.act', own_act::text, true);
            UPDATE wrapups_failuregroup
               SET state = 'open', reopened_at = app_now(), reopen_count = reopen_count + 1,
                   last_seen_at = app_now()
             WHERE id = of_cause.id;
            PERFORM set_config('wrapups.act', present_act, true);
        END IF;
    ELSIF of_cause.last_seen_at < app_now() - interval '1 minute' THEN
        UPDATE wrapups_failuregroup SET last_seen_at = app_now()
         WHERE id IN (SELECT g.id FROM wrapups_failuregroup g WHERE g.id = of_cause.id
                         FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    RETURN NULL;
""".replace("RETURNS", _RETURNS.strip())


def grouped() -> pgtrigger.Trigger:
    """Return the trigger that gives an assignment that comes to wait for a person its group."""
    return pgtrigger.Trigger(
        name="grouped",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("status", "fingerprint"),
        condition=pgtrigger.Q(new__status__in=sorted(status.value for status in WAITS_FOR_A_PERSON)),
        declare=[
            ("of_cause", "record"),
            ("own_act", "bigint"),
            ("present_act", "text"),
            ("sent_again", "boolean := false"),
        ],
        func=_GROUP.replace("VERB", RETURNED),
    )
