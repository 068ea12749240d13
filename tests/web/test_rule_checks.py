"""What is the matter with the rules, said before anything is published."""

import re
from collections import Counter
from datetime import UTC, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from dashboard.queries.gaps import gaps_of
from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    ConversationFactory,
    DispositionFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    RuleCaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Assignment, Disposition, Organization, Release
from wrapups.models.clock import app_now
from wrapups.services.tallying import count_day

HTMX = {"HX-Request": "true"}
VOICE = {"all": [{"fact": "media", "operator": "is", "value": "voice"}]}


def text_of(response: Any) -> str:
    """Return the page's text without its tags, spaces collapsed."""
    flowing = re.sub(r"</?(a|em|span|strong)\b[^>]*>", "", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", flowing)).split())


@pytest.fixture
def draft(organization: Organization) -> Release:
    """A draft in which the rule Voice again says what Voice says already, and Both ways is about everything."""
    release = ReleaseFactory(organization=organization)
    for line, (name, conditions) in enumerate((("Voice", VOICE), ("Voice again", VOICE), ("Rest", {"all": []})), 1):
        MappingRuleFactory(organization=organization, release=release, line=line, name=name, conditions=conditions)
    return release


def typed(code: Any, *, media: str, **fields: Any) -> dict[str, Any]:
    """Return the editor's form for a rule about one medium."""
    condition = {"c-0-fact": "media", "c-0-operator": "is", "c-0-value": media}
    return {"name": "New", "notes": "", "enabled": "on", "wrapup_code": code.pk, "c-quantifier": "all"} | {
        **condition,
        **fields,
    }


# --- In the list -------------------------------------------------------------------------------------------------


def test_the_list_says_first_how_many_rules_can_never_decide(admin: Client, draft: Release) -> None:
    page = admin.get("/rules")

    assert "1 rule can never decide" in text_of(page)
    assert 'href="/rules/checks?release=draft#never"' in page.content.decode()


def test_beside_a_rule_stands_which_one_hides_it_and_beside_that_one_what_it_hides(
    admin: Client, draft: Release
) -> None:
    page = text_of(admin.get("/rules"))

    assert "Never decides: before it, Voice (line 1) matches all that it would match." in page
    assert "Hides Voice again (line 2): this rule comes first and matches all that it would match." in page


def test_a_list_without_flaws_says_so(admin: Client, draft: Release) -> None:
    draft.rules.get(name="Voice again").delete()

    assert "Every rule can decide, and none is needless." in text_of(admin.get("/rules"))


def test_after_a_move_the_list_says_what_is_hidden_now(admin: Client, draft: Release) -> None:
    rest = draft.rules.get(name="Rest")

    answer = admin.post(f"/rules/{rest.pk}/move", {"to_line": 1, "seen_for": 1}, headers=HTMX)

    assert "Hides Voice (line 2) and Voice again (line 3)" in text_of(answer)


# --- On a page of their own --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_everybody_can_read_what_was_found(sign_in, draft: Release, role: Role) -> None:
    put_in_force(draft)

    assert "1 rule can never decide" in text_of(sign_in(role).get("/rules/checks"))


def test_the_draft_and_what_is_in_force_are_checked_apart(
    admin: Client, organization: Organization, draft: Release
) -> None:
    in_force = put_in_force(draft)
    flawless = ReleaseFactory(organization=organization, number=in_force.number + 1)
    MappingRuleFactory(organization=organization, release=flawless)

    assert "1 rule can never decide" in text_of(admin.get("/rules/checks?release=in-force"))
    assert "can never decide" not in text_of(admin.get("/rules/checks?release=draft"))


def test_a_code_that_a_queue_does_not_have_is_named_with_the_queue(
    admin: Client, organization: Organization, draft: Release
) -> None:
    queue = QueueFactory(organization=organization, name="Billing EU")
    QueueWrapupCodeFactory(organization=organization, queue=queue)
    rule = draft.rules.get(name="Voice")
    rule.conditions = {"all": [{"fact": "queue", "operator": "is", "value": queue.genesys_id}]}
    rule.save()

    page = text_of(admin.get("/rules/checks"))

    assert f"Its code {rule.wrapup_code.name} is not offered on Billing EU." in page


def test_a_code_that_the_dialler_acts_on_is_marked(admin: Client, organization: Organization, draft: Release) -> None:
    code = WrapupCodeFactory(organization=organization, dialler_flags=["Contact_UnCallable"])
    draft.rules.filter(name="Voice").update(wrapup_code=code)

    page = text_of(admin.get("/rules/checks"))

    assert "To outbound campaigns its code means contact uncallable" in page


def test_a_rule_that_asks_for_a_prediction_is_marked_where_it_is_not_asked_for(
    admin: Client, organization: Organization, draft: Release
) -> None:
    code = draft.rules.get(name="Voice").wrapup_code
    asks = {"all": [{"fact": "predicted_code", "operator": "is", "value": code.genesys_id}]}
    draft.rules.filter(name="Voice").update(conditions=asks)

    off = text_of(admin.get("/rules/checks"))
    Organization.objects.update(asks_predictions=True)
    early = text_of(admin.get("/rules/checks"))
    draft.rules.exclude(name="Voice").update(enabled=False)

    assert "Never holds: this organization does not ask what Copilot predicted." in off
    assert "though it stands earlier: move it below Rest (line 3)." in early
    assert "Copilot" not in text_of(admin.get("/rules/checks"))


def test_before_the_first_rule_the_page_says_so(sign_in) -> None:
    assert "There are no rules yet." in text_of(sign_in(Role.SUPERVISOR).get("/rules/checks"))


def test_200_rules_cost_a_fixed_number_of_queries(
    admin: Client, organization: Organization, django_assert_max_num_queries
) -> None:
    release = ReleaseFactory(organization=organization)
    code = WrapupCodeFactory(organization=organization)
    for number in range(200):
        conditions = {"all": [{"fact": "disposition.crm", "operator": "is", "value": f"D{number // 2}"}]}
        MappingRuleFactory(organization=organization, release=release, conditions=conditions, wrapup_code=code)

    with django_assert_max_num_queries(20):
        page = admin.get("/rules/checks")

    assert "100 rules can never decide" in text_of(page)


# --- While a rule is typed or moved ------------------------------------------------------------------------------


def test_a_new_rule_that_would_be_hidden_can_be_put_before_what_hides_it(admin: Client, draft: Release) -> None:
    fields = typed(WrapupCodeFactory(organization=draft.organization), media="voice", rule="")

    last = admin.post("/rules/checks/typed", fields, headers=HTMX)
    first = admin.post("/rules/checks/typed", fields | {"line": "1"}, headers=HTMX)

    assert 'data-fills="rule-line" value="1"' in last.content.decode()
    assert "Never decides" not in text_of(first)
    assert "data-fills" not in first.content.decode()


def test_while_a_rule_is_typed_it_is_said_what_hides_it(admin: Client, draft: Release) -> None:
    code = draft.rules.get(name="Voice").wrapup_code

    answer = text_of(admin.post("/rules/checks/typed", typed(code, media="voice"), headers=HTMX))

    assert "Never decides: before it, Voice (line 1) matches all that it would match." in answer


def test_while_a_rule_is_changed_it_is_said_what_it_would_hide(admin: Client, draft: Release) -> None:
    rule = draft.rules.get(name="Voice")
    everything = {"name": "Voice", "enabled": "on", "wrapup_code": rule.wrapup_code_id, "c-quantifier": "all"}

    answer = text_of(admin.post("/rules/checks/typed", {**everything, "rule": rule.pk}, headers=HTMX))

    assert "Hides Voice again (line 2) and Rest (line 3)" in answer


def test_while_a_rule_is_typed_the_saved_cases_it_would_break_are_named(
    admin: Client, organization: Organization, draft: Release
) -> None:
    voice, other = draft.rules.get(name="Voice"), WrapupCodeFactory(organization=organization)
    expected = {"expected_code": voice.wrapup_code}
    RuleCaseFactory(organization=organization, name="By phone", facts={"media": "voice"}, **expected)
    RuleCaseFactory(organization=organization, name="Failing anyway", facts={"media": "chat"}, **expected)

    breaks = text_of(admin.post("/rules/checks/typed", typed(other, media="voice", rule=voice.pk), headers=HTMX))
    keeps = text_of(admin.post("/rules/checks/typed", typed(voice.wrapup_code, media="voice"), headers=HTMX))

    assert "With it 1 saved case would no longer come out as expected: By phone." in breaks
    assert "saved case" not in keeps


def test_a_rule_that_hides_nothing_is_said_to(admin: Client, draft: Release) -> None:
    rule = draft.rules.get(name="Rest")

    answer = text_of(
        admin.post("/rules/checks/typed", typed(rule.wrapup_code, media="email", rule=rule.pk), headers=HTMX)
    )

    assert "It hides no rule, and no rule hides it." in answer


def test_before_a_move_is_made_it_is_said_what_it_would_hide(admin: Client, draft: Release) -> None:
    rule = draft.rules.get(name="Rest")

    answer = text_of(admin.get(f"/rules/{rule.pk}/move/check", {"to_line": 1}))

    assert "Hides Voice (line 2)" in answer
    assert draft.rules.get(name="Rest").line == 3


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["with script", "without script"])
def test_a_move_that_hides_rules_waits_for_a_word(admin: Client, draft: Release, headers: dict[str, str]) -> None:
    rest = draft.rules.get(name="Rest")

    answer = admin.post(f"/rules/{rest.pk}/move", {"to_line": 1}, headers=headers)

    assert "Not moved yet. At line 1 this would come of it: Hides Voice (line 2)" in text_of(answer)
    assert "Leave it at line 3" in text_of(answer)
    assert draft.rules.get(name="Rest").line == 3


def test_a_move_behind_what_matches_the_same_waits_too(admin: Client, draft: Release) -> None:
    voice = draft.rules.get(name="Voice")

    answer = text_of(admin.post(f"/rules/{voice.pk}/move", {"to_line": 2}, headers=HTMX))

    assert "At line 2 this would come of it: Never decides: before it, Voice again (line 1)" in answer
    assert draft.rules.get(name="Voice").line == 1


@pytest.mark.parametrize("seen_for", ["2", "", "x"])
def test_whoever_saw_what_another_move_hides_is_asked_again(admin: Client, draft: Release, seen_for: str) -> None:
    rest = draft.rules.get(name="Rest")

    admin.post(f"/rules/{rest.pk}/move", {"to_line": 1, "seen_for": seen_for}, headers=HTMX)

    assert draft.rules.get(name="Rest").line == 3


def test_a_move_that_hides_nothing_more_than_before_is_made_at_once(admin: Client, draft: Release) -> None:
    rest = draft.rules.get(name="Rest")
    admin.post(f"/rules/{rest.pk}/move", {"to_line": 1, "seen_for": 1}, headers=HTMX)

    admin.post(f"/rules/{rest.pk}/move", {"to_line": 2}, headers=HTMX)

    assert draft.rules.get(name="Rest").line == 2


@pytest.mark.parametrize("to_line", ["", "0", "x", "1e9"])
def test_for_a_line_that_is_none_nothing_is_said(admin: Client, draft: Release, to_line: str) -> None:
    answer = admin.get(f"/rules/{draft.rules.get(name='Rest').pk}/move/check", {"to_line": to_line})

    assert answer.status_code == 200
    assert text_of(answer) == ""


def test_a_rule_in_force_or_of_another_organization_is_not_there_to_be_moved(admin: Client, draft: Release) -> None:
    in_force = put_in_force(draft).rules.first()
    foreign = MappingRuleFactory()

    for rule in (in_force, foreign):
        assert admin.get(f"/rules/{rule.pk}/move/check", {"to_line": 1}).status_code == 404


def test_whoever_may_not_change_rules_may_not_ask_what_a_change_would_do(sign_in, draft: Release) -> None:
    client = sign_in(Role.SUPERVISOR)

    assert client.post("/rules/checks/typed").status_code == 403
    assert client.get(f"/rules/{draft.rules.first().pk}/move/check").status_code == 403


# --- What no rule covers -----------------------------------------------------------------------------------------


@pytest.fixture
def month(organization: Organization) -> None:
    """Communications of 36 days on two queues and none; some matched no rule, and about some things were said."""
    queues = [QueueFactory(organization=organization, name=name).genesys_id for name in ("Billing", "Sales")] + [""]
    for number in range(36):
        ended_at = app_now() - timedelta(days=number)
        conversation = ConversationFactory(organization=organization)
        communication = CommunicationFactory(
            organization=organization, conversation=conversation, queue_id=queues[number % 3], ended_at=ended_at
        )
        if number % 4:
            for code in ("ZZ-9", "ZZ-8")[: number % 4]:
                DispositionFactory(
                    organization=organization, conversation_id=conversation.conversation_id, source="CRM", code=code
                )
        skipped = {"status": Status.SKIPPED, "reason": SkipReason.NO_RULE, "wrapup_code": None, "rule": None}
        matched = {"status": Status.VERIFIED}
        AssignmentFactory(
            organization=organization,
            communication=communication,
            ended_at=ended_at,
            **(matched if number % 5 == 0 else skipped),
        )
        count_day(organization, ended_at.astimezone(UTC).date())


def test_what_no_rule_covered_is_counted_as_by_hand(organization: Organization, month: None) -> None:
    first = (app_now() - timedelta(days=29)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    by_hand = Counter[tuple[str, str, str]]()
    for row in Assignment.objects.of(organization).filter(reason=SkipReason.NO_RULE, ended_at__gte=first):
        queue, conversation = row.communication.queue_id, row.communication.conversation.conversation_id
        by_hand[queue, "", ""] += 1
        for said in Disposition.objects.of(organization).filter(conversation_id=conversation):
            by_hand[queue, said.source, said.code] += 1

    gaps = gaps_of(organization)

    shown = [gap for queue in gaps.queues for gap in (queue.whole, *queue.said)]
    assert {(gap.queue_id, gap.source, gap.disposition): gap.count for gap in shown} == dict(by_hand)
    assert len(by_hand) == 9


def test_the_queue_with_most_that_no_rule_covered_comes_first(organization: Organization, month: None) -> None:
    counts = [queue.whole.count for queue in gaps_of(organization).queues]

    assert counts == sorted(counts, reverse=True)


def test_a_gap_leads_to_a_filled_in_rule_and_to_its_communications(
    admin: Client, organization: Organization, month: None
) -> None:
    [billing] = [queue for queue in gaps_of(organization).queues if queue.whole.queue == "Billing"]
    page = unescape(admin.get("/rules/checks").content.decode())

    for gap in (billing.whole, *billing.said):
        assert f'href="{gap.make_rule}"' in page
        assert f'href="/conversations{gap.conversations}"' in page
        assert admin.get(f"/conversations{gap.conversations}").context["listing"].total.number == gap.count
    assert f"source=CRM&disposition=ZZ-9&queue={billing.whole.queue_id}" in page


def test_of_many_queues_and_dispositions_some_are_shown_and_the_rest_counted(
    admin: Client, organization: Organization, django_assert_max_num_queries
) -> None:
    for _ in range(52):
        queue = QueueFactory(organization=organization)
        conversation = ConversationFactory(organization=organization)
        communication = CommunicationFactory(
            organization=organization, conversation=conversation, queue_id=queue.genesys_id
        )
        for number in range(9):
            DispositionFactory(
                organization=organization, conversation_id=conversation.conversation_id, code=f"ZZ-{number}"
            )
        AssignmentFactory(
            organization=organization,
            communication=communication,
            ended_at=app_now(),
            status=Status.SKIPPED,
            reason=SkipReason.NO_RULE,
            wrapup_code=None,
            rule=None,
        )
    count_day(organization, app_now().astimezone(UTC).date())

    with django_assert_max_num_queries(4):
        gaps = gaps_of(organization)
    page = text_of(admin.get("/rules/checks"))

    assert (len(gaps.queues), gaps.more) == (50, 2)
    assert {(len(queue.said), queue.unsaid) for queue in gaps.queues} == {(8, 1)}
    assert "2 more queues with fewer are not shown." in page


def test_where_rules_covered_everything_the_page_says_so(admin: Client, draft: Release) -> None:
    assert "No gap" in text_of(admin.get("/rules/checks"))
