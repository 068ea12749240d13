"""Writing a wrap-up: what is accepted, what is refused, and the switches for what nobody knows."""

from typing import Any

import pytest

from tests.genesys.simulator.conftest import Api, Row, address
from tests.genesys.simulator.factories import CallFactory, row_of
from wrapups.genesys.simulator.catalogue import TIMEOUT_CODE
from wrapups.genesys.simulator.client import SimulatorControl

NOBODY = "7c3a5e0e-0000-4000-8000-00000000dead"


def test_a_write_is_202_without_a_body_and_reads_back(api: Api, simulator: SimulatorControl, leg: Row) -> None:
    code = simulator.code_id("Resolved")

    accepted = api.wrap_up(leg, code=code, notes="by rule")

    assert (accepted.status, accepted.body) == (202, b"")
    read = api.get(f"{address(leg)}/communications/{leg['communication_id']}/wrapup").json
    assert (read["code"], read["notes"]) == (code, "by rule")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "conversation.error.wrapup.code.required"),
        (None, "conversation.error.wrapup.code.required"),
        ({"code": ""}, "conversation.error.wrapup.code.required"),
        ({"wrapUpCode": {"id": NOBODY}}, "invalid.property"),
        ({"code": {"id": NOBODY}}, "invalid.value"),
        ({"code": NOBODY, "durationSeconds": "12"}, "invalid.value"),
        ({"code": NOBODY, "tags": [1]}, "invalid.value"),
        ({"code": NOBODY, "endTime": "yesterday"}, "invalid.date"),
        ({"code": NOBODY, "endTime": "2026-01-05T10:00:00"}, "invalid.date"),
        (["code"], "bad.request"),
    ],
)
def test_a_body_of_another_shape_is_400(body: Any, code: str, api: Api, leg: Row, simulator: SimulatorControl) -> None:
    path = f"{address(leg)}/communications/{leg['communication_id']}/wrapup"

    refused = api.call("POST", path, body)

    assert (refused.status, refused.code) == (400, code)
    assert simulator.ledger() == []


def test_another_content_type_is_415_and_no_json_is_400(api: Api, leg: Row) -> None:
    path = f"{address(leg)}/communications/{leg['communication_id']}/wrapup"

    assert api.call("POST", path, {}, content_type="text/plain").status == 415
    broken = api.pool.request(
        "POST",
        f"{api.simulator.url}/api/v2/{path}",
        body=b"{",
        headers={"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"},
    )
    assert broken.status == 400


def test_more_than_512_kilobytes_are_413(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    refused = api.wrap_up(leg, code=simulator.code_id("Resolved"), notes="x" * 512_000)

    assert (refused.status, refused.code) == (413, "request.entity.too.large")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"conversation_id": NOBODY}, 404, "conversation.error.conversation.not.found"),
        ({"participant_id": NOBODY}, 404, "conversation.error.not.conversation.participant"),
        ({"communication_id": NOBODY}, 404, "not.found"),
        ({"communication_id": "ININ-WRAP-UP-TIMEOUT"}, 400, "invalid.id"),
        ({"conversation_id": "not-a-uuid"}, 400, "invalid.id"),
    ],
)
def test_a_wrong_id_is_named_by_what_it_is(
    change: dict[str, str], status: int, code: str, api: Api, leg: Row, simulator: SimulatorControl
) -> None:
    refused = api.wrap_up(leg | change, code=simulator.code_id("Resolved"))

    assert (refused.status, refused.code) == (status, code)


def test_the_path_of_another_medium_is_404(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    assert api.wrap_up(leg, "emails", code=simulator.code_id("Resolved")).status == 404


@pytest.mark.parametrize("switch", ["unknown_code", "deleted_code"])
@pytest.mark.parametrize(("setting", "status"), [("reject 400", 400), ("reject 404", 404), ("accept", 202)])
def test_a_code_that_is_not_in_the_catalogue(
    switch: str, setting: str, status: int, api: Api, leg: Row, simulator: SimulatorControl
) -> None:
    code = NOBODY if switch == "unknown_code" else simulator.code_id("Goodwill credit")
    simulator.switch(**{switch: setting})

    assert api.wrap_up(leg, code=code).status == status
    assert row_of(simulator, leg["communication_id"])["code"] == (code if status == 202 else None)


@pytest.mark.parametrize(("setting", "status"), [("accept", 202), ("reject", 400)])
def test_a_code_that_is_not_on_the_queue(
    setting: str, status: int, api: Api, leg: Row, simulator: SimulatorControl
) -> None:
    simulator.switch(off_queue_code=setting)

    assert api.wrap_up(leg, code=simulator.code_id("Contract renewed")).status == status


def test_a_second_write_overwrites_or_is_409(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    api.wrap_up(leg, code=simulator.code_id("Resolved"))

    assert api.wrap_up(leg, code=simulator.code_id("Escalated")).status == 202
    simulator.switch(second_write="refuse")
    refused = api.wrap_up(leg, code=simulator.code_id("Resolved"))

    assert (refused.status, refused.code) == (409, "general.conflict")
    assert row_of(simulator, leg["communication_id"])["code"] == simulator.code_id("Escalated")


def test_a_code_of_the_system_never_stands_in_the_way(
    api: Api, calls: CallFactory, simulator: SimulatorControl
) -> None:
    simulator.switch(second_write="refuse")
    row = calls.create(acw=(-100, -70), code=TIMEOUT_CODE)

    assert api.wrap_up(row, code=simulator.code_id("Resolved")).status == 202


@pytest.mark.parametrize("status", [403, 404, 409])
def test_after_the_write_window_it_is_too_late(status: int, api: Api, leg: Row, simulator: SimulatorControl) -> None:
    simulator.switch(write_window_h=24, write_window_status=status)
    assert api.wrap_up(leg, code=simulator.code_id("Resolved")).status == 202

    simulator.advance(24 * 3600)
    api.token = api.log_in().json["access_token"]

    assert api.wrap_up(leg, code=simulator.code_id("Escalated")).status == status


@pytest.mark.parametrize(("setting", "status"), [("accept", 202), ("reject", 400)])
def test_a_leg_that_was_never_connected(
    setting: str, status: int, api: Api, calls: CallFactory, simulator: SimulatorControl
) -> None:
    simulator.switch(unconnected_leg=setting)

    assert api.wrap_up(calls.create(talk=None), code=simulator.code_id("Resolved")).status == status


@pytest.mark.parametrize(("setting", "status"), [("accept", 202), ("reject", 400)])
def test_a_leg_without_a_queue(
    setting: str, status: int, api: Api, calls: CallFactory, simulator: SimulatorControl
) -> None:
    simulator.switch(leg_without_queue=setting)
    row = calls.create(queue=None, purpose="user")

    assert api.wrap_up(row, code=simulator.code_id("Resolved")).status == status


def test_a_customer_has_nothing_to_wrap_up(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    customer = next(row for row in simulator.state() if row["purpose"] == "customer")

    assert api.wrap_up(customer, code=simulator.code_id("Resolved")).status == 400


@pytest.mark.parametrize(
    ("required", "expected"),
    [
        ([], {"communication": 202, "participant": 202, "generic": 202, "on_behalf": 202}),
        (["calls/*"], {"communication": 400, "participant": 400, "generic": 400, "on_behalf": 400}),
        (["*/participant"], {"communication": 202, "participant": 400, "generic": 202, "on_behalf": 202}),
        (["calls/communication"], {"communication": 400, "participant": 202, "generic": 202, "on_behalf": 202}),
        (["emails/*"], {"communication": 202, "participant": 202, "generic": 202, "on_behalf": 202}),
    ],
)
def test_client_credentials_are_refused_by_medium_and_path(
    required: list[str], expected: dict[str, int], api: Api, leg: Row, simulator: SimulatorControl
) -> None:
    simulator.switch(user_context_required=required)
    wrapup = {"code": simulator.code_id("Resolved")}
    answers = {
        "communication": api.wrap_up(leg, **wrapup),
        "participant": api.call("PATCH", address(leg), {"wrapup": wrapup}),
        "generic": api.call("PATCH", address(leg, ""), {"wrapup": wrapup}),
        "on_behalf": api.call("PATCH", f"{address(leg)}/user/{leg['user_id']}", {"wrapup": wrapup}),
    }

    assert {path: answer.status for path, answer in answers.items()} == expected
    assert {answer.code for answer in answers.values() if answer.status == 400} <= {"not.a.user"}


def test_acting_for_somebody_who_is_not_the_participant_is_403(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    body = {"wrapup": {"code": simulator.code_id("Resolved")}}

    assert api.call("PATCH", f"{address(leg)}/user/{NOBODY}", body).status == 403


def test_each_property_of_a_participant_is_an_action_of_its_own(
    api: Api, leg: Row, simulator: SimulatorControl
) -> None:
    simulator.grant("conversation:communication:disconnect")
    wrapup = {"code": simulator.code_id("Resolved")}

    refused = api.call("PATCH", address(leg), {"state": "disconnected", "wrapup": wrapup})

    assert (refused.status, refused.code) == (403, "not.authorized")
    assert row_of(simulator, leg["communication_id"])["code"] is None
    muted = api.call("PATCH", address(leg), {"muted": True})
    assert (muted.status, muted.code) == (400, "conversation.error.call.disconnected")


def test_after_call_work_can_be_skipped_where_it_is_optional_only(
    api: Api, calls: CallFactory, simulator: SimulatorControl
) -> None:
    optional = calls.create(acw=(-100, 100), queue="Billing EU")
    mandatory = calls.create(acw=(-100, 100), queue="Technical Support")

    assert api.call("PATCH", address(optional), {"wrapupSkipped": True}).status == 202
    refused = api.call("PATCH", address(mandatory), {"wrapupSkipped": True})

    assert (refused.status, refused.code) == (400, "conversation.error.wrapup.cannot.skip")
    assert row_of(simulator, optional["communication_id"])["acw"] == "skipped"


@pytest.mark.parametrize(("setting", "status"), [("404", 404), ("empty", 200)])
def test_reading_a_wrap_up_that_is_not_there(
    setting: str, status: int, api: Api, leg: Row, simulator: SimulatorControl
) -> None:
    simulator.switch(unset_wrapup_read=setting)

    for path in (f"{address(leg)}/communications/{leg['communication_id']}/wrapup", f"{address(leg, '')}/wrapup"):
        assert api.get(path).status == status


def test_a_draft_is_read_only_when_asked_for(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    path = f"{address(leg)}/communications/{leg['communication_id']}/wrapup"

    assert api.wrap_up(leg, provisional=True, notes="not sure yet").status == 202

    assert api.get(path).status == 404
    assert api.get(f"{path}?provisional=true").json["notes"] == "not sure yet"


def test_a_write_is_seen_after_the_read_lag(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    path = f"{address(leg)}/communications/{leg['communication_id']}/wrapup"
    simulator.switch(read_lag_s=30)
    api.wrap_up(leg, code=simulator.code_id("Resolved"))

    assert api.get(path).status == 404
    assert "wrapup" not in str(api.get(f"conversations/{leg['conversation_id']}").json["participants"][1]["calls"])
    simulator.advance(31)

    assert api.get(path).json["code"] == simulator.code_id("Resolved")


def test_notes_can_be_too_long(api: Api, leg: Row, simulator: SimulatorControl) -> None:
    simulator.switch(notes_max_length=10)

    assert api.wrap_up(leg, code=simulator.code_id("Resolved"), notes="x" * 11).status == 400
    assert api.wrap_up(leg, code=simulator.code_id("Resolved"), notes="x" * 10).status == 202


def test_an_internal_message_has_no_wrap_up_at_all(api: Api, calls: CallFactory, simulator: SimulatorControl) -> None:
    row = calls.create(mediaType="internalmessage")

    refused = api.call("PATCH", address(row, ""), {"wrapup": {"code": simulator.code_id("Resolved")}})

    assert refused.status == 400


def test_a_chat_is_written_by_the_generic_path_only(api: Api, calls: CallFactory, simulator: SimulatorControl) -> None:
    row = calls.create(mediaType="chat", queue="Chat Care")
    code = simulator.code_id("Resolved")

    assert api.wrap_up(row, "chats", code=code).status == 404
    assert api.call("PATCH", address(row, ""), {"wrapup": {"code": code}}).status == 202
    assert row_of(simulator, row["communication_id"])["code"] == code
