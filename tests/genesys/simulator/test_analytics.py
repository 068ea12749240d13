"""Analytics: what the details query finds, in which order and when, and how a wrap-up shows in it."""

from typing import Any

import pytest

from tests.genesys.simulator.conftest import Api, Row
from tests.genesys.simulator.factories import CallFactory
from wrapups.genesys.simulator.catalogue import TIMEOUT_CODE
from wrapups.genesys.simulator.client import SimulatorControl


def found(api: Api, **query: Any) -> list[str]:
    """Return the ids of the conversations a query finds, in its order."""
    return [one["conversationId"] for one in api.query(**query).json.get("conversations", [])]


def where(dimension: str, value: str | None = None, operator: str = "matches") -> dict[str, Any]:
    """Return a predicate."""
    predicate = {"type": "dimension", "dimension": dimension, "operator": operator}
    return predicate if value is None else predicate | {"value": value}


def every(*predicates: dict[str, Any], kind: str = "and") -> list[dict[str, Any]]:
    """Return one filter of these predicates."""
    return [{"type": kind, "predicates": list(predicates)}]


def wrapups_of(api: Api, row: Row) -> list[dict[str, Any]]:
    """Return the wrap-up segments of a row's session as analytics shows them."""
    answer = api.get(f"analytics/conversations/{row['conversation_id']}/details").json
    sessions = [session for participant in answer["participants"] for session in participant["sessions"]]
    session = next(one for one in sessions if one["sessionId"] == row["communication_id"])
    return [segment for segment in session["segments"] if segment["segmentType"] == "wrapup"]


def test_conversations_come_in_pages_with_their_number(api: Api, calls: CallFactory) -> None:
    ids = [calls.create(alert=-400 + n, talk=(-300 + n, -200))["conversation_id"] for n in range(5)]

    pages = [api.query(paging={"pageSize": 2, "pageNumber": number}).json for number in (1, 2, 3, 4)]

    assert [one["conversationId"] for page in pages for one in page.get("conversations", [])] == ids
    assert {page["totalHits"] for page in pages} == {5}


@pytest.mark.parametrize("paging", [{"pageSize": 101}, {"pageSize": 0}, {"pageNumber": 0}, {"pageSize": "all"}])
def test_a_page_that_cannot_be_is_400(paging: dict[str, Any], api: Api) -> None:
    assert api.query(paging=paging).status == 400


def test_paging_ends_at_100000_results(api: Api) -> None:
    assert api.query(paging={"pageSize": 100, "pageNumber": 1_000}).status == 200

    refused = api.query(paging={"pageSize": 100, "pageNumber": 1_001})

    assert (refused.status, refused.code) == (400, "bad.request")
    assert refused.json["message"] == "Pagination may not exceed 100000 results."


@pytest.mark.parametrize(
    ("order", "by", "expected"),
    [
        ("asc", "conversationStart", ["long", "short"]),
        ("desc", "conversationStart", ["short", "long"]),
        ("asc", "conversationEnd", ["short", "long"]),
        ("desc", "conversationEnd", ["long", "short"]),
        ("asc", "segmentEnd", ["short", "long"]),
    ],
)
def test_conversations_come_in_the_order_asked_for(
    order: str, by: str, expected: list[str], api: Api, calls: CallFactory
) -> None:
    names = {
        calls.create(alert=-900, talk=(-890, -10))["conversation_id"]: "long",
        calls.create(alert=-500, talk=(-490, -400))["conversation_id"]: "short",
    }

    assert [names[one] for one in found(api, order=order, orderBy=by)] == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (-2_000, -1_500, False),
        (-1_100, -900, True),
        (-700, -600, True),
        (-600, -400, True),
        (-400, -100, False),
        (-2_000, -1_000, False),
    ],
)
def test_an_interval_finds_what_overlaps_it_its_end_not_included(
    start: float, end: float, expected: bool, api: Api, calls: CallFactory
) -> None:
    calls.create(alert=-1_000, talk=(-990, -500))

    assert bool(found(api, interval=f"{calls.at(start)}/{calls.at(end)}")) is expected


def test_a_query_finds_only_conversations_that_started_on_a_day_the_interval_touches(
    api: Api, calls: CallFactory
) -> None:
    day = 86_400.0
    calls.create(alert=-2 * day, talk=(-2 * day + 10, -50))
    recent, earlier = f"{calls.at(-100)}/{calls.at(0)}", f"{calls.at(-2 * day - 10)}/{calls.at(0)}"

    assert found(api, interval=recent) == []
    assert len(found(api, interval=earlier)) == 1


@pytest.mark.parametrize(
    "interval", ["", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z/2026-02-02T00:00:00Z", "now/then",
                 "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z", "2026-01-01/2026-01-02"]
)  # fmt: skip
def test_an_interval_that_cannot_be_is_400(interval: str, api: Api) -> None:
    refused = api.query(interval=interval)

    assert (refused.status, refused.code) == (400, "bad.request")


CONVERSATION_FILTERS = {
    "its id": lambda row: where("conversationId", row["conversation_id"]),
    "another id": lambda _: where("conversationId", "7c3a5e0e-0000-4000-8000-00000000dead"),
    "ended": lambda _: where("conversationEnd", operator="exists"),
    "running": lambda _: where("conversationEnd", operator="notExists"),
    "its division": lambda row: where("divisionId", row["division_ids"][0]),
    "inbound": lambda _: where("originatingDirection", "inbound"),
    "outbound": lambda _: where("originatingDirection", "outbound"),
    "ended this century": lambda _: where("conversationEnd", "2000-01-01T00:00:00Z/2100-01-01T00:00:00Z"),
    "ended last century": lambda _: where("conversationEnd", "1900-01-01T00:00:00Z/2000-01-01T00:00:00Z"),
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("its id", True),
        ("another id", False),
        ("ended", True),
        ("running", False),
        ("its division", True),
        ("inbound", True),
        ("outbound", False),
        ("ended this century", True),
        ("ended last century", False),
    ],
)
def test_conversations_are_filtered(name: str, expected: bool, api: Api, calls: CallFactory) -> None:
    row = calls.create()

    hits = found(api, conversationFilters=every(CONVERSATION_FILTERS[name](row)))

    assert hits == ([row["conversation_id"]] if expected else [])


@pytest.mark.parametrize(
    ("predicates", "expected"),
    [
        ([where("purpose", "agent")], True),
        ([where("purpose", "acd")], False),
        ([where("mediaType", "voice"), where("segmentType", "wrapup")], True),
        ([where("purpose", "customer"), where("segmentType", "wrapup")], False),
        ([where("segmentType", "wrapup"), where("wrapUpCode", TIMEOUT_CODE)], True),
        ([where("segmentType", "wrapup"), where("wrapUpCode", operator="notExists")], False),
        ([where("queueId", operator="exists"), where("segmentType", "alert")], True),
        ([where("disconnectType", "peer")], True),
        ([where("disconnectType", "transfer")], False),
        ([where("userId", operator="exists"), where("direction", "inbound")], True),
        ([where("conference", "true")], False),
        ([where("conference", "false")], True),
    ],
)
def test_a_segment_filter_has_to_hold_for_one_segment_as_a_whole(
    predicates: list[dict[str, Any]], expected: bool, api: Api, calls: CallFactory
) -> None:
    calls.create(acw=(-100, -70), code=TIMEOUT_CODE)

    assert bool(found(api, segmentFilters=every(*predicates))) is expected


def test_filters_nest_two_levels_and_several_have_all_to_hold(api: Api, calls: CallFactory) -> None:
    calls.create()
    acd_or_agent = {"type": "or", "predicates": [where("purpose", "acd"), where("purpose", "agent")]}
    email = {"type": "and", "predicates": [where("mediaType", "email")]}

    assert found(api, segmentFilters=[{"type": "and", "clauses": [acd_or_agent]}])
    assert not found(api, segmentFilters=[{"type": "and", "clauses": [acd_or_agent, email]}])
    assert found(api, segmentFilters=[{"type": "or", "clauses": [acd_or_agent, email]}])
    assert not found(api, segmentFilters=[acd_or_agent, email])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"conversationFilters": every(where("wrapUpCode", "x"))}, "bad.request"),
        ({"segmentFilters": every(where("shoeSize", "44"))}, "bad.request"),
        ({"segmentFilters": every(where("purpose", "agent", "sounds like"))}, "bad.request"),
        ({"segmentFilters": every(where("purpose"))}, "bad.request"),
        ({"segmentFilters": [{"predicates": []}]}, "bad.request"),
        ({"segmentFilters": "purpose=agent"}, "bad.request"),
        ({"conversationFilters": every(where("conversationEnd", "then/now"))}, "bad.request"),
        ({"order": "sideways"}, "bad.request"),
        ({"pagination": {}}, "invalid.property"),
        ({"segmentFilters": every({"type": "metric", "metric": "tTalk", "range": {"gt": 1}})}, "not.simulated"),
        ({"aggregations": [{"type": "termFrequency"}]}, "not.simulated"),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(query: dict[str, Any], code: str, api: Api) -> None:
    assert api.query(**query).code == code


def test_conversations_are_read_in_bulk_by_their_ids(api: Api, calls: CallFactory, simulator: SimulatorControl) -> None:
    ids = [calls.create()["conversation_id"] for _ in range(3)]
    unknown = "7c3a5e0e-0000-4000-8000-00000000dead"

    answer = api.get(f"analytics/conversations/details?id={','.join([*ids, unknown])}").json

    assert [one["conversationId"] for one in answer["conversations"]] == ids
    simulator.switch(max_ids_per_bulk_get=2)
    assert api.get(f"analytics/conversations/details?id={','.join(ids)}").status == 400
    assert api.get("analytics/conversations/details?id=ININ").code == "invalid.id"
    assert api.get("analytics/conversations/details").status == 400


def test_analytics_shows_no_participant_attributes(api: Api, calls: CallFactory) -> None:
    row = calls.create(attributes={"crm.disposition": "REF-OK"})

    for one in (
        api.query().json["conversations"][0],
        api.get(f"analytics/conversations/{row['conversation_id']}/details").json,
    ):
        assert all("attributes" not in participant for participant in one["participants"])


def test_analytics_is_late_by_its_lag(api: Api, calls: CallFactory, simulator: SimulatorControl) -> None:
    simulator.switch(analytics_lag_s=120)
    row = calls.create(alert=-150, talk=(-140, -60))

    running = api.query().json["conversations"][0]
    simulator.advance(61)
    ended = api.query().json["conversations"][0]

    assert running["conversationId"] == row["conversation_id"]
    assert "conversationEnd" not in running
    assert ended["conversationEnd"] == calls.at(-60)


def test_a_written_code_shows_as_a_wrap_up_segment_after_the_lag(
    api: Api, leg: Row, simulator: SimulatorControl
) -> None:
    simulator.switch(analytics_lag_s=45)
    code = simulator.code_id("Resolved")
    api.wrap_up(leg, code=code, notes="by rule", tags=["a", "b"])

    assert wrapups_of(api, leg) == []
    simulator.advance(46)
    [segment] = wrapups_of(api, leg)

    assert (segment["wrapUpCode"], segment["wrapUpNote"], segment["wrapUpTags"]) == (code, "by rule", ["a", "b"])
    assert segment["queueId"] == leg["queue_id"]


def test_a_late_write_may_never_show(api: Api, calls: CallFactory, simulator: SimulatorControl) -> None:
    simulator.switch(analytics_shows_late_writes=False)
    timed_out = calls.create(acw=(-100, -70), code=TIMEOUT_CODE)
    pending = calls.create(acw=(-100, 70), code=TIMEOUT_CODE)
    code = simulator.code_id("Resolved")

    for row in (timed_out, pending):
        api.wrap_up(row, code=code)

    assert [segment["wrapUpCode"] for segment in wrapups_of(api, timed_out)] == [TIMEOUT_CODE]
    assert [segment["wrapUpCode"] for segment in wrapups_of(api, pending)] == [code]


@pytest.mark.parametrize(("adds", "expected"), [(False, ["Escalated"]), (True, ["Resolved", "Escalated"])])
def test_a_second_code_changes_the_segment_or_adds_one(
    adds: bool, expected: list[str], api: Api, leg: Row, simulator: SimulatorControl
) -> None:
    simulator.switch(rewrite_adds_segment=adds)
    for name in ("Resolved", "Escalated"):
        api.wrap_up(leg, code=simulator.code_id(name))

    shown = [segment["wrapUpCode"] for segment in wrapups_of(api, leg)]

    assert shown == [simulator.code_id(name) for name in expected]


def test_a_late_write_stretches_after_call_work_unless_told_not_to(
    api: Api, calls: CallFactory, simulator: SimulatorControl
) -> None:
    stretched, kept = (calls.create(acw=(-100, -70), code=TIMEOUT_CODE) for _ in range(2))
    code = simulator.code_id("Resolved")

    api.wrap_up(stretched, code=code)
    api.wrap_up(kept, code=code, disableEndTimeUpdates=True)

    assert wrapups_of(api, stretched)[0]["segmentEnd"] > calls.at(-1)
    assert wrapups_of(api, kept)[0]["segmentEnd"] == calls.at(-70)
