"""One factory per model: each valid without arguments, in an organization of its own unless told which.

Parts of one thing share its organization. Traits name the states that tests start from.
"""

import json
from datetime import UTC, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from wrapups import models
from wrapups.domain.alerting import Condition
from wrapups.domain.notices import ALERT, EVENTS
from wrapups.domain.roles import Role
from wrapups.domain.scopes import Scope
from wrapups.domain.status import FailReason, SkipReason, Status
from wrapups.models.sealing import seal

API_SECRET = "c0ffee" * 10 + "beef"
SAME_ORGANIZATION = factory.SelfAttribute("..organization")


def _id() -> str:
    return str(uuid4())


def _ago(**distance: float) -> Any:
    return factory.LazyFunction(lambda: timezone.now() - timedelta(**distance))


class OwnedFactory(DjangoModelFactory[Any]):
    """For rows of an organization, whose `objects` are for pages only."""

    class Meta:
        abstract = True

    organization = factory.SubFactory("tests.factories.OrganizationFactory")

    @classmethod
    def _get_manager(cls, model_class: Any) -> Any:
        return model_class.everywhere


class OrganizationFactory(DjangoModelFactory[models.Organization]):
    class Meta:
        model = models.Organization
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Contact Centre {n}")
    slug = factory.Sequence(lambda n: f"centre-{n}")
    genesys_id = factory.LazyFunction(_id)
    api_url = "https://api.mypurecloud.ie"
    client_id = factory.LazyFunction(_id)
    apply_from = _ago(days=7)
    call_budget = factory.RelatedFactory("tests.factories.CallBudgetFactory", factory_related_name="organization")


class CallBudgetFactory(DjangoModelFactory[models.CallBudget]):
    class Meta:
        model = models.CallBudget

    class Params:
        held = factory.Trait(
            held_at=_ago(minutes=5),
            held_by=factory.SubFactory("tests.factories.PersonFactory"),
            held_reason="Genesys maintenance",
        )
        refused = factory.Trait(refused_at=_ago(minutes=5), refused_because="Genesys Cloud answered 401.")

    organization = factory.SubFactory(OrganizationFactory, call_budget=None)


class SweepFactory(DjangoModelFactory[models.Sweep]):
    class Meta:
        model = models.Sweep

    organization = factory.SubFactory(OrganizationFactory)
    kind = models.Sweep.Kind.DISCOVER
    succeeded_at = _ago(seconds=20)


class HeartbeatFactory(DjangoModelFactory[models.Heartbeat]):
    """A worker that has just shown that it goes round."""

    class Meta:
        model = models.Heartbeat

    kind = models.Heartbeat.Kind.WORKER
    host = "wrapups-1"
    pid = factory.Sequence(lambda n: n + 1)
    beat_at = _ago(seconds=2)


class PersonFactory(DjangoModelFactory[models.Person]):
    class Meta:
        model = models.Person
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    first_name = "Mara"
    last_name = factory.Sequence(lambda n: f"Lindqvist {n}")
    password = factory.django.Password("a sentence nobody guesses")


class MembershipFactory(DjangoModelFactory[models.Membership]):
    class Meta:
        model = models.Membership

    person = factory.SubFactory(PersonFactory)
    organization = factory.SubFactory(OrganizationFactory)
    role = Role.ADMIN


class SavedViewFactory(OwnedFactory):
    class Meta:
        model = models.SavedView

    person = factory.SubFactory(PersonFactory)
    name = factory.Sequence(lambda n: f"View {n}")
    slug = factory.Sequence(lambda n: f"view-{n}")
    query = "status=failed"


class CatalogueFactory(OwnedFactory):
    class Meta:
        abstract = True

    class Params:
        gone = factory.Trait(gone_at=_ago(days=2))

    genesys_id = factory.LazyFunction(_id)


class DivisionFactory(CatalogueFactory):
    class Meta:
        model = models.Division

    name = factory.Sequence(lambda n: f"Division {n}")


class QueueFactory(CatalogueFactory):
    class Meta:
        model = models.Queue

    name = factory.Sequence(lambda n: f"Queue {n}")
    acw_prompt = "MANDATORY_TIMEOUT"
    acw_timeout_ms = 30_000


class WrapupCodeFactory(CatalogueFactory):
    class Meta:
        model = models.WrapupCode

    name = factory.Sequence(lambda n: f"Code {n}")


class AgentFactory(CatalogueFactory):
    class Meta:
        model = models.Agent

    name = factory.Sequence(lambda n: f"Agent {n}")
    email = factory.Sequence(lambda n: f"agent{n}@example.org")


class QueueWrapupCodeFactory(OwnedFactory):
    class Meta:
        model = models.QueueWrapupCode

    queue = factory.SubFactory(QueueFactory, organization=SAME_ORGANIZATION)
    wrapup_code = factory.SubFactory(WrapupCodeFactory, organization=SAME_ORGANIZATION)


class DriftNoticeFactory(OwnedFactory):
    """A code that was deleted. The traits are the other drifts, and how a notice ends."""

    class Meta:
        model = models.DriftNotice

    class Params:
        renamed = factory.Trait(kind=models.DriftNotice.Kind.RENAMED, new_name="Solved")
        off_queue = factory.Trait(
            kind=models.DriftNotice.Kind.OFF_QUEUE,
            queue=factory.SubFactory(QueueFactory, organization=SAME_ORGANIZATION),
        )
        seen_to = factory.Trait(
            ended_at=_ago(minutes=5),
            ended_because="It is meant to be",
            dismissed_by=factory.SubFactory(PersonFactory),
        )

    kind = models.DriftNotice.Kind.DELETED
    wrapup_code = factory.SubFactory(WrapupCodeFactory, organization=SAME_ORGANIZATION)
    old_name = factory.SelfAttribute("wrapup_code.name")


class AddedCodeFactory(OwnedFactory):
    """A code that somebody has let be put on a queue, and that is still to be sent."""

    class Meta:
        model = models.AddedCode

    queue = factory.SubFactory(QueueFactory, organization=SAME_ORGANIZATION)
    wrapup_code = factory.SubFactory(WrapupCodeFactory, organization=SAME_ORGANIZATION)
    person = factory.SubFactory(PersonFactory)
    reason = "A new outcome"


class ReleaseFactory(OwnedFactory):
    """A draft: rules can only be added to one. `put_in_force` publishes it."""

    class Meta:
        model = models.Release

    number = factory.Sequence(lambda n: n + 1)


class MappingRuleFactory(OwnedFactory):
    """A rule of a draft, with one condition that always means something."""

    class Meta:
        model = models.MappingRule

    release = factory.SubFactory(ReleaseFactory, organization=SAME_ORGANIZATION)
    line = factory.Sequence(lambda n: n + 1)
    name = factory.Sequence(lambda n: f"Rule {n}")
    conditions = factory.LazyFunction(lambda: {"all": [{"fact": "media", "operator": "one_of", "value": ["voice"]}]})
    wrapup_code = factory.SubFactory(WrapupCodeFactory, organization=SAME_ORGANIZATION)


def put_in_force(release: models.Release) -> models.Release:
    """Publish a draft with the rules it has, and return it as it is now."""
    models.Release.everywhere.filter(pk=release.pk).update(
        state=models.Release.State.PUBLISHED, published_at=timezone.now()
    )
    release.refresh_from_db()
    return release


class ConversationFactory(OwnedFactory):
    class Meta:
        model = models.Conversation

    conversation_id = factory.LazyFunction(_id)
    started_at = _ago(minutes=20)
    ended_at = _ago(minutes=10)
    originating_direction = "inbound"
    read_at = _ago(minutes=5)


class CommunicationFactory(OwnedFactory):
    class Meta:
        model = models.Communication

    conversation = factory.SubFactory(ConversationFactory, organization=SAME_ORGANIZATION)
    participant_id = factory.LazyFunction(_id)
    communication_id = factory.LazyFunction(_id)
    media_type = "voice"
    direction = "inbound"
    connected_at = _ago(minutes=15)
    ended_at = _ago(minutes=10)
    disconnect_type = "peer"
    read_at = _ago(minutes=5)


class DispositionFactory(OwnedFactory):
    class Meta:
        model = models.Disposition

    conversation_id = factory.LazyFunction(_id)
    source = "crm"
    event_id = factory.LazyFunction(_id)
    code = "REF-OK"
    said_at = _ago(minutes=9)


class DispositionSeenFactory(OwnedFactory):
    """A disposition that came and that no rule asks for."""

    class Meta:
        model = models.DispositionSeen

    class Params:
        aside = factory.Trait(
            dismissed_at=_ago(minutes=5),
            dismissed_by=factory.SubFactory(PersonFactory),
            dismissed_because="Only our testers say it",
        )

    source = "crm"
    code = factory.Sequence(lambda n: f"ZZ-{n}")
    count = 3
    first_said_at = _ago(days=9)
    last_said_at = _ago(hours=1)
    known = False


class DecisionTallyFactory(OwnedFactory):
    """What was counted today, whatever was said about it."""

    class Meta:
        model = models.DecisionTally

    day = factory.LazyFunction(lambda: timezone.now().astimezone(UTC).date())
    queue_id = factory.LazyFunction(_id)
    count = 1
    last_at = _ago(minutes=30)


class AssignmentFactory(OwnedFactory):
    """A code that is to be sent now. The traits are the other ways an assignment can stand."""

    class Meta:
        model = models.Assignment

    class Params:
        verified = factory.Trait(status=Status.VERIFIED, finished_at=_ago(minutes=1), write_count=1)
        conflict = factory.Trait(status=Status.CONFLICT, finished_at=_ago(minutes=1), error="conflict")
        failed = factory.Trait(
            status=Status.FAILED,
            reason=FailReason.REJECTED,
            finished_at=_ago(minutes=1),
            write_count=1,
            error="refused",
            error_code="bad.request",
            error_message="Genesys Cloud answered 400: the code is not on the queue.",
            fingerprint="5f0c1f4e9b1d4c7a8e2b3a6d7c8e9f01",
        )
        skipped = factory.Trait(
            status=Status.SKIPPED,
            reason=SkipReason.NO_RULE,
            finished_at=_ago(minutes=1),
            rule=None,
            release=None,
            wrapup_code=None,
        )

    communication = factory.SubFactory(CommunicationFactory, organization=SAME_ORGANIZATION)
    wrapup_code = factory.SubFactory(WrapupCodeFactory, organization=SAME_ORGANIZATION)
    release = None
    rule = None
    status = Status.PENDING
    ended_at = factory.SelfAttribute("communication.ended_at")


class AttemptFactory(DjangoModelFactory[models.Attempt]):
    """One write that Genesys accepted."""

    class Meta:
        model = models.Attempt

    assignment = factory.SubFactory(AssignmentFactory)
    organization = factory.SelfAttribute("assignment.organization")
    fence = factory.Sequence(lambda n: n + 1)
    kind = models.Attempt.Kind.WRITE
    worker = "worker-1"
    started_at = _ago(seconds=5)
    finished_at = _ago(seconds=4)
    outcome = "accepted"
    duration_ms = 180
    http_status = 202
    correlation_id = factory.LazyFunction(_id)


class ActFactory(DjangoModelFactory[models.Act]):
    """Something a person did. What it changed is written by the database's triggers, never by a factory."""

    class Meta:
        model = models.Act

    organization = factory.SubFactory(OrganizationFactory)
    person = factory.SubFactory(PersonFactory)
    verb = "publish release"
    reason = "The CRM has a new outcome"


class ProbeFactory(OwnedFactory):
    """A probe whose conversation a worker has yet to look at. The traits are how far it came."""

    class Meta:
        model = models.Probe

    class Params:
        found = factory.Trait(state=models.Probe.State.FOUND)
        running = factory.Trait(state=models.Probe.State.RUNNING)
        failed = factory.Trait(
            state=models.Probe.State.FAILED, problem="Genesys Cloud answered 404.", finished_at=_ago(minutes=2)
        )

    person = factory.SubFactory(PersonFactory)
    reason = "A new OAuth client"
    conversation_id = factory.LazyFunction(_id)
    state = models.Probe.State.LOOKING


class ProbeCallFactory(OwnedFactory):
    """One read of a probe that showed no code."""

    class Meta:
        model = models.ProbeCall

    probe = factory.SubFactory(ProbeFactory)
    organization = factory.SelfAttribute("probe.organization")
    kind = "read"
    question = "unset_read"
    started_at = _ago(seconds=5)
    finished_at = _ago(seconds=4)
    outcome = "answered"
    http_status = 404


class SubscriptionFactory(OwnedFactory):
    """A receiver that is told of everything that may be told, with a secret of its own."""

    class Meta:
        model = models.Subscription

    class Params:
        held = factory.Trait(held_because="It answered 410: it does not want to be told any more.")
        paused = factory.Trait(enabled=False)

    name = factory.Sequence(lambda n: f"Receiver {n}")
    url = "https://hooks.example.com/wrapups"
    events = factory.LazyFunction(lambda: [event.value for event in EVENTS])
    key = factory.LazyFunction(lambda: uuid4().hex)

    @factory.lazy_attribute
    def secret_sealed(self) -> str:
        return seal(f"whsec_{self.key}", belongs_to=f"subscription:{self.key}")


class AlertChannelFactory(OwnedFactory):
    """An e-mail channel that is told of everything, at any hour. The traits are the other kinds."""

    class Meta:
        model = models.AlertChannel

    class Params:
        slack = factory.Trait(
            kind=models.AlertChannel.Kind.SLACK,
            addresses=[],
            url="https://hooks.slack.example.com/services/T0/B0/secret",
            host="hooks.slack.example.com",
        )
        webhook = factory.Trait(
            kind=models.AlertChannel.Kind.WEBHOOK,
            addresses=[],
            subscription=factory.SubFactory(SubscriptionFactory, organization=SAME_ORGANIZATION, events=[ALERT]),
        )
        url = ""

    name = factory.Sequence(lambda n: f"Channel {n}")
    kind = models.AlertChannel.Kind.EMAIL
    addresses = factory.LazyFunction(lambda: ["ops@example.org"])
    key = factory.LazyFunction(lambda: uuid4().hex)
    conditions = factory.LazyFunction(lambda: [each.value for each in Condition])

    @factory.lazy_attribute
    def secret_sealed(self) -> str:
        return seal(self.url, belongs_to=f"alert_channel:{self.key}")


class AlertEventFactory(OwnedFactory):
    """Calls that a person paused a while ago."""

    class Meta:
        model = models.AlertEvent

    class Params:
        over = factory.Trait(finished_at=_ago(minutes=1))

    condition = Condition.HELD
    opened_at = _ago(minutes=10)
    facts = factory.LazyFunction(lambda: {"because": "Genesys maintenance", "by": "Mara Lindqvist"})


class AlertDeliveryFactory(OwnedFactory):
    """What is to be told now. The traits are how it may have ended."""

    class Meta:
        model = models.AlertDelivery

    class Params:
        sent = factory.Trait(state="sent", tries=1, finished_at=_ago(minutes=1))
        given_up = factory.Trait(
            state="given_up", tries=9, finished_at=_ago(minutes=1), problem="The mail server did not answer."
        )

    channel = factory.SubFactory(AlertChannelFactory, organization=SAME_ORGANIZATION)
    event = factory.SubFactory(AlertEventFactory, organization=SAME_ORGANIZATION, over=True)
    what = models.AlertDelivery.What.RAISED


class NoticeFactory(OwnedFactory):
    """A notice that is to be told now. The traits are how it may have ended."""

    class Meta:
        model = models.Notice

    class Params:
        told = factory.Trait(state="told", tries=1, http_status=200, finished_at=_ago(minutes=1))
        given_up = factory.Trait(
            state="given_up", tries=30, http_status=500, problem="It answered 500.", finished_at=_ago(minutes=1)
        )

    subscription = factory.SubFactory(SubscriptionFactory, organization=SAME_ORGANIZATION)
    assignment = factory.SubFactory(
        AssignmentFactory, organization=SAME_ORGANIZATION, status=Status.SKIPPED, reason=SkipReason.NO_RULE
    )
    event = "verified"
    event_id = factory.LazyFunction(_id)
    payload = factory.LazyFunction(lambda: {"assignment": {"status": "verified"}})


class DeliveryFactory(OwnedFactory):
    """One try that the receiver took."""

    class Meta:
        model = models.Delivery

    class Params:
        failed = factory.Trait(told=False, http_status=500, problem="It answered 500.")

    notice = factory.SubFactory(NoticeFactory, organization=SAME_ORGANIZATION)
    subscription = factory.SelfAttribute("notice.subscription")
    fence = factory.Sequence(lambda n: n + 1)
    worker = "worker-1"
    started_at = _ago(seconds=5)
    finished_at = _ago(seconds=4)
    told = True
    http_status = 200
    duration_ms = 40


class EventSourceFactory(OwnedFactory):
    """A signed webhook whose secret is `the secret`."""

    class Meta:
        model = models.EventSource

    class Params:
        trigger = factory.Trait(kind=models.EventSource.Kind.TRIGGER)
        eventbridge = factory.Trait(kind=models.EventSource.Kind.EVENTBRIDGE)
        listener = factory.Trait(kind=models.EventSource.Kind.LISTENER, secret_sealed="")

    kind = models.EventSource.Kind.WEBHOOK
    name = factory.Sequence(lambda n: f"crm-{n}")
    key = factory.LazyFunction(lambda: uuid4().hex)
    secret_sealed = factory.LazyAttribute(lambda source: seal("the secret", belongs_to=f"source:{source.key}"))


class InboundEventFactory(OwnedFactory):
    """A disposition that a webhook told and that was taken in. The traits are the other states."""

    class Meta:
        model = models.InboundEvent

    class Params:
        waiting = factory.Trait(kind="ended", state=models.InboundEvent.State.RECEIVED, due_at=_ago(minutes=1))
        apart = factory.Trait(
            kind="",
            conversation_id="",
            occurred_at=None,
            body="{}",
            state=models.InboundEvent.State.QUARANTINED,
            reason="kind: This field is missing.",
            finished_at=None,
        )
        dismissed = factory.Trait(apart=True, state=models.InboundEvent.State.DISMISSED, finished_at=_ago(minutes=1))

    source = factory.SubFactory(EventSourceFactory, organization=SAME_ORGANIZATION)
    sender = factory.SelfAttribute("source.name")
    event_id = factory.LazyFunction(_id)
    digest = factory.LazyFunction(lambda: uuid4().hex * 2)
    conversation_id = factory.LazyFunction(_id)
    body = factory.LazyAttribute(
        lambda event: json.dumps(
            {
                "event_id": event.event_id,
                "kind": event.kind,
                "conversation_id": event.conversation_id,
                "occurred_at": event.occurred_at.isoformat(),
                "disposition": "REF-OK",
            }
        )
    )
    kind = "disposition"
    state = models.InboundEvent.State.PROCESSED
    occurred_at = _ago(minutes=2)
    received_at = _ago(minutes=1)
    finished_at = _ago(minutes=1)


class ApiKeyFactory(OwnedFactory):
    """A program's key that may do everything, as often as it likes. `key_of` is what the program sends."""

    class Meta:
        model = models.ApiKey

    name = factory.Sequence(lambda n: f"program-{n}")
    prefix = factory.Sequence(lambda n: f"{n:012x}")
    digest = sha256(API_SECRET.encode()).hexdigest()
    scopes = factory.LazyFunction(lambda: [scope.value for scope in Scope])
    calls_per_minute = 100_000
    allowance = 100_000


def key_of(row: models.ApiKey) -> str:
    """Return the key whose row an `ApiKeyFactory` made."""
    return f"wu_{row.prefix}_{API_SECRET}"


class BackfillFactory(OwnedFactory):
    """A back-fill of the last ten days that a worker is to preview. The traits are how far it came."""

    class Meta:
        model = models.Backfill

    class Params:
        ready = factory.Trait(
            state=models.Backfill.State.READY, read=120, counted={"fates": {"assigned": 80, "known": 40}}
        )
        running = factory.Trait(
            state=models.Backfill.State.RUNNING,
            counted={"fates": {"assigned": 80}},
            assigned=30,
            confirmed_at=_ago(minutes=1),
        )
        done = factory.Trait(
            state=models.Backfill.State.DONE,
            counted={"fates": {"assigned": 80}},
            assigned=80,
            confirmed_at=_ago(hours=1),
            finished_at=_ago(minutes=1),
        )

    person = factory.SubFactory(PersonFactory)
    reason = "New rules"
    begins_at = _ago(days=10)
    ends_at = _ago(hours=1)
    release = factory.SubFactory(ReleaseFactory, organization=SAME_ORGANIZATION)


class UploadFactory(OwnedFactory):
    """A file whose columns nobody has chosen yet, without its lines."""

    class Meta:
        model = models.Upload

    person = factory.SubFactory(PersonFactory)
    filename = factory.Sequence(lambda n: f"calls-{n}.csv")
    digest = factory.Sequence(lambda n: sha256(str(n).encode()).hexdigest())
    source = "crm"
    columns = factory.LazyFunction(lambda: ["Conversation ID", "Disposition", "Notes"])
    counted = factory.LazyFunction(lambda: {"lines": 0, "columns": 3})


class RuleCaseFactory(OwnedFactory):
    """A case that expects no rule to match a voice call."""

    class Meta:
        model = models.RuleCase

    name = factory.Sequence(lambda n: f"Case {n}")
    facts = factory.LazyFunction(lambda: {"media": "voice"})
    author = factory.SubFactory(PersonFactory)


class BulkActFactory(OwnedFactory):
    """An act that a worker is to count: codes of a release are to be put back."""

    class Meta:
        model = models.BulkAct

    kind = models.BulkAct.Kind.PUT_BACK
    person = factory.SubFactory(PersonFactory)
    reason = "They were wrong"
    release = factory.SubFactory(ReleaseFactory, organization=SAME_ORGANIZATION)


class BulkActRowFactory(OwnedFactory):
    """One communication of an act, whose code is still to be put back."""

    class Meta:
        model = models.BulkActRow

    bulk_act = factory.SubFactory(BulkActFactory, organization=SAME_ORGANIZATION)
    assignment = factory.SubFactory(AssignmentFactory, organization=SAME_ORGANIZATION, verified=True)


class HandoverFactory(OwnedFactory):
    """A failed assignment that somebody, who may not be a member, holds."""

    class Meta:
        model = models.Handover

    assignment = factory.SubFactory(AssignmentFactory, organization=SAME_ORGANIZATION, failed=True)
    owner = factory.SubFactory(PersonFactory)
    handed_by = factory.SubFactory(PersonFactory)
    note = "You know this queue"


class ExportFactory(OwnedFactory):
    """An export that a worker is to write, by somebody who may not be a member."""

    class Meta:
        model = models.Export

    person = factory.SubFactory(PersonFactory)
    columns = factory.LazyFunction(lambda: ["conversation_id"])
    format = models.Export.Format.CSV
    zone = "UTC"


class ErasureFactory(OwnedFactory):
    """A customer who is to be found. What identifies them is not in it."""

    class Meta:
        model = models.Erasure

    person = factory.SubFactory(PersonFactory)
    shown = "•••• 4321"
    reason = "Request 12"
