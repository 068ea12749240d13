"""The overview: does it work, what needs me, and what became of the last day."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.queries.overview import Overview
from dashboard.queries.overview_charts import charts_of
from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    EventSourceFactory,
    MappingRuleFactory,
    OrganizationFactory,
    SubscriptionFactory,
    SweepFactory,
    put_in_force,
)
from wrapups.domain.slices import Place, Shown
from wrapups.domain.status import Status
from wrapups.models import Act, AuditEntry, CallBudget, CallTally, Heartbeat, Organization, Sweep
from wrapups.models.clock import app_now
from wrapups.services.budgeting import Purpose, take_call


@pytest.fixture(autouse=True)
def processes(db) -> None:
    """A worker and a pump that go round."""
    for kind in Heartbeat.Kind:
        Heartbeat.objects.create(kind=kind, host="host", pid=1)


def shown(client: Client) -> str:
    return client.get(reverse("overview")).content.decode()


def ended(organization: Organization, **ago: float):
    return CommunicationFactory(organization=organization, ended_at=timezone.now() - timedelta(**ago))


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_every_role_may_look_and_some_may_pause(role, sign_in):
    page = shown(sign_in(role))

    assert "Overview" in page
    assert ("Pause all calls" in page) is (role != "supervisor")


def test_an_empty_organization_says_what_would_be_here(admin):
    page = shown(admin)

    assert "Nothing ended in 24 hours" in page
    assert "No code verified yet" in page


def test_where_workers_leave_recurring_duties_undone_it_does_not_say_that_nothing_is_due(organization, admin):
    put_in_force(MappingRuleFactory(organization=organization).release)
    SweepFactory(organization=organization, due_at=timezone.now() - timedelta(hours=1))

    page = shown(admin)

    assert "No worker takes the work that is due." in page
    assert "No code is due to be sent." in page


def test_it_says_that_everything_works_when_nothing_stands_in_the_way(organization, admin):
    put_in_force(MappingRuleFactory(organization=organization).release)

    assert "Everything works." in shown(admin)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("worker", "No worker shows a sign of life."), ("pump", "The pump shows no sign of life.")],
)
def test_a_process_that_stands_still_is_said_within_a_minute_before_all_else(kind, said, organization, admin):
    CallBudget.objects.filter(organization=organization).update(refused_at=app_now())
    Heartbeat.objects.filter(kind=kind).update(beat_at=app_now() - timedelta(seconds=59))

    page = shown(admin)

    assert said in page
    assert reverse("control-room") in page


def test_it_says_when_a_source_is_turned_away(organization, admin):
    put_in_force(MappingRuleFactory(organization=organization).release)
    EventSourceFactory(organization=organization, turned_away_at=app_now())

    assert "a source of events is turned away" in shown(admin)


def test_it_says_when_nobody_listens_where_a_listener_is_switched_on(organization, admin):
    put_in_force(MappingRuleFactory(organization=organization).release)
    EventSourceFactory(organization=organization, listener=True)
    Heartbeat.objects.filter(kind="listener").delete()

    assert "no listener runs" in shown(admin)


def test_it_says_when_a_receiver_is_told_nothing(organization, admin):
    put_in_force(MappingRuleFactory(organization=organization).release)
    SubscriptionFactory(organization=organization, held=True)

    assert "a receiver is told nothing" in shown(admin)


def test_a_count_leads_to_a_list_with_as_many_rows(organization, admin):
    for _ in range(3):
        AssignmentFactory(organization=organization, failed=True)
    AssignmentFactory(organization=organization, verified=True)

    [line] = Overview(organization).needs
    rows = admin.get(line.url).content.decode()

    assert line.count.number == 3
    assert rows.count('id="assignment-') == 3


def test_a_bar_counts_what_ended_in_its_hour_and_leads_to_it(organization, admin):
    for age in (1, 2):
        AssignmentFactory(organization=organization, communication=ended(organization, minutes=age * 60), verified=True)
    AssignmentFactory(organization=organization, communication=ended(organization, minutes=60), failed=True)
    AssignmentFactory(organization=organization, communication=ended(organization, hours=30), verified=True)

    chart = charts_of(organization, now=app_now()).outcomes

    assert chart.total == 3
    assert chart.number_of("verified") == 2
    for bar in chart.bars:
        assert admin.get(bar.part.url).content.decode().count('id="assignment-') == bar.part.number


def test_the_success_rate_of_the_last_hours_and_the_day_leads_to_what_it_counts(organization, admin):
    for minutes, outcome in ((1, "verified"), (1, "verified"), (1, "failed"), (300, "verified")):
        communication = ended(organization, minutes=minutes)
        AssignmentFactory(organization=organization, communication=communication, **{outcome: True})
    AssignmentFactory(organization=organization, communication=ended(organization, minutes=1), status=Status.SKIPPED)
    AssignmentFactory(organization=organization, communication=ended(organization, minutes=1))

    lately, day = charts_of(organization, now=app_now()).successes
    page = shown(admin)

    assert (lately.percent, day.percent) == (66.6, 75.0)
    assert "66.6 % verified" in page
    assert "75 % verified" in page
    assert [(each.status, each.number) for each in day.outcomes] == [("verified", 3), ("failed", 1)]
    for each in (*lately.outcomes, *day.outcomes):
        assert admin.get(each.url).content.decode().count('id="assignment-') == each.number


def test_a_time_out_is_repaired_when_its_code_is_verified(organization, admin):
    timed_out = {"found_code_id": "ININ-WRAP-UP-TIMEOUT", "organization": organization}
    AssignmentFactory(communication=ended(organization, hours=1), verified=True, **timed_out)
    AssignmentFactory(communication=ended(organization, hours=2), failed=True, **timed_out)
    AssignmentFactory(communication=ended(organization, hours=1), organization=organization, verified=True)

    assert "1 of 2 repaired" in shown(admin)


def test_nothing_of_another_organization_is_counted(admin):
    AssignmentFactory(failed=True)

    assert "Needs you" in shown(admin)
    assert "will not go on by themselves" not in shown(admin)


def test_it_does_not_claim_that_everything_works_while_a_duty_fails(organization, admin):
    put_in_force(MappingRuleFactory(organization=organization).release)
    SweepFactory(organization=organization, problem="Genesys Cloud answered 403.")

    page = shown(admin)

    assert "Everything works" not in page
    assert "a recurring duty failed" in page


def test_while_genesys_asks_us_to_wait_it_says_so_until_when_and_claims_nothing_else(organization, admin):
    put_in_force(MappingRuleFactory(organization=organization).release)
    until = app_now() + timedelta(seconds=37)
    CallBudget.objects.filter(organization=organization).update(wait_until=until)
    SweepFactory(organization=organization, problem="Genesys Cloud answered 429.")

    page = shown(admin)

    assert re.search(rf"Genesys Cloud asked us to wait until \d\d:{until:%M:%S}\.", page)
    assert "Nothing is sent: Genesys Cloud asked us to wait." in page
    assert "Codes are being sent" not in page


def behind(organization, place: Place | None = None) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    SweepFactory(
        organization=organization,
        kind=Sweep.Kind.CATCH_UP,
        watermark_at=noon - timedelta(hours=10),
        until_at=noon,
        cursor=place.to_text() if place else "",
    )


def test_after_an_outage_it_says_what_is_still_being_looked_at(organization, admin):
    behind(organization)

    page = shown(admin)

    assert "Catching up." in page
    assert "(10 h) is still being looked at." in page


def test_once_some_was_looked_at_it_says_when_the_rest_will_be(organization, admin):
    Organization.objects.filter(pk=organization.pk).update(calls_per_minute=300)
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    full = Shown(tuple(map(str, range(100))), noon - timedelta(hours=4), 5000)
    place = Place.beginning(noon - timedelta(days=7), noon)
    behind(organization, place.after(full, floor=noon - timedelta(hours=10), page_size=100, calls=40))

    assert "(6 h) is still being looked at, done in about 1 min." in shown(admin)


def test_with_nothing_to_catch_up_on_nothing_is_said_about_it(organization, admin):
    SweepFactory(organization=organization, kind=Sweep.Kind.CATCH_UP)

    assert "Catching up." not in shown(admin)


def test_the_live_part_is_answered_alone_with_the_notices_beside_it(admin):
    fragment = admin.get(reverse("overview"), headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in fragment
    assert 'id="live"' in fragment
    assert 'hx-swap-oob="true"' in fragment


def test_the_charts_are_answered_alone_and_the_live_part_does_without_them(organization, admin):
    AssignmentFactory(organization=organization, communication=ended(organization, hours=1), verified=True)

    charts, live = (
        admin.get(reverse("overview"), headers={"HX-Request": "true", "HX-Target": target}).content.decode()
        for target in ("charts", "live")
    )

    assert "<html" not in charts
    assert 'id="charts"' in charts
    assert 'id="live"' not in charts
    assert "Outcomes an hour" not in live


def test_calls_and_the_longest_wait_of_each_hour_are_charts(organization, admin):
    CallBudget.objects.filter(organization=organization).update(tokens=8)
    take_call(organization.pk, purpose=Purpose(CallTally.Use.WRITE, waited_s=3_700))

    page = shown(admin)

    assert "1 in 24 hours" in page
    assert "1 h 1 min at most" in page


def test_a_full_overview_costs_a_bounded_number_of_queries(organization, admin, django_assert_max_num_queries):
    for number in range(60):
        communication = ended(organization, minutes=number * 20)
        AssignmentFactory(
            organization=organization, communication=communication, verified=number % 3 > 0, status="failed"
        )

    with django_assert_max_num_queries(19):
        admin.get(reverse("overview"))


def test_pausing_holds_the_calls_and_leaves_the_reason_in_the_audit(organization, sign_in):
    client = sign_in("ops")

    response = client.post(reverse("hold"), {"reason": "Genesys is down"}, REMOTE_ADDR="10.0.0.7")

    act = Act.objects.get(organization=organization)
    assert response.status_code == 302
    assert CallBudget.objects.get(organization=organization).held_reason == "Genesys is down"
    assert (act.verb, act.reason, act.origin) == ("pause all calls", "Genesys is down", "10.0.0.7")
    assert AuditEntry.objects.filter(act=act, table="wrapups_callbudget").exists()


def test_pausing_without_a_reason_asks_for_one_and_holds_nothing(organization, sign_in):
    response = sign_in("ops").post(reverse("hold"), {"reason": "  "})

    assert 'role="alert"' in response.content.decode()
    assert "Say why" in response.content.decode()
    assert CallBudget.objects.get(organization=organization).held_at is None


def test_a_reason_is_kept_without_what_the_database_refuses_and_not_without_end(organization, sign_in):
    response = sign_in("ops").post(reverse("hold"), {"reason": "Genesys\0 is down" + "!" * 5000})

    reason = Act.objects.get(organization=organization).reason
    assert response.status_code == 302
    assert reason.startswith("Genesys is down!")
    assert len(reason) == 1000


def test_resuming_lets_the_calls_go_on(organization, sign_in):
    client = sign_in("ops")
    client.post(reverse("hold"), {"reason": "Genesys is down"})

    client.post(reverse("resume"))

    assert CallBudget.objects.get(organization=organization).held_at is None


def test_pausing_one_organization_leaves_the_others_alone(sign_in):
    other = OrganizationFactory()

    sign_in("ops").post(reverse("hold"), {"reason": "Genesys is down"})

    assert CallBudget.objects.get(organization=other).held_at is None
