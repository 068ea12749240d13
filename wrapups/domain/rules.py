"""A release of rules, the decision it makes about one communication, and the reasons for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache

from wrapups.domain import overrides
from wrapups.domain.conditions import Group
from wrapups.domain.facts import Facts
from wrapups.domain.matching import Asks, CheckGroup, Finding, Seen, asked, check_of, grounds, look, met
from wrapups.domain.notes import Template
from wrapups.domain.overrides import Overrides
from wrapups.domain.ruleindex import RuleIndex, index_of


@dataclass(frozen=True, slots=True)
class Rule:
    """When these conditions hold, this wrap-up code. `key` is the stored row's, `position` its line in the release."""

    key: int
    position: int
    name: str
    code_id: str
    when: Group
    enabled: bool = True
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    """No longer from then on."""
    notes: Template = ()
    policies: Overrides = overrides.NONE

    def in_time(self, at: datetime | None) -> bool:
        """Return whether the rule is valid then; one with dates is not where the time is not known."""
        if self.valid_from is None and self.valid_until is None:
            return True
        began = self.valid_from is None or (at is not None and self.valid_from <= at)
        return at is not None and began and (self.valid_until is None or at < self.valid_until)


@dataclass(frozen=True, slots=True)
class CompiledRelease:
    """The enabled rules in the order they are tried, ready to decide. `number` is None for a draft."""

    number: int | None
    rules: tuple[Rule, ...]
    checks: tuple[CheckGroup, ...] = field(repr=False, compare=False)
    index: RuleIndex = field(repr=False, compare=False)
    asks: Asks = field(repr=False, compare=False)
    """By name, every fact some rule asks for: who reads conversations learns here whether attributes are needed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule tried: `failure` is its first failing condition with the value seen, or None where they all hold."""

    rule: Rule
    failure: Finding | None
    in_time: bool = True
    """False where its dates rule it out, whatever its conditions say; they are not looked at then."""

    @property
    def matched(self) -> bool:
        """Whether this is the rule that decided."""
        return self.in_time and self.failure is None


@dataclass(frozen=True)
class Decision:
    """What a release decides about one communication; `rule` and `code_id` are None where no rule matched."""

    release: CompiledRelease
    seen: Seen = field(repr=False)
    place: int | None
    at: datetime | None = None

    @property
    def rule(self) -> Rule | None:
        return None if self.place is None else self.release.rules[self.place]

    @property
    def code_id(self) -> str | None:
        return None if self.rule is None else self.rule.code_id

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """The conditions that made the rule match; empty where none did, and for a rule without conditions."""
        return () if self.place is None else grounds(self.release.checks[self.place], self.seen)

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """Every rule tried, in order, up to and with the match; worked out only when somebody asks."""
        tried = len(self.release.rules) if self.place is None else self.place + 1
        return tuple(map(self._trial, range(tried)))

    def _trial(self, place: int) -> Trial:
        rule = self.release.rules[place]
        if not rule.in_time(self.at):
            return Trial(rule, None, in_time=False)
        return Trial(rule, None if place == self.place else grounds(self.release.checks[place], self.seen)[0])


@dataclass(frozen=True, slots=True)
class Near:
    """The rule that came nearest without matching: `met` of its `of` conditions were as it wants them."""

    rule: Rule
    failure: Finding
    met: int
    of: int


def compile_release(rules: Iterable[Rule], *, number: int | None = None) -> CompiledRelease:
    """Return the release ready to decide: by position, then key, disabled rules left out. Do it once per release."""
    ordered = tuple(sorted((rule for rule in rules if rule.enabled), key=lambda rule: (rule.position, rule.key)))
    prepared = [_prepared(rule.when) for rule in ordered]
    checks = tuple(check for check, _ in prepared)
    asks = {name: made_comparable for _, asks in prepared for name, made_comparable in asks.items()}
    return CompiledRelease(number, ordered, checks, index_of(checks), asks)


@lru_cache(maxsize=4096)
def _prepared(when: Group) -> tuple[CheckGroup, Asks]:
    """Most rules of a draft stay as they are while one of them is typed, so what they ask is worked out once."""
    return check_of(when), asked(when)


def decide(release: CompiledRelease, facts: Facts, *, at: datetime | None = None) -> Decision:
    """Return the first rule, in order, whose conditions hold for these facts, with the reasons on demand.

    `at` is when the communication ended: rules that are not valid then are passed over, and without it all that have
    dates. A rule without conditions matches everything, so it belongs last. The same release, facts and end give the
    same decision for ever; nothing here looks at a clock, a database or chance.
    """
    seen = look(facts, release.asks)
    for place in release.index.candidates(seen.compared):
        if release.checks[place].holds(seen) and release.rules[place].in_time(at):
            return Decision(release, seen, place, at)
    return Decision(release, seen, None, at)


def nearest(decision: Decision) -> Near | None:
    """Return, of the rules tried in vain, the one with most conditions met; None where there was none.

    Of equals the one with fewer conditions wins, then the one tried first.
    """
    return max(_near_misses(decision), key=lambda near: (near.met, -near.of), default=None)


def _near_misses(decision: Decision) -> Iterator[Near]:
    for trial, check in zip(decision.trials, decision.release.checks, strict=False):
        if trial.failure is not None:
            answers = list(met(check, decision.seen))
            yield Near(trial.rule, trial.failure, sum(answers), len(answers))
