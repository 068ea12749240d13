"""One conversation's page: its story in order, why each part got its code, and what a person may do."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    AttemptFactory,
    CommunicationFactory,
    ConversationFactory,
    DispositionFactory,
    MappingRuleFactory,
    OrganizationFactory,
    QueueFactory,
    ReleaseFactory,
    put_in_force,
)
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Assignment, Attempt, Conversation, MappingRule, Organization
from wrapups.services.moving import move

PHONE = {"all": [{"fact": "media", "operator": "is", "value": "voice"}]}
MAIL = {"all": [{"fact": "media", "operator": "is", "value": "email"}]}


@pytest.fixture
def rules(organization: Organization) -> list[MappingRule]:
    """Two rules in force: one for e-mail, one for voice."""
    release = ReleaseFactory(organization=organization, number=13)
    made: list[MappingRule] = [
        MappingRuleFactory(
            organization=organization, release=release, line=line, name=name, conditions=when, wrapup_code__name=code
        )
        for line, name, when, code in ((1, "Written", MAIL, "Answered"), (2, "Spoken", PHONE, "Resolved"))
    ]
    put_in_force(release)
    return made


def _decided(rule: MappingRule, communication, **columns) -> Assignment:
    return AssignmentFactory(
        organization=communication.organization,
        communication=communication,
        release=rule.release,
        rule=rule,
        wrapup_code=rule.wrapup_code,
        facts={"media": "voice"},
        **columns,
    )


def _page(client: Client, conversation: Conversation):
    return client.get(f"/conversations/{conversation.pk}")


def test_the_story_is_told_in_the_order_it_happened(
    admin: Client, organization: Organization, rules: list[MappingRule]
) -> None:
    queue = QueueFactory(organization=organization, name="Billing EU")
    agent = AgentFactory(organization=organization, name="Kim Berg")
    communication = CommunicationFactory(
        organization=organization, queue_id=queue.genesys_id, agent_id=agent.genesys_id
    )
    conversation = communication.conversation
    DispositionFactory(organization=organization, conversation_id=conversation.conversation_id)
    assignment = _decided(rules[1], communication)
    AttemptFactory(assignment=assignment, started_at=timezone.now() + timedelta(seconds=1))

    events = _page(admin, conversation).context["story"].events

    assert [event.title for event in events] == [
        "Conversation started, inbound",
        "Kim Berg connected",
        "Conversation ended",
        "Kim Berg disconnected",
        "crm said REF-OK",
        "Decided: Resolved",
        "Sent to Genesys Cloud: Resolved",
    ]
    assert events[5].detail == "Rule Spoken, line 2 of release 13"


def test_it_says_why_in_sentences_and_how_the_other_rules_fared(
    admin: Client, organization: Organization, rules: list[MappingRule]
) -> None:
    communication = CommunicationFactory(organization=organization)
    _decided(rules[1], communication)

    page = _page(admin, communication.conversation).content.decode()

    assert (
        "Rule <em>Spoken</em> (release 13, line 2) chose <em>Resolved</em> because the media type is <em>voice</em>."
        in page
    )
    assert "Rule <em>Written</em> (line 1) did not match because the media type is not <em>e-mail</em>" in page


def test_it_says_which_rule_came_nearest_where_none_matched(
    admin: Client, organization: Organization, rules: list[MappingRule]
) -> None:
    communication = CommunicationFactory(organization=organization)
    AssignmentFactory(
        organization=organization,
        communication=communication,
        status=Status.SKIPPED,
        reason=SkipReason.NO_RULE,
        wrapup_code=None,
        release=rules[0].release,
        facts={"media": "chat"},
    )

    page = _page(admin, communication.conversation).content.decode()

    assert "None of the 2 rules of release 13 matched." in page
    assert "came nearest" in page
    assert "Why nothing was written" in page


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (SkipReason.AGENT_CHOSE, "a code that a person chose is kept"),
        (SkipReason.NOT_CONNECTED, "The agent never answered"),
        (SkipReason.CAMPAIGN, "It belongs to a campaign"),
    ],
)
def test_a_policy_is_named_before_any_rule(
    admin: Client, organization: Organization, rules: list[MappingRule], reason: str, words: str
) -> None:
    communication = CommunicationFactory(organization=organization)
    AssignmentFactory(
        organization=organization,
        communication=communication,
        status=Status.SKIPPED,
        reason=reason,
        wrapup_code=None,
        release=rules[0].release,
        facts={"media": "voice"},
    )

    page = _page(admin, communication.conversation).content.decode()

    assert words in page
    assert "chose <em>Resolved</em>" not in page


def test_each_agents_part_has_its_own_card(admin: Client, organization: Organization, rules: list[MappingRule]) -> None:
    conversation = ConversationFactory(organization=organization)
    for name in ("Kim Berg", "Lou Falk"):
        agent = AgentFactory(organization=organization, name=name)
        communication = CommunicationFactory(
            organization=organization, conversation=conversation, agent_id=agent.genesys_id
        )
        _decided(rules[1], communication)

    page = _page(admin, conversation).content.decode()

    assert page.count('<section class="card leg"') == 2
    assert "2 agent parts" in page


def test_what_a_person_did_stands_in_the_story(sign_in, organization: Organization, rules: list[MappingRule]) -> None:
    client = sign_in("ops")
    communication = CommunicationFactory(organization=organization)
    assignment = _decided(rules[1], communication, failed=True)

    client.post(f"/assignments/{assignment.pk}/cancel", {"reason": "The customer called again"})

    events = _page(client, communication.conversation).context["story"].events
    assert events[-1].title.endswith("decided that nothing shall be written")
    assert events[-1].detail == "The customer called again"


def test_a_later_change_by_an_agent_stands_in_the_story(
    admin: Client, organization: Organization, rules: list[MappingRule]
) -> None:
    communication = CommunicationFactory(organization=organization)
    assignment = _decided(rules[1], communication, verified=True)

    move(assignment.pk, Status.VERIFIED, Status.OVERRIDDEN)

    titles = [event.title for event in _page(admin, communication.conversation).context["story"].events]
    assert titles[-1] == "A person chose another code after ours"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "Genesys Cloud accepted it (202)."),
        ({"finished_at": None, "http_status": 0}, "No answer is on record: it still runs, or its worker died."),
        ({"http_status": 400, "message": "Genesys Cloud answered 400: no."}, "Genesys Cloud answered 400: no."),
        ({"kind": Attempt.Kind.READ, "http_status": 200}, "It showed no code."),
        ({"outcome": "stale:applied"}, "It came too late"),
    ],
)
def test_an_attempt_is_told_in_words(
    admin: Client, organization: Organization, rules: list[MappingRule], columns: dict[str, object], words: str
) -> None:
    communication = CommunicationFactory(organization=organization)
    AttemptFactory(assignment=_decided(rules[1], communication), **columns)

    assert words in _page(admin, communication.conversation).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_story(
    admin: Client, organization: Organization, rules: list[MappingRule], django_assert_max_num_queries
) -> None:
    conversation = ConversationFactory(organization=organization)
    for _ in range(12):
        communication = CommunicationFactory(organization=organization, conversation=conversation)
        assignment = _decided(rules[1], communication)
        AttemptFactory.create_batch(5, assignment=assignment)
    DispositionFactory.create_batch(5, organization=organization, conversation_id=conversation.conversation_id)

    with django_assert_max_num_queries(32):
        _page(admin, conversation)


def test_an_ended_conversation_without_an_agent_says_so(admin: Client, organization: Organization) -> None:
    assert "No agent took part" in _page(admin, ConversationFactory(organization=organization)).content.decode()


def test_it_links_to_genesys_where_genesys_is(admin: Client, organization: Organization) -> None:
    conversation = ConversationFactory(organization=organization, conversation_id="abc/1")

    page = _page(admin, conversation).content.decode()

    assert "https://apps.mypurecloud.ie/directory/#/engage/admin/interactions/abc%2F1" in page


@pytest.mark.parametrize("api_url", ["http://127.0.0.1:8766", "https://simulator.example"])
def test_it_links_nowhere_where_genesys_is_not(sign_in, api_url: str) -> None:
    organization = OrganizationFactory(api_url=api_url)
    client = sign_in(of=organization)

    assert "Open in Genesys Cloud" not in _page(client, ConversationFactory(organization=organization)).content.decode()


def test_the_acts_are_there_for_those_who_may(sign_in, organization: Organization, rules: list[MappingRule]) -> None:
    communication = CommunicationFactory(organization=organization)
    assignment = _decided(rules[1], communication, failed=True)

    page = _page(sign_in("supervisor"), communication.conversation).content.decode()

    assert f"/assignments/{assignment.pk}/retry" in page
    assert f"/assignments/{assignment.pk}/cancel" in page


def test_what_is_verified_can_only_be_corrected(
    admin: Client, organization: Organization, rules: list[MappingRule]
) -> None:
    communication = CommunicationFactory(organization=organization)
    assignment = _decided(rules[1], communication, verified=True)

    page = _page(admin, communication.conversation).content.decode()

    assert re.findall(rf"/assignments/{assignment.pk}/(\w+)", page) == ["correct"]


def test_a_conversation_of_another_organization_is_not_there(admin: Client) -> None:
    assert _page(admin, ConversationFactory()).status_code == 404
