"""Every model of the product."""

from wrapups.models.assignments import Assignment, Attempt
from wrapups.models.audit import Act, AuditEntry
from wrapups.models.catalogue import Agent, Division, Queue, QueueWrapupCode, WrapupCode
from wrapups.models.conversations import Communication, Conversation
from wrapups.models.intake import Disposition
from wrapups.models.organizations import AccessToken, CallBudget, Organization, Sweep
from wrapups.models.people import Membership, Person
from wrapups.models.probes import Probe, ProbeCall
from wrapups.models.rules import MappingRule, Release

__all__ = [
    "AccessToken",
    "Act",
    "Agent",
    "Assignment",
    "Attempt",
    "AuditEntry",
    "CallBudget",
    "Communication",
    "Conversation",
    "Disposition",
    "Division",
    "MappingRule",
    "Membership",
    "Organization",
    "Person",
    "Probe",
    "ProbeCall",
    "Queue",
    "QueueWrapupCode",
    "Release",
    "Sweep",
    "WrapupCode",
]
