"""What is tried is what a worker decides: for the same facts and rules, over conversations of many kinds."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.factories import DispositionFactory, MappingRuleFactory, ReleaseFactory, put_in_force
from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, Centre, Conditions, when
from wrapups.domain.conditions import parse
from wrapups.domain.eligibility import Legs, Overwrite
from wrapups.domain.rules import Rule
from wrapups.domain.status import Status
from wrapups.models import Assignment, Conversation, Release
from wrapups.services.trying import Known, known_of, rules_of, try_facts, try_known, with_rule

SECOND_QUEUE = "Billing"

QUEUE_IS = {"fact": "queue", "operator": "is", "value": "$queue"}
RULES: dict[str, list[tuple[Conditions, str]]] = {
    "by queue and length": [
        ({"all": [QUEUE_IS, {"fact": "duration_s", "operator": "more", "value": 90}]}, WANTED),
        (when("duration_s", "less", 60), OTHER),
    ],
    "by what the CRM said": [(when("disposition.crm", "is", "REF-OK"), WANTED)],
    "whatever else": [(when("disconnect_type", "is", "transfer"), OTHER), (ANY_CALL, WANTED)],
    "unless": [({"none": [when("campaign", "is", True), when("media", "is", "email")]}, WANTED)],
}
"""By name, releases whose rules ask for many kinds of facts; "$queue" stands for a queue's id."""


def happened(centre: Centre) -> list[str]:
    """Let conversations of many kinds have taken place; return their ids."""
    build = centre.calls.build
    transferred, second = build(talk=(-300, -200), disconnect_type="transfer"), build(queue=None)
    transferred["participants"].append(second["participants"][1])
    documents = [
        build(),
        build(talk=(-150, -120)),
        build(talk=None),
        build(queue=None),
        build(outboundCampaignId=str(uuid4())),
        build(monitoredParticipantId=str(uuid4())),
        build(acw=(-100, -60), code=centre.code(OTHER)),
        build(acw=(-100, -60), code=centre.code(WANTED)),
        build(acw=(-100, -60), code="ININ-WRAP-UP-TIMEOUT"),
        build(mediaType="internalmessage"),
        transferred,
    ]
    ids = centre.load(*documents)
    DispositionFactory(organization=centre.organization, conversation_id=ids[1], source="crm", code="REF-OK")
    return ids


def drafted(centre: Centre, rules: list[tuple[Conditions, str]]) -> Release:
    """Return a draft with these rules."""
    draft = ReleaseFactory(organization=centre.organization)
    for line, (conditions, code) in enumerate(rules, start=1):
        MappingRuleFactory(
            organization=centre.organization,
            release=draft,
            line=line,
            conditions=_with_queue(conditions, centre.queues[QUEUE].genesys_id),
            wrapup_code=centre.codes[code],
        )
    return draft


def _with_queue(conditions: Any, queue_id: str) -> Any:
    if isinstance(conditions, dict):
        return {key: _with_queue(value, queue_id) for key, value in conditions.items()}
    if isinstance(conditions, list):
        return [_with_queue(value, queue_id) for value in conditions]
    return queue_id if conditions == "$queue" else conditions


def all_known(centre: Centre) -> list[Known]:
    conversations = Conversation.everywhere.filter(organization=centre.organization).order_by("pk")
    return [known for each in conversations for known in known_of(centre.organization, each)]


@pytest.mark.parametrize("policies", [{}, {"overwrite": Overwrite.AGENT, "legs": Legs.LAST, "skip_campaigns": False}])
@pytest.mark.parametrize("name", RULES)
def test_a_draft_does_what_it_was_seen_to_do_when_it_was_tried(name: str, policies: dict[str, Any], centre: Centre):
    centre.let(**policies)
    centre.offer(QUEUE, WANTED)
    centre.publish((when("ani", "is", "nobody's"), OTHER))
    ids = happened(centre)
    centre.decide(*ids)
    draft = drafted(centre, RULES[name])
    rules = rules_of(draft)

    tried = {
        (known.communication.participant_id, known.communication.communication_id): try_known(
            centre.organization, rules, known
        )
        for known in all_known(centre)
    }

    Assignment.everywhere.filter(organization=centre.organization).delete()
    Release.everywhere.filter(organization=centre.organization, state="published").update(
        state="retired", retired_at=timezone.now()
    )
    put_in_force(draft)
    centre.decide(*ids)
    decided = Assignment.everywhere.filter(organization=centre.organization).select_related("communication")
    assert {each.status for each in decided} > {Status.SKIPPED}
    assert len(tried) == len(decided)
    for each in decided:
        verdict = tried[each.communication.participant_id, each.communication.communication_id].verdict
        assert verdict is not None
        assert (verdict.status, str(verdict.reason or ""), verdict.rule_pk, verdict.wrapup_code_pk) == (
            each.status,
            each.reason,
            each.rule_id,
            each.wrapup_code_id,
        )
        assert tried[each.communication.participant_id, each.communication.communication_id].facts == each.facts


def test_trying_costs_no_call(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    centre.decide(centre.call())
    before = centre.simulator.calls()["operations"]

    [known] = all_known(centre)
    try_known(centre.organization, rules_of(drafted(centre, RULES["whatever else"])), known)

    assert centre.simulator.calls()["operations"] == before


def test_a_communication_told_by_its_facts_alone_comes_out_as_the_communication(centre: Centre):
    release = centre.publish((when("duration_s", "more", 90), WANTED))
    centre.decide(centre.call())
    [known] = all_known(centre)

    by_facts = try_facts(centre.organization, rules_of(release), known.facts)

    assert by_facts.verdict is not None
    assert by_facts.verdict.status == Status.PENDING
    assert by_facts.decision.rule == try_known(centre.organization, rules_of(release), known).decision.rule


def test_a_typed_rule_stands_in_the_place_of_the_one_it_changes_or_at_its_line_or_last(centre: Centre):
    draft = drafted(centre, RULES["whatever else"])
    first = draft.rules.get(line=1)
    typed = Rule(first.pk, 0, "Typed", centre.code(OTHER), parse(ANY_CALL))

    in_place = with_rule(centre.organization, typed, replaces=first.pk)
    at_the_end = with_rule(centre.organization, typed, replaces=None)
    between = with_rule(centre.organization, typed, replaces=None, line=2)

    assert [(rule.position, rule.name == "Typed") for rule in in_place.rules] == [(1, True), (2, False)]
    assert [rule.position for rule in at_the_end.rules] == [1, 2, 3]
    assert at_the_end.rules[2].name == "Typed"
    assert [(rule.position, rule.name == "Typed") for rule in between.rules] == [(1, False), (2, True), (3, False)]


def test_before_the_first_draft_a_typed_rule_is_tried_alone(centre: Centre):
    typed = Rule(0, 0, "Typed", centre.code(OTHER), parse(ANY_CALL))

    assert [rule.name for rule in with_rule(centre.organization, typed, replaces=None).rules] == ["Typed"]


def test_what_somebody_changes_in_the_draft_counts_at_the_next_try_and_nothing_is_read_until_then(
    centre: Centre, django_assert_num_queries: Any
):
    draft = drafted(centre, [(when("media", "is", "email"), WANTED), (ANY_CALL, OTHER)])
    typed = Rule(key=0, position=0, name="Typed", code_id=centre.code(WANTED), when=parse({"all": []}))

    def names() -> list[str]:
        return [rule.name for rule in with_rule(centre.organization, typed, replaces=None).rules]

    before = names()
    with django_assert_num_queries(2):  # which draft there is, and which versions of its rules
        again = names()
    draft.rules.filter(line=1).update(name="Renamed")
    renamed = names()
    draft.rules.filter(line=1).update(name="Renamed once more")
    draft.rules.filter(line=2).delete()

    assert before == again
    assert renamed[0] == "Renamed"
    assert names() == ["Renamed once more", "Typed"]
