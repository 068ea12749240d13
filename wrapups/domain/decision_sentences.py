"""Decisions in words for people: which rule chose and why, how the others fared, and which one came nearest.

Every sentence may be masked: then what it says of the customer shows no more than who reads it may see.
"""

from datetime import UTC, datetime

from wrapups.domain.masking import OPEN, Mask
from wrapups.domain.rules import CompiledRelease, Decision, Near, Rule, Trial, nearest
from wrapups.domain.sentences import Names, Part, Sentence, finding_sentence, joined


def decision_sentences(decision: Decision, names: Names, mask: Mask = OPEN) -> list[Sentence]:
    """Return what was decided and because of which values, then what became of the rules before."""
    if decision.rule is None:
        return [_nothing_matched(decision.release)]
    chose = (
        *_called(decision.rule, f"{_release(decision.release)}, "),
        Part(" chose "),
        Part(names("code", decision.rule.code_id), True),
    )
    because = joined([finding_sentence(finding, names, mask) for finding in decision.reasons], " and ")
    why = (Part(" because "), *because) if because else (Part(", as it does for everything: it has no conditions"),)
    return [(*chose, *why, Part(".")), *_passed_over(decision.place or 0)]


def would_have_sentence(decision: Decision, names: Names) -> Sentence:
    """Return what the rules would have chosen where something else kept the code that was there."""
    if decision.rule is None:
        return _nothing_matched(decision.release)
    code = Part(names("code", decision.rule.code_id), True)
    return (*_called(decision.rule, f"{_release(decision.release)}, "), Part(" would have chosen "), code, Part("."))


def trial_sentence(trial: Trial, names: Names, mask: Mask = OPEN) -> Sentence:
    """Return how one rule fared: Rule *Refund - EU* (line 4) did not match because ..."""
    if not trial.in_time:
        return (
            *_called(trial.rule),
            Part(" did not match because it is valid only "),
            *_dates(trial.rule),
            Part("."),
        )
    if trial.failure is None:
        return (*_called(trial.rule), Part(" matched."))
    because = finding_sentence(trial.failure, names, mask)
    return (*_called(trial.rule), Part(" did not match because "), *because, Part("."))


def why_not_sentences(decision: Decision, names: Names, mask: Mask = OPEN) -> list[Sentence]:
    """Return which rule came nearest where none matched, and what was missing; nothing to say is an empty list."""
    near = nearest(decision)
    if decision.rule is not None or near is None:
        return []
    missed = finding_sentence(near.failure, names, mask)
    return [(*_called(near.rule), Part(f" came nearest: {_met(near)}"), *missed, Part("."))]


def _met(near: Near) -> str:
    """Return how many conditions were met, leading to the one that was not."""
    if near.of == 1:
        return "its only condition is not met, because "
    if near.met == 0:
        return f"none of its {near.of} conditions is met. The first fails because "
    return f"{near.met} of its {near.of} conditions {'is' if near.met == 1 else 'are'} met, but "


def _called(rule: Rule, release: str = "") -> Sentence:
    return (Part("Rule "), Part(rule.name, True), Part(f" ({release}line {rule.position})"))


def _dates(rule: Rule) -> Sentence:
    """Return from when and until when a rule is valid, in UTC."""
    told = [(word, at) for word, at in (("from", rule.valid_from), ("until", rule.valid_until)) if at]
    return joined([(Part(f"{word} "), Part(_time(at), True)) for word, at in told], " ")


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _release(release: CompiledRelease) -> str:
    return "draft" if release.number is None else f"release {release.number}"


def _passed_over(count: int) -> list[Sentence]:
    if count == 0:
        return []
    return [
        (Part("The rule before it did not match." if count == 1 else f"The {count} rules before it did not match."),)
    ]


def _nothing_matched(release: CompiledRelease) -> Sentence:
    the_release = "the draft" if release.number is None else f"release {release.number}"
    match len(release.rules):
        case 0:
            return (Part(f"No rule of {the_release} is in use."),)
        case 1:
            return (Part(f"The only rule of {the_release} did not match."),)
        case count:
            return (Part(f"None of the {count} rules of {the_release} matched."),)
