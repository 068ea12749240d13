"""Which rule came nearest where none matched: what a reader counts by hand must be what the page says."""

from hypothesis import given
from hypothesis import strategies as st

from tests.domain import reference, strategies
from tests.domain.factories import RuleFactory
from wrapups.domain.rules import compile_release, decide, nearest


def single_conditions(member, *, want=True):
    """Yield every single condition of a stored group, with whether it is to hold."""
    if "fact" in member:
        yield member, want
        return
    [(quantifier, members)] = member.items()
    for inner in members:
        yield from single_conditions(inner, want=want is not (quantifier == "none"))


def by_hand(groups, facts):
    """Return line, conditions met and conditions of the nearest rule: most met, then fewest in all, then the first."""
    counted = []
    for line, group in enumerate(groups):
        answers = [reference.holds(condition, facts) is want for condition, want in single_conditions(group)]
        counted.append((-sum(answers), len(answers), line))
    met, of, line = min(counted)
    return line, -met, of


@given(groups=st.lists(strategies.groups(), min_size=1, max_size=8), facts=strategies.facts())
def test_the_nearest_rule_is_the_one_that_counting_by_hand_finds(groups, facts):
    rules = [RuleFactory(key=line, position=line, stored=group) for line, group in enumerate(groups)]
    decision = decide(compile_release(rules), facts)

    near = nearest(decision)

    if decision.rule is not None:
        groups = groups[: decision.place]
    if not groups:
        assert near is None
    else:
        assert (near.rule.position, near.met, near.of) == by_hand(groups, facts)
        path, culprit = reference.culprit(groups[near.rule.position], facts)
        assert (near.failure.path, near.failure.condition.fact) == (path, culprit["fact"])
