"""Trying the rules: what a release, or a rule nobody has saved, would do with a conversation or with facts."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    CommunicationFactory,
    ConversationFactory,
    DispositionFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.models import Assignment, Communication, MappingRule, Organization, Queue, Release, WrapupCode

HTMX = {"HX-Request": "true"}
CONVERSATION = "0b1e6f8a-3c2d-4e5f-8a9b-0c1d2e3f4a5b"
ENOUGH_QUERIES = 36


def when(fact: str, operator: str, value: Any) -> dict[str, Any]:
    return {"all": [{"fact": fact, "operator": operator, "value": value}]}


def text_of(response: Any) -> str:
    """Return the page's text without its tags, spaces collapsed."""
    flowing = re.sub(r"</?(a|em|span|strong)\b[^>]*>", "", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", flowing)).split())


@pytest.fixture
def queue(organization: Organization) -> Queue:
    return QueueFactory(organization=organization, name="Billing EU")


@pytest.fixture
def refund(organization: Organization) -> WrapupCode:
    return WrapupCodeFactory(organization=organization, name="Refund granted")


@pytest.fixture
def in_force(organization: Organization, refund: WrapupCode) -> Release:
    """Release 3, in force: everything gets Refund granted."""
    rule = MappingRuleFactory(organization=organization, release__number=3, conditions={"all": []}, wrapup_code=refund)
    return put_in_force(rule.release)


@pytest.fixture
def draft(organization: Organization, queue: Queue, refund: WrapupCode) -> Release:
    """A draft whose rules are: long calls get Long call; the queue Billing EU gets Refund granted."""
    release = ReleaseFactory(organization=organization, number=4)
    MappingRuleFactory(
        organization=organization,
        release=release,
        line=1,
        name="Long calls",
        conditions=when("duration_s", "more", 600),
        wrapup_code=WrapupCodeFactory(organization=organization, name="Long call"),
    )
    MappingRuleFactory(
        organization=organization,
        release=release,
        line=2,
        name="Refund - EU",
        conditions={
            "all": [
                {"fact": "queue", "operator": "one_of", "value": [queue.genesys_id]},
                {"fact": "media", "operator": "is", "value": "voice"},
            ]
        },
        wrapup_code=refund,
    )
    return release


@pytest.fixture
def communication(organization: Organization, queue: Queue) -> Communication:
    """A decided part of a conversation: a call of Billing EU that lasted five minutes, with Ann."""
    agent = AgentFactory(organization=organization, name="Ann Berger")
    conversation = ConversationFactory(organization=organization, conversation_id=CONVERSATION)
    leg = CommunicationFactory(
        organization=organization, conversation=conversation, queue_id=queue.genesys_id, agent_id=agent.genesys_id
    )
    facts = {"media": "voice", "queue": queue.genesys_id, "duration_s": 300, "agent": agent.genesys_id}
    AssignmentFactory(organization=organization, communication=leg, facts=facts)
    return leg


def _facts(**values: Any) -> dict[str, Any]:
    """Return the fields for these facts, in their order."""
    return {
        key: value
        for place, (fact, told) in enumerate(values.items())
        for key, value in {f"f-{place}-fact": fact, f"f-{place}-value": told}.items()
    }


# --- A conversation that is known --------------------------------------------------------------------------------


def test_a_conversation_s_id_shows_the_code_the_rule_and_each_condition(admin: Client, draft, communication) -> None:
    page = text_of(admin.get("/rules/try", {"q": CONVERSATION}))

    assert "The draft chooses Refund granted" in page
    assert "Rule Refund - EU (draft, line 2) chose Refund granted because" in page
    assert "Conditions of Refund - EU" in page
    assert "Holds: the queue is Billing EU It is Billing EU" in page
    assert "Rule Long calls (line 1) did not match because the duration is not more than 600 s (it is 300 s)." in page


@pytest.mark.parametrize(
    "pasted",
    [
        f"  {CONVERSATION}\n",
        f"https://apps.mypurecloud.ie/directory/#/engage/admin/interactions/{CONVERSATION}",
        f"https://apps.mypurecloud.ie/directory/#/analytics/interactions/{CONVERSATION}/admin?tab=details",
    ],
)
def test_an_id_is_taken_in_whatever_form_it_is_pasted(admin: Client, draft, communication, pasted: str) -> None:
    assert "The draft chooses Refund granted" in text_of(admin.get("/rules/try", {"q": pasted}))


def test_the_id_of_one_communication_finds_its_conversation(admin: Client, draft, communication) -> None:
    assert "chooses Refund granted" in text_of(admin.get("/rules/try", {"q": communication.communication_id}))


def test_names_stand_where_ids_would(admin: Client, draft, communication, queue) -> None:
    page = text_of(admin.get("/rules/try", {"q": CONVERSATION}))

    assert "Ann Berger" in page
    assert queue.genesys_id not in page
    assert communication.agent_id not in page


def test_each_agent_s_part_is_shown_by_itself(admin: Client, organization, draft, communication) -> None:
    other = CommunicationFactory(
        organization=organization,
        conversation=communication.conversation,
        agent_id=AgentFactory(organization=organization, name="Bo Lund").genesys_id,
    )
    AssignmentFactory(organization=organization, communication=other, facts={"media": "voice", "duration_s": 900})

    page = text_of(admin.get("/rules/try", {"q": CONVERSATION}))

    assert "2 agents took part" in page
    assert page.index("Ann Berger") < page.index("Refund granted") < page.index("Bo Lund") < page.index("Long call")


def test_one_of_several_parts_gives_its_facts(admin: Client, organization, draft, communication) -> None:
    other = CommunicationFactory(organization=organization, conversation=communication.conversation)
    AssignmentFactory(organization=organization, communication=other, facts={"media": "voice", "duration_s": 900})

    page = admin.get("/rules/try", {"leg": other.pk})

    assert "The draft chooses Long call" in text_of(page)
    assert b'value="900"' in page.content


def test_what_nobody_has_read_says_what_to_do(admin: Client, organization, draft) -> None:
    assert "not known here" in text_of(admin.get("/rules/try", {"q": CONVERSATION}))
    DispositionFactory(organization=organization, conversation_id=CONVERSATION)
    assert "An outside system spoke of this conversation" in text_of(admin.get("/rules/try", {"q": CONVERSATION}))


def test_what_is_not_decided_says_so(admin: Client, organization, draft) -> None:
    ConversationFactory(organization=organization, conversation_id=CONVERSATION)

    assert "is decided yet" in text_of(admin.get("/rules/try", {"q": CONVERSATION}))


def test_a_conversation_of_another_organization_is_not_known(admin: Client, draft) -> None:
    leg = AssignmentFactory(communication__conversation__conversation_id=CONVERSATION).communication

    assert "not known here" in text_of(admin.get("/rules/try", {"q": CONVERSATION}))
    assert "Nothing to try yet" in text_of(admin.get("/rules/try", {"leg": leg.pk}))


def test_what_an_outside_system_said_since_counts(admin: Client, organization, refund, communication) -> None:
    MappingRuleFactory(
        organization=organization,
        release__number=1,
        conditions=when("disposition.crm", "is", "REF-OK"),
        wrapup_code=refund,
    )
    assert "no code" in text_of(admin.get("/rules/try", {"q": CONVERSATION}))

    DispositionFactory(organization=organization, conversation_id=CONVERSATION)

    assert "The draft chooses Refund granted" in text_of(admin.get("/rules/try", {"q": CONVERSATION}))


# --- Facts that somebody types -----------------------------------------------------------------------------------


def test_typed_facts_are_tried(admin: Client, draft, queue) -> None:
    fields = {"f-0-fact": "queue", "f-0-name": "Billing EU", "f-1-fact": "media", "f-1-value": "voice"}

    page = text_of(admin.post("/rules/try", fields))

    assert "The draft chooses Refund granted" in page
    assert "The code would be written" in page


def test_a_name_that_nothing_has_is_said_at_its_field(admin: Client, draft) -> None:
    page = text_of(admin.post("/rules/try", {"f-0-fact": "queue", "f-0-name": "Billing Mars"}))

    assert "No queue is called “Billing Mars”" in page


def test_a_fact_changed_from_a_conversation_s_is_tried_as_changed(admin: Client, draft, communication) -> None:
    fields = {"leg": communication.pk, **_facts(media="voice", duration_s="900")}

    page = text_of(admin.post("/rules/try", fields))

    assert "Changed from" in page
    assert "The draft chooses Long call" in page


def test_what_cannot_be_a_number_is_said_at_its_field_and_kept(admin: Client, draft) -> None:
    response = admin.post("/rules/try", _facts(duration_s="long"))

    assert "Write a number" in text_of(response)
    assert b'value="long"' in response.content


def test_the_same_fact_twice_is_refused_at_the_second(admin: Client, draft) -> None:
    fields = {"f-0-fact": "duration_s", "f-0-value": "1", "f-1-fact": "duration_s", "f-1-value": "2"}

    assert "in another row already" in text_of(admin.post("/rules/try", fields))


def test_rows_are_added_and_removed(admin: Client, draft) -> None:
    added = admin.post("/rules/try", {**_facts(media="voice"), "edit": "add-fact"})
    removed = admin.post("/rules/try", {**_facts(media="voice", duration_s="7"), "edit": "remove:f-0"})

    assert b'name="f-1-fact"' in added.content
    assert b'name="f-1-fact"' not in removed.content
    assert b'value="7"' in removed.content


def test_another_rule_s_conditions_are_shown_when_asked_for(admin: Client, draft) -> None:
    rule = draft.rules.get(line=1)

    page = text_of(admin.post("/rules/try", {**_facts(media="voice"), "look": rule.pk}))

    assert "Conditions of Long calls" in page
    assert "Does not hold: the duration is more than 600 s It is not known" in page


def test_where_no_rule_matches_the_nearest_one_s_conditions_are_shown(admin: Client, draft) -> None:
    page = text_of(admin.post("/rules/try", _facts(media="voice")))

    assert "no code" in page
    assert "Conditions of Refund - EU" in page
    assert "Does not hold: the queue is Billing EU It is not known" in page
    assert "Nothing would be written: no rule matches." in page


# --- What would follow -------------------------------------------------------------------------------------------


def test_a_code_that_is_not_on_the_queue_is_said(admin: Client, organization, draft, queue) -> None:
    QueueWrapupCodeFactory(organization=organization, queue=queue)
    fields = {"f-0-fact": "queue", "f-0-value": queue.genesys_id, "f-1-fact": "media", "f-1-value": "voice"}

    page = text_of(admin.post("/rules/try", fields))

    assert "It would wait for a person: The code Refund granted is not on the communication's queue." in page


def test_what_the_organization_leaves_alone_is_said(admin: Client, draft) -> None:
    page = text_of(admin.post("/rules/try", _facts(duration_s="900", campaign="yes")))

    assert "The draft chooses Long call" in page
    assert "Nothing would be written, whatever the rules choose. It belongs to a campaign" in page


def test_what_no_fact_says_is_taken_as_usual_and_said_so(admin: Client, draft) -> None:
    assert "Taken for a voice call of some queue" in text_of(admin.post("/rules/try", _facts(duration_s="900")))


def test_a_release_is_chosen_by_its_number(admin: Client, in_force, draft) -> None:
    fields = _facts(duration_s="900")

    assert "The draft chooses Long call" in text_of(admin.post("/rules/try", fields))
    assert "Release 3 chooses Refund granted" in text_of(admin.post("/rules/try", {**fields, "release": "3"}))


def test_who_only_reads_tries_the_release_in_force_first(sign_in, in_force, draft) -> None:
    page = text_of(sign_in(Role.SUPERVISOR).post("/rules/try", _facts(duration_s="900")))

    assert "Release 3 chooses Refund granted" in page
    assert "Save as a case" not in page


def test_without_any_release_the_page_says_so(admin: Client) -> None:
    assert "there is no release yet" in text_of(admin.get("/rules/try"))


def test_trying_changes_nothing(admin: Client, draft, communication) -> None:
    before = Assignment.everywhere.values_list("pk", "status", "updated_at").get()

    admin.get("/rules/try", {"q": CONVERSATION})

    assert Assignment.everywhere.values_list("pk", "status", "updated_at").get() == before
    assert MappingRule.everywhere.count() == 2


# --- Beside the editor -------------------------------------------------------------------------------------------


def _typed(code: WrapupCode, **more: Any) -> dict[str, Any]:
    """Return the fields of a rule in the editor: voice calls get the code."""
    condition = {"c-0-fact": "media", "c-0-operator": "is", "c-0-value": "voice"}
    return {"name": "Voice", "wrapup_code": code.pk, "enabled": "on", "c-quantifier": "all", **condition, **more}


def test_the_panel_begins_with_the_facts_that_the_typed_rule_asks_for(admin: Client, draft, refund) -> None:
    response = admin.post("/rules/try/typed", _typed(refund), headers=HTMX)

    assert b'<option value="media" selected>' in response.content
    assert b'name="f-1-fact"' not in response.content


def test_a_rule_that_nobody_has_saved_is_tried_at_the_end_of_the_draft(admin: Client, draft, refund) -> None:
    fields = {**_typed(refund), "leg": "", **_facts(media="voice")}

    page = text_of(admin.post("/rules/try/typed", fields, headers=HTMX))

    assert "Rule Voice (draft, line 3) chose Refund granted because the media type is voice" in page
    assert MappingRule.everywhere.count() == 2


def test_a_rule_that_is_changed_is_tried_in_its_place(admin: Client, draft, refund) -> None:
    rule = draft.rules.get(line=1)
    fields = {**_typed(refund), "rule": rule.pk, "leg": "", **_facts(media="voice", duration_s="900")}

    page = text_of(admin.post("/rules/try/typed", fields, headers=HTMX))

    assert "Rule Voice (draft, line 1) chose Refund granted" in page
    assert "Long calls" not in page


def test_the_typed_rule_s_conditions_are_shown_also_where_another_rule_decides(admin: Client, draft, refund) -> None:
    fields = {**_typed(refund), "leg": "", **_facts(media="voice", duration_s="900")}

    page = text_of(admin.post("/rules/try/typed", fields, headers=HTMX))

    assert "The draft chooses Long call" in page
    assert "Conditions of Voice" in page


def test_a_rule_without_a_code_yet_is_tried_all_the_same(admin: Client, draft, refund) -> None:
    fields = {**_typed(refund, wrapup_code=""), "leg": "", **_facts(media="voice")}

    page = text_of(admin.post("/rules/try/typed", fields, headers=HTMX))

    assert "The draft chooses no code yet" in page
    assert "choose one" in page


def test_a_conversation_s_facts_are_taken_into_the_panel(admin: Client, draft, refund, communication) -> None:
    fields = {**_typed(refund), "leg": "", "q": CONVERSATION, "edit": "take"}

    page = text_of(admin.post("/rules/try/typed", fields, headers=HTMX))

    assert "The facts of 0b1e6f8a…4a5b, Ann Berger, Billing EU" in page
    assert "The draft chooses Refund granted" in page


def test_whoever_may_not_change_rules_has_no_panel(sign_in, draft, refund) -> None:
    assert sign_in(Role.SUPERVISOR).post("/rules/try/typed", _typed(refund), headers=HTMX).status_code == 403


# --- Its cost ----------------------------------------------------------------------------------------------------


def test_however_many_rules_and_parts_there_are_the_queries_stay_few(
    admin: Client, organization, draft, refund, communication, django_assert_max_num_queries
) -> None:
    for line in range(3, 63):
        queue = QueueFactory(organization=organization)
        MappingRuleFactory(
            organization=organization,
            release=draft,
            line=line,
            conditions=when("queue", "one_of", [queue.genesys_id]),
            wrapup_code=refund,
        )
    with django_assert_max_num_queries(ENOUGH_QUERIES):
        admin.get("/rules/try", {"q": CONVERSATION})
