"""One organization and the contact centre it stands for: our rows, the real gateway, the simulated Genesys Cloud."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.factories import (
    MappingRuleFactory,
    OrganizationFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from tests.genesys.simulator.factories import CallFactory, Document, row_of
from tests.services.clock import Clock
from wrapups.domain.status import LIVE
from wrapups.genesys.gateway import GenesysGateway
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models import (
    Assignment,
    AuditEntry,
    CallBudget,
    Conversation,
    Organization,
    Queue,
    Release,
    Sweep,
    WrapupCode,
)
from wrapups.services import applying, deciding, refreshing, verifying
from wrapups.services.budgeting import Held, Wait
from wrapups.services.dispatching import Claim, Stale, claim_next

Row = dict[str, Any]
Conditions = Mapping[str, object]

ANY_CALL: Conditions = {"all": []}
WANTED, OTHER = "Resolved", "Escalated"
QUEUE = "Technical Support"
WORKER = "worker-1"
PLENTY = 50


def when(fact: str, operator: str, value: object) -> Conditions:
    """Return the stored form of one condition."""
    return {"all": [{"fact": fact, "operator": operator, "value": value}]}


@dataclass
class Centre:
    """What a test of the engine starts from: calls ended 100 seconds ago, no grace time, and calls in plenty.

    Codes and queues are known as the simulator has them; which codes a queue offers is not, unless a test says so.
    """

    simulator: SimulatorControl
    gateway: GenesysGateway
    organization: Organization
    calls: CallFactory
    clock: Clock
    codes: Mapping[str, WrapupCode] = field(default_factory=dict)
    queues: Mapping[str, Queue] = field(default_factory=dict)

    # The organization

    def let(self, **columns: Any) -> None:
        """Set columns of the organization."""
        Organization.objects.filter(pk=self.organization.pk).update(**columns)
        self.organization.refresh_from_db()

    def publish(self, *rules: tuple[Conditions, str], notes: str = "") -> Release:
        """Put these rules in force, each conditions and a code's name, in place of the present release."""
        Release.everywhere.filter(organization=self.organization, state=Release.State.PUBLISHED).update(
            state=Release.State.RETIRED
        )
        draft = ReleaseFactory(organization=self.organization)
        for line, (conditions, code) in enumerate(rules, start=1):
            MappingRuleFactory(
                organization=self.organization,
                release=draft,
                line=line,
                conditions=conditions,
                wrapup_code=self.codes[code],
                notes=notes,
            )
        return put_in_force(draft)

    def offer(self, queue: str, *codes: str) -> None:
        """Let our copy know that this queue offers just these codes."""
        for code in codes:
            QueueWrapupCodeFactory(
                organization=self.organization, queue=self.queues[queue], wrapup_code=self.codes[code]
            )

    @property
    def budget(self) -> CallBudget:
        """The call budget as it is now."""
        return CallBudget.objects.get(organization=self.organization)

    # Conversations

    def call(self, **values: Any) -> Row:
        """Let a call have taken place; return its agent's row of the simulator's state."""
        return self.calls.create(**values)

    def load(self, *documents: Document) -> list[str]:
        """Let these conversations have taken place; return their ids."""
        return self.simulator.load({"conversations": list(documents)})

    def decide(self, *rows: Row | str) -> int:
        """Read these conversations in bulk and decide them by the release in force."""
        ids = sorted({row if isinstance(row, str) else row["conversation_id"] for row in rows})
        release = Release.everywhere.get(organization=self.organization, state=Release.State.PUBLISHED)
        return deciding.decide(self.organization, release, self.gateway.conversations(ids))

    def assign(self, **values: Any) -> Assignment:
        """Let a call have taken place that should get the wanted code, and decide so."""
        row = self.call(**values)
        if not Release.everywhere.filter(organization=self.organization, state=Release.State.PUBLISHED).exists():
            self.publish((ANY_CALL, WANTED))
        self.decide(row)
        return self.assignment(row)

    def assignment(self, row: Row) -> Assignment:
        """Return the newest assignment of a communication, as it is now."""
        found: Assignment = (
            Assignment.everywhere.filter(
                organization=self.organization, communication__communication_id=row["communication_id"]
            )
            .select_related("communication__conversation")
            .latest("generation")
        )
        return found

    def agent_chooses(self, subject: Row | Assignment, code: str) -> None:
        """Let the agent set a code in their client, now."""
        conversation_id, communication_id = _address(subject)
        self.simulator.agent_sets_code(conversation_id, communication_id, self.code(code))

    def code(self, name: str) -> str:
        """Return the Genesys id of a code."""
        return str(self.codes[name].genesys_id)

    # Working

    def claim(self) -> Claim:
        """Take the next due assignment."""
        claimed = claim_next(self.organization, worker=WORKER)
        assert isinstance(claimed, Claim), claimed
        return claimed

    def apply(self) -> Claim:
        """Take the next due assignment and make its call."""
        claimed = self.claim()
        applying.apply(claimed, self.organization, gateway=self.gateway)
        return claimed

    def settle(self) -> None:
        """Let the settle time pass, so that an unclear write may be read back and an accepted one verified."""
        self.clock.advance(self.organization.settle_s + 1)

    def verify(self) -> int | Wait | Held:
        """Read back in bulk what was accepted."""
        return verifying.verify(self.organization, gateway=self.gateway, worker=WORKER)

    def finish(self, assignment: Assignment, *, rounds: int = 20) -> Assignment:
        """Work on, and let time pass, until nothing is left to be done by itself; return the assignment then."""
        for _ in range(rounds):
            assignment.refresh_from_db()
            if assignment.status not in LIVE:
                return assignment
            self.clock.advance(self.organization.settle_s + 120)
            while isinstance(claimed := claim_next(self.organization, worker=WORKER), Claim):
                applying.apply(claimed, self.organization, gateway=self.gateway)
            if isinstance(claimed, Stale):
                refreshing.refresh(self.organization, gateway=self.gateway)
            self.verify()
        raise AssertionError(f"{assignment} has not come to an end in {rounds} rounds")

    # What is so

    def code_on(self, subject: Row | Assignment) -> str | None:
        """Return the code the communication really carries."""
        code: str | None = row_of(self.simulator, _address(subject)[1])["code"]
        return code

    def effective_changes(self) -> int:
        """Return how often we really changed a code."""
        ours = self.simulator.client()["client_id"]
        return sum(entry["by"] == ours and entry["before"] != entry["after"] for entry in self.simulator.ledger())

    def counted(self, operation: str) -> int:
        """Return how many calls of an operation arrived, such as "POST */wrapup"."""
        method, _, end = operation.partition(" *")
        operations = self.simulator.calls()["operations"]
        return sum(n for key, n in operations.items() if key.startswith(method) and key.endswith(end))

    def entries(self, table: str) -> list[AuditEntry]:
        """Return the audit of one table, oldest first."""
        return list(AuditEntry.objects.filter(table=table, organization_id=self.organization.pk).order_by("pk"))


def centre_at(simulator: SimulatorControl, gateway: GenesysGateway, clock: Clock, **columns: Any) -> Centre:
    """Return a centre of its own organization; `columns` are the organization's."""
    client = simulator.client()
    since = clock.now() - timedelta(days=30)
    policies = {"grace_s": 0, "calls_per_minute": 3000, "burst": PLENTY, "apply_from": since, **columns}
    organization = OrganizationFactory(api_url=simulator.url, client_id=client["client_id"], **policies)
    organization.client_secret = client["client_secret"]
    organization.save()
    CallBudget.objects.filter(organization=organization).update(tokens=PLENTY)
    for kind in Sweep.Kind:
        SweepFactory(organization=organization, kind=kind)
    catalogue = simulator.catalogue()
    return Centre(
        simulator,
        gateway,
        organization,
        CallFactory(simulator),
        clock,
        codes=_copied(WrapupCodeFactory, organization, catalogue["codes"]),
        queues=_copied(QueueFactory, organization, catalogue["queues"]),
    )


def _copied(factory: Any, organization: Organization, listed: Iterable[Row]) -> Mapping[str, Any]:
    return {
        each["name"]: factory(organization=organization, genesys_id=each["id"], name=each["name"]) for each in listed
    }


def _address(subject: Row | Assignment) -> tuple[str, str]:
    if isinstance(subject, Assignment):
        conversation: Conversation = subject.communication.conversation
        return conversation.conversation_id, subject.communication.communication_id
    return subject["conversation_id"], subject["communication_id"]


def alike(document: Document) -> Document:
    """Return the same call under ids of its own."""
    copy = deepcopy(document) | {"conversationId": str(uuid4())}
    for participant in copy["participants"]:
        participant["participantId"] = str(uuid4())
        participant["sessions"][0]["sessionId"] = str(uuid4())
    return copy


def seconds_between(earlier: datetime, later: datetime) -> float:
    """Return how many seconds lie between."""
    return (later - earlier).total_seconds()
