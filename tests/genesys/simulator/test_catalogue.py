"""The catalogue: divisions, users, queues and wrap-up codes, in pages."""

from collections.abc import Callable

import pytest

from tests.genesys.simulator.conftest import Api
from wrapups.genesys.simulator.client import SimulatorControl

LISTS: dict[str, Callable[[SimulatorControl], str]] = {
    "divisions": lambda _: "authorization/divisions",
    "users": lambda _: "users",
    "codes": lambda _: "routing/wrapupcodes",
    "queues": lambda _: "routing/queues",
    "codes of a queue": lambda simulator: f"routing/queues/{simulator.queue_id('Refunds')}/wrapupcodes",
}


@pytest.mark.parametrize("name", LISTS)
def test_the_pages_of_a_list_hold_everything_once(name: str, api: Api, simulator: SimulatorControl) -> None:
    path = LISTS[name](simulator)
    pages = api.get(f"{path}?pageSize=2").json["pageCount"]

    found = [api.get(f"{path}?pageSize=2&pageNumber={number}").json for number in range(1, pages + 1)]

    ids = [one["id"] for listing in found for one in listing["entities"]]
    assert len(ids) == len(set(ids)) == found[0]["total"]
    assert "nextUri" not in found[-1]
    assert all("nextUri" in listing for listing in found[:-1])
    assert api.get(f"{path}?pageSize=2&pageNumber={pages + 1}").json["entities"] == []


def test_a_page_has_25_unless_asked_otherwise(api: Api) -> None:
    listing = api.get("users").json

    assert (len(listing["entities"]), listing["pageSize"], listing["total"]) == (25, 25, 30)


@pytest.mark.parametrize("wrong", ["pageSize=0", "pageSize=501", "pageSize=many", "pageNumber=0", "pageNumber=-1"])
def test_a_page_that_cannot_be_is_400(wrong: str, api: Api) -> None:
    refused = api.get(f"routing/wrapupcodes?{wrong}")

    assert (refused.status, refused.code) == (400, "invalid.query.param.value")


def test_the_largest_page_is_a_switch(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(catalogue_max_page_size=100)

    assert api.get("routing/wrapupcodes?pageSize=100").status == 200
    assert api.get("routing/wrapupcodes?pageSize=101").status == 400


@pytest.mark.parametrize(
    ("name", "expected"), [("refund granted", ["Refund granted"]), ("Refund*", ["Refund granted", "Refund refused"])]
)
def test_codes_are_found_by_name(name: str, expected: list[str], api: Api) -> None:
    found = api.get(f"routing/wrapupcodes?name={name.replace(' ', '+')}").json["entities"]

    assert [code["name"] for code in found] == expected


def test_codes_are_found_by_ids(api: Api, simulator: SimulatorControl) -> None:
    wanted = [simulator.code_id("Resolved"), simulator.code_id("Spam")]

    found = api.get(f"routing/wrapupcodes?id={','.join(wanted)}").json["entities"]

    assert [code["id"] for code in found] == wanted


def test_a_deleted_code_is_in_no_list_and_404(api: Api, simulator: SimulatorControl) -> None:
    code_id = simulator.code_id("Resolved")

    simulator.delete_code(code_id)

    assert code_id not in [code["id"] for code in api.get("routing/wrapupcodes?pageSize=100").json["entities"]]
    queue = api.get(f"routing/queues/{simulator.queue_id('Refunds')}/wrapupcodes?pageSize=100").json["entities"]
    assert code_id not in [code["id"] for code in queue]
    assert api.get(f"routing/wrapupcodes/{code_id}").status == 404


def test_a_renamed_code_keeps_its_id(api: Api, simulator: SimulatorControl) -> None:
    code_id = simulator.code_id("Resolved")

    simulator.rename_code(code_id, "Solved")

    assert api.get(f"routing/wrapupcodes/{code_id}").json["name"] == "Solved"


def test_a_queue_can_stop_offering_a_code(api: Api, simulator: SimulatorControl) -> None:
    queue_id, code_id = simulator.queue_id("Refunds"), simulator.code_id("Resolved")

    simulator.offer_codes(queue_id, [code_id])

    assert [code["id"] for code in api.get(f"routing/queues/{queue_id}/wrapupcodes").json["entities"]] == [code_id]


def test_a_queue_says_how_its_after_call_work_goes(api: Api, simulator: SimulatorControl) -> None:
    queue = api.get(f"routing/queues/{simulator.queue_id('Billing US')}").json

    assert queue["acwSettings"] == {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 30_000}


def test_whether_new_codes_on_a_queue_count_as_a_change_of_the_queue_is_a_switch(
    api: Api, simulator: SimulatorControl
) -> None:
    queue_id, code_id = simulator.queue_id("Refunds"), simulator.code_id("Resolved")
    made = api.get(f"routing/queues/{queue_id}").json["dateModified"]
    simulator.offer_codes(queue_id, [code_id])
    untouched = api.get(f"routing/queues/{queue_id}").json["dateModified"]

    simulator.switch(offering_touches_queue=True)
    simulator.offer_codes(queue_id, [])

    assert untouched == made
    assert api.get(f"routing/queues/{queue_id}").json["dateModified"] > made


def test_a_centre_can_have_more_queues(api: Api, simulator: SimulatorControl) -> None:
    added = simulator.add_queues(40)

    listing = api.get("routing/queues?pageSize=100").json
    assert listing["total"] == 52
    assert set(added) < {queue["id"] for queue in listing["entities"]}


def test_users_are_active_ones_unless_another_state_is_asked_for(api: Api, simulator: SimulatorControl) -> None:
    gone, idle, *_ = (agent["id"] for agent in simulator.catalogue()["agents"])
    simulator.set_agent(gone, state="deleted")
    simulator.set_agent(idle, state="inactive")

    counted = {state: api.get(f"users?state={state}").json["total"] for state in ("active", "inactive", "deleted")}

    assert api.get("users").json["total"] == counted["active"] == 28
    assert (counted["inactive"], counted["deleted"]) == (1, 1)
    assert api.get("users?state=any").json["total"] == 30


def test_the_diallers_mapping_needs_a_permission_of_its_own(api: Api, simulator: SimulatorControl) -> None:
    code_id = simulator.code_id("Wrong number")
    simulator.map_code(code_id, ["Number_UnCallable"])
    refused = api.get("outbound/wrapupcodemappings")
    simulator.grant("outbound:wrapUpCodeMapping:view")

    assert (refused.status, refused.code) == (403, "missing.any.permissions")
    assert api.get("outbound/wrapupcodemappings").json["mapping"] == {code_id: ["Number_UnCallable"]}


def test_an_id_that_is_no_uuid_is_400_and_an_unknown_one_404(api: Api) -> None:
    assert (api.get("routing/wrapupcodes/Resolved").status, api.get("routing/wrapupcodes/Resolved").code) == (
        400,
        "invalid.id",
    )
    assert api.get("routing/wrapupcodes/7c3a5e0e-0000-4000-8000-00000000dead").status == 404


def test_codes_put_on_a_queue_are_offered_there_once(api: Api, simulator: SimulatorControl) -> None:
    queue_id, codes = simulator.queue_id("Refunds"), [simulator.code_id("Resolved"), simulator.code_id("Escalated")]
    simulator.offer_codes(queue_id, codes[:1])
    simulator.grant("routing:queue:edit")

    answer = api.call("POST", f"routing/queues/{queue_id}/wrapupcodes", [{"id": code_id} for code_id in codes])

    assert (answer.status, [code["id"] for code in answer.json]) == (200, codes)
    assert {code["id"] for code in api.get(f"routing/queues/{queue_id}/wrapupcodes").json["entities"]} == set(codes)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([], 400, "bad.request"),
        ({"id": "x"}, 400, "bad.request"),
        ([{"id": "Resolved"}], 400, "invalid.id"),
        ([{"id": "7c3a5e0e-0000-4000-8000-00000000ffff"}], 404, "not.found"),
    ],
)
def test_what_cannot_be_put_on_a_queue_is_refused(
    body: object, status: int, code: str, api: Api, simulator: SimulatorControl
) -> None:
    simulator.grant("routing:queue:edit")

    refused = api.call("POST", f"routing/queues/{simulator.queue_id('Refunds')}/wrapupcodes", body)

    assert (refused.status, refused.code) == (status, code)
