"""One conversation's story in full: who set which code, what was sent and answered, who did what, what comes next."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from dashboard.queries.words import ACT_WORDS, NEXT_WORDS
from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    AttemptFactory,
    CommunicationFactory,
    ConversationFactory,
    DispositionFactory,
    InboundEventFactory,
    MappingRuleFactory,
    NoticeFactory,
    PersonFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Assignment, Attempt, Communication, Conversation, MappingRule, Organization, WrapupCode
from wrapups.services import retrying
from wrapups.services.auditing import Actor, acting
from wrapups.services.correcting import correct
from wrapups.services.moving import move

NOTE = "Refund of 20 EUR to Mr. Okafor"
ANI = "+493012344321"
PHONE = {"all": [{"fact": "media", "operator": "is", "value": "voice"}]}
LONG_CALL = {
    "all": [
        {"fact": "media", "operator": "is", "value": "voice"},
        {"fact": "ani", "operator": "starts_with", "value": "+4930"},
        {"fact": "talk_s", "operator": "more", "value": 600},
    ]
}


@pytest.fixture
def refund(organization: Organization) -> WrapupCode:
    return WrapupCodeFactory(organization=organization, name="Refund")


@pytest.fixture
def rule(organization: Organization) -> MappingRule:
    """A rule for every televoice, behind one for long ones from Berlin."""
    people = {"published_by": PersonFactory(first_name="Ines"), "approved_by": PersonFactory(first_name="Tom")}
    release = ReleaseFactory(organization=organization, number=13, reason="New outcomes", **people)
    made = {"organization": organization, "release": release}
    MappingRuleFactory(**made, line=1, name="Long calls", conditions=LONG_CALL)
    rule: MappingRule = MappingRuleFactory(
        **made, line=2, name="Calls", conditions=PHONE, notes="{queue}", wrapup_code__name="Resolved"
    )
    put_in_force(release)
    return rule


@pytest.fixture
def leg(organization: Organization) -> Communication:
    conversation = ConversationFactory(organization=organization, ani=ANI)
    agent = AgentFactory(organization=organization, name="Kim Berg")
    communication: Communication = CommunicationFactory(
        organization=organization, conversation=conversation, agent_id=agent.genesys_id
    )
    return communication


def decided(leg: Communication, rule: MappingRule, **columns: object) -> Assignment:
    """Return the rule's decision about a part."""
    values = {"facts": {"media": "voice", "ani": ANI, "talk_s": 61}, "verified": True, **columns}
    assignment: Assignment = AssignmentFactory(
        organization=leg.organization,
        communication=leg,
        release=rule.release,
        rule=rule,
        wrapup_code=rule.wrapup_code,
        **values,
    )
    return assignment


def carries(leg: Communication, code: str) -> None:
    """Let the part carry this code now."""
    Communication.everywhere.filter(pk=leg.pk).update(code_id=code)
    leg.refresh_from_db()


def page(client: Client, conversation: Conversation, query: str = "") -> str:
    return client.get(f"/conversations/{conversation.pk}{query}").content.decode()


def story(client: Client, conversation: Conversation, query: str = ""):
    return client.get(f"/conversations/{conversation.pk}{query}").context["story"]


# Why


def test_it_says_who_published_and_approved_the_release_when_and_why(
    admin: Client, leg: Communication, rule: MappingRule
) -> None:
    decided(leg, rule)

    shown = page(admin, leg.conversation)

    assert "published by Ines" in shown
    assert "approved by Tom" in shown
    assert "“New outcomes”" in shown
    assert '<code class="wire">{queue}</code>' in shown


def test_every_condition_of_the_rule_stands_there_with_its_answer(
    admin: Client, leg: Communication, rule: MappingRule
) -> None:
    decided(leg, rule)

    [each] = story(admin, leg.conversation).explained

    assert (each.answers.name, [line.held for line in each.answers.lines]) == ("Calls", [True])
    assert [trial.rule_name for trial in each.trials] == ["Long calls"]


def test_where_a_policy_kept_the_agent_s_code_it_says_what_the_rules_would_have_chosen(
    admin: Client, leg: Communication, rule: MappingRule
) -> None:
    decided(leg, rule, verified=False, status=Status.SKIPPED, reason=SkipReason.AGENT_CHOSE)

    shown = page(admin, leg.conversation)

    assert "a code that a person chose is kept" in shown
    assert "Rule <em>Calls</em> (release 13, line 2) would have chosen <em>Resolved</em>." in shown


def test_what_a_campaign_keeps_says_what_the_rules_would_have_chosen(
    admin: Client, leg: Communication, rule: MappingRule
) -> None:
    decided(leg, rule, verified=False, status=Status.SKIPPED, reason=SkipReason.CAMPAIGN)

    assert "Rule <em>Calls</em> (release 13, line 2) would have chosen <em>Resolved</em>." in page(
        admin, leg.conversation
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [("", ""), ("ININ-WRAP-UP-TIMEOUT", "Genesys Cloud had filled in a code itself"), ("x", "The agent had chosen a")],
)
def test_it_says_which_policy_let_a_code_be_replaced(
    admin: Client, leg: Communication, rule: MappingRule, found: str, words: str
) -> None:
    decided(leg, rule, found_code_id=found)

    [each] = story(admin, leg.conversation).explained

    assert each.allowed.startswith(words)
    assert bool(each.allowed) is bool(words)


def test_of_very_many_rules_only_the_first_are_told_and_the_rest_counted(
    admin: Client, organization: Organization, leg: Communication
) -> None:
    release = ReleaseFactory(organization=organization, number=14)
    code = WrapupCodeFactory(organization=organization)
    mail = {"all": [{"fact": "media", "operator": "is", "value": "email"}]}
    MappingRuleFactory.create_batch(55, organization=organization, release=release, conditions=mail, wrapup_code=code)
    put_in_force(release)
    AssignmentFactory(organization=organization, communication=leg, skipped=True, release=release, facts={})

    shown = page(admin, leg.conversation)

    assert "5 more did not match either." in shown
    assert f'href="/rules/try?leg={leg.pk}"' in shown


# Before and after


def steps(client: Client, leg: Communication) -> list[tuple[str, str, bool]]:
    [each] = story(client, leg.conversation).explained
    return [(step.code, step.by, step.is_now) for step in each.codes]


def test_the_code_before_and_ours_stand_there_with_who_set_each(
    admin: Client, leg: Communication, rule: MappingRule
) -> None:
    decided(leg, rule, found_code_id="ININ-WRAP-UP-TIMEOUT")
    carries(leg, rule.wrapup_code.genesys_id)

    assert steps(admin, leg) == [("timed out", "Genesys Cloud itself", False), ("Resolved", "rule Calls", True)]
    assert "The agent had chosen no code." in page(admin, leg.conversation)


def test_a_later_change_stands_there_as_somebody_s(
    admin: Client, leg: Communication, rule: MappingRule, refund: WrapupCode
) -> None:
    decided(leg, rule, verified=False, status=Status.OVERRIDDEN, finished_at=timezone.now())
    carries(leg, refund.genesys_id)

    assert steps(admin, leg) == [
        ("no code", "", False),
        ("Resolved", "rule Calls", False),
        ("Refund", "somebody in Genesys Cloud", True),
    ]
    assert "It counts against the rule." in page(admin, leg.conversation)


@pytest.mark.parametrize("found", ["", "ININ-WRAP-UP-TIMEOUT"])
@pytest.mark.parametrize("read_later", [False, True], ids=["read before the write", "read while it does not show yet"])
def test_what_was_read_before_ours_could_show_is_nobody_s_change(
    admin: Client, leg: Communication, rule: MappingRule, found: str, read_later: bool
) -> None:
    written = leg.read_at + timedelta(minutes=-1 if read_later else 1)
    decided(leg, rule, verified=False, status=Status.APPLIED, found_code_id=found, written_at=written)
    carries(leg, found)

    assert [step[1:] for step in steps(admin, leg)][-1] == ("rule Calls", True)
    assert "somebody in Genesys Cloud" not in page(admin, leg.conversation)


def test_what_was_read_after_ours_was_written_and_is_neither_is_somebody_s(
    admin: Client, leg: Communication, rule: MappingRule, refund: WrapupCode
) -> None:
    decided(leg, rule, verified=False, status=Status.APPLIED, written_at=leg.read_at - timedelta(minutes=1))
    carries(leg, refund.genesys_id)

    assert steps(admin, leg)[-1] == ("Refund", "somebody in Genesys Cloud", True)


@pytest.mark.parametrize(("found", "words"), [("same", "the same code as the rule"), ("other", "another code than")])
def test_it_says_whether_the_agent_had_chosen_the_same(
    admin: Client, leg: Communication, rule: MappingRule, refund: WrapupCode, found: str, words: str
) -> None:
    decided(leg, rule, found_code_id=(rule.wrapup_code if found == "same" else refund).genesys_id)

    assert f"The agent had chosen {words}" in page(admin, leg.conversation)


def test_a_correction_names_the_person_the_reason_and_what_it_replaces(
    admin: Client, leg: Communication, rule: MappingRule, refund: WrapupCode
) -> None:
    ours = decided(leg, rule)
    carries(leg, rule.wrapup_code.genesys_id)
    person = PersonFactory(first_name="Mara", last_name="Lind")
    correct(ours, code=refund, over=leg.code_id, reason="It was a refund", actor=Actor(person))

    shown = page(admin, leg.conversation)

    assert "<em>Mara Lind</em> corrected it" in shown
    assert "“It was a refund”" in shown
    assert "<em>Refund</em> was chosen by a person, in place of <em>Resolved</em>." in shown
    assert "Rule <em>Calls</em> (release 13, line 2) chose <em>Resolved</em>" in shown
    titles = [event.title for event in story(admin, leg.conversation).events]
    assert titles.count("Mara Lind corrected the code: Refund") == 1
    assert not any("To be corrected" in title for title in titles)


def test_what_a_correction_replaced_stays_in_the_story(
    admin: Client, leg: Communication, rule: MappingRule, refund: WrapupCode
) -> None:
    ours = decided(leg, rule, written_at=leg.read_at - timedelta(minutes=1))
    carries(leg, rule.wrapup_code.genesys_id)
    made = correct(ours, code=refund, over=leg.code_id, reason="It was a refund", actor=Actor(PersonFactory()))
    Assignment.everywhere.filter(pk=made.pk).update(status=Status.SENDING)
    Assignment.everywhere.filter(pk=made.pk).update(status=Status.APPLIED, written_at=timezone.now())

    assert [code for code, _, _ in steps(admin, leg)] == ["no code", "Resolved", "Refund"]
    assert "It counts against the rule." in page(admin, leg.conversation)


def test_a_correction_towards_the_rule_counts_for_it(
    admin: Client, leg: Communication, rule: MappingRule, refund: WrapupCode
) -> None:
    found = {"status": Status.SKIPPED, "reason": SkipReason.AGENT_CHOSE, "found_code_id": refund.genesys_id}
    kept = decided(leg, rule, verified=False, **found)
    carries(leg, refund.genesys_id)

    correct(kept, code=rule.wrapup_code, over=leg.code_id, reason="The rule was right", actor=Actor(PersonFactory()))

    assert "It counts for the rule." in page(admin, leg.conversation)


# Whose part it is


@pytest.mark.parametrize(
    ("media", "queues", "apart"),
    [
        (("voice", "callback"), ("q-1", "q-1"), ["voice", "callback"]),
        (("voice", "voice"), ("Sales", "Care"), ["voice, Sales", "voice, Care"]),
        (("voice", "voice"), ("Care", "Care"), ["voice, Care, part 1", "voice, Care, part 2"]),
    ],
)
def test_two_parts_of_one_agent_are_told_apart(
    admin: Client, leg: Communication, media: tuple[str, str], queues: tuple[str, str], apart: list[str]
) -> None:
    Communication.everywhere.filter(pk=leg.pk).update(media_type=media[0], queue_id=queues[0])
    assert leg.connected_at is not None
    CommunicationFactory(
        organization=leg.organization,
        conversation=leg.conversation,
        agent_id=leg.agent_id,
        media_type=media[1],
        queue_id=queues[1],
        connected_at=leg.connected_at + timedelta(seconds=1),
    )

    told = story(admin, leg.conversation)

    assert [part.apart for part in told.legs] == apart
    assert f"Kim Berg, {apart[0]} connected" in [event.title for event in told.events]


def test_parts_of_different_agents_are_told_by_their_names(
    admin: Client, organization: Organization, leg: Communication
) -> None:
    other = AgentFactory(organization=organization, name="Lee Wong")
    CommunicationFactory(organization=organization, conversation=leg.conversation, agent_id=other.genesys_id)

    assert {part.whose for part in story(admin, leg.conversation).legs} == {"Kim Berg", "Lee Wong"}


# While it goes on


def test_a_story_asks_for_itself_while_something_of_it_is_under_way(
    admin: Client, leg: Communication, rule: MappingRule
) -> None:
    decided(leg, rule, verified=False, status=Status.APPLIED)

    shown = page(admin, leg.conversation)

    for part in ("story-acts", "story-timeline", f"leg-{leg.pk}"):
        assert f'hx-select="#{part}"' in shown
        assert f'id="{part}"' in shown


def test_a_story_that_is_over_asks_for_nothing(admin: Client, leg: Communication, rule: MappingRule) -> None:
    decided(leg, rule)

    assert "data-poll" not in page(admin, leg.conversation)


# What was sent and answered


def test_an_attempt_shows_its_request_as_it_was_sent_and_its_answer(
    admin: Client, leg: Communication, rule: MappingRule
) -> None:
    body = {"code": rule.wrapup_code.genesys_id, "notes": None}
    AttemptFactory(
        assignment=decided(leg, rule, notes=NOTE),
        request={"method": "POST", "path": "/api/v2/conversations/calls/c/wrapup", "body": body},
        http_status=400,
        error_code="bad.request",
        correlation_id="0f0e-77",
    )

    shown = page(admin, leg.conversation)

    assert "POST /api/v2/conversations/calls/c/wrapup" in shown
    assert f"&quot;notes&quot;: &quot;{NOTE}&quot;" in shown
    assert "400 <code>bad.request</code>" in shown
    assert 'data-copy="0f0e-77"' in shown


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"code": "x", "disableEndTimeUpdates": True}, "Kept: Genesys Cloud was asked to leave the end of after-call"),
        ({"wrapup": {"code": "x", "disableEndTimeUpdates": True}}, "Kept: Genesys Cloud was asked"),
        ({"code": "x"}, "Not kept: the write may have ended after-call work"),
    ],
)
def test_what_the_write_did_to_the_handle_time_is_said_as_it_was_asked_then(
    body: dict[str, object], said: str, admin: Client, leg: Communication, rule: MappingRule
) -> None:
    AttemptFactory(assignment=decided(leg, rule), request={"method": "POST", "path": "/x", "body": body})

    assert said in page(admin, leg.conversation)


@pytest.mark.parametrize(
    ("keeps", "said"),
    [
        (None, "Kept: Genesys Cloud is asked"),
        (True, "Kept: Genesys Cloud is asked"),
        (False, "Not kept: the write may"),
    ],
)
def test_what_the_write_will_do_to_the_handle_time_is_said_before(
    keeps: bool | None, said: str, admin: Client, leg: Communication, rule: MappingRule
) -> None:
    decided(leg, rule, verified=False, keep_end_time=keeps)

    assert said in page(admin, leg.conversation)


def test_an_attempt_of_before_requests_were_kept_does_not_pretend(
    admin: Client, leg: Communication, rule: MappingRule
) -> None:
    AttemptFactory(assignment=decided(leg, rule))

    assert "the request is not on record" in page(admin, leg.conversation)


def test_who_may_not_see_customers_sees_no_note_and_no_number_anywhere(
    sign_in, organization: Organization, leg: Communication, rule: MappingRule
) -> None:
    assignment = decided(leg, rule, notes=NOTE)
    AttemptFactory(assignment=assignment, request={"method": "POST", "path": "/x", "body": {"notes": None}})
    DispositionFactory(organization=organization, conversation_id=leg.conversation.conversation_id, notes=NOTE)

    masked, seen = (page(sign_in(role), leg.conversation) for role in ("ops", "supervisor"))

    assert NOTE in seen
    assert ANI in seen
    assert NOTE not in masked
    assert ANI not in masked
    assert "•••• 4321" in masked


# In and out


def test_an_event_stands_there_with_its_door_and_a_disposition_once(
    admin: Client, organization: Organization, leg: Communication
) -> None:
    about = {"organization": organization, "conversation_id": leg.conversation.conversation_id}
    event = InboundEventFactory(**about, sender="crm", event_id="7", kind="disposition")
    DispositionFactory(**about, source="crm", event_id="7")
    InboundEventFactory(**about, sender="trigger", event_id="8", kind="ended")

    titles = [each.title for each in story(admin, leg.conversation).events]

    assert titles.count("crm said REF-OK") == 1
    assert "trigger told that it had ended" in titles
    assert "crm told how it ended" not in titles
    assert f'href="/intake/events/{event.pk}"' in page(admin, leg.conversation)


def test_whom_a_webhook_told_stands_there(admin: Client, leg: Communication, rule: MappingRule) -> None:
    notice = NoticeFactory(
        organization=leg.organization, assignment=decided(leg, rule), event="verified", state="told", http_status=204
    )

    events = {event.title: event for event in story(admin, leg.conversation).events}

    told = events[f"Webhook {notice.subscription.name}: verified"]
    assert told.detail == "Delivered. It answered 204."
    assert told.link.address == f"/organization/webhooks/notices/{notice.pk}"


def test_an_act_links_to_the_history(admin: Client, leg: Communication, rule: MappingRule) -> None:
    failed = decided(leg, rule, verified=False, failed=True)
    retrying.retry(failed, actor=Actor(PersonFactory(first_name="Mara", last_name="Lind")), reason="Mended")

    events = {event.title: event for event in story(admin, leg.conversation).events}

    assert events["Mara Lind had it sent again"].link.address.startswith("/history/changes?act=")


@pytest.mark.parametrize(
    ("verb", "title"),
    [("confirm a back-fill", "Mara Lind had the past decided, and this with it"), ("new act", "Mara Lind: new act")],
)
def test_every_act_has_a_title_also_one_that_has_no_words_yet(
    admin: Client, leg: Communication, rule: MappingRule, verb: str, title: str
) -> None:
    assignment = decided(leg, rule, verified=False, failed=True)
    with acting(Actor(PersonFactory(first_name="Mara", last_name="Lind")), verb, organization=leg.organization):
        move(assignment.pk, Status.FAILED, Status.CANCELLED)

    assert title in [event.title for event in story(admin, leg.conversation).events]


def test_every_icon_of_an_act_and_of_what_comes_next_can_be_drawn() -> None:
    icons = {icon for _, icon in ACT_WORDS.values()} | {each.icon for each in NEXT_WORDS.values()}

    drawn = [Template(f'{{% load lucide %}}{{% lucide "{icon}" %}}').render(Context()) for icon in sorted(icons)]

    assert all("<svg" in each for each in drawn)


# What comes next, and until when


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"status": Status.PENDING}, "It is sent to Genesys Cloud"),
        ({"status": Status.UNKNOWN}, "It is read first"),
        ({"status": Status.APPLIED}, "It is read back"),
        ({"status": Status.FAILED}, "A person decides"),
        ({"status": Status.VERIFIED, "watch_at": datetime(2026, 1, 1, tzinfo=UTC)}, "We look again"),
    ],
)
def test_it_says_what_comes_next(
    admin: Client, leg: Communication, rule: MappingRule, columns: dict[str, object], words: str
) -> None:
    decided(leg, rule, verified=False, **columns)

    [event] = story(admin, leg.conversation).coming

    assert event.title.startswith(words)


def test_nothing_comes_after_the_end(admin: Client, leg: Communication, rule: MappingRule) -> None:
    decided(leg, rule)

    assert story(admin, leg.conversation).coming == []


def test_it_says_until_when_a_code_can_be_changed_and_what_was_measured(
    admin: Client, organization: Organization, leg: Communication, rule: MappingRule
) -> None:
    decided(leg, rule)
    answer = {"value": 90_000.0, "at": timezone.now().isoformat()}
    organization.capabilities = {"media": {"voice": {"accepted_age_s": answer}}}
    organization.save()

    shown = page(admin, leg.conversation)

    assert "72 hours after the end" in shown
    assert "Measured: still accepted after 25 hours." in shown


def test_it_says_that_a_code_can_no_longer_be_changed(admin: Client, leg: Communication, rule: MappingRule) -> None:
    Communication.everywhere.filter(pk=leg.pk).update(ended_at=timezone.now() - timedelta(hours=73))
    decided(leg, rule)

    assert "no longer: it ended more than 72 hours ago" in page(admin, leg.conversation)


# Bounds


def test_a_long_story_shows_its_end_and_leads_to_what_was_earlier(
    admin: Client, leg: Communication, rule: MappingRule
) -> None:
    assignment, now = decided(leg, rule), timezone.now()
    reads = AttemptFactory.build_batch(230, assignment=assignment, kind="bulk_read")
    for second, read in enumerate(reads):
        read.started_at = now + timedelta(seconds=second)
    Attempt.objects.bulk_create(reads)

    latest = story(admin, leg.conversation)
    earlier = story(admin, leg.conversation, f"?before={latest.earlier.isoformat().replace('+', '%2B')}")

    assert len(latest.events) == 200
    assert earlier.earlier is None
    assert len(latest.events) + len(earlier.events) == 230 + 5
    assert earlier.coming == []


@pytest.mark.parametrize("before", ["yesterday", "2026-01-01", "2026-13-01T00:00:00Z", ""])
def test_an_address_that_makes_no_sense_shows_the_latest(admin: Client, leg: Communication, before: str) -> None:
    assert story(admin, leg.conversation, f"?before={before}").events


def test_a_story_of_five_parts_twelve_attempts_and_forty_acts_costs_a_fixed_number_of_queries(
    admin: Client, organization: Organization, rule: MappingRule, django_assert_max_num_queries
) -> None:
    conversation = ConversationFactory(organization=organization)
    actor = Actor(PersonFactory())
    for _ in range(5):
        part = CommunicationFactory(organization=organization, conversation=conversation)
        assignment = decided(part, rule, verified=False, failed=True)
        AttemptFactory.create_batch(12, assignment=assignment)
        for _ in range(8):
            retrying.retry(assignment, actor=actor)
            Assignment.everywhere.filter(pk=assignment.pk).update(status=Status.FAILED)
        NoticeFactory(organization=organization, assignment=assignment)
    DispositionFactory.create_batch(5, organization=organization, conversation_id=conversation.conversation_id)

    with django_assert_max_num_queries(29):
        page(admin, conversation)
