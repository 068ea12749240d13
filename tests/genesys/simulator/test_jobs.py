"""Details jobs: submitted, pending, read by cursor, expired, cancelled; the only analytics with attributes."""

from typing import Any

import pytest

from tests.genesys.simulator.conftest import Api, Reply, recent
from tests.genesys.simulator.factories import CallFactory
from wrapups.genesys.simulator.client import SimulatorControl

JOBS = "analytics/conversations/details/jobs"


def submit(api: Api, **query: Any) -> Reply:
    return api.call("POST", JOBS, {"interval": recent(api.simulator), **query})


def test_a_job_shows_conversations_with_their_attributes(api: Api, calls: CallFactory) -> None:
    calls.create(attributes={"crm.disposition": "REF-OK"})

    submitted = submit(api)

    assert submitted.status == 202
    [conversation] = api.get(f"{JOBS}/{submitted.json['jobId']}/results").json["conversations"]
    assert conversation["participants"][0]["attributes"] == {"crm.disposition": "REF-OK"}


def test_results_come_page_by_page_by_cursor(api: Api, calls: CallFactory) -> None:
    ids = [calls.create(alert=-400 + n)["conversation_id"] for n in range(5)]
    job_id = submit(api).json["jobId"]
    pages, cursor = [], ""

    for _ in range(3):
        pages.append(api.get(f"{JOBS}/{job_id}/results?pageSize=2&cursor={cursor}").json)
        cursor = pages[-1].get("cursor", "")

    assert [one["conversationId"] for page in pages for one in page["conversations"]] == ids
    assert "cursor" not in pages[-1]


def test_a_job_is_pending_then_fulfilled_then_expired(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(job_duration_s=30, job_lifetime_s=600)
    path = f"{JOBS}/{submit(api).json['jobId']}"
    states = []

    for seconds in (0, 31, 600):
        simulator.advance(seconds)
        states.append((api.get(path).json["state"], api.get(f"{path}/results").status))

    assert states == [("PENDING", 400), ("FULFILLED", 200), ("EXPIRED", 400)]


def test_a_cancelled_job_has_no_results(api: Api) -> None:
    path = f"{JOBS}/{submit(api).json['jobId']}"

    assert api.call("DELETE", path).status == 204

    assert api.get(path).json["state"] == "CANCELLED"
    assert api.get(f"{path}/results").status == 400


def test_a_job_finds_what_was_active_whenever_it_started(api: Api, calls: CallFactory) -> None:
    day = 86_400.0
    calls.create(alert=-40 * day, talk=(-40 * day + 10, -50))
    interval = f"{calls.at(-100)}/{calls.at(0)}"

    active = submit(api, interval=interval).json["jobId"]
    started = submit(api, interval=interval, startOfDayIntervalMatching=True).json["jobId"]

    assert len(api.get(f"{JOBS}/{active}/results").json["conversations"]) == 1
    assert api.get(f"{JOBS}/{started}/results").json["conversations"] == []


def test_the_data_lake_is_behind(api: Api, calls: CallFactory, simulator: SimulatorControl) -> None:
    simulator.switch(jobs_lag_s=3600)
    calls.create()

    job_id = submit(api).json["jobId"]

    assert api.get(f"{JOBS}/{job_id}/results").json["conversations"] == []
    assert api.get(f"{JOBS}/availability").json["dataAvailabilityDate"] < calls.at(-3500)


@pytest.mark.parametrize("cursor", ["nonsense", "OTk5", "LTE"])
def test_a_cursor_of_no_page_is_400(cursor: str, api: Api, calls: CallFactory) -> None:
    calls.create()
    job_id = submit(api).json["jobId"]

    assert api.get(f"{JOBS}/{job_id}/results?cursor={cursor}").status == 400


def test_an_unknown_job_is_404(api: Api) -> None:
    assert api.get(f"{JOBS}/7c3a5e0e-0000-4000-8000-00000000dead").status == 404
