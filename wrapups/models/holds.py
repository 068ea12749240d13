"""A part of the work that people paused: a lane, or a rule in all its releases. Nothing of it is sent meanwhile."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from wrapups.domain.status import Lane
from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned

_SAY = """
    UPDATE wrapups_callbudget
       SET held_lanes = CASE WHEN NEW.lane <> '' THEN array_append(held_lanes, NEW.lane)
                             WHEN OLD.lane <> '' THEN array_remove(held_lanes, OLD.lane) ELSE held_lanes END,
           held_rules = CASE WHEN NEW.rule_identity IS NOT NULL THEN array_append(held_rules, NEW.rule_identity)
                             WHEN OLD.rule_identity IS NOT NULL THEN array_remove(held_rules, OLD.rule_identity)
                             ELSE held_rules END
     WHERE organization_id = COALESCE(NEW.organization_id, OLD.organization_id);
    RETURN NULL;
"""


class WorkHold(Owned):
    """A lane or a rule that waits until a person resumes it: who paused it, when and why. Resuming removes the row.

    Workers do not read these rows. A trigger says in the call budget which lanes and rules are held: whoever takes a
    call locks that row, so a call is either taken before a hold is in force, or meets it.
    """

    lane = models.CharField(max_length=8, choices=[(x.value, x.value) for x in Lane], blank=True)
    rule_identity = models.UUIDField(null=True, help_text="The rule, whatever release it decided in.")
    held_at = models.DateTimeField(db_default=AppNow())
    held_by = models.ForeignKey("wrapups.Person", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lane="", rule_identity__isnull=False) | (~Q(lane="") & Q(rule_identity=None)),
                name="hold_of_a_lane_or_a_rule",
            ),
            models.UniqueConstraint(fields=["organization", "lane"], condition=~Q(lane=""), name="hold_once_per_lane"),
            models.UniqueConstraint(fields=["organization", "rule_identity"], name="hold_once_per_rule"),
        ]
        triggers: ClassVar = [
            audited(),
            pgtrigger.Trigger(
                name="said_to_workers",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                func=_SAY,
            ),
        ]

    def __str__(self) -> str:
        return f"hold of {self.lane or self.rule_identity}"
