"""When Genesys Cloud is in trouble: what a call becomes, that it is never made twice, and that no secret is told."""

import logging
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wrapups.domain.conversation import CommunicationRef, Wrapup
from wrapups.domain.errors import CredentialsRefused, Forbidden, GenesysError, RateLimited, Unclear, Unsent
from wrapups.genesys.tokens import IssuedToken, MemoryTokens

Fault = dict[str, Any]

LOGIN = "POST /oauth/token"
WRITE = "POST */wrapup"

PROCESSED: dict[str, Fault] = {
    "no answer": {"mode": "hang_after"},
    "an answer byte by byte": {"mode": "slow_drip", "seconds": 0.1},
    "reset": {"mode": "reset_after"},
    "500": {"mode": "e500_after"},
    "broken JSON": {"mode": "malformed"},
    "too large a body": {"mode": "huge_body", "bytes": 9_000_000},
    "closed half-way": {"mode": "half_close"},
}
NOT_PROCESSED: dict[str, Fault] = {
    "reset before": {"mode": "reset_before"},
    "500 before": {"mode": "e500_before"},
    "408": {"mode": "status", "status": 408},
    "502": {"mode": "status", "status": 502},
    "503": {"mode": "status", "status": 503},
    "504": {"mode": "status", "status": 504},
    "a redirect": {"mode": "redirect"},
}
UNCLEAR = PROCESSED | NOT_PROCESSED


@pytest.fixture
def hasty(connecting):
    """A gateway that gives Genesys a second in all."""
    return connecting(deadline_s=1)


@pytest.fixture
def ref(simulator, gateway) -> CommunicationRef:
    """A voice leg of an agent that is over and carries no code."""
    simulator.generate(20, mix={"voice": 1})
    now = datetime.now(UTC)
    ended = gateway.ended_conversations(since=now - timedelta(days=1), until=now).conversations
    return next(
        seen.ref(leg) for seen in ended for leg in seen.communications if leg.purpose == "agent" and not leg.wrapup
    )


@pytest.fixture
def code_id(simulator) -> str:
    return simulator.code_id("Resolved")


def calls_met(simulator, path_end: str) -> int:
    return sum(count for name, count in simulator.calls()["operations"].items() if name.endswith(path_end))


# Unclear


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in UNCLEAR.items()])
def test_a_write_that_gets_no_clear_answer_is_unclear_and_is_sent_once(simulator, hasty, ref, code_id, fault):
    simulator.fault(**fault, operations=[WRITE])

    with pytest.raises(Unclear):
        hasty.apply_wrapup(ref, code_id)

    assert calls_met(simulator, "/wrapup") == 1


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in PROCESSED.items()])
def test_what_is_unclear_can_be_found_out_by_reading_back(simulator, hasty, ref, code_id, fault):
    simulator.fault(**fault, operations=[WRITE])

    with pytest.raises(Unclear):
        hasty.apply_wrapup(ref, code_id)

    assert hasty.read_wrapup(ref) == Wrapup(code_id)


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in UNCLEAR.items()])
def test_a_read_that_gets_no_clear_answer_is_unclear_and_is_sent_once(simulator, hasty, ref, fault):
    simulator.fault(**fault, operations=["GET /api/v2/conversations/*"])

    with pytest.raises(Unclear):
        hasty.conversation(ref.conversation_id)

    assert calls_met(simulator, "/conversations/{conversationId}") == 1


def test_after_trouble_the_next_call_is_answered(simulator, hasty, ref):
    simulator.fault("half_close", operations=["GET *"], count=1)
    with pytest.raises(Unclear):
        hasty.conversation(ref.conversation_id)

    assert hasty.conversation(ref.conversation_id).conversation_id == ref.conversation_id


# Throttled


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [("7", {7}), ("0", {1}), ("9999999", {300}), ("date", {1, 2}), ("soon", {1}), (None, {1})],
)
def test_a_429_says_how_long_to_wait_and_was_not_processed(simulator, gateway, ref, code_id, retry_after, expected):
    simulator.fault("r429", retry_after=retry_after, operations=[WRITE])

    with pytest.raises(RateLimited) as raised:
        gateway.apply_wrapup(ref, code_id)

    assert raised.value.retry_after_s in expected
    assert raised.value.correlation_id
    assert (calls_met(simulator, "/wrapup"), simulator.ledger()) == (1, [])


def test_a_call_beyond_the_limit_is_throttled(simulator, gateway):
    simulator.switch(rate_limit_calls=2, rate_limit_window_s=30)
    gateway.divisions()
    gateway.divisions()

    with pytest.raises(RateLimited) as raised:
        gateway.divisions()

    assert 1 <= raised.value.retry_after_s <= 30


def test_a_throttled_login_waits_a_minute(simulator, gateway):
    simulator.switch(token_rate_per_minute=0)

    with pytest.raises(RateLimited) as raised:
        gateway.divisions()

    assert (raised.value.http_status, raised.value.retry_after_s) == (400, 60)


# Credentials


def test_the_token_is_asked_for_once(simulator, gateway):
    for _ in range(3):
        gateway.divisions()

    assert simulator.calls()["operations"][LOGIN] == 1


def test_an_expired_token_is_renewed_once_and_the_call_made_again(simulator, gateway, ref, code_id):
    simulator.expire_tokens()

    gateway.apply_wrapup(ref, code_id)

    assert gateway.read_wrapup(ref) == Wrapup(code_id)
    assert simulator.calls()["operations"][LOGIN] == 2
    assert len(simulator.ledger()) == 1


def test_a_second_401_is_given_up(simulator, gateway):
    simulator.fault("status", status=401, operations=["GET *"])

    with pytest.raises(CredentialsRefused, match="401"):
        gateway.divisions()

    assert simulator.calls()["operations"] == {LOGIN: 2, "GET /api/v2/authorization/divisions": 2}


def test_a_rotated_secret_is_refused_at_the_login(simulator, gateway):
    gateway.divisions()
    simulator.rotate_secret()
    simulator.expire_tokens()

    with pytest.raises(CredentialsRefused, match="400 invalid_client to the login"):
        gateway.divisions()


@pytest.mark.parametrize("mode", ["hang_after", "reset_after", "e500_after", "malformed", "half_close", "redirect"])
def test_a_login_in_trouble_leaves_the_call_it_was_for_unsent(simulator, hasty, ref, code_id, mode):
    simulator.fault(mode, operations=[LOGIN])

    with pytest.raises(Unsent):
        hasty.apply_wrapup(ref, code_id)

    assert calls_met(simulator, "/wrapup") == 0


def test_a_missing_permission_refuses_the_client(simulator, gateway, ref, code_id):
    simulator.revoke("conversation:participant:wrapup")

    with pytest.raises(CredentialsRefused, match=r"missing\.any\.permissions") as raised:
        gateway.apply_wrapup(ref, code_id)

    assert raised.value.http_status == 403
    assert (calls_met(simulator, "/wrapup"), simulator.calls()["operations"][LOGIN]) == (1, 1)


def test_a_division_out_of_reach_forbids_one_conversation_only(simulator, gateway, ref, code_id):
    row = next(row for row in simulator.state() if row["conversation_id"] == ref.conversation_id)
    others = [each["id"] for each in simulator.catalogue()["divisions"] if each["id"] not in row["division_ids"]]
    simulator.revoke("conversation:participant:wrapup")
    simulator.grant("conversation:participant:wrapup", division_ids=others)

    with pytest.raises(Forbidden):
        gateway.apply_wrapup(ref, code_id)


# Secrets


def test_no_error_and_no_log_tells_a_secret(simulator, connecting, ref, code_id, caplog):
    caplog.set_level(logging.DEBUG)
    tokens = MemoryTokens()
    gateway = connecting(tokens=tokens, deadline_s=1)
    gateway.divisions()
    secrets = [simulator.client()["client_secret"], tokens.current()]

    told = [repr(gateway), repr(tokens), repr(IssuedToken(secrets[1], 60))]
    for fault in [
        *UNCLEAR.values(),
        {"mode": "r429"},
        {"mode": "status", "status": 401},
        {"mode": "status", "status": 403},
    ]:
        simulator.fault(**fault, operations=[WRITE])
        with pytest.raises(GenesysError) as raised:
            gateway.apply_wrapup(ref, code_id)
        told += [repr(raised.value), *traceback.format_exception(raised.value)]
        secrets.append(tokens.current())
        simulator.clear_faults()

    told.append(caplog.text)
    assert not [text for text in told for secret in set(secrets) if secret in text]
