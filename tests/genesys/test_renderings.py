"""Analytics and the operational API are two renderings of one conversation; what both show, we read alike."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen
from wrapups.genesys.gateway import GenesysGateway

NOT_KNOWN = (None, "", (), "unknown", Acw.UNKNOWN, Acw.NOT_APPLICABLE)
"""What a reading says where its rendering shows nothing.

Analytics has no word for social and none for after-call work that does not apply: it shows a wrap-up segment for a
code that was written late, where the operational API keeps saying notApplicable.
"""
OF_THE_READING = {"read_at", "communications"}


def ended(gateway: GenesysGateway) -> list[ConversationSeen]:
    now = datetime.now(UTC)
    return list(gateway.ended_conversations(since=now - timedelta(days=1), until=now).conversations)


def disagreements(bulk: ConversationSeen, alone: ConversationSeen) -> Iterator[str]:
    yield from _differences(bulk, alone, bulk.conversation_id)
    legs = {leg.communication_id: leg for leg in alone.communications}
    if legs.keys() != {leg.communication_id for leg in bulk.communications}:
        yield f"{bulk.conversation_id}: other communications"
    for leg in bulk.communications:
        yield from _differences(leg, legs[leg.communication_id], f"{leg.media_type} leg of {leg.purpose}")


def _differences(
    bulk: ConversationSeen | CommunicationSeen, alone: ConversationSeen | CommunicationSeen, whose: str
) -> Iterator[str]:
    for name in {field.name for field in fields(bulk)} - OF_THE_READING:
        ours, theirs = getattr(bulk, name), getattr(alone, name)
        if ours != theirs and ours not in NOT_KNOWN and theirs not in NOT_KNOWN:
            yield f"{whose}: {name} is {ours!r} in bulk and {theirs!r} alone"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_generated_conversations_are_read_alike_from_both(simulator, gateway, seed):
    simulator.reset(seed=seed)
    simulator.generate(60)

    found = [
        each for bulk in ended(gateway) for each in disagreements(bulk, gateway.conversation(bulk.conversation_id))
    ]

    assert found == []


@pytest.mark.parametrize("adds_segment", [False, True])
def test_after_a_code_was_written_they_are_still_read_alike(simulator, gateway, adds_segment):
    simulator.switch(rewrite_adds_segment=adds_segment)
    code_id = simulator.code_id("Resolved")
    simulator.generate(60)
    legs = [(seen, leg) for seen in ended(gateway) for leg in seen.communications if can_be_written(leg)]
    for seen, leg in legs:
        gateway.apply_wrapup(seen.ref(leg), code_id)

    written = ended(gateway)

    assert [each for bulk in written for each in disagreements(bulk, gateway.conversation(bulk.conversation_id))] == []
    codes = {leg.communication_id: leg.wrapup for seen in written for leg in seen.communications if leg.wrapup}
    assert {codes[leg.communication_id].code_id for _, leg in legs} == {code_id}


def test_what_is_read_in_bulk_is_what_is_so(simulator, gateway):
    simulator.generate(60)
    truth = {row["communication_id"]: row for row in simulator.state()}

    read = {leg.communication_id: (seen, leg) for seen in ended(gateway) for leg in seen.communications}

    assert len(read) > 100
    for communication_id, (_, leg) in read.items():
        row = truth[communication_id]
        assert (leg.wrapup.code_id if leg.wrapup else None) == row["code"]
        assert (leg.connected_at is not None, leg.observing) == (row["connected"], row["observes"])
        assert (leg.queue_id, leg.user_id, leg.purpose) == (row["queue_id"], row["user_id"], row["purpose"])
        assert (leg.acw is Acw.PENDING) == (row["acw"] == "pending")
    of_campaigns = {row["conversation_id"] for row in truth.values() if row["campaign"]}
    assert {seen.conversation_id for seen, _ in read.values() if seen.campaign} == of_campaigns


def test_attributes_are_only_seen_alone(simulator, gateway):
    simulator.generate(20)
    attributes = {row["conversation_id"]: row["attributes"] for row in simulator.state()}

    for bulk in ended(gateway):
        assert bulk.attributes is None
        assert gateway.conversation(bulk.conversation_id).attributes == attributes[bulk.conversation_id]


def can_be_written(leg: CommunicationSeen) -> bool:
    """A leg that has a wrap-up to write: an agent's, connected and over, on a medium that carries one."""
    own = leg.purpose == "agent" and leg.connected_at and leg.ended_at and not leg.observing
    return bool(own) and leg.media_type not in {"internalmessage", "unknown"}
