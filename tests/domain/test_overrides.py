"""What one rule does otherwise than its organization's policies say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.eligibility import Legs, Overwrite, Policy
from wrapups.domain.overrides import NONE, InvalidOverride, Overrides, parse, to_json

ANY = st.builds(
    Overrides,
    overwrite=st.none() | st.sampled_from(Overwrite),
    grace_s=st.none() | st.integers(0, 86_400),
    acw_guard=st.none() | st.booleans(),
    keep_end_time=st.none() | st.booleans(),
    legs=st.none() | st.sampled_from(Legs),
)


@given(overrides=ANY)
def test_what_is_stored_means_the_same_again(overrides):
    assert parse(to_json(overrides)) == overrides


def test_a_rule_that_says_nothing_leaves_everything_to_the_organization():
    policy = Policy(overwrite=Overwrite.NEVER, grace_s=7, legs=Legs.LAST)

    assert parse({}) == NONE
    assert NONE.over(policy) is policy


@pytest.mark.parametrize(
    ("stored", "name", "value"),
    [
        ({"overwrite": "agent"}, "overwrite", Overwrite.AGENT),
        ({"grace_s": 0}, "grace_s", 0),
        ({"acw_guard": False}, "acw_guard", False),
        ({"keep_end_time": False}, "disable_end_time_updates", False),
        ({"legs": "longest"}, "legs", Legs.LONGEST),
    ],
)
def test_a_policy_of_its_own_stands_in_place_of_the_organizations_and_the_others_stay(stored, name, value):
    policy = Policy(skip_campaigns=False, acw_recheck_s=33)

    holding = parse(stored).over(policy)

    differing = [field for field in Policy.__slots__ if getattr(holding, field) != getattr(policy, field)]
    assert differing == [name]
    assert getattr(holding, name) == value


@pytest.mark.parametrize(
    ("stored", "name", "words"),
    [
        ([], "", "as an object"),
        ({"grace": 1}, "grace", "no policy 'grace' of its own; it may have overwrite, grace_s"),
        ({"overwrite": "always"}, "overwrite", "one of never, system, agent, not 'always'"),
        ({"overwrite": None}, "overwrite", "not None"),
        ({"legs": 1}, "legs", "one of every, first, last, longest"),
        ({"grace_s": True}, "grace_s", "a whole number of seconds, 0 to 86400"),
        ({"grace_s": 86_401}, "grace_s", "a whole number of seconds"),
        ({"grace_s": 1.5}, "grace_s", "a whole number of seconds"),
        ({"acw_guard": "no"}, "acw_guard", "true or false, not 'no'"),
        ({"keep_end_time": None}, "keep_end_time", "true or false"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_name_and_what_it_may_be(stored, name, words):
    with pytest.raises(InvalidOverride, match=words) as refused:
        parse(stored)

    assert refused.value.name == name
