"""The organization's settings: what everybody sees of them, and what an admin changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.forms.organization import PoliciesForm
from tests.factories import (
    AgentFactory,
    OrganizationFactory,
    ProbeCallFactory,
    ProbeFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    SweepFactory,
    WrapupCodeFactory,
)
from wrapups.domain.capabilities import ACCEPTED, NEVER, NONE, REFUSED, Answer, Capabilities, Question
from wrapups.domain.permissions import Line
from wrapups.models import AccessToken, Act, AuditEntry, CallBudget, Organization, Probe, Sweep
from wrapups.models.clock import app_now
from wrapups.services.checking import CheckReport

SECRET = "canary-4f1c0a77-secret"
CLIENT_ID = "7c3a5e0e-0000-4000-8000-000000000001"


def page(client: Client, name: str, *arguments: object) -> str:
    return client.get(reverse(name, args=arguments)).content.decode()


def checked(organization: Organization, *lines: Line) -> None:
    report = CheckReport(lines, app_now() - timedelta(minutes=3), calls=2)
    organization.capabilities = {**organization.capabilities, "check": report.stored()}
    organization.save(update_fields=["capabilities"])


def measured(organization: Organization, media_type: str, **answers: Answer) -> None:
    found = {Question[name]: answer for name, answer in answers.items()}
    organization.capabilities = {"media": Capabilities().with_answers(media_type, found).stored()}
    organization.save(update_fields=["capabilities"])


def a_leg(organization: Organization, **values: Any) -> dict[str, Any]:
    queue = QueueFactory(organization=organization, name="Test queue")
    for name in ("Resolved", "Escalated"):
        code = WrapupCodeFactory(organization=organization, name=name)
        QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=code)
    leg = {
        "participant_id": str(uuid4()),
        "communication_id": str(uuid4()),
        "media_type": "voice",
        "user_id": AgentFactory(organization=organization, name="Ada Bellamy").genesys_id,
        "queue_id": queue.genesys_id,
        "ended_at": "2026-01-01T10:00:00+00:00",
        "code_id": "",
        "notes": "",
        "paths": ["communication"],
        "unfit": "",
    }
    return leg | values


# The client and its check


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_everybody_sees_what_the_client_lacks_and_what_is_lost(organization, sign_in, role: str):
    checked(
        organization,
        Line("routing:queue:view"),
        Line("conversation:participant:wrapup", ("Codes cannot be written.",)),
        Line("Europe", ("routing:queue:view: Queues show as ids.",), "queues Billing EU"),
    )

    shown = page(sign_in(role), "organization")

    assert shown.count("lacking</span>") == 2
    assert "Codes cannot be written." in shown
    assert "queues Billing EU" in shown
    assert "3 min ago" in shown


def test_only_an_admin_is_offered_what_only_an_admin_may(organization, sign_in):
    offers = ("Check now", "Change the client")

    assert all(offer in page(sign_in("admin"), "organization") for offer in offers)
    assert not any(offer in page(sign_in("ops"), "organization") for offer in offers)


def test_before_the_first_check_the_page_says_what_one_would_tell(organization, admin):
    assert "Not checked yet" in page(admin, "organization")


def test_asking_for_a_check_makes_it_due_and_the_report_asks_for_itself(organization, admin):
    SweepFactory(organization=organization, kind="check", due_at=app_now() + timedelta(hours=20))

    response = admin.post(reverse("organization-check"), headers={"HX-Request": "true"})

    fragment = response.content.decode()
    assert Sweep.objects.get(organization=organization, kind="check").due_at <= app_now()
    assert Act.objects.get(organization=organization).verb == "ask for a check of the OAuth client"
    assert 'id="check"' in fragment
    assert "data-poll" in fragment
    assert "<html" not in fragment


def test_a_report_that_is_not_awaited_does_not_ask_for_itself(organization, admin):
    SweepFactory(organization=organization, kind="check", due_at=app_now() + timedelta(hours=20))

    assert "data-poll" not in page(admin, "organization")


def test_what_keeps_a_check_from_an_answer_is_said(organization, admin):
    SweepFactory(organization=organization, kind="check", problem="Genesys Cloud answered 503.")

    assert "Genesys Cloud answered 503." in page(admin, "organization")


# The secret


def test_a_new_client_is_kept_sealed_and_the_old_one_forgotten(organization, admin):
    SweepFactory(organization=organization, kind="check", due_at=app_now() + timedelta(hours=20))
    AccessToken.objects.create(organization=organization, sealed="of the old client")
    CallBudget.objects.filter(organization=organization).update(refused_at=app_now(), refused_because="401")

    response = admin.post(reverse("organization-client"), {"client_id": CLIENT_ID, "client_secret": SECRET})

    organization.refresh_from_db()
    assert response.status_code == 302
    assert (organization.client_id, organization.client_secret) == (CLIENT_ID, SECRET)
    assert SECRET not in organization.client_secret_sealed
    assert not AccessToken.objects.filter(organization=organization).exists()
    assert CallBudget.objects.get(organization=organization).refused_at is None
    assert Sweep.objects.get(organization=organization, kind="check").due_at <= app_now()


def test_the_secret_reaches_no_page_no_message_and_no_audit(organization, admin):
    changed = admin.post(reverse("organization-client"), {"client_id": CLIENT_ID, "client_secret": SECRET}, follow=True)
    refused = admin.post(reverse("organization-client"), {"client_id": "no id", "client_secret": SECRET})

    sealed = Organization.objects.get(pk=organization.pk).client_secret_sealed
    pages = [changed, refused, *(admin.get(reverse(name)) for name in ("organization", "organization-client"))]
    for secret in (SECRET, sealed):
        assert not any(secret in response.content.decode() for response in pages)
        assert not any(secret in str((entry.before, entry.after)) for entry in AuditEntry.objects.all())


def test_a_client_without_its_secret_is_not_kept_and_what_was_typed_comes_back(organization, admin):
    response = admin.post(reverse("organization-client"), {"client_id": CLIENT_ID, "client_secret": ""})

    organization.refresh_from_db()
    assert organization.client_id != CLIENT_ID
    assert CLIENT_ID in response.content.decode()
    assert 'role="alert"' in response.content.decode()


# Policies


def policies(organization: Organization, **changed: object) -> dict[str, Any]:
    """Return the form of the policies as a browser sends it: an unticked box is not sent."""
    values = {name: getattr(organization, name) for name in PoliciesForm.Meta.fields} | changed
    return {name: "on" if value is True else value for name, value in values.items() if value is not False}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("overwrite", "never"),
        ("skip_campaigns", False),
        ("require_queue", False),
        ("lookback_h", 24),
        ("too_late_h", 12),
        ("grace_s", 300),
        ("acw_guard", False),
        ("acw_recheck_s", 30),
        ("fresh_for_s", 60),
        ("read_first", True),
        ("disable_end_time_updates", False),
        ("legs", "longest"),
        ("default_notes", "CRM said {disposition.CRM}"),
        ("approval_required", True),
        ("settle_s", 8),
        ("confirm_within_s", 600),
        ("calls_per_minute", 120),
        ("burst", 3),
    ],
)
def test_each_policy_is_kept_and_its_change_audited(organization, admin, name: str, value: object):
    admin.post(reverse("organization-policies-change"), policies(organization, **{name: value}))

    organization.refresh_from_db()
    [entry] = AuditEntry.objects.filter(act__verb="change the policies")
    assert getattr(organization, name) == value
    assert entry.after == {name: value}


CHOICES = ("overwrite", "legs")
"""A page offers these; what it never offered is not shown again."""


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("calls_per_minute", "0"),
        ("calls_per_minute", "99999"),
        ("burst", "51"),
        ("grace_s", "-1"),
        ("settle_s", "soon"),
        ("lookback_h", "745"),
        ("acw_recheck_s", "0"),
        ("overwrite", "everything"),
        ("legs", "second"),
        ("default_notes", "{colour}"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_kept(organization, admin, name: str, typed: str):
    response = admin.post(reverse("organization-policies-change"), policies(organization, **{name: typed}))

    shown = response.content.decode()
    before = getattr(organization, name)
    organization.refresh_from_db()
    assert getattr(organization, name) == before
    assert f'id="policy-{name}_error"' in shown or f'id="id_{name}_error"' in shown
    assert f'value="{typed}"' in shown or f">{typed}</textarea>" in shown.replace("\n", "") or name in CHOICES


def test_saving_without_a_change_leaves_no_act(organization, admin):
    admin.post(reverse("organization-policies-change"), policies(organization))

    assert not Act.objects.filter(organization=organization).exists()


def test_somebody_who_may_not_change_them_reads_the_policies_with_their_meaning(organization, sign_in):
    shown = page(sign_in("supervisor"), "organization-policies")

    assert "Save the policies" not in shown
    assert "Replace those Genesys Cloud filled in itself" in shown
    assert "Writing a code ends after-call work" in shown
    assert 'name="grace_s" value="120"' in shown
    assert shown.count(" disabled") >= 15


def test_a_measured_lag_suggests_a_settle_time(organization, admin):
    measured(organization, "voice", READ_LAG=Answer(4.0, app_now()))

    assert "8 seconds would do" in page(admin, "organization-policies")


# Probes


@pytest.mark.parametrize(
    ("question", "value", "status", "words"),
    [
        ("WRITE_PATH", "participant", 202, "PATCH of the participant"),
        ("WRITE_PATH", NONE, 400, "None is accepted: 400 not.a.user"),
        ("OFF_QUEUE_CODE", ACCEPTED, 202, "Rules may set codes that the queue does not offer"),
        ("OFF_QUEUE_CODE", REFUSED, 400, "Such a code is not sent"),
        ("SECOND_WRITE", REFUSED, 409, "A code that is there stays"),
        ("DELETED_CODE", ACCEPTED, 202, "our copy of the catalogue does"),
        ("UNSET_READ", "empty", 200, "200, and nothing in it"),
        ("READ_LAG", 2.0, 0, "Seen 2 s after it was accepted"),
        ("ANALYTICS_LAG", NEVER, 0, "Each code is read back alone"),
        ("ANALYTICS_LAG", 61.2, 0, "Showed a late code after 1 min 1 s"),
        ("ACCEPTED_AGE", 7500.0, 0, "2 h 5 min after the end"),
        ("REFUSED_AGE", 90_000.0, 404, "1 d 1 h after the end: 404"),
    ],
)
def test_an_answer_reads_as_what_is_so_and_what_follows(organization, admin, question, value, status, words):
    code = {400: "not.a.user"}.get(status, "")
    measured(organization, "voice", **{question: Answer(value, app_now(), status, code)})

    assert words in page(admin, "probe-list")


def test_before_any_probe_the_page_says_what_the_engine_assumes(organization, admin):
    assert "Nothing measured yet" in page(admin, "probe-list")


def test_a_probe_begins_with_a_conversation_and_a_reason(organization, admin):
    conversation_id = str(uuid4())

    response = admin.post(reverse("probe-add"), {"conversation_id": conversation_id, "reason": "new client"})

    probe = Probe.objects.of(organization).get()
    assert response["Location"] == reverse("probe-detail", args=[probe.pk])
    assert (probe.conversation_id, probe.state) == (conversation_id, Probe.State.LOOKING)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"conversation_id": "not an id", "reason": "why not"}, "no Genesys id"),
        ({"conversation_id": CLIENT_ID, "reason": ""}, "Say why."),
        ({"conversation_id": "", "reason": "why not"}, "required"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_what_was_typed_comes_back(organization, admin, typed, problem):
    shown = admin.post(reverse("probe-add"), typed).content.decode()

    assert problem in shown
    assert all(f'value="{value}"' in shown for value in typed.values() if value)
    assert not Probe.objects.of(organization).exists()


def test_a_second_probe_waits_for_the_first(organization, admin):
    ProbeFactory(organization=organization)

    shown = admin.post(reverse("probe-add"), {"conversation_id": CLIENT_ID, "reason": "again"}).content.decode()

    assert "still open" in shown


def test_what_was_found_is_shown_with_the_warning_and_asks_for_a_choice(organization, admin):
    fit, unfit = a_leg(organization), a_leg(organization, unfit="Somebody only listened in.")
    probe = ProbeFactory(organization=organization, found=True, legs=[fit, unfit])

    shown = page(admin, "probe-detail", probe.pk)

    assert "writes codes to the conversation" in shown
    assert "Ada Bellamy" in shown
    assert "Test queue" in shown
    assert "Somebody only listened in." in shown
    assert "data-poll" not in shown


def test_confirming_lets_the_worker_write(organization, admin):
    leg = a_leg(organization)
    probe = ProbeFactory(organization=organization, found=True, legs=[leg])

    admin.post(reverse("probe-confirm", args=[probe.pk]), {"communication_id": leg["communication_id"], "sure": "on"})

    probe.refresh_from_db()
    assert probe.state == Probe.State.RUNNING
    assert len(probe.codes["valid"]) == 2
    assert Act.objects.filter(verb="let codes be written by a probe", reason=probe.reason).exists()


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"sure": "on"}, "Choose a communication."),
        ({"communication_id": "another"}, "Confirm that codes may be written to it."),
        ({"communication_id": "another", "sure": "on"}, "Choose one of the communications"),
    ],
)
def test_nothing_is_written_without_a_choice_and_a_confirmation(organization, admin, typed, problem):
    probe = ProbeFactory(organization=organization, found=True, legs=[a_leg(organization)])

    shown = admin.post(reverse("probe-confirm", args=[probe.pk]), typed).content.decode()

    probe.refresh_from_db()
    assert problem in shown
    assert probe.state == Probe.State.FOUND


def test_a_probe_that_moves_asks_for_itself_and_shows_its_calls(organization, admin):
    leg = a_leg(organization)
    probe = ProbeFactory(
        organization=organization,
        running=True,
        legs=[leg],
        communication_id=leg["communication_id"],
        media_type="voice",
    )
    ProbeCallFactory(probe=probe, kind="write", path="communication", code_id=str(uuid4()), http_status=202)
    ProbeCallFactory(probe=probe, outcome="refused", http_status=400, error_code="not.a.user")

    response = admin.get(reverse("probe-detail", args=[probe.pk]), headers={"HX-Request": "true"})

    fragment = response.content.decode()
    assert "data-poll" in fragment
    assert "202, accepted" in fragment
    assert "400 not.a.user" in fragment
    assert "Cancel the probe" not in fragment


def test_a_finished_probe_says_what_it_left(organization, admin):
    leg = a_leg(organization)
    left = WrapupCodeFactory(organization=organization, name="Left behind")
    probe = ProbeFactory(
        organization=organization,
        state=Probe.State.DONE,
        legs=[leg],
        communication_id=leg["communication_id"],
        left_code_id=left.genesys_id,
        answers={"read_lag_s": Answer(0.5, app_now()).stored()},
        finished_at=app_now(),
    )

    shown = page(admin, "probe-detail", probe.pk)

    assert "The communication carried no code; now it carries Left behind." in shown
    assert "Seen 0.5 s after it was accepted" in shown


def test_a_failed_probe_says_why(organization, admin):
    probe = ProbeFactory(organization=organization, failed=True)

    assert probe.problem in page(admin, "probe-detail", probe.pk)


def test_cancelling_writes_nothing_and_leads_back(organization, admin):
    probe = ProbeFactory(organization=organization, found=True, legs=[a_leg(organization)])

    response = admin.post(reverse("probe-cancel", args=[probe.pk]), follow=True)

    probe.refresh_from_db()
    assert probe.state == Probe.State.CANCELLED
    assert "nothing was written" in response.content.decode()


def test_a_reader_is_shown_a_probe_but_not_its_buttons(organization, sign_in):
    probe = ProbeFactory(organization=organization, found=True, legs=[a_leg(organization)])

    shown = page(sign_in("ops"), "probe-detail", probe.pk)

    assert "Write the codes" not in shown
    assert "Cancel the probe" not in shown


def test_many_probes_cost_a_bounded_number_of_queries(organization, admin, django_assert_max_num_queries):
    for _ in range(60):
        ProbeFactory(organization=organization, failed=True)
    measured(organization, "voice", READ_LAG=Answer(4.0, app_now()))

    with django_assert_max_num_queries(18):
        admin.get(reverse("probe-list"))


def test_a_probe_of_many_calls_costs_a_bounded_number_of_queries(
    organization, admin, django_assert_max_num_queries: Callable[..., Any]
):
    leg = a_leg(organization)
    probe = ProbeFactory(organization=organization, running=True, legs=[leg], communication_id=leg["communication_id"])
    for _ in range(60):
        ProbeCallFactory(probe=probe, kind="write", path="generic", code_id=str(uuid4()))

    with django_assert_max_num_queries(22):
        admin.get(reverse("probe-detail", args=[probe.pk]))


def test_the_probes_of_another_organization_are_not_there(admin):
    theirs = ProbeFactory(organization=OrganizationFactory())

    assert admin.get(reverse("probe-detail", args=[theirs.pk])).status_code == 404
    assert theirs.conversation_id[:8] not in page(admin, "probe-list")
