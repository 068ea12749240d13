"""A communication as facts alone describe it: the policies say of it what they say of one that took place."""

from datetime import UTC, datetime

import pytest

from tests.domain.factories import CommunicationSeenFactory, ConversationSeenFactory
from wrapups.domain.conversation import Wrapup
from wrapups.domain.eligibility import Policy, ineligible
from wrapups.domain.facts import facts_of
from wrapups.domain.status import SkipReason
from wrapups.domain.supposing import supposed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def verdict(facts) -> SkipReason | None:
    told = supposed(facts, ended_at=NOW)
    return ineligible(told.conversation, told.communication, Policy())


def test_what_no_fact_says_is_taken_as_it_mostly_is_and_said_so():
    told = supposed({}, ended_at=NOW)

    assert verdict({}) is None
    assert told.presumed == ("a voice call", "of some queue")
    assert supposed({"media": "email", "queue": "q"}, ended_at=NOW).presumed == ()


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"media": "internalmessage"}, SkipReason.NO_WRAPUP_MEDIUM),
        ({"campaign": True}, SkipReason.CAMPAIGN),
    ],
)
def test_the_policies_judge_what_the_facts_say(facts, reason):
    assert verdict(facts) is reason


@pytest.mark.parametrize("code", [None, "a-code", "ININ-WRAP-UP-TIMEOUT"])
@pytest.mark.parametrize("media", ["voice", "email", "internalmessage"])
@pytest.mark.parametrize("campaign", [True, False])
def test_a_communication_told_by_its_facts_is_judged_as_the_communication_itself(code, media, campaign):
    leg = CommunicationSeenFactory(media_type=media, wrapup=Wrapup(code) if code else None)
    seen = ConversationSeenFactory(campaign=campaign, communications=(leg,))

    told = supposed(facts_of(seen, leg), ended_at=NOW).communication
    assert verdict(facts_of(seen, leg)) == ineligible(seen, leg, Policy())
    assert (told.chosen_code_id, told.system_code_id) == (leg.chosen_code_id, leg.system_code_id)


def test_a_duration_that_makes_no_sense_is_not_taken():
    told = supposed({"duration_s": float("inf")}, ended_at=NOW)

    assert told.communication.connected_at is not None
    assert told.communication.connected_at < NOW
