"""The control room: how everything stands, red only where somebody must act, and pausing a lane or a rule."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.frame import HOLDS_SHOWN
from dashboard.queries import call_use, queue_depth
from dashboard.queries.backfills import free_calls_per_minute
from dashboard.queries.bounded import Bounded
from dashboard.queries.control_room import Sign, signs
from dashboard.queries.duties import duties_of
from dashboard.queries.holds import Part
from dashboard.queries.queue_depth import depths, held_by_rule
from dashboard.queries.running import calls_of, waits_since
from tests.factories import (
    AssignmentFactory,
    EventSourceFactory,
    InboundEventFactory,
    MappingRuleFactory,
    PersonFactory,
    ReleaseFactory,
    SubscriptionFactory,
    SweepFactory,
    put_in_force,
)
from wrapups.domain.status import Lane, Status
from wrapups.models import CallBudget, CallTally, Heartbeat, MappingRule, Organization, Sweep, WorkHold
from wrapups.models.calls import STRETCH_S
from wrapups.models.clock import app_now
from wrapups.services import pausing
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import Purpose, take_call
from wrapups.services.held_work import HeldWork
from wrapups.services.sharing import BACK_SHARE, calls_per_second

Kind = Heartbeat.Kind


def page(client: Client) -> str:
    return client.get(reverse("control-room")).content.decode()


def rule(organization: Organization, **columns: object) -> MappingRule:
    made: MappingRule = MappingRuleFactory(organization=organization, **columns)
    put_in_force(made.release)
    return made


def beat(kind: Heartbeat.Kind, *, at: datetime) -> None:
    Heartbeat.objects.update_or_create(kind=kind, host="host", pid=1, defaults={"beat_at": at})


def well(organization: Organization) -> datetime:
    """Let everything be as it should, and return now."""
    now, made = app_now(), rule(organization)
    for kind in Kind:
        beat(kind, at=now)
    for duty in (Sweep.Kind.DISCOVER, Sweep.Kind.CATALOGUE):
        SweepFactory(organization=organization, kind=duty, succeeded_at=now, due_at=now + timedelta(minutes=1))
    assert made.release.state == "published"
    return now


def shown(organization: Organization, now: datetime) -> dict[str, Sign]:
    calls = calls_of(organization, PersonFactory())
    assert calls is not None
    return {each.name: each for each in signs(organization, calls, organization.sweeps.all(), now=now)}


def red(organization: Organization, now: datetime) -> dict[str, str]:
    """Return what wants somebody: name and what to do."""
    return {name: each.do for name, each in shown(organization, now).items() if each.wants_somebody}


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_every_role_may_look_and_some_may_pause(role, organization, sign_in):
    rule(organization, name="Refund")

    text = page(sign_in(role))

    assert "Signs of life" in text
    assert ("Pause a lane or a rule" in text) is (role != "supervisor")
    assert ("Refund</option>" in text) is (role != "supervisor")


def test_where_everything_works_nothing_is_red(organization, admin):
    now = well(organization)

    assert red(organization, now) == {}
    assert "Nothing wants anybody." in page(admin)


@pytest.mark.parametrize(("kind", "name"), [(Kind.WORKER, "Workers"), (Kind.PUMP, "The pump")])
def test_a_process_that_stops_is_red_within_a_minute_and_green_once_it_runs_again(kind, name, organization):
    now = well(organization)
    stopped = now + timedelta(seconds=60)
    beat(Kind.PUMP if kind == Kind.WORKER else Kind.WORKER, at=stopped)

    wanted = red(organization, stopped)
    beat(kind, at=stopped)

    assert list(wanted) == [name]
    assert wanted[name].startswith("Start ")
    assert red(organization, stopped) == {}
    assert shown(organization, stopped)[name].tone == "good"


def test_a_listener_that_is_switched_on_and_does_not_run_is_red_until_it_does(organization):
    now = well(organization)
    EventSourceFactory(organization=organization, listener=True)
    stopped = now + timedelta(seconds=60)
    for kind in (Kind.WORKER, Kind.PUMP):
        beat(kind, at=stopped)

    wanted = red(organization, stopped)
    beat(Kind.LISTENER, at=stopped)

    assert list(wanted) == ["The listener"]
    assert wanted["The listener"].startswith("Start it")
    assert red(organization, stopped) == {}


@pytest.mark.parametrize("switched_off", [True, False], ids=["switched off", "of others"])
def test_a_listener_that_nobody_here_wants_is_not_missed(switched_off, organization):
    now = well(organization)
    Heartbeat.objects.filter(kind=Kind.LISTENER).delete()
    of = {"organization": organization, "enabled": False} if switched_off else {}
    EventSourceFactory(listener=True, **of)

    assert "The listener" not in shown(organization, now)


def test_a_worker_that_lives_and_takes_nothing_is_red(organization):
    now = well(organization)
    ago = now - timedelta(minutes=2)
    AssignmentFactory(organization=organization, due_at=ago, created_at=ago)

    assert "Redis" in red(organization, now)["Workers"]


def test_refused_credentials_are_red_and_lead_to_the_client(organization):
    now = well(organization)
    CallBudget.objects.filter(organization=organization).update(refused_at=now)

    sign = shown(organization, now)["Calls to Genesys Cloud"]

    assert (sign.tone, sign.link) == ("bad", reverse("organization-client"))


@pytest.mark.parametrize(
    "columns",
    [{"held_at": "now"}, {"breaker_until": "later"}, {"wait_until": "later"}],
    ids=["paused", "breaker open", "told to wait"],
)
def test_what_goes_on_by_itself_or_a_person_meant_is_not_red(columns, organization):
    now = well(organization)
    times = {"now": now, "later": now + timedelta(minutes=1)}
    held = {name: times[value] for name, value in columns.items()}
    CallBudget.objects.filter(organization=organization).update(**held, held_by=PersonFactory())

    assert red(organization, now) == {}
    assert shown(organization, now)["Calls to Genesys Cloud"].tone in ("warning", "waiting")


@pytest.mark.parametrize(("name", "kind"), [("Analytics", Sweep.Kind.DISCOVER), ("Catalogue", Sweep.Kind.CATALOGUE)])
def test_a_duty_that_fails_is_red_only_when_it_does_not_mend_itself(name, kind, organization):
    now = well(organization)
    Sweep.objects.filter(kind=kind).update(problem="403: no permission")

    at_first, later = red(organization, now), red(organization, now + timedelta(minutes=16))

    assert at_first == {}
    assert "mend" in later[name]


def test_a_door_that_is_shut_is_red_and_says_where(organization):
    now = well(organization)
    EventSourceFactory(organization=organization, name="CRM", turned_away_at=now)
    SubscriptionFactory(organization=organization, name="BI", held=True)

    assert {"Source CRM", "Receiver BI"} <= set(red(organization, now))


def test_events_and_their_delay_are_told(organization):
    now = well(organization)
    source = EventSourceFactory(organization=organization, last_event_at=now)
    InboundEventFactory(organization=organization, source=source, state="received", due_at=now - timedelta(minutes=9))

    told = shown(organization, now)

    assert (told["Last event in"].tone, told["Last event in"].at) == ("good", now)
    assert (told["Events taken in"].tone, told["Events taken in"].at) == ("warning", now - timedelta(minutes=9))


def test_every_lane_shows_what_is_due_what_comes_later_and_the_oldest(organization):
    now = app_now()
    for lane, ago in ((Lane.FRESH, 5), (Lane.FRESH, 60), (Lane.FRESH, -60), (Lane.BULK, 7)):
        at = now - timedelta(seconds=ago)
        AssignmentFactory(organization=organization, lane=lane, due_at=at, created_at=at)
    late = {"due_at": now - timedelta(hours=2), "created_at": now - timedelta(seconds=30)}
    AssignmentFactory(organization=organization, lane=Lane.BULK, **late)
    AssignmentFactory(organization=organization, status=Status.UNKNOWN, due_at=now)
    AssignmentFactory(due_at=now)

    found = {each.lane: each for each in depths(organization, HeldWork())}

    assert {lane: (each.due.number, each.later.number) for lane, each in found.items()} == {
        None: (1, 0),
        Lane.FRESH: (2, 1),
        Lane.RETRY: (0, 0),
        Lane.BULK: (2, 0),
    }
    assert found[Lane.FRESH].waits_since == now - timedelta(seconds=60)
    assert found[Lane.BULK].waits_since == now - timedelta(seconds=30)
    assert waits_since(organization, paused=HeldWork(lanes=frozenset({Lane.FRESH}))) == now - timedelta(seconds=30)


def test_what_a_paused_rule_keeps_is_counted_and_is_not_the_oldest_due(organization):
    now, paused = app_now(), rule(organization)
    for minutes in (1, 2):
        kept = {"rule": paused, "due_at": now - timedelta(hours=minutes)}
        AssignmentFactory(organization=organization, **kept)
    ago = now - timedelta(minutes=1)
    AssignmentFactory(organization=organization, due_at=ago, created_at=ago)
    held = HeldWork(rules=frozenset({paused.identity}))

    fresh = next(each for each in depths(organization, held) if each.lane == Lane.FRESH)

    assert fresh.waits_since == ago
    assert held_by_rule(organization, held) == {paused.identity: Bounded(2)}


def test_the_oldest_is_looked_for_among_so_many_and_no_more(organization, monkeypatch):
    now, paused = app_now(), rule(organization)
    AssignmentFactory(organization=organization, rule=paused, due_at=now - timedelta(hours=1))
    AssignmentFactory(organization=organization, due_at=now - timedelta(minutes=1))
    monkeypatch.setattr(queue_depth, "OLDEST", 1)

    found = {each.lane: each for each in depths(organization, HeldWork(rules=frozenset({paused.identity})))}

    assert (found[Lane.FRESH].due.number, found[Lane.FRESH].waits_since) == (2, None)


def test_calls_are_counted_by_use_and_a_day_later_their_place_is_used_again(organization):
    CallBudget.objects.filter(organization=organization).update(tokens=8)
    for use in (CallTally.Use.WRITE, CallTally.Use.WRITE, CallTally.Use.VERIFY):
        take_call(organization.pk, purpose=Purpose(use, waited_s=12 if use == CallTally.Use.WRITE else 0))
    [written] = CallTally.everywhere.filter(use="write")
    CallTally.everywhere.filter(use="write").update(begins_at=written.begins_at - timedelta(seconds=144 * STRETCH_S))
    yesterday = call_use.spent_lately(organization, now=app_now())
    take_call(organization.pk, purpose=Purpose(CallTally.Use.WRITE, waited_s=3))

    today = call_use.spent_lately(organization, now=app_now())

    assert (written.calls, written.longest_wait_s) == (2, 12)
    assert [(each.use, each.calls) for each in yesterday] == [("verify", 1)]
    assert {(each.use, each.calls, each.percent) for each in today} == {("verify", 1, 50), ("write", 1, 50)}
    assert CallTally.everywhere.get(use="write").longest_wait_s == 3


def test_every_page_reckons_with_the_pace_that_genesys_allows(organization, admin):
    CallBudget.objects.filter(organization=organization).update(allowed_per_minute=60, tokens=1)
    take_call(organization.pk)

    text = page(admin)

    assert " free at once, 58 a minute" in text
    assert "58/min" in text
    assert "1 of 3,456 possible" in text
    assert free_calls_per_minute(organization) == pytest.approx(57.6)
    assert calls_per_second(organization) == pytest.approx(57.6 / 60 * BACK_SHARE)


def test_a_duty_that_failed_once_says_of_its_time_that_it_is_the_last_success(organization):
    now = well(organization)
    tried = organization.sweeps.filter(kind=Sweep.Kind.DISCOVER)
    tried.update(problem="Retry the request in [1] seconds", succeeded_at=now - timedelta(minutes=1))

    sign = shown(organization, now)["Analytics"]

    assert sign.said.endswith("is tried again: Retry the request in [1] seconds. Went well last")
    assert sign.at == now - timedelta(minutes=1)


def test_a_day_of_calls_and_waits_is_a_chart_each(organization, admin):
    CallBudget.objects.filter(organization=organization).update(tokens=8)
    take_call(organization.pk, purpose=Purpose(CallTally.Use.WRITE, waited_s=90))
    take_call(organization.pk, purpose=Purpose(CallTally.Use.CATALOGUE))
    this = timezone.localtime(app_now()).replace(minute=0, second=0, microsecond=0)

    calls, waits = call_use.call_charts(organization, [this - timedelta(hours=1), this])

    assert (calls.total, calls.number_of("writing codes"), calls.number_of("everything else")) == (2, 1, 1)
    assert waits.number_of("seconds") == 90
    assert calls.bars[0].part.url == reverse("control-room")


def test_pausing_a_rule_is_said_above_every_page_with_who_and_why_and_can_be_ended_there(organization, sign_in):
    client, paused = sign_in("ops"), rule(organization, name="Refund EU")

    answer = client.post(reverse("part-hold"), {"part": f"rule:{paused.identity}", "reason": "Its code is wrong"})
    above = client.get(reverse("conversation-list")).content.decode()
    resumed = client.post(reverse("part-resume"), {"part": f"rule:{paused.identity}"})

    assert (answer.status_code, resumed.status_code) == (302, 302)
    assert "The rule “Refund EU” is paused." in above
    assert "Its code is wrong" in above
    assert f'value="rule:{paused.identity}"' in above
    assert not WorkHold.everywhere.exists()


def test_a_paused_lane_is_marked_and_listed(organization, admin):
    well(organization)
    admin.post(reverse("part-hold"), {"part": "lane:bulk", "reason": "Not before noon"})

    text, overview = page(admin), admin.get(reverse("overview")).content.decode()

    assert "The lane of back-fills and bulk acts" in text
    assert "Not before noon" in text
    assert "Codes are being sent, but a person paused a part of them." in overview


def test_what_a_pause_keeps_says_so_in_its_story(organization, admin):
    other = MappingRuleFactory(organization=organization)
    paused = rule(organization, name="Refund EU", release=other.release)
    pausing.hold_rule(
        organization, paused.identity, actor=Actor(PersonFactory(last_name="Okafor")), reason="Wrong code"
    )
    kept, free = (
        AssignmentFactory(organization=organization, rule=each, release=each.release) for each in (paused, other)
    )

    waiting, going = (
        admin.get(reverse("conversation-detail", args=[each.communication.conversation_id])) for each in (kept, free)
    )

    assert "It waits: the rule “Refund EU” is paused by Mara Okafor" in waiting.content.decode()
    assert "Wrong code" in waiting.content.decode()
    assert "It waits" not in going.content.decode()


def test_many_pauses_are_one_line_above_the_pages(organization, admin):
    actor, release = Actor(PersonFactory()), ReleaseFactory(organization=organization)
    for _ in range(HOLDS_SHOWN + 1):
        paused = MappingRuleFactory(organization=organization, release=release)
        pausing.hold_rule(organization, paused.identity, actor=actor, reason="Wait")

    assert "4 lanes and rules are paused." in admin.get(reverse("failure-list")).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"part": "lane:bulk", "reason": " "}, "Say why"),
        ({"part": "", "reason": "Kept words"}, "Choose what is paused"),
        ({"part": "lane:express", "reason": "Kept words"}, "Choose what is paused"),
        ({"part": f"rule:{uuid4()}", "reason": "Kept words"}, "There is no such rule"),
    ],
)
def test_where_something_is_missing_it_is_said_and_what_was_typed_is_kept(typed, said, organization, admin):
    text = admin.post(reverse("part-hold"), typed).content.decode()

    assert 'role="alert"' in text
    assert said in text
    assert typed["reason"].strip() in text
    assert not WorkHold.everywhere.exists()


def test_a_rule_s_page_leads_to_pausing_it_with_the_rule_chosen(organization, sign_in):
    paused = rule(organization, name="Refund EU")
    address = f"{reverse('part-hold')}?part=rule:{paused.identity}"
    client = sign_in("ops")

    story, form = (client.get(url).content.decode() for url in (reverse("rule-use", args=[paused.identity]), address))

    assert f'href="{address}"' in story
    assert f'<option value="rule:{paused.identity}" selected>Refund EU' in form


def test_what_was_never_a_lane_or_a_rule_cannot_be_resumed(admin):
    assert admin.post(reverse("part-resume"), {"part": "lane:express"}).status_code == 404


def test_a_pause_is_of_one_organization(organization, sign_in):
    foreign = MappingRuleFactory()

    sign_in("ops").post(reverse("part-hold"), {"part": "lane:fresh", "reason": "Wait"})

    assert HeldWork.of(organization).lanes == {"fresh"}
    assert not HeldWork.of(foreign.organization)


def test_a_form_names_a_part_as_it_reads_it():
    rule_part = Part(rule=uuid4())

    assert [Part.read(str(each)) for each in (Part(lane=Lane.RETRY), rule_part)] == [Part(lane=Lane.RETRY), rule_part]
    assert [Part.read(text) for text in ("", "lane", "rule:x", "queue:1")] == [None] * 4


def test_the_live_part_is_answered_alone(admin):
    fragment = admin.get(reverse("control-room"), headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in fragment
    assert 'id="live"' in fragment


def test_a_full_control_room_costs_a_bounded_number_of_queries(organization, admin, django_assert_max_num_queries):
    well(organization)
    actor, release = Actor(PersonFactory()), ReleaseFactory(organization=organization)
    for _ in range(20):
        paused = MappingRuleFactory(organization=organization, release=release)
        pausing.hold_rule(organization, paused.identity, actor=actor, reason="Wait")
        AssignmentFactory(organization=organization, rule=paused)

    with django_assert_max_num_queries(28):
        admin.get(reverse("control-room"))


@pytest.mark.parametrize("kind", Sweep.Kind.values)
def test_every_kind_of_duty_is_said_in_words_with_when_it_went_well(kind, organization, admin):
    sweep = SweepFactory(organization=organization, kind=kind, succeeded_at=app_now())

    [duty] = duties_of([sweep])

    assert " " in duty.words
    assert duty.words in page(admin)


def test_a_duty_that_failed_says_so_with_its_reason(organization, admin):
    SweepFactory(organization=organization, problem="Genesys Cloud answered 403: analytics:conversationDetail:view")

    assert "analytics:conversationDetail:view" in page(admin)
