"""Details jobs over real HTTP: submitted, waited for, read page by page, lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.genesys.simulator.factories import CallFactory
from wrapups.domain.details_jobs import JobState
from wrapups.domain.errors import CredentialsRefused, NotFound, Refused, Unclear
from wrapups.genesys import analytics
from wrapups.genesys.gateway import GenesysGateway
from wrapups.genesys.simulator.client import SimulatorControl

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def calls(simulator: SimulatorControl) -> CallFactory:
    return CallFactory(simulator)


def submitted(gateway: GenesysGateway, calls: CallFactory, *, days: float = 1) -> str:
    return gateway.submit_details_job(since=calls.now - timedelta(days=days), until=calls.now + timedelta(hours=1))


def test_a_job_shows_what_ended_with_attributes_page_by_page(gateway: GenesysGateway, calls: CallFactory):
    rows = [calls.create(attributes={"vip": "yes"}) for _ in range(3)]
    calls.create(talk=(-50, None))
    job = submitted(gateway, calls)

    first = gateway.details_of_job(job, page_size=2)
    second = gateway.details_of_job(job, page_size=2, cursor=first.cursor)

    found = [*first.conversations, *second.conversations]
    assert {seen.conversation_id for seen in found} == {row["conversation_id"] for row in rows}
    assert all(seen.attributes == {"vip": "yes"} for seen in found)
    assert (len(first.conversations), second.cursor) == (2, "")


def test_what_a_job_shows_counts_as_read_when_the_data_lake_had_come_to_it(
    gateway: GenesysGateway, calls: CallFactory, simulator: SimulatorControl
):
    simulator.switch(jobs_lag_s=7200)
    calls.create(alert=-9000, talk=(-8990, -8000))

    [seen] = gateway.details_of_job(submitted(gateway, calls)).conversations

    assert 7190 < (datetime.fromisoformat(simulator.now()) - seen.read_at).total_seconds() < 7260
    assert abs((gateway.details_available_until() - seen.read_at).total_seconds()) < 60


def test_a_job_is_gathered_then_ready_then_lost(
    gateway: GenesysGateway, calls: CallFactory, simulator: SimulatorControl
):
    simulator.switch(job_duration_s=30, job_lifetime_s=600)
    job, states = submitted(gateway, calls), []

    for seconds in (0, 31, 600):
        simulator.advance(seconds)
        states.append(gateway.details_job(job))

    assert states == [JobState.GATHERING, JobState.READY, JobState.LOST]
    with pytest.raises(Refused):
        gateway.details_of_job(job)


def test_a_job_that_genesys_does_not_know_is_not_found(gateway: GenesysGateway):
    with pytest.raises(NotFound):
        gateway.details_job("7c3a5e0e-0000-4000-8000-00000000dead")


def test_without_the_permission_there_are_no_jobs(
    gateway: GenesysGateway, calls: CallFactory, simulator: SimulatorControl
):
    simulator.revoke("analytics:conversationDetail:view")

    with pytest.raises(CredentialsRefused) as refused:
        submitted(gateway, calls)

    assert refused.value.http_status == 403


@pytest.mark.parametrize(
    ("state", "means"),
    [
        ("QUEUED", JobState.GATHERING),
        ("PENDING", JobState.GATHERING),
        ("FULFILLED", JobState.READY),
        ("FAILED", JobState.LOST),
        ("CANCELLED", JobState.LOST),
        ("EXPIRED", JobState.LOST),
        ("SOMETHING_NEW", JobState.LOST),
    ],
)
def test_every_state_means_something(state: str, means: JobState):
    assert analytics.job_state({"state": state}) is means


def test_where_genesys_does_not_say_how_far_the_lake_is_it_counts_as_a_day_behind():
    page: dict[str, Any] = {"conversations": [{"conversationId": "c-1", "participants": []}]}

    [seen] = analytics.job_page(page, now=NOW).conversations

    assert seen.read_at == NOW - timedelta(days=1)


def test_what_the_lake_knows_is_never_read_in_the_future():
    page = {"conversations": [{"conversationId": "c-1"}], "dataAvailabilityDate": "2026-11-21T12:30:00.000Z"}

    [seen] = analytics.job_page(page, now=NOW).conversations

    assert seen.read_at == NOW


@pytest.mark.parametrize("answer", [None, [], {}, {"jobId": 7}, {"state": None}])
def test_an_answer_that_makes_no_sense_is_unclear(answer: object):
    for read in (analytics.job_id, analytics.job_state, analytics.available_until):
        with pytest.raises(Unclear):
            read(answer)
