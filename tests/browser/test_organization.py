"""The organization's settings in a real browser: accessible, within the content policy, narrow, by keyboard."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import (
    AgentFactory,
    ProbeCallFactory,
    ProbeFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    SweepFactory,
    WrapupCodeFactory,
)
from wrapups.domain.capabilities import ACCEPTED, NEVER, REFUSED, Answer, Capabilities, Question
from wrapups.domain.permissions import Line
from wrapups.models import Organization, Probe
from wrapups.models.clock import app_now
from wrapups.services.checking import CheckReport

PAGES = (
    "organization",
    "organization-client",
    "organization-policies",
    "organization-retention",
    "probe-list",
    "probe-add",
    "probe-found",
    "probe-running",
    "probe-done",
)


@pytest.fixture
def centre(organization: Organization) -> Organization:
    """An organization that was checked and probed: lines of both colours, answers of two media, some probes."""
    now = app_now()
    lines = (
        Line("OAuth client", about="of Nordlicht Contact Centre"),
        Line("analytics:conversationDetail:view"),
        Line("conversation:participant:wrapup", ("Codes cannot be written.",)),
        Line("Europe", ("routing:queue:view: Queues show as ids.",), "queues Billing EU, Email Care and 3 more"),
    )
    voice = {
        Question.WRITE_PATH: Answer("participant", now),
        Question.SECOND_WRITE: Answer(ACCEPTED, now, 202),
        Question.OFF_QUEUE_CODE: Answer(ACCEPTED, now, 202),
        Question.DELETED_CODE: Answer(REFUSED, now, 400, "bad.request"),
        Question.READ_LAG: Answer(1.0, now),
        Question.ANALYTICS_LAG: Answer(NEVER, now),
        Question.ACCEPTED_AGE: Answer(1800.0, now),
        Question.REFUSED_AGE: Answer(90_000.0, now, 409, "general.conflict"),
    }
    email = {Question.WRITE_PATH: Answer("none", now, 400, "not.a.user")}
    known = Capabilities().with_answers("voice", voice).with_answers("email", email)
    organization.capabilities = {
        "check": CheckReport(lines, now - timedelta(minutes=3), calls=2).stored(),
        "media": known.stored(),
    }
    organization.save()
    SweepFactory(organization=organization, kind="check", due_at=now + timedelta(hours=20))
    for _ in range(3):
        ProbeFactory(organization=organization, failed=True, media_type="voice")
    return organization


def probe_of(organization: Organization, state: str) -> Probe:
    queue = QueueFactory(organization=organization, name="Technical Support test")
    codes = [WrapupCodeFactory(organization=organization, name=name) for name in ("Resolved", "Escalated", "Spam")]
    for code in codes:
        QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=code)
    leg = {
        "participant_id": str(uuid4()),
        "communication_id": str(uuid4()),
        "media_type": "voice",
        "user_id": AgentFactory(organization=organization, name="Ada Bellamy").genesys_id,
        "queue_id": queue.genesys_id,
        "ended_at": (app_now() - timedelta(hours=2)).isoformat(),
        "code_id": codes[0].genesys_id,
        "notes": "",
        "paths": ["communication"],
        "unfit": "",
    }
    unfit = leg | {"communication_id": str(uuid4()), "code_id": "", "unfit": "Somebody only listened in."}
    probe = ProbeFactory(
        organization=organization,
        state=state,
        legs=[leg, unfit],
        communication_id="" if state == "found" else leg["communication_id"],
        media_type="" if state == "found" else "voice",
        due_at=app_now() + timedelta(minutes=4),
    )
    if state != "found":
        for number, code in enumerate(codes):
            made = {"probe": probe, "correlation_id": str(uuid4())}
            ProbeCallFactory(
                kind="write",
                question="write_path",
                path="participant",
                code_id=code.genesys_id,
                http_status=202,
                **made,
            )
            refused = {"outcome": "refused", "http_status": 404, "error_code": "not.found"} if number == 1 else {}
            ProbeCallFactory(kind="read", code_id=code.genesys_id, **made, **refused)
    if state == "done":
        probe.left_code_id, probe.finished_at = codes[1].genesys_id, app_now()
        probe.answers = Capabilities.of(organization.capabilities).stored()["voice"]
        probe.save()
    return probe


def address(page: str, organization: Organization) -> str:
    kind, _, state = page.partition("-")
    if kind == "probe" and state in Probe.State.values:
        return reverse("probe-detail", args=[probe_of(organization, state).pk])
    return reverse(page)


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, centre: Organization, violations: Callable[..., list[str]]):
    assert violations(address(page, centre)) == []


@pytest.mark.parametrize("page", ["organization", "probe-list"])
def test_axe_finds_nothing_wrong_where_nothing_is(page: str, organization, violations: Callable[..., list[str]]):
    assert violations(reverse(page)) == []


def test_the_keyboard_reaches_the_settings(centre: Organization, visit: Opening):
    page = visit(reverse("overview"))

    page.keyboard.press("g")
    page.keyboard.press("s")

    expect(page.get_by_role("heading", name="Organization", exact=True)).to_be_visible()


def test_checking_now_shows_that_it_is_under_way_without_leaving_the_page(centre: Organization, visit: Opening):
    page = visit(reverse("organization"))

    page.get_by_role("button", name="Check now").click()

    expect(page.get_by_text("checking …")).to_be_visible()
    expect(page.get_by_role("button", name="Check now")).to_be_disabled()


def test_a_probe_is_guided_from_the_conversation_to_the_confirmation(centre: Organization, visit: Opening):
    page = visit(reverse("probe-list"))
    page.get_by_role("link", name="Probe …").click()
    page.get_by_label("Conversation id").fill(str(uuid4()))
    page.get_by_label("Reason").fill("A new OAuth client")
    page.get_by_role("button", name="Look at the conversation").click()

    expect(page.get_by_text("looking at the conversation", exact=True)).to_be_visible()
    found = probe_of_open(centre)
    expect(page.get_by_role("button", name="Write the codes")).to_be_visible()
    page.get_by_label("Ada Bellamy").first.check()
    page.get_by_label("This is a conversation of a test queue").check()
    page.get_by_role("button", name="Write the codes").click()

    expect(page.get_by_text("probing", exact=True)).to_be_visible()
    found.refresh_from_db()
    assert found.state == Probe.State.RUNNING


def probe_of_open(organization: Organization) -> Probe:
    """Let the open probe have been looked at, as a worker would."""
    found = Probe.everywhere.get(organization=organization, state=Probe.State.LOOKING)
    Probe.everywhere.filter(pk=found.pk).update(state=Probe.State.CANCELLED)
    legs = probe_of(organization, "found").legs
    Probe.everywhere.filter(organization=organization, state=Probe.State.FOUND).delete()
    Probe.everywhere.filter(pk=found.pk).update(state=Probe.State.FOUND, legs=legs)
    return found
