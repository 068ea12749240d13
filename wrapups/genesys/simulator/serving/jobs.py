"""Serves conversation details jobs, the only analytics that shows participant attributes."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from wrapups.genesys.simulator.analytics import analytics_json
from wrapups.genesys.simulator.call import Answer, Call, answer, serves
from wrapups.genesys.simulator.details_query import DetailsQuery, found_by
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.serving.analytics import visible

ALL_JOBS = "/api/v2/analytics/conversations/details/jobs"
ONE_JOB = f"{ALL_JOBS}/{{jobId}}"
DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 1_000, 10_000


@serves(f"POST {ALL_JOBS}")
def submit(call: Call) -> Answer:
    """Submit a job: 202 and its id."""
    simulation = call.simulation
    query = DetailsQuery.read(call.json(), asynchronous=True)
    lake = simulation.clock.now(simulation.switches.jobs_lag_s)
    found = found_by(query, visible(call, simulation.conversations, lake), lake, simulation.switches)
    job = simulation.jobs.submit(found, shown_until=lake, now=simulation.clock.now(), switches=simulation.switches)
    return answer({"jobId": job.id}, 202)


@serves(f"GET {ALL_JOBS}/availability")
def availability(call: Call) -> Answer:
    """Answer with the instant the data lake has come to."""
    return answer({"dataAvailabilityDate": call.simulation.clock.now(call.simulation.switches.jobs_lag_s)})


@serves(f"GET {ONE_JOB}")
def status(call: Call) -> Answer:
    """Answer with a job's `AsyncQueryStatus`."""
    job = call.simulation.jobs.get(call.parameter("jobId"))
    state = job.state(call.simulation.clock.now())
    body: dict[str, Any] = {
        "state": state,
        "submissionDate": job.submitted_at,
        "expirationDate": job.expires_at,
    }
    return answer(body | ({"completionDate": job.completed_at} if state == "FULFILLED" else {}))


@serves(f"GET {ONE_JOB}/results")
def results(call: Call) -> Answer:
    """Answer with a page of results and the cursor of the next one, if there is one."""
    simulation = call.simulation
    job = simulation.jobs.results(call.parameter("jobId"), simulation.clock.now())
    size = call.number("pageSize", DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
    start = _position(call.request.query.get("cursor", ""), len(job.found))
    bodies = [
        analytics_json(one, job.shown_until, simulation.switches, attributes=True)
        for one in job.found[start : start + size]
    ]
    ending = b'"dataAvailabilityDate":"%s"}' % job.shown_until.encode()
    if start + size < len(job.found):
        ending = b'"cursor":"%s",' % urlsafe_b64encode(b"%d" % (start + size)) + ending
    return Answer(200, b'{"conversations":[' + b",".join(bodies) + b"]," + ending)


@serves(f"DELETE {ONE_JOB}")
def cancel(call: Call) -> Answer:
    """Cancel a job: 204."""
    call.simulation.jobs.cancel(call.parameter("jobId"))
    return Answer(204)


def _position(cursor: str, count: int) -> int:
    if not cursor:
        return 0
    try:
        position = int(urlsafe_b64decode(cursor))
    except ValueError as error:
        raise Problem("bad.request", message="The cursor is not one of this job.") from error
    if not 0 < position < count:
        raise Problem("bad.request", message="The cursor is not one of this job.")
    return position
