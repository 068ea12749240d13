"""Saved cases: facts, and the code the rules must choose for them. They are asked of a draft before it is published."""

from collections.abc import Sequence
from dataclasses import dataclass

from wrapups.domain.facts import Facts
from wrapups.domain.rules import CompiledRelease, Decision, decide
from wrapups.models import Organization, Release, RuleCase, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.evaluating import ready, unusable

MOST_CASES = 500
"""So many an organization may have: all are asked at each publishing."""


class CannotSave(ValueError):
    """The case cannot be kept as it is; the text says what to do."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What the rules chose for one case."""

    case: RuleCase
    decision: Decision

    @property
    def passed(self) -> bool:
        """Whether it is what the case expects."""
        expected = self.case.expected_code
        return self.decision.code_id == (expected.genesys_id if expected else None)


@dataclass(frozen=True, slots=True)
class CaseRun:
    """Every case with its result, by name."""

    results: Sequence[CaseResult]

    @property
    def failures(self) -> list[CaseResult]:
        """Those for which the rules chose something else."""
        return [result for result in self.results if not result.passed]


def run(release: Release) -> CaseRun:
    """Ask a release, a draft too, for every saved case of its organization: four queries, nothing kept."""
    return run_with(release.organization, ready(release))


def run_with(organization: Organization, release: CompiledRelease) -> CaseRun:
    """Ask these rules for every saved case of the organization, as if each ended now: two queries."""
    now = app_now()
    cases = RuleCase.everywhere.filter(organization=organization).select_related("expected_code").order_by("name")
    return CaseRun([CaseResult(case, decide(release, case.facts, at=now)) for case in cases[:MOST_CASES]])


def broken(organization: Organization, before: CompiledRelease, after: CompiledRelease) -> list[CaseResult]:
    """Return the cases that come out as expected before, and otherwise after: two queries."""
    failures = run_with(organization, after).failures
    return [
        each for each in failures if CaseResult(each.case, decide(before, each.case.facts, at=each.decision.at)).passed
    ]


def save(
    organization: Organization, *, name: str, facts: Facts, expected_code: WrapupCode | None, actor: Actor
) -> RuleCase:
    """Keep a case and return it; without a code it expects that no rule matches. Raises CannotSave."""
    _require_sound(organization, facts, expected_code)
    with acting(actor, "save a case", organization=organization):
        Organization.objects.select_for_update().get(pk=organization.pk)
        if RuleCase.everywhere.filter(organization=organization).count() >= MOST_CASES:
            raise CannotSave(f"There are {MOST_CASES} cases already; delete some that say the same.")
        _require_free(organization, name)
        return RuleCase.everywhere.create(
            organization=organization, name=name, facts=facts, expected_code=expected_code, author=actor.person
        )


def change(case: RuleCase, *, name: str, facts: Facts, expected_code: WrapupCode | None, actor: Actor) -> RuleCase:
    """Give a case another name, other facts or another code. Raises CannotSave."""
    _require_sound(case.organization, facts, expected_code)
    with acting(actor, "change a case", organization=case.organization):
        Organization.objects.select_for_update().get(pk=case.organization_id)
        if not RuleCase.everywhere.filter(pk=case.pk).exists():
            raise CannotSave(f"Somebody has just deleted the case {case.name}. Save it as a new one.")
        _require_free(case.organization, name, but=case)
        case.name, case.facts, case.expected_code = name, facts, expected_code
        case.save(update_fields=["name", "facts", "expected_code"])
    return case


def remove(case: RuleCase, *, actor: Actor) -> None:
    """Delete a case; what it was stays readable in the audit."""
    with acting(actor, "delete a case", organization=case.organization):
        case.delete()


def _require_sound(organization: Organization, facts: Facts, expected_code: WrapupCode | None) -> None:
    if wrong := unusable(facts):
        raise CannotSave(f"{wrong[0].where}: {wrong[0].reason}")
    if expected_code is not None and expected_code.organization_id != organization.pk:
        raise CannotSave(f"The wrap-up code {expected_code.name} belongs to another organization; choose one of this.")


def _require_free(organization: Organization, name: str, *, but: RuleCase | None = None) -> None:
    same = RuleCase.everywhere.filter(organization=organization, name=name)
    if (same.exclude(pk=but.pk) if but else same).exists():
        raise CannotSave(f"There is a case called “{name}” already. Choose another name.")
