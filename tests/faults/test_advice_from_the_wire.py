"""Whatever Genesys Cloud does to a write, the page says what it means: from the wire to the advice."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.advice import advice_on_refusal
from tests.factories import MembershipFactory
from tests.faults.conftest import Connected
from tests.services.centre import OTHER, PLENTY, QUEUE, WANTED, Centre
from wrapups.domain.failure_classes import FailureClass
from wrapups.domain.status import FailReason, Status
from wrapups.genesys.gateway import GenesysGateway, connect
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.faults import MODES
from wrapups.genesys.simulator.striking import STATUS_CODES
from wrapups.genesys.tokens import MemoryTokens
from wrapups.models import Assignment, CallBudget, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services import applying, pausing
from wrapups.services.auditing import Actor

F = FailureClass
WRITES = ["POST */wrapup", "PATCH *"]
SHOWN = re.compile(r'data-failure-class="(\d+)"')


@dataclass(frozen=True)
class Case:
    """What is done to a write, and what the page must know it as."""

    known_as: FailureClass
    fault: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    """What is special about the conversation."""


def mode(name: str, known_as: FailureClass, **fault: Any) -> Case:
    """Return a case that is a fault."""
    return Case(known_as, {"mode": name, **fault})


def status(number: int, known_as: FailureClass, **call: Any) -> Case:
    """Return a case that is an answer of this status."""
    return Case(known_as, {"mode": "status", "status": number, "count": 2}, call=call)


OLD = {"alert": -90_060.0, "talk": (-90_050.0, -90_000.0)}
REFUSED = {
    "400": status(400, F.WRONG_SHAPE),
    "400 without a queue": status(400, F.NO_QUEUE, queue=None),
    "403": status(403, F.DIVISION_MISSING),
    "404": status(404, F.CONVERSATION_GONE),
    "413": status(413, F.TOO_LARGE),
    "415": status(415, F.WRONG_CONTENT_TYPE),
    "user context": Case(F.NO_USER_CONTEXT, switches={"user_context_required": ["*/*"]}),
    "no queue": Case(F.NO_QUEUE, switches={"leg_without_queue": "reject"}, call={"queue": None}),
    "not a participant": Case(
        F.NOT_A_PARTICIPANT, switches={"write_window_h": 1, "write_window_status": 403}, call=OLD
    ),
    "gone": Case(F.CONVERSATION_GONE, switches={"write_window_h": 1, "write_window_status": 404}, call=OLD),
}
GOES_ON = {
    "409": status(409, F.CONFLICT),
    "408": status(408, F.CLIENT_TIMEOUT),
    "500": status(500, F.SERVER_ERROR),
    "502": status(502, F.GATEWAY_ERROR),
    "503": status(503, F.UNAVAILABLE),
    "504": status(504, F.SERVER_TIMEOUT),
    "before": mode("e500_before", F.SERVER_ERROR),
    "after": mode("e500_after", F.SERVER_ERROR),
    "reset before": mode("reset_before", F.CUT_OFF),
    "reset after": mode("reset_after", F.CUT_OFF),
    "half closed": mode("half_close", F.CUT_OFF),
    "hangs": mode("hang_after", F.SILENCE, seconds=2.0),
    "drips": mode("slow_drip", F.SILENCE, seconds=0.2),
    "late": mode("late_apply", F.SILENCE, seconds=1.0),
    "huge": mode("huge_body", F.UNREADABLE, bytes=9_000_000),
    "malformed": mode("malformed", F.UNREADABLE),
    "elsewhere": mode("redirect", F.GATEWAY_ERROR),
    "429": mode("r429", F.THROTTLED_FOR_A_TIME, retry_after="1"),
}


@pytest.fixture
def admin(centre: Centre) -> Client:
    """An admin of the centre's organization, signed in."""
    client = Client()
    client.force_login(MembershipFactory(organization=centre.organization).person)
    return client


def met(centre: Centre, case: Case, gateway: GenesysGateway) -> Assignment:
    """Let one communication's write meet the case, and nothing else; return its assignment then."""
    CallBudget.objects.filter(organization=centre.organization).update(
        tokens=PLENTY, wait_until=None, breaker_until=None, breaker_opened=0, recent_calls=""
    )
    before = centre.simulator.switches()
    centre.simulator.switch(**case.switches)
    assignment = centre.assign(**case.call)
    if case.fault:
        centre.simulator.fault(**{"operations": WRITES, "count": 1, **case.fault})
    applying.apply(centre.claim(), centre.organization, gateway=gateway)
    centre.simulator.clear_faults()
    centre.simulator.switch(**{name: before[name] for name in case.switches})
    # What goes on by itself leaves the next case alone.
    Assignment.everywhere.filter(pk=assignment.pk).update(due_at=app_now() + timedelta(days=30))
    return assignment


def on_page(admin: Client, assignment: Assignment) -> FailureClass | None:
    """Return what the page of its conversation says it is known as."""
    page = admin.get(reverse("conversation-detail", args=[assignment.communication.conversation_id]))
    found = SHOWN.search(page.content.decode())
    return F(int(found[1])) if found else None


def statuses(cases: Mapping[str, Case]) -> set[int]:
    """Return the statuses that these cases answer with."""
    return {case.fault["status"] for case in cases.values() if "status" in case.fault}


def test_every_way_in_which_the_simulator_goes_wrong_is_a_case_here() -> None:
    modes = {case.fault["mode"] for case in (REFUSED | GOES_ON).values() if case.fault}

    assert modes | {"accept_but_drop"} == set(MODES)
    assert statuses(REFUSED | GOES_ON) | {401} == set(STATUS_CODES) | {502}


def test_each_refusal_waits_for_a_person_who_is_told_what_it_means(
    steady: Centre, connected: Connected, admin: Client
) -> None:
    steady.let(require_queue=False)
    gateway = connected()

    made = {name: met(steady, case, gateway) for name, case in REFUSED.items()}

    assert {name: on_page(admin, row) for name, row in made.items()} == {
        name: case.known_as for name, case in REFUSED.items()
    }
    assert set(Assignment.everywhere.values_list("status", flat=True)) == {Status.FAILED}


def test_what_goes_on_by_itself_says_what_it_goes_on_from(
    steady: Centre, connected: Connected, admin: Client, settings: Any
) -> None:
    settings.GENESYS_DEADLINE_S = 0.4
    gateway = connected(settings.GENESYS_DEADLINE_S)

    made = {name: met(steady, case, gateway) for name, case in GOES_ON.items()}

    assert {name: on_page(admin, row) for name, row in made.items()} == {
        name: case.known_as for name, case in GOES_ON.items()
    }
    assert not Assignment.everywhere.filter(status=Status.FAILED).exists()


def test_what_is_accepted_and_never_there_says_so_in_the_end(steady: Centre, admin: Client) -> None:
    assignment = steady.assign()
    steady.simulator.fault("accept_but_drop", operations=WRITES)

    steady.finish(assignment)

    assert on_page(admin, assignment) is F.NEVER_APPLIED


def test_what_is_tried_to_the_end_is_for_a_person_to_send_again(steady: Centre, admin: Client) -> None:
    assignment = steady.assign()
    steady.simulator.fault("status", operations=[*WRITES, "GET */wrapup"], status=503)
    steady.clock.advance(1)
    Assignment.everywhere.filter(pk=assignment.pk).update(write_count=4, read_count=9)

    finished = steady.finish(assignment)
    page = admin.get(reverse("failure-detail", args=[assignment.pk])).content.decode()

    assert finished.reason == FailReason.EXHAUSTED
    assert SHOWN.findall(page) == [str(F.UNAVAILABLE.value)]
    assert "It was tried as often as it may be" in page


def test_a_code_that_is_gone_by_now_explains_a_bare_400(steady: Centre, connected: Connected, admin: Client) -> None:
    steady.simulator.delete_code(steady.code(WANTED))
    assignment = met(steady, Case(F.CODE_GONE), connected())

    unknown = on_page(admin, assignment)
    WrapupCode.everywhere.filter(pk=assignment.wrapup_code_id).update(gone_at=app_now())

    assert (unknown, on_page(admin, assignment)) == (F.WRONG_SHAPE, F.CODE_GONE)


def test_a_code_that_is_not_on_the_queue_is_known_before_and_after_it_is_sent(
    steady: Centre, connected: Connected, admin: Client
) -> None:
    steady.simulator.offer_codes(steady.queues[QUEUE].genesys_id, [steady.code(OTHER)])
    sent = met(steady, Case(F.CODE_NOT_ON_QUEUE, switches={"off_queue_code": "reject"}), connected())
    steady.offer(QUEUE, OTHER)
    unsent = steady.assign()

    assert (on_page(admin, sent), on_page(admin, unsent)) == (F.CODE_NOT_ON_QUEUE, F.CODE_NOT_ON_QUEUE)
    assert unsent.write_count == 0


def test_a_person_s_code_that_came_between_is_a_matter_for_people(steady: Centre, admin: Client) -> None:
    assignment = steady.assign()
    steady.simulator.fault("e500_before", operations=WRITES, count=1)
    steady.apply()
    steady.agent_chooses(assignment, OTHER)

    steady.finish(assignment)

    assert on_page(admin, assignment) is F.AGENT_MEANWHILE


def test_what_never_left_this_machine_says_so(steady: Centre, admin: Client) -> None:
    nowhere = connect(
        api_url="http://127.0.0.1:9", client_id="nobody", client_secret="nothing", tokens=MemoryTokens(), deadline_s=0.4
    )

    assert on_page(admin, met(steady, Case(F.UNREACHABLE), nowhere)) is F.UNREACHABLE


def login(simulator: SimulatorControl, secret: str = "") -> GenesysGateway:
    """Return a gateway that still has to log in."""
    client = simulator.client()
    return connect(
        api_url=simulator.url,
        client_id=client["client_id"],
        client_secret=secret or client["client_secret"],
        tokens=MemoryTokens(),
        clock=app_now,
    )


def _refused_each_write(simulator: SimulatorControl) -> GenesysGateway:
    simulator.fault("status", operations=WRITES, status=401)
    return login(simulator)


def _without_its_permission(simulator: SimulatorControl) -> GenesysGateway:
    simulator.revoke("conversation:participant:wrapup")
    return login(simulator)


HOLDS: dict[FailureClass, Callable[[SimulatorControl], GenesysGateway]] = {
    F.CLIENT_REFUSED: lambda simulator: login(simulator, "another secret"),
    F.TOKEN_REFUSED: _refused_each_write,
    F.PERMISSION_MISSING: _without_its_permission,
}


def test_what_holds_every_call_is_explained_above_every_page_and_at_the_conversation(
    steady: Centre, admin: Client
) -> None:
    actor = Actor(MembershipFactory(organization=steady.organization).person)
    for known_as, arrange in HOLDS.items():
        assignment = steady.assign()
        applying.apply(steady.claim(), steady.organization, gateway=arrange(steady.simulator))
        steady.simulator.clear_faults()

        assert steady.budget.refused_because
        assert advice_on_refusal(steady.budget.refused_because).known_as is known_as
        assert on_page(admin, assignment) is known_as
        pausing.resume(steady.organization, actor=actor)
        Assignment.everywhere.filter(pk=assignment.pk).update(due_at=app_now() + timedelta(days=30))


def test_a_login_that_is_asked_for_too_often_waits_by_itself(steady: Centre, admin: Client) -> None:
    assignment = steady.assign()
    steady.simulator.switch(token_rate_per_minute=0)

    applying.apply(steady.claim(), steady.organization, gateway=login(steady.simulator))

    assert on_page(admin, assignment) is F.LOGIN_THROTTLED
