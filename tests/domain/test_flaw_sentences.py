"""What is the matter with a rule, in words."""

import pytest

from tests.domain.factories import RuleFactory
from wrapups.domain.analysis import Flaw, FlawKind
from wrapups.domain.flaw_sentences import flaw_sentence, hiding_sentence
from wrapups.domain.sentences import plain

ONE, TWO, *MORE = [RuleFactory(key=line, name=name) for line, name in enumerate("ABCDEF", start=1)]


@pytest.mark.parametrize(
    ("kind", "by", "said"),
    [
        (FlawKind.SHADOWED, [ONE], "Never decides: before it, *A* (line 1) matches all that it would match."),
        (
            FlawKind.SHADOWED,
            [ONE, TWO],
            "Never decides: before it, *A* (line 1) and *B* (line 2) together match all that it would match.",
        ),
        (FlawKind.CONTRADICTORY, [], "Never decides: its conditions cannot hold together."),
        (FlawKind.REDUNDANT, [TWO], "Changes nothing: without it, *B* (line 2) would choose the same."),
        (
            FlawKind.OVERLAP,
            [ONE],
            "Shares conversations with *A* (line 1), which comes first there and chooses another code.",
        ),
        (
            FlawKind.OVERLAP,
            [ONE, TWO, *MORE],
            (
                "Shares conversations with *A* (line 1), *B* (line 2), *C* (line 3) and 3 more, "
                "which come first there and choose another code."
            ),
        ),
        (FlawKind.UNDECIDED, [], "Whether it can ever decide could not be worked out; try it on a conversation."),
    ],
)
def test_a_flaw_reads_as_a_sentence(kind, by, said):
    assert plain(flaw_sentence(Flaw(kind, MORE[-1], tuple(by)))) == said


@pytest.mark.parametrize(
    ("hidden", "said"),
    [
        ([ONE], "Hides *A* (line 1): this rule comes first and matches all that it would match."),
        (
            [ONE, TWO],
            "Hides *A* (line 1) and *B* (line 2): this rule comes first and matches all that they would match.",
        ),
    ],
)
def test_what_a_rule_hides_reads_as_a_sentence(hidden, said):
    assert plain(hiding_sentence(hidden)) == said
