"""The gateway, over real HTTP with the real SDK: what each verb gives, and what one call costs."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.genesys import wire
from wrapups.domain.capabilities import WritePath
from wrapups.domain.conversation import CommunicationRef, CommunicationSeen, ConversationSeen, EndedPage, Wrapup
from wrapups.domain.errors import Conflict, Forbidden, NotFound, Refused
from wrapups.genesys.gateway import GenesysGateway
from wrapups.genesys.tokens import IssuedToken, MemoryTokens

SOME_DAY = datetime(2026, 11, 1, tzinfo=UTC)
LOGIN = "POST /oauth/token"
LEG = (
    "/api/v2/conversations/calls/{conversationId}/participants/{participantId}/communications/{communicationId}/wrapup"
)


def ended(gateway: GenesysGateway, **page: int) -> EndedPage:
    """Return what ended within a day."""
    now = datetime.now(UTC)
    return gateway.ended_conversations(since=now - timedelta(days=1), until=now + timedelta(days=1), **page)


def agent_legs(
    gateway: GenesysGateway, *, media_type: str = ""
) -> list[tuple[ConversationSeen, CommunicationSeen, CommunicationRef]]:
    """Return every connected, ended agent leg of the simulator, on one medium or on all."""
    return [
        (seen, leg, seen.ref(leg))
        for seen in ended(gateway).conversations
        for leg in seen.communications
        if leg.purpose == "agent" and leg.connected_at and leg.ended_at and not leg.observing
        if not media_type or leg.media_type == media_type
    ]


@pytest.fixture
def code_id(simulator) -> str:
    return simulator.code_id("Resolved")


@pytest.fixture
def ref(simulator, gateway) -> CommunicationRef:
    """A voice leg that is over and carries no code."""
    simulator.generate(20, mix={"voice": 1})
    return next(ref for _, leg, ref in agent_legs(gateway) if leg.wrapup is None)


def now(gateway: GenesysGateway, ref: CommunicationRef) -> CommunicationSeen:
    (seen,) = gateway.conversations([ref.conversation_id])
    return next(leg for leg in seen.communications if leg.communication_id == ref.communication_id)


def operations(simulator) -> dict[str, int]:
    return simulator.calls()["operations"]


# Reading in bulk


def test_every_ended_conversation_is_found_once_latest_end_first(simulator, gateway):
    made = simulator.generate(25, mix={"voice": 1, "email": 1})

    pages = [ended(gateway, page=page, page_size=10) for page in (1, 2, 3)]

    found = [seen for page in pages for seen in page.conversations]
    assert sorted(seen.conversation_id for seen in found) == sorted(made)
    ends = [seen.ended_at for seen in found if seen.ended_at is not None]
    assert len(ends) == len(made)
    assert ends == sorted(ends, reverse=True)
    assert [page.total for page in pages] == [25, 25, 25]


def test_a_conversation_that_goes_on_is_not_among_the_ended(simulator, gateway):
    simulator.generate(3, mix={"email_parked": 1})

    assert ended(gateway).conversations == ()


def test_a_reading_knows_when_it_was_made(simulator, gateway):
    simulator.generate(1)
    before = datetime.now(UTC)

    (seen,) = ended(gateway).conversations

    assert before <= seen.read_at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (SOME_DAY, SOME_DAY),
        (SOME_DAY, SOME_DAY - timedelta(seconds=1)),
        (SOME_DAY - timedelta(days=31, seconds=1), SOME_DAY),
    ],
)
def test_an_interval_genesys_would_refuse_is_not_sent(gateway, since, until):
    with pytest.raises(ValueError, match="31 days"):
        gateway.ended_conversations(since=since, until=until)


def test_a_time_without_zone_is_not_sent(gateway):
    naive = datetime(2026, 11, 21)  # noqa: DTZ001 - that is the mistake
    with pytest.raises(ValueError, match="has no time zone"):
        gateway.ended_conversations(since=naive - timedelta(hours=1), until=naive)


def test_a_hundred_conversations_are_read_in_one_call_and_unknown_ones_are_absent(simulator, gateway):
    made = simulator.generate(99)

    seen = gateway.conversations([*made, str(uuid4())])

    assert {each.conversation_id for each in seen} == set(made)
    assert operations(simulator) == {LOGIN: 1, "GET /api/v2/analytics/conversations/details": 1}


@pytest.mark.parametrize("count", [0, 101])
def test_none_or_too_many_conversations_are_not_asked_for(gateway, count):
    with pytest.raises(ValueError, match="1 to 100 conversations"):
        gateway.conversations([str(uuid4())] * count)


def test_something_that_is_no_id_is_not_asked_for(gateway):
    with pytest.raises(Refused, match="'a,b' is not a Genesys id of a conversation"):
        gateway.conversations(["a,b"])


# One conversation


def test_a_conversation_is_read_with_the_attributes_of_its_participants(simulator, gateway):
    (conversation_id,) = simulator.generate(1)

    seen = gateway.conversation(conversation_id)

    assert seen.conversation_id == conversation_id
    assert seen.attributes == simulator.state()[0]["attributes"]


def test_a_conversation_that_does_not_exist_is_not_found(gateway):
    with pytest.raises(NotFound) as raised:
        gateway.conversation(str(uuid4()))

    assert raised.value.http_status == 404
    assert raised.value.correlation_id


def test_a_written_code_is_there_to_be_read_back(simulator, gateway, ref, code_id):
    gateway.apply_wrapup(ref, code_id, notes="by rule 7")

    assert gateway.read_wrapup(ref) == Wrapup(code_id, "by rule 7")
    (row,) = [row for row in simulator.state() if row["communication_id"] == ref.communication_id]
    assert (row["code"], row["notes"]) == (code_id, "by rule 7")
    assert [entry["outcome"] for entry in simulator.ledger()] == ["applied"]


@pytest.mark.parametrize(
    ("media_type", "scenario"),
    [
        ("voice", "voice"),
        ("callback", "callback"),
        ("email", "email"),
        ("message", "message"),
        ("chat", "chat"),
        ("video", "video"),
        ("cobrowse", "cobrowse"),
        ("screenshare", "screenshare"),
    ],
)
def test_every_medium_takes_a_code_and_gives_it_back(simulator, gateway, code_id, media_type, scenario):
    simulator.generate(3, mix={scenario: 1})
    _, _, ref = agent_legs(gateway, media_type=media_type)[0]

    gateway.apply_wrapup(ref, code_id)

    assert gateway.read_wrapup(ref) == Wrapup(code_id)


def test_social_is_known_by_its_name_to_the_operational_api_only(simulator, gateway, code_id):
    (conversation_id,) = simulator.generate(1, mix={"social": 1})
    seen = gateway.conversation(conversation_id)
    ref = next(seen.ref(leg) for leg in seen.communications if leg.purpose == "agent")

    gateway.apply_wrapup(ref, code_id)

    assert (ref.media_type, gateway.read_wrapup(ref)) == ("social", Wrapup(code_id))


@pytest.mark.parametrize("path", list(WritePath))
def test_every_write_path_of_voice_puts_the_code_there(connecting, ref, code_id, path):
    gateway = connecting(write_paths={"voice": path})

    gateway.apply_wrapup(ref, code_id)

    assert gateway.read_wrapup(ref) == Wrapup(code_id)


@pytest.mark.parametrize("unset", ["404", "empty"])
@pytest.mark.parametrize("scenario", ["voice", "chat"])
def test_a_leg_without_a_code_has_no_wrap_up_however_genesys_says_so(simulator, gateway, unset, scenario):
    simulator.switch(unset_wrapup_read=unset)
    simulator.generate(20, mix={scenario: 1})
    ref = next(ref for _, leg, ref in agent_legs(gateway) if leg.wrapup is None)

    assert gateway.read_wrapup(ref) is None


@pytest.mark.parametrize("part", ["conversation_id", "participant_id"])
def test_a_leg_whose_conversation_or_participant_is_gone_is_not_found(gateway, ref, part):
    with pytest.raises(NotFound):
        gateway.read_wrapup(replace(ref, **{part: str(uuid4())}))


def test_a_late_write_leaves_the_end_of_after_call_work_alone_unless_told_otherwise(simulator, gateway, code_id):
    simulator.generate(20, mix={"voice": 1})
    _, leg, ref = next(each for each in agent_legs(gateway) if each[1].acw_ended_at)

    gateway.apply_wrapup(ref, code_id)
    assert now(gateway, ref).acw_ended_at == leg.acw_ended_at

    gateway.apply_wrapup(ref, code_id, disable_end_time_updates=False)
    assert now(gateway, ref).acw_ended_at != leg.acw_ended_at


# Refusals


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({"unknown_code": "reject 400"}, Refused),
        ({"unknown_code": "reject 404"}, NotFound),
    ],
)
def test_a_code_genesys_does_not_know_is_refused(simulator, gateway, ref, switches, expected):
    simulator.switch(**switches)

    with pytest.raises(expected):
        gateway.apply_wrapup(ref, str(uuid4()))


@pytest.mark.parametrize(("status", "expected"), [(403, Forbidden), (404, NotFound), (409, Conflict)])
def test_a_write_that_comes_too_late_is_refused_for_good(simulator, gateway, ref, code_id, status, expected):
    simulator.switch(write_window_h=1, write_window_status=status)
    simulator.advance(3 * 3600)

    with pytest.raises(expected) as raised:
        gateway.apply_wrapup(ref, code_id)

    assert raised.value.http_status == status


def test_a_second_code_that_genesys_does_not_take_is_a_conflict(simulator, gateway, ref, code_id):
    simulator.switch(second_write="refuse")
    gateway.apply_wrapup(ref, code_id)

    with pytest.raises(Conflict, match=r"409 general\.conflict while applying a wrap-up by the path 'communication'"):
        gateway.apply_wrapup(ref, simulator.code_id("Escalated"))


def test_a_write_path_that_wants_a_user_is_forbidden_and_another_may_work(simulator, gateway, connecting, ref, code_id):
    simulator.switch(user_context_required=["calls/communication"])

    with pytest.raises(Forbidden, match=r"not\.a\.user while applying a wrap-up by the path 'communication'"):
        gateway.apply_wrapup(ref, code_id)
    connecting(write_paths={"voice": WritePath.GENERIC}).apply_wrapup(ref, code_id)

    assert gateway.read_wrapup(ref) == Wrapup(code_id)


# The catalogue


def test_the_catalogue_is_read_page_by_page(simulator, gateway):
    simulator.switch(catalogue_max_page_size=100)
    catalogue = simulator.catalogue()

    codes, queues, divisions, agents = gateway.wrapup_codes(), gateway.queues(), gateway.divisions(), gateway.agents()

    assert {code.id for code in codes.items} == {row["id"] for row in catalogue["codes"] if not row["deleted"]}
    assert {queue.name for queue in queues.items} == {row["name"] for row in catalogue["queues"]}
    assert {division.name for division in divisions.items} == {row["name"] for row in catalogue["divisions"]}
    assert {agent.id for agent in agents.items} == {row["id"] for row in catalogue["agents"]}
    for page in (codes, queues, divisions, agents):
        assert (page.page, page.page_count, page.total) == (1, 1, len(page.items))


def test_a_page_beyond_the_last_is_empty(gateway):
    assert gateway.wrapup_codes(page=9).items == ()


def test_users_who_have_left_are_asked_for_too_because_their_legs_remain(connecting):
    with wire.serving(wire.http(b'{"entities": [{"id": "u-1", "name": "Ann", "state": "deleted"}]}')) as server:
        tokens = MemoryTokens()
        tokens.renew(None, lambda: IssuedToken("t0ken", 60))

        (agent,) = connecting(api_url=server.url, tokens=tokens).agents().items

    assert (agent.name, agent.state) == ("Ann", "deleted")
    assert server.requests[0].line == "GET /api/v2/users?pageSize=100&pageNumber=1&state=any HTTP/1.1"


def test_a_queue_tells_its_after_call_work(gateway):
    prompts = {queue.name: (queue.acw_prompt, queue.acw_timeout_ms) for queue in gateway.queues().items}

    assert prompts["Billing EU"] == ("OPTIONAL", None)
    assert prompts["Billing US"] == ("MANDATORY_TIMEOUT", 30_000)


def test_a_queue_offers_its_own_codes_only(simulator, gateway, code_id):
    queue_id = simulator.queue_id("Refunds")
    simulator.offer_codes(queue_id, [code_id])

    assert [code.id for code in gateway.queue_wrapup_codes(queue_id).items] == [code_id]


def test_a_code_is_put_on_a_queue_beside_those_it_has(simulator, gateway, code_id):
    queue_id = simulator.queue_id("Refunds")
    before = {code.id for code in gateway.queue_wrapup_codes(queue_id).items} - {code_id}
    simulator.offer_codes(queue_id, sorted(before))
    simulator.grant("routing:queue:edit")

    gateway.add_code_to_queue(queue_id, code_id)

    assert {code.id for code in gateway.queue_wrapup_codes(queue_id).items} == before | {code_id}


def test_a_queue_tells_when_it_was_last_changed(simulator, gateway):
    queue_id = simulator.queue_id("Refunds")
    before = {queue.id: queue.modified_at for queue in gateway.queues().items}

    simulator.rename_queue(queue_id, "Money back")

    after = {queue.id: queue.modified_at for queue in gateway.queues().items}
    assert after[queue_id] > before[queue_id]
    assert {key: at for key, at in after.items() if key != queue_id}.items() <= before.items()


def test_users_are_read_by_their_ids_those_who_have_left_too(simulator, gateway):
    ann, ben, *_ = (row["id"] for row in simulator.catalogue()["agents"])
    simulator.set_agent(ben, state="deleted")

    found = gateway.agents_with([ann, ben, str(uuid4())])

    assert {(agent.id, agent.state) for agent in found} == {(ann, "active"), (ben, "deleted")}


@pytest.mark.parametrize("count", [0, 101])
def test_one_to_a_hundred_users_are_read_at_once(count, gateway):
    with pytest.raises(ValueError, match="1 to 100"):
        gateway.agents_with([str(uuid4())] * count)


def test_codes_mean_to_the_dialler_what_its_mapping_says(simulator, gateway, code_id):
    simulator.grant("outbound:wrapUpCodeMapping:view")
    simulator.map_code(code_id, ["Number_UnCallable", "Right_Party_Contact"])

    mapping = gateway.dialler_mapping()

    assert mapping.of(code_id) == ("Number_UnCallable", "Right_Party_Contact")
    assert mapping.of(str(uuid4())) == ()


def test_a_code_that_the_mapping_does_not_name_means_what_its_default_says(connecting):
    with wire.serving(wire.http(b'{"defaultSet": ["Contact_UnCallable"], "mapping": {"c-1": []}}')) as server:
        tokens = MemoryTokens()
        tokens.renew(None, lambda: IssuedToken("t0ken", 60))

        mapping = connecting(api_url=server.url, tokens=tokens).dialler_mapping()

    assert (mapping.of("c-1"), mapping.of("c-2")) == ((), ("Contact_UnCallable",))


# One call


@pytest.mark.parametrize(
    ("call", "operation"),
    [
        (
            lambda g, r, c: ended(g),
            "POST /api/v2/analytics/conversations/details/query",
        ),
        (lambda g, r, c: g.conversations([r.conversation_id]), "GET /api/v2/analytics/conversations/details"),
        (lambda g, r, c: g.conversation(r.conversation_id), "GET /api/v2/conversations/{conversationId}"),
        (lambda g, r, c: g.apply_wrapup(r, c), f"POST {LEG}"),
        (lambda g, r, c: g.read_wrapup(r), f"GET {LEG}"),
        (lambda g, r, c: g.wrapup_codes(), "GET /api/v2/routing/wrapupcodes"),
        (lambda g, r, c: g.queues(), "GET /api/v2/routing/queues"),
        (lambda g, r, c: g.queue_wrapup_codes(str(uuid4())), "GET /api/v2/routing/queues/{queueId}/wrapupcodes"),
        (lambda g, r, c: g.add_code_to_queue(str(uuid4()), c), "POST /api/v2/routing/queues/{queueId}/wrapupcodes"),
        (lambda g, r, c: g.divisions(), "GET /api/v2/authorization/divisions"),
        (lambda g, r, c: g.agents(), "GET /api/v2/users"),
        (lambda g, r, c: g.agents_with([str(uuid4())]), "GET /api/v2/users"),
    ],
)
def test_every_verb_is_exactly_one_request(simulator, gateway, ref, code_id, call, operation):
    simulator.grant("routing:queue:edit")
    before = operations(simulator)

    with suppress(NotFound):
        call(gateway, ref, code_id)

    after = operations(simulator)
    assert {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)} == {
        operation: 1
    }


def test_threads_share_a_gateway_and_each_gets_its_own_answer(simulator, gateway):
    made = simulator.generate(40)
    simulator.switch(rate_limit_calls=1000)

    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(gateway.conversation, made * 3))

    assert [each.conversation_id for each in seen] == made * 3
    assert operations(simulator) == {LOGIN: 1, "GET /api/v2/conversations/{conversationId}": 120}
