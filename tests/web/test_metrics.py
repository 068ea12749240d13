"""What machines read: metrics by a token, from the database, in a fixed number of statements."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from dashboard import metrics
from dashboard.metrics import METRICS, exposition
from tests.factories import (
    AssignmentFactory,
    AttemptFactory,
    CallBudgetFactory,
    CommunicationFactory,
    DispositionFactory,
    EventSourceFactory,
    HeartbeatFactory,
    InboundEventFactory,
    MappingRuleFactory,
    NoticeFactory,
    OrganizationFactory,
    SubscriptionFactory,
    SweepFactory,
)
from wrapups.domain.status import FailReason, Lane, Status
from wrapups.models import CallBudget, CallTally, FailureGroup, Organization, Sweep
from wrapups.services.gauging import ASKED, QUESTIONS

DOCS: Path = django_settings.BASE_DIR / "docs"
TOKEN = "a-token-of-its-own"
Labels = dict[str, str]


@pytest.fixture(autouse=True)
def read_anew(settings: Settings) -> None:
    """Let each test have a token, and read the database itself."""
    settings.METRICS_TOKEN = TOKEN
    cache.clear()


def asked(client: Client, token: str = TOKEN) -> Any:
    return client.get(reverse("metrics"), headers={"Authorization": f"Bearer {token}"})


def told() -> dict[str, list[tuple[Labels, float]]]:
    """Return every metric by its name without our prefix: its labels and values."""
    cache.clear()
    families = text_string_to_metric_families(exposition().decode())
    return {
        family.name.removeprefix("wrapups_"): [(sample.labels, sample.value) for sample in family.samples]
        for family in families
    }


def value(name: str, organization: Organization, **label: str) -> float:
    """Return the one value of a metric with these labels."""
    wanted = {"organization": organization.slug, **label}
    [found] = [value for labels, value in told()[name] if labels == wanted]
    return found


# The page


def test_without_a_token_set_there_is_no_such_page(client: Client, settings: Settings, db):
    settings.METRICS_TOKEN = ""

    assert asked(client, token="").status_code == 404


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer another", f"Basic {TOKEN}", TOKEN])
def test_without_the_token_nothing_is_told(client: Client, authorization: str):
    response = client.get(reverse("metrics"), headers={"Authorization": authorization})

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert b"wrapups_" not in response.content


def test_with_the_token_it_is_told_in_prometheus_text(client: Client, organization: Organization):
    response = asked(client)

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    assert f'wrapups_due{{lane="fresh",organization="{organization.slug}"}} 0.0'.encode() in response.content


def test_an_admin_who_has_signed_in_needs_the_token_too(admin: Client):
    assert admin.get(reverse("metrics")).status_code == 401


def test_without_a_database_it_says_so(client: Client, monkeypatch: pytest.MonkeyPatch):
    def away() -> bytes:
        raise DatabaseError

    monkeypatch.setattr("dashboard.views.metrics.exposition", away)

    assert asked(client).status_code == 503


def test_asked_again_at_once_it_asks_the_database_nothing(client: Client, organization, django_assert_num_queries):
    first = asked(client).content

    with django_assert_num_queries(0):
        assert asked(client).content == first


def test_however_many_organizations_and_rows_there_are_it_takes_as_many_statements(django_assert_num_queries, db):
    for _ in range(3):
        AssignmentFactory(failed=True)
        NoticeFactory()

    with django_assert_num_queries(len(QUESTIONS)):
        told()


def test_every_metric_has_words_and_only_labels_that_say_nothing_of_customers(organization: Organization):
    AssignmentFactory(organization=organization)
    HeartbeatFactory()

    names = {name for name, samples in told().items() if samples}
    labels = {label for samples in told().values() for labels, _ in samples for label in labels}

    assert set(told()) == set(METRICS)
    assert names == set(METRICS) - {
        *("discovery_lag_seconds", "last_event_timestamp_seconds"),  # nobody has looked, nothing came
        *("duty_success_timestamp_seconds", "duty_failing"),  # it has no duties
    }
    assert labels == {"organization", "lane", "status", "class", "state", "use", "answer", "process"}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_statement_reads_a_large_table_as_a_whole(question: str, db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {question}", ASKED)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    for table in ("assignment", "attempt", "inboundevent", "notice "):
        assert f"Seq Scan on wrapups_{table}" not in plan


# What is told


def test_work_that_is_due_is_told_by_lane_with_the_age_of_the_oldest(organization: Organization):
    now = timezone.now()
    for minutes, lane in ((10, Lane.FRESH), (3, Lane.FRESH), (7, Lane.BULK)):
        ago = now - timedelta(minutes=minutes)
        AssignmentFactory(organization=organization, lane=lane, due_at=ago, created_at=ago)
    AssignmentFactory(organization=organization, due_at=now + timedelta(minutes=5))
    AssignmentFactory(due_at=now - timedelta(hours=2))

    assert [value("due", organization, lane=lane) for lane in Lane] == [2, 0, 1]
    assert value("due_oldest_age_seconds", organization, lane="fresh") == pytest.approx(600, abs=30)
    assert value("due_oldest_age_seconds", organization, lane="retry") == 0


def test_what_people_paused_is_not_due(organization: Organization):
    for lane in (Lane.FRESH, Lane.BULK):
        AssignmentFactory(organization=organization, lane=lane)
    AssignmentFactory(organization=organization, lane=Lane.BULK, status=Status.UNKNOWN)
    rule = MappingRuleFactory(organization=organization)
    AssignmentFactory(organization=organization, rule=rule, release=rule.release)
    CallBudget.objects.filter(organization=organization).update(held_lanes=["bulk"], held_rules=[rule.identity])

    assert [value("due", organization, lane=lane) for lane in ("fresh", "bulk")] == [1, 1]


def test_what_people_paused_is_looked_through_up_to_a_bound(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
):
    rule = MappingRuleFactory(organization=organization)
    ago = timezone.now() - timedelta(minutes=9)
    AssignmentFactory(organization=organization, rule=rule, release=rule.release, due_at=ago)
    AssignmentFactory(organization=organization)
    CallBudget.objects.filter(organization=organization).update(held_rules=[rule.identity])
    behind = value("due", organization, lane="fresh")
    monkeypatch.setitem(ASKED, "most", 1)

    assert (behind, value("due", organization, lane="fresh")) == (1, 0)


def test_what_was_made_just_now_is_not_old_however_long_it_has_been_due(organization: Organization):
    AssignmentFactory(organization=organization, due_at=timezone.now() - timedelta(days=2))

    assert value("due_oldest_age_seconds", organization, lane="fresh") < 60


def test_what_is_heard_of_work_that_waits_does_not_make_it_younger(organization: Organization):
    ago = timezone.now() - timedelta(minutes=10)
    waiting = AssignmentFactory(organization=organization, due_at=ago, created_at=ago, updated_at=ago)
    conversation_id = waiting.communication.conversation.conversation_id
    DispositionFactory(organization=organization, conversation_id=conversation_id)

    assert value("due_oldest_age_seconds", organization, lane="fresh") == pytest.approx(600, abs=30)


def test_the_last_hour_is_told_by_status(organization: Organization):
    for hours in (0.5, 0.9, 1.5):
        ended = CommunicationFactory(organization=organization, ended_at=timezone.now() - timedelta(hours=hours))
        AssignmentFactory(organization=organization, communication=ended, verified=True)

    assert value("ended_last_hour", organization, status="verified") == 2
    assert value("ended_last_hour", organization, status="failed") == 0


def test_failures_are_told_by_their_class_and_as_groups(organization: Organization):
    for reason in (FailReason.REJECTED, FailReason.REJECTED, FailReason.TOO_LATE):
        AssignmentFactory(organization=organization, failed=True, reason=reason)
    AssignmentFactory(organization=organization, conflict=True)

    assert value("failures", organization, **{"class": "rejected"}) == 2
    assert value("failures", organization, **{"class": "too_late"}) == 1
    assert value("failures", organization, **{"class": "conflict"}) == 1
    assert value("failures", organization, **{"class": "exhausted"}) == 0
    assert value("failure_groups", organization, state="open") == 2


@pytest.mark.parametrize(("left_h", "state"), [(-1, "open"), (1, "snoozed")])
def test_a_group_whose_snooze_is_over_is_told_as_open(organization: Organization, left_h: int, state: str):
    AssignmentFactory(organization=organization, failed=True)
    FailureGroup.everywhere.update(state="snoozed", snoozed_until=timezone.now() + timedelta(hours=left_h))

    told = {each: value("failure_groups", organization, state=each) for each in ("open", "snoozed")}

    assert told == {"open": 0, "snoozed": 0} | {state: 1}


def test_calls_are_told_by_what_is_left_what_they_were_for_and_how_they_were_answered(organization: Organization):
    CallBudget.objects.filter(organization=organization).update(tokens=5, tokens_at=timezone.now())
    now = timezone.now()
    for place, hours in ((1, 0.2), (2, 0.5), (3, 1.5)):
        CallTally.everywhere.create(
            organization=organization, use="write", place=place, calls=40, begins_at=now - timedelta(hours=hours)
        )
    assignment = AssignmentFactory(organization=organization)
    for status in (202, 429, 429, 400, 503, 0):
        AttemptFactory(assignment=assignment, http_status=status)
    AttemptFactory(assignment=assignment, http_status=429, started_at=now - timedelta(hours=2))

    answers = {answer: value("attempts_last_hour", organization, answer=answer) for answer in ("2xx", "429", "none")}

    assert value("calls_left", organization) >= 5
    assert value("calls_per_minute", organization) == 288
    assert value("calls_last_hour", organization, use="write") == 80
    assert answers == {"2xx": 1, "429": 2, "none": 1}


def test_where_genesys_allows_less_fewer_calls_a_minute_are_told(organization: Organization):
    CallBudget.objects.filter(organization=organization).update(allowed_per_minute=150)

    assert value("calls_per_minute", organization) == 144


@pytest.mark.parametrize(
    ("metric", "column", "minutes", "said"),
    [
        ("calls_held", "held_at", 0, {"held_reason": "Maintenance"}),
        ("client_refused", "refused_at", 0, {}),
        ("breaker_open", "breaker_until", 5, {}),
        ("told_to_wait", "wait_until", 5, {}),
    ],
)
def test_what_stops_calls_is_told_and_then_none_is_left(
    organization: Organization, metric: str, column: str, minutes: int, said: dict[str, str]
):
    free = value(metric, organization)
    at = timezone.now() + timedelta(minutes=minutes)
    CallBudget.objects.filter(organization=organization).update(tokens=8, **{column: at}, **said)

    assert (free, value(metric, organization), value("calls_left", organization)) == (0, 1, 0)


def test_lanes_and_rules_that_people_paused_are_counted(organization: Organization):
    CallBudget.objects.filter(organization=organization).update(held_lanes=["bulk", "retry"])

    assert (value("lanes_held", organization), value("rules_held", organization)) == (2, 0)


def test_duties_are_told_with_when_they_went_well_and_whether_they_fail(organization: Organization):
    read_at = timezone.now() - timedelta(hours=3)
    SweepFactory(organization=organization, kind=Sweep.Kind.CATALOGUE, succeeded_at=read_at, problem="It answered 403.")

    assert value("duty_success_timestamp_seconds", organization, duty="catalogue") == pytest.approx(
        read_at.timestamp(), abs=1
    )
    assert value("duty_failing", organization, duty="catalogue") == 1


def test_discovery_lags_as_far_as_anything_may_not_have_been_looked_for(organization: Organization):
    now = timezone.now()
    SweepFactory(organization=organization, watermark_at=now - timedelta(minutes=2))
    looked = value("discovery_lag_seconds", organization)
    SweepFactory(organization=organization, kind=Sweep.Kind.CATCH_UP, watermark_at=now - timedelta(hours=5))

    assert looked == pytest.approx(120, abs=30)
    assert value("discovery_lag_seconds", organization) == pytest.approx(5 * 3600, abs=30)


def test_codes_that_analytics_does_not_show_yet_are_told_with_their_age(organization: Organization):
    due_at = timezone.now() - timedelta(minutes=4)
    AssignmentFactory(organization=organization, status=Status.APPLIED, due_at=due_at)

    assert value("unconfirmed", organization) == 1
    assert value("unconfirmed_oldest_age_seconds", organization) == pytest.approx(240, abs=30)


def test_doors_are_told_with_what_waits_at_them(organization: Organization):
    heard_at = timezone.now() - timedelta(minutes=6)
    source = EventSourceFactory(organization=organization, last_event_at=heard_at)
    InboundEventFactory(organization=organization, source=source, state="received", due_at=heard_at)
    InboundEventFactory(organization=organization, source=source, state="quarantined")
    held = SubscriptionFactory(organization=organization, held=True)
    NoticeFactory(organization=organization, subscription=held)
    NoticeFactory(organization=organization, subscription=held, told=True)

    assert value("last_event_timestamp_seconds", organization) == pytest.approx(heard_at.timestamp(), abs=1)
    assert (value("events_waiting", organization), value("events_set_apart", organization)) == (1, 1)
    assert value("events_oldest_age_seconds", organization) == pytest.approx(360, abs=30)
    assert (value("notices_waiting", organization), value("receivers_held", organization)) == (1, 1)
    assert value("notices_oldest_age_seconds", organization) < 60


def test_processes_are_told_with_their_last_sign_of_life(db):
    silent_since = timezone.now() - timedelta(minutes=10)
    HeartbeatFactory(kind="pump", beat_at=silent_since)
    for _ in range(2):
        HeartbeatFactory(kind="worker")

    beats = {labels["process"]: at for labels, at in told()["heartbeat_timestamp_seconds"]}

    assert told()["processes"] == [({"process": "pump"}, 0), ({"process": "worker"}, 2)]
    assert beats["pump"] == pytest.approx(silent_since.timestamp(), abs=1)


def test_an_organization_whose_rows_are_not_all_there_yet_is_told_as_far_as_it_is(db):
    organization = OrganizationFactory(call_budget=None)

    assert value("due", organization, lane="fresh") == 0
    CallBudgetFactory(organization=organization)
    assert value("calls_held", organization) == 0
    assert metrics.FRESH_FOR_S == 10


# What is written about it


def test_the_document_has_every_metric_with_its_label_and_no_other():
    rows = re.findall(r"^\| `wrapups_(\w+)` \|(?: `(\w+)`)? ?\|", (DOCS / "monitoring.md").read_text(), re.MULTILINE)

    assert dict(rows) == {name: meaning.label for name, meaning in METRICS.items()}


def test_the_dashboard_for_grafana_asks_for_every_metric_and_no_other():
    dashboard = json.loads((DOCS / "grafana.json").read_text())
    asked_for = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

    names = set(re.findall(r"wrapups_(\w+)", " ".join(asked_for)))
    labels = set(re.findall(r"{{(\w+)}}", json.dumps(dashboard)))

    assert names == set(METRICS)
    assert labels <= {label for meaning in METRICS.values() for label in meaning.labels}


def test_the_panels_of_the_dashboard_do_not_lie_over_each_other():
    panels = json.loads((DOCS / "grafana.json").read_text())["panels"]
    places = [
        (x, y)
        for panel in panels
        for at in [panel["gridPos"]]
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]

    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24
