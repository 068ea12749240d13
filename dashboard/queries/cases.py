"""Saved cases as their page lists them: what each is about, and what the draft and the release in force choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.queries.names import CATALOGUES, Names
from wrapups.domain.facts import fact_named
from wrapups.domain.masking import Mask
from wrapups.models import Organization, Release, RuleCase
from wrapups.services import cases
from wrapups.services.cases import CaseResult, CaseRun
from wrapups.services.explaining import value_words

FACTS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a release chose for a case: as expected, or what instead."""

    passed: bool
    instead: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case; `outcomes` has one for each release of the page."""

    case: RuleCase
    facts: Sequence[tuple[str, str]]
    more: int
    outcomes: Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class Asked:
    """A release with what it chose for every case."""

    release: Release
    run: CaseRun

    @property
    def is_draft(self) -> bool:
        return self.release.state in (Release.State.DRAFT, Release.State.PROPOSED)

    @property
    def failing(self) -> int:
        return len(self.run.failures)


def asked_now(organization: Organization) -> list[Asked]:
    """Return the draft and the release in force, as far as there are such, with their runs: seven queries."""
    states = [Release.State.DRAFT, Release.State.PROPOSED, Release.State.PUBLISHED]
    releases = Release.objects.of(organization).filter(state__in=states).select_related("organization")
    return [Asked(release, cases.run(release)) for release in releases.order_by("-number")]


def all_cases(organization: Organization) -> list[RuleCase]:
    """Return the organization's cases by name; services keep them few."""
    rows = RuleCase.objects.of(organization).select_related("expected_code", "author").order_by("name")
    return list(rows[: cases.MOST_CASES])


def case_rows(
    organization: Organization, shown: Sequence[RuleCase], asked: Sequence[Asked], mask: Mask
) -> list[CaseRow]:
    """Return some cases as rows: a query for each catalogue that their facts name."""
    by_case = [{result.case.pk: result for result in each.run.results} for each in asked]
    names = _names(organization, shown, by_case)
    return [
        CaseRow(
            case,
            [_words(name, mask.fact(name, value), names) for name, value in list(case.facts.items())[:FACTS_SHOWN]],
            max(0, len(case.facts) - FACTS_SHOWN),
            [_outcome(results.get(case.pk), names) for results in by_case],
        )
        for case in shown
    ]


def _words(name: str, value: object, names: Names) -> tuple[str, str]:
    fact = fact_named(name)
    return fact.label, value_words(fact, value, names)  # type: ignore[arg-type]


def _outcome(result: CaseResult | None, names: Names) -> Outcome:
    if result is None or result.passed:
        return Outcome(passed=True)
    rule = result.decision.rule
    if rule is None:
        return Outcome(passed=False, instead="no rule matches")
    return Outcome(passed=False, instead=f"{names('code', rule.code_id)}, by {rule.name} (line {rule.position})")


def _names(organization: Organization, shown: Sequence[RuleCase], by_case: Sequence[Mapping[int, CaseResult]]) -> Names:
    wanted: dict[str, set[str]] = {kind: set() for kind in CATALOGUES}
    for case in shown:
        for name, value in case.facts.items():
            catalogue = fact_named(name).catalogue
            if catalogue:
                wanted[catalogue] |= set(map(str, value if isinstance(value, list) else [value]))
        found = (results[case.pk].decision.code_id for results in by_case if case.pk in results)
        wanted["code"] |= {code_id for code_id in found if code_id}
    return Names(organization, wanted)
