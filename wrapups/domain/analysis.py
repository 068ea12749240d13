"""What is wrong with a set of rules, before anything is decided by it. Pure, and proved either way or said not to be.

A rule that is said never to decide does so for no facts at all; for every other there is an example that it decides,
unless it is said that neither could be shown. Facts are taken to be free of each other: see `axes`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wrapups.domain.covering import Proof, Study
from wrapups.domain.formulas import TooManySteps
from wrapups.domain.matching import check_of
from wrapups.domain.ruleindex import pins
from wrapups.domain.rules import Rule
from wrapups.domain.space import Example


class FlawKind(StrEnum):
    """What can be the matter with a rule."""

    CONTRADICTORY = "contradictory"
    """Its conditions never hold together."""
    SHADOWED = "shadowed"
    """Rules before it match all that it matches."""
    REDUNDANT = "redundant"
    """Without it, rules after it would choose the same, none of which it keeps from ever deciding."""
    OVERLAP = "overlap"
    """It and rules before it that choose otherwise match some things in common, and each of them others too."""
    UNDECIDED = "undecided"
    """Whether it can decide was not shown either way."""


NEVER_DECIDES = frozenset({FlawKind.CONTRADICTORY, FlawKind.SHADOWED})


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is the matter with a rule, and the rules that make it so, in order."""

    kind: FlawKind
    rule: Rule
    by: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """The flaws of a set of rules, in the rules' order, and by rule's key what it would decide."""

    flaws: tuple[Flaw, ...]
    examples: Mapping[int, Example]
    comparisons: int
    """How often one rule was held against another."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What comes of one rule at its place: its own flaws, and the rules after it that it keeps from ever deciding."""

    flaws: tuple[Flaw, ...] = ()
    hides: tuple[Rule, ...] = ()


def analyse(rules: Iterable[Rule]) -> Analysis:
    """Return what is the matter with these rules; those that are not enabled do not count.

    A set, such as the dispositions, may hold several of the texts that rules ask for, and then most rules overlap:
    only what rules have in common without that is called an overlap.
    """
    study = _study(rules)
    neighbours = _Neighbours(study.rules)
    flaws: dict[int, Flaw] = {}
    examples: dict[int, Example] = {}
    for place, rule in enumerate(study.rules):
        flaw, example = _judged(study, place)
        if flaw is not None:
            flaws[place] = flaw
        if example is not None:
            examples[rule.key] = example
    sound = dict.fromkeys(place for place in range(len(study.rules)) if place not in flaws)
    overlaps = (_overlap(study, place, (each for each in neighbours.before(place) if each in sound)) for place in sound)
    ordered = sorted((*flaws.values(), *filter(None, overlaps)), key=lambda flaw: (flaw.rule.position, flaw.rule.key))
    return Analysis(tuple(ordered), examples, study.comparisons)


def consequences(rules: Iterable[Rule], key: int) -> Consequences:
    """Return what comes of the rule with this key among these; nothing, where it is not enabled."""
    study = _study(rules)
    place = next((place for place, rule in enumerate(study.rules) if rule.key == key), None)
    if place is None:
        return Consequences()
    flaw, _ = _judged(study, place)
    flaw = flaw or _overlap(
        study, place, (each for each in range(place) if study.decides(each).proof is not Proof.NONE)
    )
    hides = study.hidden_by(place) if flaw is None or flaw.kind not in NEVER_DECIDES else ()
    return Consequences((flaw,) if flaw else (), tuple(study.rules[each] for each in hides))


def _study(rules: Iterable[Rule]) -> Study:
    return Study(sorted((rule for rule in rules if rule.enabled), key=lambda rule: (rule.position, rule.key)))


def _judged(study: Study, place: int) -> tuple[Flaw | None, Example | None]:
    """Return what is the matter with a rule among all the others, and what it decides, if anything."""
    answer = study.decides(place)
    if answer.proof is Proof.UNDECIDED:
        return _flaw(study, FlawKind.UNDECIDED, place), None
    if answer.proof is Proof.NONE:
        return _flaw(study, FlawKind.SHADOWED if answer.by else FlawKind.CONTRADICTORY, place, answer.by), None
    missed = study.missed(place)
    redundant = missed.proof is Proof.NONE and not any(_hidden_by(study, place, each) for each in missed.by)
    return _flaw(study, FlawKind.REDUNDANT, place, missed.by) if redundant else None, answer.example


def _hidden_by(study: Study, place: int, later: int) -> bool:
    answer = study.decides(later)
    return answer.proof is Proof.NONE and place in answer.by


def _flaw(study: Study, kind: FlawKind, place: int, by: Iterable[int] = ()) -> Flaw:
    return Flaw(kind, study.rules[place], tuple(study.rules[each] for each in by))


def _overlap(study: Study, place: int, earlier: Iterable[int]) -> Flaw | None:
    by = [each for each in earlier if _conflict(study, each, place)]
    return _flaw(study, FlawKind.OVERLAP, place, by) if by else None


def _conflict(study: Study, earlier: int, later: int) -> bool:
    """Return whether it matters which of the two comes first, and neither is a plain exception to the other."""
    if study.alike(earlier, later):
        return False
    try:
        return study.overlap(earlier, later, single=True) and not study.covers(later, earlier)
    except TooManySteps:
        return False


class _Neighbours:
    """Which rules ask for no other texts than one of them does: only these can have something in common with it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._pins = [pins(check_of(rule.when)) for rule in rules]
        self._asking = defaultdict[str, int](int)
        self._texts = defaultdict[tuple[str, str], int](int)
        for place, pinned in enumerate(self._pins):
            for fact, texts in pinned.items():
                self._asking[fact] |= 1 << place
                for text in texts:
                    self._texts[fact, text] |= 1 << place

    def before(self, place: int) -> Iterator[int]:
        """Yield the places of earlier rules, in order, that may match what this one does with one text of each set."""
        bits = (1 << place) - 1
        for fact, texts in self._pins[place].items():
            same = ~self._asking[fact]
            for text in texts:
                same |= self._texts[fact, text]
            bits &= same
        while bits:
            lowest = bits & -bits
            yield lowest.bit_length() - 1
            bits ^= lowest
