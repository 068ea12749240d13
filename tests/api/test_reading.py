"""How the API reads: one way only, or a refusal that says where and why, and repeats nothing."""

import json
from uuid import uuid4

import pytest
from django.db import OperationalError

from dashboard.api.application import api
from tests.factories import key_of
from wrapups.models import Disposition
from wrapups.services import submitting

ID = "6b2c1f0e-3f3a-4b57-9d5e-0c6a5b0d9a11"
CANARY = "canary-91ffb2"
GOOD = {"conversation_id": ID, "disposition": "REFUND-OK"}


def raw(disposition: str = '"REFUND-OK"', **more: str) -> bytes:
    fields = {"conversation_id": f'"{ID}"', "disposition": disposition} | more
    return ("{" + ",".join(f'"{name}":{value}' for name, value in fields.items()) + "}").encode()


NOT_READ = {
    "no JSON": b"{",
    "a key twice": raw()[:-1] + b',"disposition":"OTHER"}',
    "NaN": raw("NaN"),
    "infinity": raw("-Infinity"),
    "a number beyond floats": raw("1e999"),
    "5,000 digits": raw("9" * 5000),
    "NUL": raw('"a\\u0000b"'),
    "half a surrogate pair": raw('"\\ud800"'),
    "100,000 lists": b"[" * 100_000,
    "nine lists": b"[" * 9 + b"]" * 9,
    "Latin-1": raw('"caf\xe9"').decode().encode("latin-1"),
    "a byte order mark": b"\xef\xbb\xbf" + raw(),
}
NOT_USED = {
    "a list": b"[]",
    "a text": b'"REFUND-OK"',
    "null": b"null",
    "nothing": b"",
    "a number for a text": raw("7"),
    "true for a text": raw("true"),
    "null for a text": raw("null"),
    "an empty text": raw('""'),
    "blanks": raw('"  "'),
    "a line break": raw('"a\\nb"'),
    "129 characters": raw(json.dumps("x" * 129)),
    "1,001 characters of notes": raw(notes=json.dumps("x" * 1001)),
    "no UUID": raw(conversation_id='"call-17"'),
    "a UUID with a blank": raw(conversation_id=f'" {ID}"'),
    "a UUID with a line break": raw(conversation_id=f'"{ID}\\n"'),
    "a UUID in brackets": raw(conversation_id=f'"{{{ID}}}"'),
    "10 KB of id": raw(conversation_id=json.dumps("6" * 10_000)),
    "a time without an offset": raw(occurred_at='"2026-03-01T12:00:00"'),
    "a time as a number": raw(occurred_at="1772366400"),
    "a day": raw(occurred_at='"2026-03-01"'),
    "a day that does not exist": raw(occurred_at='"2026-02-30T12:00:00Z"'),
    "a leap second": raw(occurred_at='"2026-12-31T23:59:60Z"'),
    "the year 1": raw(occurred_at='"0001-01-01T00:00:00Z"'),
    "the year 9999": raw(occurred_at='"9999-12-31T23:59:59-14:00"'),
    "Arabic digits": raw(occurred_at='"٢٠٢٦-03-01T12:00:00Z"'),
    "a key that is not known": raw(source='"crm"'),
    "what only we set": raw(organization_id="1"),
}


@pytest.mark.parametrize("body", NOT_READ.values(), ids=NOT_READ)
def test_a_body_that_can_be_read_in_two_ways_or_none_is_not_read(body: bytes, program):
    response = program.post("dispositions", raw=body)

    assert response.status_code == 400
    assert response.json()["type"].endswith("#problem-unreadable")
    assert not Disposition.everywhere.exists()


@pytest.mark.parametrize("body", NOT_USED.values(), ids=NOT_USED)
def test_what_cannot_be_used_is_refused_at_its_field(body: bytes, program):
    response = program.post("dispositions", raw=body)

    assert response.status_code == 422
    assert all(error["field"] and error["reason"] for error in response.json()["errors"])
    assert not Disposition.everywhere.exists()


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        (
            raw(conversation_id='"4711"'),
            "conversation_id",
            "Give the whole id as Genesys Cloud shows it, like 4f2a81c0-",
        ),
        (raw('""'), "disposition", "Write something, on one line."),
        (raw(note='"x"'), "body", "There is a key here that is not known. Did you mean `notes`?"),
        (raw(zzz='"x"'), "body", "There is a key here that is not known. Remove it, or mend its spelling."),
    ],
)
def test_a_refusal_says_in_words_what_to_give_instead(body: bytes, field: str, said: str, program):
    (error,) = program.post("dispositions", raw=body).json()["errors"]

    assert error["field"] == field
    assert error["reason"].startswith(said)


@pytest.mark.parametrize(
    "body",
    [
        raw(json.dumps(CANARY * 20)),
        raw(notes=json.dumps([CANARY])),
        raw(conversation_id=json.dumps(CANARY)),
        raw(occurred_at=json.dumps(CANARY)),
        raw(**{CANARY: "1"}),
        json.dumps({"items": [{CANARY: CANARY}]}).encode(),
        CANARY.encode(),
        f'{{"{CANARY}": 1, "{CANARY}": 2}}'.encode(),
    ],
)
@pytest.mark.parametrize("path", ["dispositions", "dispositions/batch", "evaluate", "assignments/retry"])
def test_a_refusal_repeats_nothing_of_the_request(body: bytes, path: str, program):
    response = program.post(path, raw=body)

    assert response.status_code in (400, 422)
    assert CANARY not in response.content.decode()


@pytest.mark.parametrize(
    "facts", [{CANARY: 1}, {f"{CANARY}": [CANARY, 3]}, {"media": {CANARY: 1}}, {"duration_s": CANARY}, [CANARY]]
)
def test_facts_that_cannot_be_used_are_told_by_name_or_place_only(facts, program):
    response = program.post("evaluate", {"facts": facts})

    assert response.status_code == 422
    assert CANARY not in response.content.decode()


@pytest.mark.parametrize("query", [f"?status={CANARY}", f"?{CANARY}=1", f"?cursor={CANARY}", f"?ended_from={CANARY}"])
def test_nor_does_the_refusal_of_a_parameter(query: str, program):
    response = program.get("assignments", query)

    assert response.status_code == 422
    assert CANARY not in response.content.decode()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonp", ""]
)
def test_only_json_is_read(kind: str, program):
    response = program.post("dispositions", GOOD, **{"Content-Type": kind})

    assert response.status_code == 415


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_nothing_compressed_is_unpacked(encoding: str, program):
    assert program.post("dispositions", GOOD, Content_Encoding=encoding).status_code == 415


def test_a_charset_beside_json_does_no_harm(program):
    assert program.post("dispositions", GOOD, **{"Content-Type": "application/json; charset=utf-8"}).status_code == 202


@pytest.mark.parametrize("size", [256 * 1024 + 1, 1_048_577, 5_000_000])
def test_more_than_256_kib_is_refused_before_anything_else(size: int, program, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = program.post("dispositions", raw=b" " * size)

    assert response.status_code == 413


def test_256_kib_are_read(program):
    body = json.dumps(GOOD).encode()

    assert program.post("dispositions", raw=body + b" " * (256 * 1024 - len(body))).status_code == 202


@pytest.mark.parametrize("query", ["?status=failed&status=failed", "?limit=1&limit=2", "?x&x"])
def test_a_parameter_is_given_once(query: str, program):
    assert program.get("assignments", query).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=-1",
        "?limit=201",
        "?limit=1000000",
        "?limit=ten",
        "?limit=1e3",
        "?page=1",
        "?sort=id;drop",
        "?order_by=user__password",
        "?status=",
        "?status=lost",
        "?communication__queue_id=1",
        "?cursor=1-99999999999999999999",
        "?cursor=99999999999999999-9999999999999999999",
        "?ended_from=2026-03-01T12:00:00+01:00",
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused(query: str, program):
    assert program.get("assignments", query).status_code == 422


def test_nul_and_endless_parameters_are_not_read(program):
    assert program.get("assignments", "?queue_id=a%00").status_code == 400
    assert program.get("assignments", f"?queue_id={'a' * 9000}").status_code == 400
    assert program.get("assignments", "?" + "&".join(f"a{n}=1" for n in range(1500))).status_code == 400


@pytest.mark.parametrize("pk", ["0", "-1", "1.5", "9223372036854775808", "abc", "9" * 5000, "%00", "1;drop", "1_0x"])
def test_an_id_that_is_none_is_refused(pk: str, program):
    assert program.get(f"assignments/{pk}").status_code in (404, 422)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_refused_with_those_that_are_there(method: str, program):
    response = program.ask(method, "/api/v1/releases")

    assert (response.status_code, response["Allow"]) == (405, "GET")
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["", "nothing", "assignments/1/delete", "../accounts", "assignments/", "docs/x"])
def test_an_address_that_is_none_is_a_problem_too(path: str, program):
    response = program.get(path)

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_every_answer_has_a_reference_and_every_refusal_names_it(program):
    response = program.get("assignments/1")

    assert response.json()["instance"] == f"urn:request:{response['X-Reference']}"


# When something fails


def test_where_the_database_does_not_answer_nothing_is_promised(program, monkeypatch):
    def away(*_):
        raise OperationalError("connection refused to host secret-host")

    monkeypatch.setattr(submitting, "record_dispositions", away)

    response = program.post("dispositions", GOOD)

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "secret-host" not in response.content.decode()


def test_a_bug_of_ours_is_answered_without_its_insides_and_logged_under_its_reference(program, monkeypatch, caplog):
    def buggy(*_):
        raise KeyError(CANARY)

    monkeypatch.setattr(submitting, "record_dispositions", buggy)

    response = program.post("dispositions", GOOD)

    assert response.status_code == 500
    assert CANARY not in response.content.decode()
    assert response["X-Reference"] in caplog.text


def test_a_key_never_reaches_the_log(program, key, monkeypatch, caplog):
    def buggy(*_):
        raise KeyError("x")

    monkeypatch.setattr(submitting, "record_dispositions", buggy)

    program.post("dispositions", GOOD)

    assert key_of(key).rpartition("_")[2] not in caplog.text


def test_ninja_s_own_pages_are_not_served():
    assert (api.docs_url, api.openapi_url) == (None, None)


def test_ids_are_told_apart_from_words_in_addresses(program):
    assert program.get("dispositions/batch").status_code == 405
    assert program.get(f"conversations/{uuid4()}").status_code == 404
