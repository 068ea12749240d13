"""The ledger has every write, who asked for it, what it changed and what became of it."""

from tests.genesys.simulator.conftest import Api, Row, address
from tests.genesys.simulator.factories import CallFactory, row_of
from wrapups.genesys.simulator.client import SimulatorControl


def test_an_applied_write_is_told_with_before_and_after(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    first, second = simulator.code_id("Resolved"), simulator.code_id("Escalated")
    api.wrap_up(leg, code=first)

    answer = api.wrap_up(leg, code=second)

    entry = simulator.ledger()[-1]
    assert (entry["before"], entry["after"]) == (first, second)
    assert (entry["outcome"], entry["status"], entry["error"]) == ("applied", 202, "")
    assert entry["by"] == simulator.client()["client_id"]
    assert (entry["method"], entry["path"]) == (
        "POST",
        f"/api/v2/{address(leg)}/communications/{leg['communication_id']}/wrapup",
    )
    assert entry["correlation_id"] == answer.headers["ININ-Correlation-Id"]
    assert {name: entry[name] for name in ("conversation_id", "participant_id", "communication_id")} == {
        name: leg[name] for name in ("conversation_id", "participant_id", "communication_id")
    }


def test_a_refused_write_is_told_with_its_refusal(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    simulator.switch(off_queue_code="reject")

    api.wrap_up(leg, code=simulator.code_id("Contract renewed"))

    [entry] = simulator.ledger()
    assert (entry["outcome"], entry["status"], entry["error"]) == ("refused", 400, "bad.request")
    assert entry["before"] is entry["after"] is None


def test_a_dropped_write_is_told_though_nobody_else_knows(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    simulator.fault("accept_but_drop", operations=["POST */wrapup"])

    api.wrap_up(leg, code=simulator.code_id("Resolved"))

    [entry] = simulator.ledger()
    assert (entry["outcome"], entry["status"], entry["after"]) == ("dropped", 202, None)


def test_an_agent_s_change_is_told_as_the_agent_s(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    ours, theirs = simulator.code_id("Resolved"), simulator.code_id("Escalated")
    api.wrap_up(leg, code=ours)

    simulator.agent_sets_code(leg["conversation_id"], leg["communication_id"], theirs)

    entry = simulator.ledger(since=1)[0]
    assert (entry["by"], entry["before"], entry["after"]) == ("agent", ours, theirs)
    assert row_of(simulator, leg["communication_id"])["written_by"] == "agent"


def test_an_agent_may_have_changed_it_at_another_time(simulator: SimulatorControl, calls: CallFactory) -> None:
    row = calls.create()

    simulator.agent_sets_code(
        row["conversation_id"], row["communication_id"], simulator.code_id("Resolved"), at=calls.at(60)
    )

    assert row_of(simulator, row["communication_id"])["code"] is None
    simulator.advance(61)
    assert row_of(simulator, row["communication_id"])["code"] == simulator.code_id("Resolved")


def test_the_ledger_is_read_from_where_one_stopped(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    for name in ("Resolved", "Escalated", "Survey sent"):
        api.wrap_up(leg, code=simulator.code_id(name))

    assert simulator.ledger(since=2) == simulator.ledger()[2:]
    assert simulator.ledger(since=3) == []
