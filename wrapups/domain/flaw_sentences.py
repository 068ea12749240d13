"""What is the matter with a rule, in words for people."""

from collections.abc import Sequence

from wrapups.domain.analysis import Flaw, FlawKind
from wrapups.domain.rules import Rule
from wrapups.domain.sentences import Part, Sentence

MAX_NAMED = 3
"""More rules than these are counted."""


def flaw_sentence(flaw: Flaw) -> Sentence:
    """Return what is the matter: Never decides: before it, *Refund* (line 3) matches all that it would match."""
    by, one = _named(flaw.by), len(flaw.by) == 1
    match flaw.kind:
        case FlawKind.SHADOWED:
            matches = " matches" if one else " together match"
            return (Part("Never decides: before it, "), *by, Part(f"{matches} all that it would match."))
        case FlawKind.CONTRADICTORY:
            return (Part("Never decides: its conditions cannot hold together."),)
        case FlawKind.REDUNDANT:
            return (Part("Changes nothing: without it, "), *by, Part(" would choose the same."))
        case FlawKind.OVERLAP:
            there = "comes first there and chooses" if one else "come first there and choose"
            return (Part("Shares conversations with "), *by, Part(f", which {there} another code."))
        case FlawKind.UNDECIDED:
            return (Part("Whether it can ever decide could not be worked out; try it on a conversation."),)


def hiding_sentence(hidden: Sequence[Rule]) -> Sentence:
    """Return which rules never decide because of one: Hides *Refund* (line 7): it matches all that they would match."""
    would = "it would match" if len(hidden) == 1 else "they would match"
    return (Part("Hides "), *_named(hidden), Part(f": this rule comes first and matches all that {would}."))


def _named(rules: Sequence[Rule]) -> Sentence:
    """Return the rules by name and line: *A* (line 1), *B* (line 2) and 4 more."""
    shown = rules if len(rules) <= MAX_NAMED + 1 else rules[:MAX_NAMED]
    parts: list[Part] = []
    for place, rule in enumerate(shown):
        last = place == len(rules) - 1
        parts += [Part(" and " if last else ", ")] if place else []
        parts += [Part(rule.name, True), Part(f" (line {rule.position})")]
    return (*parts, Part(f" and {len(rules) - len(shown)} more")) if len(shown) < len(rules) else tuple(parts)
