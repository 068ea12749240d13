"""From what was answered to the few errors of the domain."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain import errors as domain
from wrapups.genesys import errors
from wrapups.genesys.errors import Answer

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ID = "232a4f22-80a0-4bf3-8c41-db0d8029a24e"


def answer(status: int, code: str = "", message: str = "", **headers: str) -> Answer:
    body = orjson.dumps({"status": status, "code": code, "message": message})
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def error_of(status: int, code: str = "", message: str = "", **headers: str) -> domain.GenesysError:
    return errors.from_answer(answer(status, code, message, **headers), doing="testing")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (302, "", domain.Unclear),
        (400, "bad.request", domain.Refused),
        (400, "not.a.user", domain.Forbidden),
        (401, "bad.credentials", domain.CredentialsRefused),
        (403, "missing.permissions", domain.CredentialsRefused),
        (403, "missing.any.permissions", domain.CredentialsRefused),
        (403, "ip.not.authorized", domain.CredentialsRefused),
        (403, "missing.division.permission", domain.Forbidden),
        (403, "not.authorized", domain.Forbidden),
        (403, "conversation.error.forbidden.not.active.participant", domain.Forbidden),
        (403, "", domain.Forbidden),
        (404, "not.found", domain.NotFound),
        (405, "", domain.Refused),
        (408, "client.timeout", domain.Unclear),
        (409, "general.conflict", domain.Conflict),
        (410, "", domain.NotFound),
        (413, "request.entity.too.large", domain.Refused),
        (415, "unsupported.media.type", domain.Refused),
        (422, "", domain.Refused),
        (429, "too.many.requests", domain.RateLimited),
        (500, "internal.server.error", domain.Unclear),
        (502, "", domain.Unclear),
        (503, "service.unavailable", domain.Unclear),
        (504, "request.timeout", domain.Unclear),
        (599, "", domain.Unclear),
    ],
)
def test_each_status_and_code_has_one_error(status, code, expected):
    error = error_of(status, code)

    assert type(error) is expected
    assert (error.http_status, error.code) == (status, code)


def test_an_error_says_what_happened_while_doing_what_and_what_support_needs():
    error = error_of(409, "general.conflict", "It is being changed.", ININ_Correlation_Id="abc-1")

    assert str(error) == "Genesys Cloud answered 409 general.conflict while testing: It is being changed."
    assert error.correlation_id == "abc-1"


def test_the_body_names_the_correlation_where_no_header_does():
    body = orjson.dumps({"contextId": ID})

    assert errors.from_answer(Answer(500, body, {}), doing="testing").correlation_id == ID


def test_a_page_of_the_edge_is_not_repeated():
    error = errors.from_answer(Answer(502, b"<html>secret</html>", {}), doing="testing")

    assert str(error) == "Genesys Cloud answered 502 while testing."


@pytest.mark.parametrize(
    ("headers", "message", "expected"),
    [
        ({"Retry-After": "7"}, "", 7),
        ({"Retry-After": "0"}, "", 1),
        ({"Retry-After": "9999999"}, "", 300),
        ({"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT"}, "", 30),
        ({"Retry-After": "Sat, 21 Nov 2026 11:00:00 GMT"}, "", 1),
        ({"Retry-After": "Sat, 21 Nov 2026 12:00:30 -0000"}, "", 30),
        ({"Retry-After": "-1"}, "", 60),
        ({"Retry-After": "abc"}, "", 60),
        ({"Retry-After": "٣"}, "", 60),
        ({"Retry-After": "9" * 5000}, "", 60),
        ({}, "Rate limit exceeded the maximum. Retry the request in [12] seconds", 12),
        ({"Retry-After": "abc", "inin-ratelimit-reset": "20"}, "Retry the request in [12] seconds", 12),
        ({"inin-ratelimit-reset": "20"}, "", 20),
        ({}, "", 60),
    ],
)
def test_how_long_to_wait_is_taken_from_the_header_then_the_sentence_then_the_window(headers, message, expected):
    assert errors.retry_after_s(headers, message, now=NOW) == expected


@given(st.text(), st.text(), st.text())
def test_the_wait_is_always_between_a_second_and_five_minutes(retry_after, reset, message):
    headers = {"Retry-After": retry_after, "inin-ratelimit-reset": reset}

    assert 1 <= errors.retry_after_s(headers, message, now=NOW) <= 300


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"Access to Conversation {ID} is forbidden.", f"Access to Conversation {ID} is forbidden."),
        ("No mail to ann.o'nym@example.com, please.", "No mail to ann.o'[removed], please."),
        ("Called +44 1632 960 123 twice.", "Called [removed] twice."),
        ("Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 is bad", "Bearer [removed] is bad"),
        ("one\r\ntwo\x00\tthree", "one two three"),
        ("\u202eevil", "evil"),
        ("Rate limit exceeded. Retry in [30] seconds", "Rate limit exceeded. Retry in [30] seconds"),
    ],
)
def test_a_message_keeps_ids_and_loses_what_may_be_private(said, told):
    assert str(error_of(400, "", said)).removeprefix("Genesys Cloud answered 400 while testing: ") == told


def test_a_message_is_cut_at_500_characters():
    assert len(str(error_of(400, "", "word " * 10_000))) < 600


@given(st.integers(100, 999), st.binary() | st.text().map(lambda text: orjson.dumps({"message": text, "code": text})))
def test_no_answer_whatever_it_holds_fails_to_become_an_error(status, body):
    error = errors.from_answer(Answer(status, body, {}), doing="testing")

    assert isinstance(error, domain.GenesysError)
    assert str(error).isprintable()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"NaN",
        b"[Infinity]",
        b"[1e999]",
        b'"\\ud800"',
        b'{"a": ' * 100_000 + b"1" + b"}" * 100_000,
        b"\xff\xfe",
        b'{"a": 1}{"b": 2}',
    ],
)
def test_an_answer_that_is_no_json_is_unclear_and_does_not_carry_its_body(body):
    with pytest.raises(domain.Unclear) as raised:
        errors.parsed(Answer(200, body, {}))

    assert raised.value.__cause__ is None


def test_an_empty_answer_is_none():
    assert errors.parsed(Answer(202, b" \n", {})) is None


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_client", "error_description": "client not found"}, domain.CredentialsRefused),
        (400, {"error": "invalid_request", "error_description": "rate limit exceeded; wait"}, domain.RateLimited),
        (401, {}, domain.CredentialsRefused),
        (404, {}, domain.CredentialsRefused),
        (429, {}, domain.RateLimited),
        (408, {}, domain.Unsent),
        (302, {}, domain.Unsent),
        (503, {}, domain.Unsent),
    ],
)
def test_a_login_that_fails_is_never_unclear_for_the_call_it_was_for(status, body, expected):
    assert type(errors.from_login_answer(Answer(status, orjson.dumps(body), {}))) is expected


def test_a_throttled_login_waits_at_least_a_minute():
    body = orjson.dumps({"error": "invalid_request", "error_description": "rate limit exceeded;Retry in [5] seconds"})
    error = errors.from_login_answer(Answer(400, body, {"Retry-After": "2"}))

    assert isinstance(error, domain.RateLimited)
    assert (error.retry_after_s, error.http_status) == (60, 400)
