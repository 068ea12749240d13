"""One conversation's story in a real browser: read why, correct the code, and see it verified in Genesys Cloud."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import (
    AgentFactory,
    AttemptFactory,
    CommunicationFactory,
    DispositionFactory,
    NoticeFactory,
    PersonFactory,
)
from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, WORKER, Centre, when
from tests.services.conftest import centre, clock, gateway, shared_token
from wrapups.domain.status import Status
from wrapups.models import Assignment, Communication, Organization
from wrapups.models.clock import app_now
from wrapups.services import applying
from wrapups.services.auditing import Actor
from wrapups.services.correcting import correct
from wrapups.services.dispatching import Claim, claim_next

__all__ = ["centre", "clock", "gateway", "shared_token"]

ROUNDS = 5


@pytest.fixture
def organization(transactional_db, centre: Centre) -> Organization:
    """The centre's, whose readings stay fresh and whose codes are read back at once."""
    centre.let(name="Nordlicht Contact Centre", fresh_for_s=10**6, settle_s=0)
    centre.publish((when("talk_s", "more", 3600), OTHER), (ANY_CALL, WANTED))
    centre.offer(QUEUE, WANTED, OTHER)
    return centre.organization


@pytest.fixture
def ours(organization: Organization, centre: Centre) -> Assignment:
    """A rule's code that stands in Genesys Cloud."""
    assignment = worked_off(centre, centre.assign())
    AgentFactory(organization=organization, genesys_id=assignment.communication.agent_id, name="Kim Berg")
    return assignment


def worked_off(centre: Centre, assignment: Assignment) -> Assignment:
    """Let a worker do all there is to do for it."""
    for _ in range(ROUNDS):
        while isinstance(claimed := claim_next(centre.organization, worker=WORKER), Claim):
            applying.apply(claimed, centre.organization, gateway=centre.gateway)
        centre.simulator.advance(300)
        centre.verify()
    assignment.refresh_from_db()
    assert assignment.status == Status.VERIFIED
    return assignment


@pytest.fixture
def long(ours: Assignment, centre: Centre) -> Assignment:
    """The same conversation after a refused write, a correction, a webhook, and with a second agent's part."""
    leg = Communication.everywhere.select_related("conversation").get(pk=ours.communication_id)
    AttemptFactory(
        assignment=ours,
        fence=900,
        started_at=app_now() - timedelta(minutes=1),
        http_status=400,
        error_code="bad.request",
        message="Genesys Cloud answered 400 bad.request while applying a wrap-up: the code is not on the queue.",
    )
    DispositionFactory(
        organization=centre.organization, conversation_id=leg.conversation.conversation_id, notes="Called twice"
    )
    NoticeFactory(organization=centre.organization, assignment=ours, event="verified", told=True)
    CommunicationFactory(organization=centre.organization, conversation=leg.conversation)
    return correct(
        ours,
        code=centre.codes[OTHER],
        over=leg.code_id,
        reason="The customer asked for a supervisor",
        notes="Call back",
        actor=Actor(PersonFactory(last_name="Lind")),
    )


def test_somebody_reads_why_corrects_the_code_and_sees_it_verified(visit: Opening, ours: Assignment, centre: Centre):
    page = visit(f"/conversations/{ours.communication.conversation_id}")
    why = page.locator("section.leg")
    expect(why).to_contain_text(f"chose {WANTED}")
    why.get_by_text("Rules before it").click()
    expect(why).to_contain_text("did not match because the talk time is not more than 3600 s")
    page.locator(".exchange summary").first.click()
    expect(page.locator(".exchange[open]")).to_contain_text("POST /api/v2/conversations/calls/")

    page.get_by_role("link", name="Correct the code").click()
    expect(page.get_by_role("button", name=f"Replace {WANTED}")).to_be_visible()
    page.get_by_label("The right code").select_option(OTHER)
    page.get_by_role("button", name=f"Replace {WANTED}").click()
    expect(page.get_by_role("alert").filter(has_text="Say why another code is right.")).to_be_visible()
    expect(page.get_by_label("The right code")).to_contain_text(OTHER)
    page.get_by_label("Why").fill("The customer asked for a supervisor")
    page.get_by_role("button", name=f"Replace {WANTED}").click()
    expect(page.locator("#timeline")).to_contain_text(f"corrected the code: {OTHER}")

    worked_off(centre, Assignment.everywhere.get(corrects=ours))
    expect(page.locator(".code-steps .now")).to_contain_text(OTHER, timeout=20_000)
    expect(page.locator("#timeline").get_by_text("Verified: Genesys shows the code")).to_have_count(2)
    assert centre.code_on(ours) == centre.code(OTHER)


@pytest.mark.parametrize("correcting", [False, True], ids=["story", "correction"])
def test_axe_finds_nothing_wrong(
    violations: Callable[..., list[str]], long: Assignment, centre: Centre, correcting: bool
):
    if correcting:
        worked_off(centre, long)
    path = f"/assignments/{long.pk}/correct" if correcting else f"/conversations/{long.communication.conversation_id}"

    assert violations(path) == []
