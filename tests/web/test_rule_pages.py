"""Rules and releases in the browser: reading them, editing the draft, publishing it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.models import Act, MappingRule, Organization, Queue, Release, Sweep, WrapupCode
from wrapups.services.tallying import tally

HTMX = {"HX-Request": "true"}
VOICE = {"all": [{"fact": "media", "operator": "is", "value": "voice"}]}


@pytest.fixture
def queue(organization: Organization) -> Queue:
    return QueueFactory(organization=organization, name="Billing EU")


@pytest.fixture
def code(organization: Organization) -> WrapupCode:
    return WrapupCodeFactory(organization=organization, name="Refund granted")


@pytest.fixture
def in_force(organization: Organization) -> Release:
    """Release 1 in force, with the rules A, B and C."""
    release = ReleaseFactory(organization=organization, number=1)
    for line, name in enumerate("ABC", start=1):
        MappingRuleFactory(organization=organization, release=release, line=line, name=f"Rule {name}", conditions=VOICE)
    return put_in_force(release)


@pytest.fixture
def draft(admin: Client, in_force: Release) -> Release:
    """A draft that is a copy of what is in force."""
    admin.post("/releases/draft")
    return Release.objects.of(in_force.organization).get(state="draft")


def _typed(code: WrapupCode, **more: Any) -> dict[str, Any]:
    """Return the fields of a rule that can be saved."""
    return {
        "name": "Refund - EU",
        "wrapup_code": code.pk,
        "notes": "",
        "enabled": "on",
        "c-quantifier": "all",
        "c-0-fact": "media",
        "c-0-operator": "one_of",
        "c-0-value": ["voice"],
    } | more


def _lines(release: Release) -> list[str]:
    return list(release.rules.order_by("line").values_list("name", flat=True))


# --- Reading -----------------------------------------------------------------------------------------------------


def test_the_rules_in_force_read_like_sentences(
    sign_in, organization: Organization, queue: Queue, code: WrapupCode
) -> None:
    conditions = {"all": [{"fact": "queue", "operator": "one_of", "value": [queue.genesys_id]}]}
    rule = MappingRuleFactory(organization=organization, conditions=conditions, wrapup_code=code)
    put_in_force(rule.release)

    page = sign_in(Role.SUPERVISOR).get("/rules").content.decode()

    assert "When the queue is <em>Billing EU</em>, choose <em>Refund granted</em>." in page


def test_each_rule_says_how_often_it_decided_lately_and_its_link_finds_just_these(
    admin: Client, organization: Organization, in_force: Release
) -> None:
    first, second, _ = in_force.rules.order_by("line")
    for rule, days_ago, times in ((first, 1, 4), (second, 1, 2), (first, 8, 3)):
        for _ in range(times):
            ended = timezone.now() - timedelta(days=days_ago)
            communication = CommunicationFactory(organization=organization, ended_at=ended)
            AssignmentFactory(organization=organization, communication=communication, rule=rule)

    SweepFactory(organization=organization, kind=Sweep.Kind.TALLY)
    tally(organization)

    lines = admin.get("/rules").context["page"].lines

    assert [(line.use.week, line.share, line.use.month) for line in lines] == [(4, 100, 7), (2, 50, 2), (0, 0, 0)]
    for line in lines:
        assert admin.get(f"/conversations{line.use.week_address}").context["listing"].total.number == line.use.week


def test_many_rules_cost_a_fixed_number_of_queries(
    admin: Client, organization: Organization, django_assert_max_num_queries
) -> None:
    release = ReleaseFactory(organization=organization)
    for _ in range(60):
        queue = QueueFactory(organization=organization)
        MappingRuleFactory(
            organization=organization,
            release=release,
            conditions={"all": [{"fact": "queue", "operator": "is", "value": queue.genesys_id}]},
        )
    put_in_force(release)

    with django_assert_max_num_queries(24):
        page = admin.get("/rules").content.decode()

    assert page.count('<tr id="rule-') == 60


def test_before_the_first_release_the_page_says_so(sign_in) -> None:
    page = sign_in(Role.SUPERVISOR).get("/rules").content.decode()

    assert "No rules yet" in page
    assert "Change the rules" not in page


def test_whoever_may_not_change_rules_sees_what_is_in_force_and_no_button(sign_in, draft: Release) -> None:
    page = sign_in(Role.OPS).get("/rules")

    assert page.context["page"].release.number == 1
    assert "/rules/new" not in page.content.decode()


def test_releases_are_listed_and_an_old_one_can_be_read(sign_in, in_force: Release) -> None:
    client = sign_in(Role.SUPERVISOR)

    assert "Release 1" in client.get("/releases").content.decode()
    assert "Rule B" in client.get("/releases/1").content.decode()


def test_a_release_of_another_organization_is_not_there(admin: Client) -> None:
    assert admin.get(f"/releases/{ReleaseFactory(number=77).number}").status_code == 404


# --- The draft ---------------------------------------------------------------------------------------------------


def test_a_draft_begins_as_a_copy_of_what_is_in_force(draft: Release) -> None:
    assert _lines(draft) == ["Rule A", "Rule B", "Rule C"]


def test_opening_a_draft_twice_goes_on_with_the_one_there_is(admin: Client, draft: Release) -> None:
    admin.post("/releases/draft")

    assert Release.objects.of(draft.organization).filter(state="draft").get() == draft


def test_the_bar_says_what_the_draft_changes(admin: Client, draft: Release) -> None:
    first, _, last = draft.rules.order_by("line")
    admin.post(f"/rules/{last.pk}/move", {"to_line": 1, "seen_for": 1})
    admin.post(f"/rules/{first.pk}/remove")

    page = admin.get("/rules").content.decode()

    assert "1 removed" in page
    assert "1 moved" in page
    assert "added" not in page


def test_a_rule_moves_by_one_button_and_the_table_comes_back(admin: Client, draft: Release) -> None:
    last = draft.rules.get(line=3)

    answer = admin.post(f"/rules/{last.pk}/move", {"to_line": 2}, headers=HTMX)

    assert _lines(draft) == ["Rule A", "Rule C", "Rule B"]
    assert answer.content.decode().strip().startswith('<div id="rules">')


@pytest.mark.parametrize("to_line", ["", "0", "-1", "x", "1e9"])
def test_a_line_that_is_none_moves_nothing(admin: Client, draft: Release, to_line: str) -> None:
    admin.post(f"/rules/{draft.rules.get(line=2).pk}/move", {"to_line": to_line})

    assert _lines(draft) == ["Rule A", "Rule B", "Rule C"]


def test_discarding_leaves_what_is_in_force(admin: Client, draft: Release, in_force: Release) -> None:
    admin.post("/releases/draft/discard")

    assert list(Release.objects.of(draft.organization)) == [in_force]


@pytest.mark.parametrize("path", ["/rules/{pk}", "/rules/{pk}/move", "/rules/{pk}/remove"])
def test_a_rule_in_force_is_not_there_to_be_changed(admin: Client, in_force: Release, path: str) -> None:
    rule = in_force.rules.get(line=1)

    assert admin.post(path.format(pk=rule.pk), {"to_line": 2}).status_code == 404
    assert _lines(in_force) == ["Rule A", "Rule B", "Rule C"]


@pytest.mark.parametrize("path", ["/rules/{pk}", "/rules/{pk}/move", "/rules/{pk}/remove"])
def test_a_rule_of_another_organization_is_not_there(admin: Client, path: str) -> None:
    foreign = MappingRuleFactory()

    assert admin.post(path.format(pk=foreign.pk), {"to_line": 2}).status_code == 404
    assert MappingRule.everywhere.filter(pk=foreign.pk).exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_draft_there_is_nothing_to_publish(admin: Client, in_force: Release, method: str) -> None:
    assert getattr(admin, method)("/releases/draft/publish").status_code == 404


# --- One rule ----------------------------------------------------------------------------------------------------


def test_a_new_rule_goes_to_the_end_of_the_draft_which_is_begun_for_it(
    admin: Client, in_force: Release, code: WrapupCode
) -> None:
    answer = admin.post("/rules/new", _typed(code), follow=True)

    draft = Release.objects.of(in_force.organization).get(state="draft")
    assert _lines(draft) == ["Rule A", "Rule B", "Rule C", "Refund - EU"]
    added = draft.rules.get(line=4)
    assert answer.redirect_chain == [(f"/rules#rule-{added.pk}", 302)]
    said = f'Rule <a class="said" href="/rules#rule-{added.pk}">Refund - EU</a> is saved in the draft, at line 4.'
    assert said in answer.content.decode()


def test_a_new_rule_goes_to_the_line_that_is_typed(admin: Client, draft: Release, code: WrapupCode) -> None:
    admin.post("/rules/new", _typed(code, line="2"))

    assert _lines(draft) == ["Rule A", "Refund - EU", "Rule B", "Rule C"]


def test_a_rule_that_nobody_has_named_is_called_after_the_disposition_and_its_code(
    admin: Client, draft: Release, code: WrapupCode
) -> None:
    fields = {"c-1-fact": "disposition.", "c-1-key": "CRM", "c-1-operator": "one_of", "c-1-lines": "REF-OK\nREF-2"}

    admin.post("/rules/new", _typed(code, name=" ", **fields))

    assert draft.rules.get(line=4).name == f"REF-OK, REF-2 – {code.name}"


def test_a_rule_can_be_written_from_nothing_without_an_id_in_sight(
    admin: Client, organization: Organization, queue: Queue, code: WrapupCode
) -> None:
    QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=code)
    fields = {"c-0-fact": "queue", "c-0-operator": "one_of", "c-0-value": [], "c-0-name": "Billing EU"}

    admin.post("/rules/new", _typed(code, **fields))

    [rule] = MappingRule.objects.of(organization)
    assert rule.conditions == {"all": [{"fact": "queue", "operator": "one_of", "value": [queue.genesys_id]}]}
    assert rule.wrapup_code == code


def test_changing_a_rule_keeps_its_line(admin: Client, draft: Release, code: WrapupCode) -> None:
    rule = draft.rules.get(line=2)

    admin.post(f"/rules/{rule.pk}", _typed(code, enabled=""))

    rule.refresh_from_db()
    assert (rule.line, rule.name, rule.wrapup_code, rule.enabled) == (2, "Refund - EU", code, False)
    assert rule.conditions == {"all": [{"fact": "media", "operator": "one_of", "value": ["voice"]}]}


def test_the_form_of_a_rule_shows_what_is_stored(admin: Client, draft: Release) -> None:
    page = admin.get(f"/rules/{draft.rules.get(line=2).pk}").content.decode()

    assert 'value="Rule B"' in page
    assert '<option value="voice" selected>' in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"line": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"wrapup_code": ""}, "Choose the code that the rule sets."),
        ({"wrapup_code": "999999999"}, "Select a valid choice."),
        ({"c-0-fact": ""}, "Choose what to compare."),
        ({"c-0-value": []}, "Choose at least one, or remove this condition."),
    ],
)
def test_a_rule_that_is_not_finished_comes_back_as_typed_with_the_error(
    admin: Client, draft: Release, code: WrapupCode, fields: dict[str, Any], words: str
) -> None:
    page = admin.post("/rules/new", _typed(code, notes="Typed with care", **fields))

    assert page.status_code == 200
    assert words in page.content.decode()
    assert "Typed with care" in page.content.decode()
    assert len(_lines(draft)) == 3


def test_a_code_that_a_chosen_queue_does_not_have_is_greyed_with_the_queue_named(
    admin: Client, organization: Organization, queue: Queue, code: WrapupCode
) -> None:
    QueueWrapupCodeFactory(organization=organization, queue=queue)
    fields = _typed(code, **{"c-0-fact": "queue", "c-0-operator": "is", "c-0-value": [queue.genesys_id]})

    shown = admin.post("/rules/new", fields | {"edit": "refresh", "wrapup_code": ""}).content.decode()
    saved = admin.post("/rules/new", fields).content.decode()

    [offer] = re.findall(rf'<option value="{code.pk}"[^>]*>[^<]*</option>', shown)
    assert " disabled" in offer
    assert offer.endswith(">Refund granted – not on Billing EU</option>")
    assert "The code Refund granted is not on Billing EU." in saved
    assert not MappingRule.objects.of(organization).exists()


def test_a_code_that_is_gone_from_genesys_cannot_be_chosen(admin: Client, organization: Organization) -> None:
    gone = WrapupCodeFactory(organization=organization, gone=True)

    page = admin.post("/rules/new", _typed(gone)).content.decode()

    assert "no longer in Genesys" in page
    assert not MappingRule.objects.of(organization).exists()


def test_queues_the_rule_excludes_do_not_restrict_its_code(
    admin: Client, organization: Organization, queue: Queue, code: WrapupCode
) -> None:
    QueueWrapupCodeFactory(organization=organization, queue=queue)
    fields = {"c-0-fact": "queue", "c-0-operator": "none_of", "c-0-value": [queue.genesys_id]}

    admin.post("/rules/new", _typed(code, **fields))

    assert MappingRule.objects.of(organization).count() == 1


def test_a_code_of_another_organization_is_no_choice(admin: Client, organization: Organization) -> None:
    page = admin.post("/rules/new", _typed(WrapupCodeFactory())).content.decode()

    assert "Select a valid choice." in page
    assert not MappingRule.objects.of(organization).exists()


def test_the_editors_buttons_keep_everything_and_save_nothing(
    admin: Client, organization: Organization, code: WrapupCode
) -> None:
    page = admin.post("/rules/new", _typed(code, edit="add-condition:c", name="", notes="So far")).content.decode()

    assert 'name="c-1-fact"' in page
    assert "So far" in page
    assert "aria-invalid" not in page
    assert not MappingRule.objects.of(organization).exists()


def test_the_sentence_follows_the_typing_and_nothing_is_kept(
    admin: Client, organization: Organization, code: WrapupCode
) -> None:
    fields = {"c-1-fact": "disposition.", "c-1-key": "crm", "c-1-operator": "is", "c-1-value": "REF-OK"}

    answer = admin.post("/rules/preview", _typed(code, **fields), headers=HTMX).content.decode()

    assert (
        "When the media type is <em>voice</em> and the crm&#x27;s disposition is <em>REF-OK</em>, "
        "choose <em>Refund granted</em>." in answer
    )
    assert not Act.objects.exists()


# --- Publishing --------------------------------------------------------------------------------------------------


def test_publishing_shows_every_difference_and_asks_why(admin: Client, draft: Release, code: WrapupCode) -> None:
    admin.post(f"/rules/{draft.rules.get(line=2).pk}", _typed(code, name="Rule B", notes="Said by the CRM"))

    page = admin.get("/releases/draft/publish")

    assert [(line.kind, line.name) for line in page.context["changes"]] == [("changed", "Rule B")]
    assert "choose <em>Refund granted</em>" in page.content.decode()
    assert "<del>nothing</del> → <ins>Said by the CRM</ins>" in page.content.decode()


def test_publishing_with_a_reason_puts_the_draft_in_force(admin: Client, draft: Release, in_force: Release) -> None:
    answer = admin.post("/releases/draft/publish", {"reason": "The CRM has a new outcome"}, follow=True)

    draft.refresh_from_db()
    in_force.refresh_from_db()
    assert (draft.state, in_force.state) == ("published", "retired")
    assert draft.reason == "The CRM has a new outcome"
    assert "Release 2 is in force." in answer.content.decode()


def test_publishing_without_a_reason_asks_for_it(admin: Client, draft: Release) -> None:
    page = admin.post("/releases/draft/publish", {"reason": " "})

    draft.refresh_from_db()
    assert draft.state == "draft"
    assert "Say why." in page.content.decode()


def test_a_draft_that_cannot_be_published_says_what_to_mend_and_keeps_the_reason(admin: Client, draft: Release) -> None:
    MappingRule.everywhere.filter(release=draft).update(enabled=False)

    page = admin.post("/releases/draft/publish", {"reason": "Typed with care"}).content.decode()

    assert "The draft has no enabled rule." in page
    assert "Typed with care" in page
