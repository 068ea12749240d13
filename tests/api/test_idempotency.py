"""`Idempotency-Key`: done once, answered alike, for 24 hours, whatever goes wrong in between."""

import threading
from datetime import timedelta
from queue import Queue

import pytest
from django.db import OperationalError, connection

from tests.api.conftest import Program
from tests.factories import ApiKeyFactory, AssignmentFactory, OrganizationFactory, key_of
from wrapups.models import Assignment, Disposition, IdempotentAnswer
from wrapups.models.clock import app_now
from wrapups.services import submitting
from wrapups.services.idempotency import Answer, StillAtWork, once

ID = "6b2c1f0e-3f3a-4b57-9d5e-0c6a5b0d9a11"
GOOD = {"conversation_id": ID, "disposition": "REFUND-OK"}


def post(program, told=None, key="k-1", path="dispositions"):
    return program.post(path, told or GOOD, Idempotency_Key=key)


def test_the_same_request_is_done_once_and_answered_as_the_first_time(program):
    first, again = post(program), post(program)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert Disposition.everywhere.count() == 1


def test_without_the_header_each_request_stands_for_itself(program):
    program.post("dispositions", GOOD)
    program.post("dispositions", GOOD)

    assert Disposition.everywhere.count() == 2
    assert not IdempotentAnswer.everywhere.exists()


def test_another_body_under_the_same_key_is_refused(program):
    post(program)

    response = post(program, GOOD | {"notes": "more"})

    assert response.status_code == 422
    assert response.json()["type"].endswith("#problem-idempotency-key-reused")
    assert Disposition.everywhere.count() == 1


def test_another_address_under_the_same_key_is_refused(program, organization):
    failed = [AssignmentFactory(organization=organization, failed=True) for _ in range(2)]
    post(program, {"reason": "again"}, path=f"assignments/{failed[0].pk}/retry")

    response = post(program, {"reason": "again"}, path=f"assignments/{failed[1].pk}/retry")

    assert response.status_code == 422
    assert Assignment.everywhere.get(pk=failed[1].pk).status == "failed"


def test_two_programs_may_use_the_same_key(program, organization):
    post(program)

    other = post(Program(key_of(ApiKeyFactory(organization=organization, name="survey"))))

    assert "Idempotent-Replayed" not in other
    assert Disposition.everywhere.count() == 2


def test_a_refusal_of_what_was_done_is_given_again_too(program, organization):
    verified = AssignmentFactory(organization=organization, verified=True)
    path = f"assignments/{verified.pk}/retry"

    first, again = post(program, {"reason": ""}, path=path), post(program, {"reason": ""}, path=path)

    assert (first.status_code, again.status_code) == (409, 409)
    assert again["Idempotent-Replayed"] == "true"
    assert again.json()["detail"] == first.json()["detail"]
    assert again["Content-Type"] == "application/problem+json"


def test_a_request_that_could_not_be_read_leaves_its_key_free(program):
    assert post(program, {"conversation_id": "no"}).status_code == 422

    assert post(program).status_code == 202


def test_after_a_failure_nothing_is_done_and_the_key_is_free(program, monkeypatch):
    def away(*_):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(submitting, "record_dispositions", away)
        failed = post(program)

    assert failed.status_code == 503
    assert not IdempotentAnswer.everywhere.exists()
    assert post(program).status_code == 202


def test_after_24_hours_the_key_may_be_used_for_something_else(program):
    post(program)
    IdempotentAnswer.everywhere.update(created_at=app_now() - timedelta(hours=24, seconds=1))

    response = post(program, GOOD | {"disposition": "OTHER"})

    assert response.status_code == 202
    assert "Idempotent-Replayed" not in response
    assert IdempotentAnswer.everywhere.count() == 1


@pytest.mark.parametrize("name", ["x" * 129, "two words", "é", "a\tb"])
def test_a_key_is_1_to_128_visible_characters(name: str, program):
    response = post(program, key=name.encode().decode("latin-1"))

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"].lower() == "header.idempotency-key"


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_at_work_the_second_is_told_so_and_changes_nothing():
    key = ApiKeyFactory(organization=OrganizationFactory())
    begun, go_on = threading.Event(), threading.Event()
    answers: Queue[Answer] = Queue()

    def slow() -> Answer:
        begun.set()
        assert go_on.wait(20)
        return Answer(202, {"done": 1})

    def first() -> None:
        try:
            answers.put(once(key, "k", "digest", slow))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(20)
    with pytest.raises(StillAtWork):
        once(key, "k", "digest", lambda: pytest.fail("done twice"))
    go_on.set()
    thread.join(20)

    assert answers.get_nowait() == Answer(202, {"done": 1})
    assert once(key, "k", "digest", lambda: pytest.fail("done twice")) == Answer(202, {"done": 1}, replayed=True)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_done():
    key = ApiKeyFactory(organization=OrganizationFactory(), name="crm")
    codes: Queue[int] = Queue()
    line = threading.Barrier(8)

    def send() -> None:
        try:
            program = Program(key_of(key))
            line.wait(20)
            codes.put(post(program).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert codes.qsize() == 8
    assert {codes.get_nowait() for _ in range(8)} <= {202, 409}
    assert Disposition.everywhere.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_dies_half_way_leaves_nothing_that_has_to_be_waited_for():
    key = ApiKeyFactory(organization=OrganizationFactory())

    class Died(BaseException):
        pass

    def dies() -> Answer:
        raise Died

    with pytest.raises(Died):
        once(key, "k", "digest", dies)

    assert once(key, "k", "digest", lambda: Answer(202, {})) == Answer(202, {})
