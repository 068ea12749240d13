"""One organization on the real services, with the wire, the clock and the model that steps and judgements work on."""

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from dashboard.chaos.evidence import Evidence, ledger_of, stories_of
from tests.factories import AssignmentFactory, MembershipFactory
from tests.invariants.model import COLUMNS, Leg, Model, Row, row_of
from tests.invariants.steering import Steering
from tests.invariants.wire import Wire
from tests.services.centre import Centre
from wrapups.domain.status import Status
from wrapups.models import Assignment, Organization
from wrapups.services import applying, budgeting, bulk_pieces, decide_again_pieces, dispatching
from wrapups.services.auditing import Actor

WORKERS = ("one", "two", "three")
PIECE = 2
"""How many rows of an act on many one transaction takes here."""


def require(number: str, broken: Iterable[str]) -> None:
    """Fail with the invariant's number and what broke it, if anything did."""
    words = list(broken)
    assert not words, f"{number}: {'; '.join(words[:5])}"


class Ground(RuleBasedStateMachine):
    """What each example starts from and leaves as it was, and what it may ask of the rows."""

    centre: ClassVar[Centre]

    def __init__(self) -> None:
        super().__init__()
        centre = self.centre
        self._example = transaction.atomic()
        self._example.__enter__()
        centre.simulator.reset()
        self.simulator = centre.simulator
        self.steering = Steering(self.simulator)
        self.wire = Wire(centre.gateway, self.simulator, self.steering)
        self.steering.before = self.wire.land
        self._patched = pytest.MonkeyPatch()
        for module in (budgeting, dispatching, applying):
            self._patched.setattr(module, "time", self.steering)
        for module in (bulk_pieces, decide_again_pieces):
            self._patched.setattr(module, "PIECE", PIECE)
        self.organization = Organization.objects.get(pk=centre.organization.pk)
        self.model = Model()
        self.actor, self.colleague = (
            Actor(MembershipFactory(organization=self.organization).person, "a test") for _ in range(2)
        )
        self.other = AssignmentFactory(due_at=self.steering.now() - timedelta(days=1))
        self._before_other = self._rows(self.other.organization)[self.other.pk]
        self._before: dict[int, Row] = {}
        self._audited = 0

    def _rows(self, organization: Organization) -> dict[int, Row]:
        values = Assignment.everywhere.of(organization).order_by("pk").values(*COLUMNS)
        return {row["pk"]: row_of(row) for row in values}

    def _row(self, pk: int) -> Row:
        return row_of(Assignment.everywhere.filter(pk=pk).values(*COLUMNS).get())

    @property
    def _settle(self) -> timedelta:
        return timedelta(seconds=self.organization.settle_s)

    def _any(self, *statuses: str) -> bool:
        return any(row.status in statuses for row in self.model.rows.values())

    def _leg(self, place: int) -> Leg:
        return self.model.legs[place % len(self.model.legs)]

    def _leg_in_doubt(self) -> Leg | None:
        doubtful = (row for row in self._rows(self.organization).values() if row.status == Status.UNKNOWN)
        return next((Leg(row.conversation_id, row.communication_id) for row in doubtful), None)

    def _evidence(self) -> Evidence:
        state = {row["communication_id"]: row["code"] for row in self.simulator.state()}
        return Evidence(
            stories=stories_of(self.organization),
            ledger=ledger_of(self.simulator),
            fed=frozenset(leg.communication_id for leg in self.model.legs),
            codes=state,
            settle_s=self.organization.settle_s,
            allowed_in_60s=0,
            most_in_60s=0,
            concurrency=len(WORKERS),
        )
