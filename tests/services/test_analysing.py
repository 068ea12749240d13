"""What is the matter with the rules of a release, before they decide anything."""

import pytest

from tests.factories import (
    MappingRuleFactory,
    OrganizationFactory,
    PersonFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.analysis import FlawKind
from wrapups.models import MappingRule, Organization, Release
from wrapups.models.clock import app_now
from wrapups.services import analysing, releasing
from wrapups.services.auditing import Actor
from wrapups.services.rulebook import rule_of

pytestmark = pytest.mark.django_db

ALL: dict[str, object] = {"all": []}
VOICE = {"all": [{"fact": "media", "operator": "is", "value": "voice"}]}
EMAIL = {"all": [{"fact": "media", "operator": "is", "value": "email"}]}


@pytest.fixture
def organization() -> Organization:
    return OrganizationFactory()


@pytest.fixture
def actor() -> Actor:
    return Actor(PersonFactory())


@pytest.fixture
def draft(organization: Organization) -> Release:
    """A draft with the rules: voice, e-mail, and one for all else."""
    release = ReleaseFactory(organization=organization)
    for line, (name, conditions) in enumerate((("Voice", VOICE), ("E-mail", EMAIL), ("Else", ALL)), start=1):
        MappingRuleFactory(organization=organization, release=release, line=line, name=name, conditions=conditions)
    return release


def rows_of(release: Release) -> list[MappingRule]:
    return list(release.rules.select_related("wrapup_code").order_by("line"))


def flaws_of(release: Release) -> list[tuple[FlawKind, str]]:
    findings = analysing.findings_of(release.organization, rows_of(release))
    return [(flaw.kind, flaw.rule.name) for flaw in findings.analysis.flaws]


def on_queue(queue: str) -> dict[str, object]:
    return {"all": [{"fact": "queue", "operator": "is", "value": queue}]}


def test_specific_rules_before_a_broad_one_have_no_flaw(draft: Release) -> None:
    assert flaws_of(draft) == []


def test_a_broad_rule_moved_to_the_top_hides_all_others(draft: Release, actor: Actor) -> None:
    releasing.move_rule(draft.rules.get(name="Else"), to_line=1, actor=actor)

    assert flaws_of(draft) == [(FlawKind.SHADOWED, "Voice"), (FlawKind.SHADOWED, "E-mail")]


@pytest.mark.parametrize("to_line", [1, 2, 3, 99])
def test_what_is_foretold_of_a_move_is_so_after_it(draft: Release, to_line: int, actor: Actor) -> None:
    rule = draft.rules.select_related("wrapup_code", "organization").get(name="Else")

    foretold = analysing.findings_for_move(rule, to_line=to_line)

    releasing.move_rule(rule, to_line=to_line, actor=actor)
    assert [(FlawKind.SHADOWED, hidden.name) for hidden in foretold.hides] == flaws_of(draft)


def test_a_rule_that_is_typed_stands_at_the_end_of_the_draft(organization: Organization, draft: Release) -> None:
    typed = rule_of(MappingRuleFactory.build(pk=0, wrapup_code=WrapupCodeFactory.build(), conditions=VOICE))

    [flaw] = analysing.findings_for(organization, typed).flaws

    assert (flaw.kind, flaw.rule.position) == (FlawKind.SHADOWED, 4)
    assert [rule.name for rule in flaw.by] == ["Voice"]


def test_a_rule_that_is_typed_anew_stands_where_it_stood(organization: Organization, draft: Release) -> None:
    stored = draft.rules.select_related("wrapup_code").get(name="Voice")
    stored.conditions = ALL

    found = analysing.findings_for(organization, rule_of(stored), replaces=stored.pk)

    assert [rule.name for rule in found.hides] == ["E-mail", "Else"]


def test_without_a_draft_a_typed_rule_is_held_against_those_in_force(
    organization: Organization, draft: Release
) -> None:
    put_in_force(draft)
    typed = rule_of(MappingRuleFactory.build(pk=0, wrapup_code=WrapupCodeFactory.build(), conditions=EMAIL))

    [flaw] = analysing.findings_for(organization, typed).flaws

    assert [rule.name for rule in flaw.by] == ["E-mail"]


def test_before_the_first_rule_there_is_nothing_to_say(organization: Organization) -> None:
    typed = rule_of(MappingRuleFactory.build(pk=0, wrapup_code=WrapupCodeFactory.build(), conditions=EMAIL))

    assert analysing.findings_for(organization, typed).flaws == ()
    assert analysing.findings_of(organization, []).analysis.flaws == ()


def test_rules_in_the_same_words_are_analysed_once_and_changed_ones_anew(draft: Release, actor: Actor) -> None:
    first = analysing.findings_of(draft.organization, rows_of(draft)).analysis
    again = analysing.findings_of(draft.organization, rows_of(draft)).analysis
    releasing.change_rule(draft.rules.get(name="Voice"), conditions=ALL, actor=actor)

    assert again is first
    assert flaws_of(draft) == [(FlawKind.SHADOWED, "E-mail"), (FlawKind.SHADOWED, "Else")]


def test_a_rule_is_told_of_the_queues_that_never_had_its_code(organization: Organization, draft: Release) -> None:
    rule = draft.rules.select_related("wrapup_code").get(name="Voice")
    without, never_read, having = (QueueFactory(organization=organization, name=name) for name in ("A", "B", "C"))
    QueueWrapupCodeFactory(organization=organization, queue=without)
    QueueWrapupCodeFactory(organization=organization, queue=having, wrapup_code=rule.wrapup_code)
    ids = [queue.genesys_id for queue in (without, never_read, having)]
    rule.conditions = {"all": [{"fact": "queue", "operator": "one_of", "value": ids}]}

    [trouble] = analysing.findings_of(organization, [rule]).troubles

    assert (trouble.rule, list(trouble.queues)) == (rule, [without])


def test_what_a_queue_has_lost_is_left_to_its_drift_notice(organization: Organization, draft: Release) -> None:
    rule = draft.rules.select_related("wrapup_code").get(name="Voice")
    queue = QueueFactory(organization=organization)
    QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=rule.wrapup_code, gone_at=app_now())
    rule.conditions = on_queue(queue.genesys_id)

    assert analysing.findings_of(organization, [rule]).troubles == []


def test_whatever_the_rules_it_takes_two_queries(
    organization: Organization, draft: Release, django_assert_num_queries
) -> None:
    for _ in range(50):
        queue = QueueFactory(organization=organization)
        QueueWrapupCodeFactory(organization=organization, queue=queue)
        MappingRuleFactory(organization=organization, release=draft, conditions=on_queue(queue.genesys_id))
    rows = rows_of(draft)

    with django_assert_num_queries(2):
        findings = analysing.findings_of(organization, rows)

    assert len(findings.troubles) == 50
