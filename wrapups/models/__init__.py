"""Every model of the product."""

from wrapups.models.added_codes import AddedCode
from wrapups.models.alerts import AlertChannel, AlertDelivery, AlertEvent, AlertRule
from wrapups.models.assignments import Assignment, Attempt
from wrapups.models.audit import Act, AuditEntry
from wrapups.models.backfills import Backfill
from wrapups.models.bulk import BulkAct, BulkActRow
from wrapups.models.calls import CallTally
from wrapups.models.catalogue import Agent, Division, Queue, QueueWrapupCode, WrapupCode
from wrapups.models.conversations import Communication, Conversation
from wrapups.models.drift import DriftNotice, NameSeen
from wrapups.models.erasures import Erasure
from wrapups.models.exports import Export, ExportPiece
from wrapups.models.failures import FailureGroup
from wrapups.models.handovers import Handover
from wrapups.models.heartbeats import Heartbeat
from wrapups.models.holds import WorkHold
from wrapups.models.imports import RuleImport
from wrapups.models.intake import Disposition, EventSource, InboundEvent
from wrapups.models.keys import ApiKey, IdempotentAnswer
from wrapups.models.organizations import AccessToken, CallBudget, Organization, Sweep
from wrapups.models.people import Membership, Person
from wrapups.models.probes import Probe, ProbeCall
from wrapups.models.reports import ReportLetter, ReportSubscription
from wrapups.models.rules import MappingRule, Release
from wrapups.models.subscriptions import Delivery, Notice, Subscription
from wrapups.models.tallies import CountedDay, DaySum, DecisionTally, DispositionSeen
from wrapups.models.trials import RuleCase, WhatIf, WhatIfChange
from wrapups.models.uploads import Upload, UploadFile, UploadLine
from wrapups.models.views import SavedView

__all__ = [
    "AccessToken",
    "Act",
    "AddedCode",
    "Agent",
    "AlertChannel",
    "AlertDelivery",
    "AlertEvent",
    "AlertRule",
    "ApiKey",
    "Assignment",
    "Attempt",
    "AuditEntry",
    "Backfill",
    "BulkAct",
    "BulkActRow",
    "CallBudget",
    "CallTally",
    "Communication",
    "Conversation",
    "CountedDay",
    "DaySum",
    "DecisionTally",
    "Delivery",
    "Disposition",
    "DispositionSeen",
    "Division",
    "DriftNotice",
    "Erasure",
    "EventSource",
    "Export",
    "ExportPiece",
    "FailureGroup",
    "Handover",
    "Heartbeat",
    "IdempotentAnswer",
    "InboundEvent",
    "MappingRule",
    "Membership",
    "NameSeen",
    "Notice",
    "Organization",
    "Person",
    "Probe",
    "ProbeCall",
    "Queue",
    "QueueWrapupCode",
    "Release",
    "ReportLetter",
    "ReportSubscription",
    "RuleCase",
    "RuleImport",
    "SavedView",
    "Subscription",
    "Sweep",
    "Upload",
    "UploadFile",
    "UploadLine",
    "WhatIf",
    "WhatIfChange",
    "WorkHold",
    "WrapupCode",
]
