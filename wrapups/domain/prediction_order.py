"""Where rules that ask for Copilot's prediction stand: one is only asked for where no rule decides without it."""

from collections.abc import Iterable, Mapping, Sequence

from wrapups.domain.conditions import Condition, Group
from wrapups.domain.predictions import PREDICTED
from wrapups.domain.rules import Rule


def asks_prediction(rule: Rule) -> bool:
    """Return whether any of its conditions is about the prediction."""
    return any(fact in PREDICTED for fact in _facts(rule.when))


def standing_early(rules: Sequence[Rule]) -> Mapping[int, Rule]:
    """Return, by key, the rules in use that ask for a prediction before rules that need none, with the last of these.

    These decide first all the same, so the rule does not say what happens.
    """
    enabled = sorted((rule for rule in rules if rule.enabled), key=lambda rule: rule.position)
    plain = [rule for rule in enabled if not asks_prediction(rule)]
    if not plain or len(plain) == len(enabled):
        return {}
    last = plain[-1]
    return {rule.key: last for rule in enabled if rule.position < last.position and asks_prediction(rule)}


def _facts(group: Group) -> Iterable[str]:
    for member in group.members:
        if isinstance(member, Condition):
            yield member.fact
        else:
            yield from _facts(member)
