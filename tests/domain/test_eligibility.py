"""Which communications get a code from us, and when."""

from datetime import timedelta

import pytest

from tests.domain.factories import ENDED_AT, CommunicationSeenFactory, ConversationSeenFactory
from wrapups.domain.conversation import Acw, Wrapup
from wrapups.domain.eligibility import (
    MEDIA_WITH_WRAPUP,
    Legs,
    Overwrite,
    Policy,
    Standing,
    due_at,
    has_ended,
    ineligible,
    is_agent_leg,
    withheld,
)
from wrapups.domain.status import SkipReason

PERSONS_CODE = Wrapup("code-resolved")
TIMEOUT = Wrapup("ININ-WRAP-UP-TIMEOUT")
DRAFT = Wrapup("code-resolved", provisional=True)


def withheld_for(policy, wrapup):
    leg = CommunicationSeenFactory(wrapup=wrapup)
    return withheld(Standing(leg.chosen_code_id, leg.system_code_id), policy)


def reason_for(policy=None, *, campaign=False, **communication):
    conversation = ConversationSeenFactory(campaign=campaign)
    return ineligible(conversation, CommunicationSeenFactory(**communication), policy or Policy())


def test_an_agents_ended_connected_communication_of_a_queue_is_for_the_rules_to_decide():
    assert reason_for() is None


@pytest.mark.parametrize(
    ("communication", "expected"),
    [
        ({"observing": True}, SkipReason.OBSERVING),
        ({"connected_at": None}, SkipReason.NOT_CONNECTED),
        ({"parked": True}, SkipReason.PARKED),
        ({"media_type": "internalmessage"}, SkipReason.NO_WRAPUP_MEDIUM),
        ({"media_type": "a medium of next year"}, SkipReason.NO_WRAPUP_MEDIUM),
        ({"campaign": True}, SkipReason.CAMPAIGN),
        ({"queue_id": None}, SkipReason.NO_QUEUE),
    ],
)
def test_by_default_nothing_is_written_to(communication, expected):
    assert reason_for(**communication) is expected


@pytest.mark.parametrize("media_type", sorted(MEDIA_WITH_WRAPUP))
def test_every_medium_with_wrapup_is_for_the_rules_to_decide(media_type):
    assert reason_for(media_type=media_type) is None


@pytest.mark.parametrize(
    ("policy", "communication"),
    [(Policy(skip_campaigns=False), {"campaign": True}), (Policy(require_queue=False), {"queue_id": None})],
)
def test_a_policy_may_let_the_rules_decide_anyway(policy, communication):
    assert reason_for(policy, **communication) is None


@pytest.mark.parametrize(
    ("overwrite", "wrapup", "expected"),
    [
        (Overwrite.NEVER, None, None),
        (Overwrite.NEVER, DRAFT, None),
        (Overwrite.NEVER, TIMEOUT, SkipReason.ALREADY_CODED),
        (Overwrite.NEVER, PERSONS_CODE, SkipReason.AGENT_CHOSE),
        (Overwrite.SYSTEM, None, None),
        (Overwrite.SYSTEM, DRAFT, None),
        (Overwrite.SYSTEM, TIMEOUT, None),
        (Overwrite.SYSTEM, PERSONS_CODE, SkipReason.AGENT_CHOSE),
        (Overwrite.AGENT, None, None),
        (Overwrite.AGENT, DRAFT, None),
        (Overwrite.AGENT, TIMEOUT, None),
        (Overwrite.AGENT, PERSONS_CODE, None),
    ],
)
def test_whose_code_may_be_replaced_is_the_policys_to_say(overwrite, wrapup, expected):
    assert withheld_for(Policy(overwrite=overwrite), wrapup) is expected


def test_a_code_that_is_there_keeps_nobody_from_asking_the_rules():
    assert reason_for(Policy(overwrite=Overwrite.NEVER), wrapup=PERSONS_CODE) is None


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        (Legs.EVERY, None),
        (Legs.FIRST, None),
        (Legs.LAST, SkipReason.OTHER_LEG),
        (Legs.LONGEST, SkipReason.OTHER_LEG),
    ],
)
def test_which_of_a_conversations_communications_get_a_code_is_the_policys_to_say(legs, expected):
    first_only = Standing(legs=frozenset({Legs.EVERY, Legs.FIRST}))

    assert withheld(first_only, Policy(legs=legs)) is expected


def test_the_default_policy_replaces_only_what_genesys_filled_in():
    assert Policy().overwrite is Overwrite.SYSTEM


@pytest.mark.parametrize(
    ("communication", "expected"),
    [
        ({}, True),
        ({"user_id": None}, False),
        ({"user_id": ""}, False),
        ({"purpose": "user"}, False),
        ({"purpose": "customer", "user_id": None}, False),
    ],
)
def test_an_agents_leg_has_the_purpose_and_a_user(communication, expected):
    assert is_agent_leg(CommunicationSeenFactory(**communication)) is expected


def test_whether_a_customers_leg_is_eligible_is_not_a_question():
    with pytest.raises(ValueError, match="ask is_agent_leg first"):
        reason_for(purpose="customer")


@pytest.mark.parametrize(
    ("communication", "expected"),
    [({}, True), ({"ended_at": None}, False), ({"parked": True}, False)],
)
def test_a_parked_message_has_not_ended(communication, expected):
    assert has_ended(CommunicationSeenFactory(**communication)) is expected


def test_nothing_is_written_before_the_grace_time():
    due = due_at(CommunicationSeenFactory(), Policy(grace_s=300), now=ENDED_AT)

    assert due == ENDED_AT + timedelta(seconds=300)


def test_what_ended_long_ago_is_due_since_its_grace_time():
    due = due_at(CommunicationSeenFactory(), Policy(grace_s=120), now=ENDED_AT + timedelta(days=1))

    assert due == ENDED_AT + timedelta(seconds=120)


@pytest.mark.parametrize(
    ("now_s", "expected_s"),
    [(0, 120), (59, 120), (90, 150), (3600, 3660)],
)
def test_pending_after_call_work_is_looked_at_again_later_but_not_before_the_grace_time(now_s, expected_s):
    communication = CommunicationSeenFactory(acw=Acw.PENDING)

    due = due_at(communication, Policy(grace_s=120, acw_recheck_s=60), now=ENDED_AT + timedelta(seconds=now_s))

    assert due == ENDED_AT + timedelta(seconds=expected_s)


@pytest.mark.parametrize("acw", [acw for acw in Acw if acw is not Acw.PENDING])
def test_only_pending_after_call_work_holds_a_write_back(acw):
    due = due_at(CommunicationSeenFactory(acw=acw), Policy(grace_s=0), now=ENDED_AT + timedelta(hours=1))

    assert due == ENDED_AT


def test_without_the_guard_pending_after_call_work_holds_nothing_back():
    communication = CommunicationSeenFactory(acw=Acw.PENDING)

    due = due_at(communication, Policy(grace_s=0, acw_guard=False), now=ENDED_AT + timedelta(hours=1))

    assert due == ENDED_AT


def test_when_a_running_communication_is_due_is_not_a_question():
    with pytest.raises(ValueError, match="ask has_ended first"):
        due_at(CommunicationSeenFactory(ended_at=None), Policy(), now=ENDED_AT)
