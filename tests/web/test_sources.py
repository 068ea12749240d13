"""Sources of events: what the pages tell, the one time a secret is shown, and what can be done with a source."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import DispositionFactory, EventSourceFactory, InboundEventFactory
from wrapups.domain.trigger_setup import AFTER_CALL_WORK_OVER, AGENT_LEFT
from wrapups.models import Act, AuditEntry, Disposition, EventSource, InboundEvent, Organization
from wrapups.models.clock import app_now

KINDS = list(EventSource.Kind)
POSTING = [kind for kind in KINDS if kind != EventSource.Kind.LISTENER]
SHOWN_SECRET = re.compile(r'<code id="secret-text">([^<]+)</code>')


def page(client: Client, name: str, *arguments: object, **options: Any) -> str:
    return client.get(reverse(name, args=arguments), **options).content.decode()


def added(client: Client, **typed: str) -> str:
    """Add a source and return the answer's page."""
    return client.post(reverse("source-add"), {"kind": "webhook", "name": "CRM", **typed}).content.decode()


def block(shown: str, name: str) -> str:
    """Return the text of something to copy."""
    found = re.search(rf'<code id="{name}">(.*?)</code>', shown, re.DOTALL)
    assert found, name
    return unescape(found[1])


def only_source(organization: Organization) -> EventSource:
    found: EventSource = EventSource.objects.of(organization).get()
    return found


# The list


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_everybody_sees_how_each_source_stands(organization, sign_in, role):
    now = app_now()
    EventSourceFactory(organization=organization, name="Quiet one")
    EventSourceFactory(organization=organization, name="Off", enabled=False)
    busy = EventSourceFactory(organization=organization, name="CRM", last_event_at=now - timedelta(minutes=3))
    for age in (1, 2, 30):
        InboundEventFactory(organization=organization, source=busy, received_at=now - timedelta(hours=age))
    EventSourceFactory(
        organization=organization,
        name="Survey",
        last_event_at=now - timedelta(days=2),
        refused=7,
        last_refused_at=now - timedelta(minutes=1),
        last_refusal="There was no header Wrapups-Signature.",
    )

    shown = page(sign_in(role), "source-list")

    for words in ("nothing yet", "switched off", "receiving", "refused last", "There was no header"):
        assert words in shown
    assert '<td class="number" data-label="Events in 24 h">2</td>' in shown
    assert '<td class="number" data-label="Refused">7</td>' in shown


def test_what_was_turned_away_is_counted_on_the_source_s_page_with_what_to_do(organization, admin):
    columns = {"turned_away": 3, "turned_away_at": app_now() - timedelta(minutes=2)}
    source = EventSourceFactory(organization=organization, **columns)

    shown = page(admin, "source-detail", source.pk)

    assert "3 posts could not be read and were not kept" in shown
    assert "10,000 are set apart already" in shown
    assert f"state=quarantined&amp;source={source.pk}" in shown
    assert "turned away</span>" in page(admin, "source-list")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "not listening"),
        ({"heard_at": timedelta(minutes=10)}, "not listening"),
        ({"heard_at": timedelta(seconds=20)}, "listening"),
        ({"heard_at": timedelta(seconds=20), "trouble": "2 of 9 queues are not told."}, "in trouble"),
    ],
)
def test_a_listener_stands_by_its_last_sign_of_life(organization, admin, columns, words):
    if "heard_at" in columns:
        columns = columns | {"heard_at": app_now() - columns["heard_at"]}
    EventSourceFactory(organization=organization, listener=True, **columns)

    shown = page(admin, "source-list")

    assert f"{words}</span>" in shown
    assert columns.get("trouble", "") in shown


def test_before_the_first_source_the_page_says_what_one_is(organization, admin):
    assert "Nothing tells us anything yet" in page(admin, "source-list")


def test_only_an_admin_is_offered_to_add_one(organization, sign_in):
    assert "Add a source" in page(sign_in("admin"), "source-list")
    assert "Add a source" not in page(sign_in("ops"), "source-list")


def test_the_list_is_read_in_a_few_queries_however_long_it_is(organization, admin, django_assert_max_num_queries):
    for source in EventSourceFactory.create_batch(60, organization=organization):
        InboundEventFactory(organization=organization, source=source)
    page(admin, "source-list")

    with django_assert_max_num_queries(14):
        first = page(admin, "source-list")

    assert first.count('class="row-link"') == 50
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    assert admin.get(reverse("source-list") + unescape(older[1])).content.decode().count('class="row-link"') == 10


def test_sources_of_others_are_not_there(organization, admin):
    other = EventSourceFactory(name="Not ours")

    assert "Not ours" not in page(admin, "source-list")
    assert admin.get(reverse("source-detail", args=[other.pk])).status_code == 404
    for name in ("source-rename", "source-secret", "source-secret-drop", "source-switch", "source-remove"):
        assert admin.post(reverse(name, args=[other.pk])).status_code == 404


# Adding


@pytest.mark.parametrize("kind", POSTING)
def test_adding_shows_the_secret_once_beside_the_steps(organization, admin, kind):
    shown = added(admin, kind=kind)

    source = only_source(organization)
    [secret] = SHOWN_SECRET.findall(shown)
    assert source.secrets() == [secret]
    assert "Set it up" in shown
    later = [page(admin, "source-detail", source.pk), page(admin, "source-list"), page(admin, "history-list")]
    assert not any(secret in text for text in later)


def test_the_secret_is_in_no_address_no_cookie_no_audit_and_kept_by_no_cache(organization, admin):
    response = admin.post(reverse("source-add"), {"kind": "webhook", "name": "CRM"})

    [secret] = SHOWN_SECRET.findall(response.content.decode())
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert not any(secret in str(morsel) for morsel in response.cookies.values())
    assert secret not in str(dict(admin.session))
    assert not any(secret in str((entry.before, entry.after)) for entry in AuditEntry.objects.all())
    assert secret not in block(response.content.decode(), "python")


def test_a_listener_is_added_without_a_secret(organization, admin):
    response = admin.post(reverse("source-add"), {"kind": "listener", "name": "Genesys"})

    source = only_source(organization)
    assert response["Location"] == reverse("source-detail", args=[source.pk])
    shown = page(admin, "source-detail", source.pk)
    assert "manage.py listen" in shown
    assert "Make a new secret" not in shown


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"name": ""}, "Give the source a name."),
        ({"kind": ""}, "Choose what sends the events."),
        ({"kind": "pigeon"}, "not one of the available choices"),
        ({"name": "taken"}, "called taken already"),
        ({"name": "x" * 65}, "at most 64"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_comes_back(organization, admin, typed, problem):
    EventSourceFactory(organization=organization, name="taken")

    shown = added(admin, **typed)

    assert problem in unescape(shown)
    assert 'role="alert"' in shown
    assert f'value="{typed.get("name", "CRM")}"' in shown or typed.get("name") == ""
    assert EventSource.objects.of(organization).count() == 1


# Waiting for the first event


@pytest.mark.parametrize("kind", KINDS)
def test_until_it_has_been_heard_of_the_page_asks_for_itself(organization, admin, kind):
    source = EventSourceFactory(organization=organization, kind=kind)

    fragment = page(admin, "source-detail", source.pk, headers={"HX-Request": "true"})

    assert 'id="heard"' in fragment
    assert "data-poll" in fragment
    assert "Waiting for the" in fragment
    assert "<html" not in fragment


def test_once_something_came_it_says_when_and_stops_asking(organization, admin):
    source = EventSourceFactory(organization=organization, last_event_at=app_now() - timedelta(seconds=13))

    fragment = page(admin, "source-detail", source.pk, headers={"HX-Request": "true"})

    assert "data-poll" not in fragment
    assert re.search(r"received <time[^>]*>\d+ s ago</time>", fragment)


def test_while_it_waits_it_says_why_what_came_was_refused(organization, admin):
    source = EventSourceFactory(
        organization=organization, refused=2, last_refused_at=app_now(), last_refusal="No signature fits this body."
    )

    fragment = page(admin, "source-detail", source.pk, headers={"HX-Request": "true"})

    assert "2 posts proved nothing and were refused" in fragment
    assert "No signature fits this body." in fragment


def test_one_that_is_switched_off_is_not_waited_for(organization, admin):
    source = EventSourceFactory(organization=organization, enabled=False)

    assert "data-poll" not in page(admin, "source-detail", source.pk)


def test_from_a_source_a_link_leads_to_what_came_from_it(organization, admin):
    event = InboundEventFactory(organization=organization)
    EventSource.objects.of(organization).update(last_event_at=app_now())
    InboundEventFactory(organization=organization)

    shown = page(admin, "source-detail", event.source.pk)

    assert f'href="{reverse("event-list")}?source={event.source.pk}"' in shown


# The steps


def test_the_address_is_built_from_the_public_one(organization, admin, settings):
    settings.PUBLIC_URL = "https://wrapups.example.com"
    source = EventSourceFactory(organization=organization)

    assert (
        block(page(admin, "source-detail", source.pk), "address") == f"https://wrapups.example.com/events/{source.key}"
    )


def test_the_blocks_of_a_trigger_are_json_that_names_our_address(organization, admin):
    source = EventSourceFactory(organization=organization, trigger=True)

    shown = page(admin, "source-detail", source.pk)

    action, trigger = json.loads(block(shown, "data-action")), json.loads(block(shown, "trigger"))
    assert action["config"]["request"]["requestUrlTemplate"].endswith(f"/events/{source.key}")
    assert trigger["topicName"] == AGENT_LEFT
    assert "not written down anywhere" in shown


def test_the_blocks_of_eventbridge_are_json_and_name_the_organization_s_bus(organization, admin):
    organization.genesys_id = "7c3a5e0e-0000-4000-8000-000000000001"
    organization.save(update_fields=["genesys_id"])
    source = EventSourceFactory(organization=organization, eventbridge=True)

    shown = page(admin, "source-detail", source.pk)

    stack = json.loads(block(shown, "stack"))
    assert organization.genesys_id in stack["Parameters"]["EventBusName"]["Default"]
    assert json.loads(block(shown, "pattern"))["detail-type"] == [AGENT_LEFT, AFTER_CALL_WORK_OVER]
    assert json.loads(block(shown, "paths"))["eventTime"] == "$.detail.eventBody.eventTime"
    assert "<eventTime>" in block(shown, "template")


@pytest.mark.parametrize(("https", "warned"), [(False, True), (True, False)])
def test_eventbridge_is_told_to_need_https(organization, admin, settings, https, warned):
    settings.HTTPS = https
    source = EventSourceFactory(organization=organization, eventbridge=True)

    assert ("over https only" in page(admin, "source-detail", source.pk)) is warned


def run(program: list[str], secret: str, folder: Path) -> str:
    """Run an example as somebody would who pasted it, and return what it says."""
    environment = {"PATH": os.environ["PATH"], "SECRET": secret, "no_proxy": "127.0.0.1"}
    done = subprocess.run(program, env=environment, cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def serving(live_server: Any, settings: Any) -> Any:
    """The real server, known by the address people would paste."""
    settings.PUBLIC_URL = live_server.url
    return live_server


@pytest.mark.parametrize("language", ["curl", "python"])
def test_an_example_that_is_pasted_and_run_is_taken_in(language, serving, sign_in, organization, tmp_path):
    shown = added(sign_in("admin"))
    [secret] = SHOWN_SECRET.findall(shown)
    program = {"curl": ["sh", "-eu", "-c"], "python": [sys.executable, "-c"]}[language]

    said = run([*program, block(shown, language)], unescape(secret), tmp_path)

    [event] = InboundEvent.objects.of(organization)
    [disposition] = Disposition.objects.of(organization)
    assert '"repeated": false' in said
    assert (event.state, event.kind) == ("processed", "disposition")
    assert (disposition.source, disposition.code) == ("CRM", "REF-OK")


def test_an_example_run_with_another_secret_is_refused_and_the_page_says_so(serving, sign_in, organization, tmp_path):
    client = sign_in("admin")
    shown = added(client)

    with pytest.raises(AssertionError, match="401"):
        run(["sh", "-eu", "-c", block(shown, "curl")], "another secret", tmp_path)

    assert "1 post proved nothing and was refused" in page(client, "source-detail", only_source(organization).pk)


# Changing


def act(client: Client, view: str, source: EventSource, **typed: str) -> Any:
    return client.post(reverse(view, args=[source.pk]), typed, follow=True)


def test_a_new_secret_is_shown_once_and_the_old_one_is_dropped_on_demand(organization, admin):
    source = EventSourceFactory(organization=organization)

    [secret] = SHOWN_SECRET.findall(act(admin, "source-secret", source).content.decode())
    assert only_source(organization).secrets() == [secret, "the secret"]
    assert "Drop the old secret" in page(admin, "source-detail", source.pk)
    act(admin, "source-secret-drop", source)

    assert only_source(organization).secrets() == [secret]
    assert "Make a new secret" in page(admin, "source-detail", source.pk)


def test_a_second_new_secret_before_the_first_is_dropped_is_refused_in_words(organization, admin):
    source = EventSourceFactory(organization=organization)
    act(admin, "source-secret", source)

    shown = act(admin, "source-secret", source).content.decode()

    assert "Drop it first." in shown
    assert not SHOWN_SECRET.findall(shown)


def test_switching_off_and_on(organization, admin):
    source = EventSourceFactory(organization=organization)

    assert "Switch on" in act(admin, "source-switch", source, enabled="false").content.decode()
    assert not only_source(organization).enabled
    assert "Switch off" in act(admin, "source-switch", source, enabled="true").content.decode()
    assert only_source(organization).enabled


def test_renaming_and_what_forbids_it(organization, admin):
    source = EventSourceFactory(organization=organization, name="CRM")

    assert "Salesforce" in act(admin, "source-rename", source, name="Salesforce").content.decode()
    DispositionFactory(organization=organization, source="Salesforce")
    shown = act(admin, "source-rename", source, name="Dynamics").content.decode()

    assert "Dispositions have come in under this name" in shown
    assert 'value="Dynamics"' in shown
    assert only_source(organization).name == "Salesforce"


def test_removing_one_that_nothing_came_from(organization, admin):
    source = EventSourceFactory(organization=organization, name="Mistake")

    shown = act(admin, "source-remove", source).content.decode()

    assert "The source Mistake is removed." in shown
    assert not EventSource.objects.of(organization).exists()


def test_one_that_something_came_from_is_not_removed(organization, admin):
    event = InboundEventFactory(organization=organization)
    EventSource.objects.of(organization).update(last_event_at=app_now())

    assert "Remove</button>" not in page(admin, "source-detail", event.source.pk)
    assert "Switch it off instead" in act(admin, "source-remove", event.source).content.decode()
    assert only_source(organization) == event.source


@pytest.mark.parametrize("role", ["supervisor", "ops"])
def test_nobody_but_an_admin_changes_anything(organization, sign_in, role):
    client, source = sign_in(role), EventSourceFactory(organization=organization)

    shown = page(client, "source-detail", source.pk)

    assert "Make a new secret" not in shown
    assert client.get(reverse("source-add")).status_code == 403
    for name in ("source-rename", "source-secret", "source-secret-drop", "source-switch", "source-remove"):
        assert client.post(reverse(name, args=[source.pk])).status_code == 403
    assert not Act.objects.filter(organization=organization).exists()
