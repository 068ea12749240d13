"""Why this code, and why not: the decision made again from the facts and the release it was made on.

`decide` is a pure function, so nothing of this is stored; the same row gives the same reasons for ever.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from wrapups.domain.conversation import is_system_code
from wrapups.domain.decision_sentences import decision_sentences, trial_sentence, why_not_sentences
from wrapups.domain.facts import Fact, Kind, Value, fact_named
from wrapups.domain.masking import OPEN, Mask
from wrapups.domain.rules import CompiledRelease, Decision, Trial, decide
from wrapups.domain.sentences import Names, Part, Sentence
from wrapups.models import Agent, Assignment, Division, Organization, Queue, WrapupCode
from wrapups.models.catalogue import CatalogueEntry
from wrapups.services.left_out import left_out
from wrapups.services.rulebook import compiled

CATALOGUES: Mapping[str, type[CatalogueEntry]] = {
    "queue": Queue,
    "code": WrapupCode,
    "agent": Agent,
    "division": Division,
}


class CatalogueNames:
    """Resolves catalogue ids to the names we know; an id we never saw is shown as it is.

    Small catalogues are read whole when first asked; of agents, who may be thousands, only those asked for.
    """

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._names: dict[str, dict[str, str]] = {"agent": {}}

    def __call__(self, kind: str, key: str) -> str:
        if kind not in CATALOGUES:
            return key
        if kind not in self._names:
            self._names[kind] = self._read(kind)
        if kind == "agent" and key not in self._names[kind]:
            self._names[kind] |= {key: key} | self._read(kind, genesys_id=key)
        return self._names[kind].get(key, key)

    def _read(self, kind: str, **only: str) -> dict[str, str]:
        rows = CATALOGUES[kind].everywhere.filter(organization=self._organization, **only)
        return dict(rows.values_list("genesys_id", "name"))


@dataclass(frozen=True, slots=True)
class Told:
    """One rule tried, in words; `matched` for the one that decided."""

    rule_name: str
    line: int
    matched: bool
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact as it was, with names in place of ids."""

    label: str
    value: str


@dataclass(frozen=True)
class Explanation:
    """Everything "why this code?" answers with. `why_not` speaks only where no rule matched.

    `decision` is the decision made again; None for what no rule chose.
    """

    sentences: Sequence[Sentence]
    why_not: Sequence[Sentence]
    facts: Sequence[FactRow]
    names: Names
    decision: Decision | None = None
    mask: Mask = OPEN

    @cached_property
    def trials(self) -> tuple[Told, ...]:
        """Every rule tried, in order, up to and with the match."""
        return self.told(self.decision.trials) if self.decision else ()

    def told(self, trials: Iterable[Trial]) -> tuple[Told, ...]:
        """Return some of the rules tried in words; of thousands a page shows a few."""
        return tuple(
            Told(trial.rule.name, trial.rule.position, trial.matched, trial_sentence(trial, self.names, self.mask))
            for trial in trials
        )


def explain(assignment: Assignment, *, names: CatalogueNames | None = None, mask: Mask = OPEN) -> Explanation:
    """Return why this assignment is as it is. Costs one query per catalogue, and the release once per process.

    Of a correction it says what it replaces, and why that had been chosen.
    """
    names = names or CatalogueNames(assignment.organization)
    if assignment.corrects is not None:
        before = explain(assignment.corrects, names=names, mask=mask)
        return replace(before, sentences=[_correction(assignment, names), *before.sentences])
    if assignment.release_id is None:
        facts = tuple(_fact_rows(mask.facts(assignment.facts), names))
        return Explanation(_put_back(assignment, names), (), facts, names)
    explained = explain_by(compiled(assignment.release_id), assignment, names=names, mask=mask)
    return replace(explained, sentences=[*explained.sentences, *left_out(assignment)])


def explain_by(
    release: CompiledRelease, assignment: Assignment, *, names: CatalogueNames, mask: Mask = OPEN
) -> Explanation:
    """Return why these rules, whether or not they are those that decided it, choose as they do for an assignment."""
    decision: Decision = decide(release, assignment.facts, at=assignment.ended_at)
    return Explanation(
        decision_sentences(decision, names, mask),
        why_not_sentences(decision, names, mask),
        tuple(_fact_rows(mask.facts(assignment.facts), names)),
        names,
        decision,
        mask,
    )


def _correction(assignment: Assignment, names: CatalogueNames) -> Sentence:
    """Return which code a person chose, and in place of which."""
    chosen = Part(str(assignment.wrapup_code), True)
    if not assignment.found_code_id:
        return (chosen, Part(" was chosen by a person, where no code stood."))
    replaced = _code(assignment.found_code_id, names)
    return (chosen, Part(" was chosen by a person, in place of "), replaced, Part("."))


def _code(code_id: str, names: CatalogueNames) -> Part:
    return Part(
        "the code that Genesys Cloud had filled in" if is_system_code(code_id) else names("code", code_id), True
    )


def _put_back(assignment: Assignment, names: CatalogueNames) -> Sequence[Sentence]:
    """Return that a person has the code put back which stood there before ours; nothing for anything else."""
    if assignment.bulk_act is None or assignment.bulk_act.release is None or assignment.wrapup_code is None:
        return ()
    ours, before = names("code", assignment.found_code_id), names("code", assignment.wrapup_code.genesys_id)
    begins = f"No rule chose it. The codes of release {assignment.bulk_act.release.number} are put back, and "
    return ((Part(begins), Part(before, True), Part(" stood there before "), Part(ours, True), Part(".")),)


def _fact_rows(facts: Mapping[str, Value], names: CatalogueNames) -> Iterator[FactRow]:
    for name, value in facts.items():
        fact = fact_named(name)
        yield FactRow(fact.label, value_words(fact, value, names))


def value_words(fact: Fact, value: Value, names: Names) -> str:
    """Return a fact's value for people: names in place of ids, a unit behind a number."""
    if isinstance(value, list):
        return ", ".join(value_words(fact, item, names) for item in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if fact.kind is Kind.NUMBER and isinstance(value, int | float):
        return f"{value:g} {fact.unit}".strip()
    text = str(value)
    return fact.choices.get(text) or (names(fact.catalogue, text) if fact.catalogue else text)
