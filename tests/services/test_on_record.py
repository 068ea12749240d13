"""What an attempt keeps of the request that was sent, and of its answer."""

import json

import pytest

from tests.services.centre import WANTED, Centre
from wrapups.models import Attempt
from wrapups.outgoing.on_record import Wire, on_record, wire_on_record

pytestmark = pytest.mark.django_db

NOTE = "Called from +49 30 1234567"


def test_a_write_is_kept_as_it_was_sent_but_for_its_notes(centre: Centre):
    assignment = centre.assign()
    type(assignment).everywhere.filter(pk=assignment.pk).update(notes=NOTE)

    centre.apply()

    [attempt] = assignment.attempts.all()
    leg = assignment.communication
    assert attempt.request == {
        "method": "POST",
        "path": f"/api/v2/conversations/calls/{leg.conversation.conversation_id}/participants/{leg.participant_id}"
        f"/communications/{leg.communication_id}/wrapup",
        "body": {"code": centre.code(WANTED), "notes": None, "disableEndTimeUpdates": True},
    }
    assert NOTE not in json.dumps(attempt.request)


def test_the_id_that_genesys_gives_its_answer_is_kept_of_a_success_too(centre: Centre):
    assignment = centre.assign()

    centre.apply()

    [attempt] = assignment.attempts.all()
    assert attempt.http_status == 202
    assert attempt.correlation_id


def test_a_refused_write_keeps_what_was_sent(centre: Centre):
    assignment = centre.assign()
    centre.simulator.fault("status", operations=["POST */wrapup"], status=400, count=1)

    centre.apply()

    [attempt] = assignment.attempts.all()
    assert (attempt.http_status, attempt.request["method"]) == (400, "POST")


def test_a_read_has_no_body(centre: Centre):
    assignment = centre.assign()
    centre.let(read_first=True, fresh_for_s=600)
    centre.clock.advance(60)
    centre.apply()

    read = Attempt.objects.get(assignment=assignment, kind=Attempt.Kind.READ)
    assert set(read.request) == {"method", "path"}


def test_nothing_is_kept_of_a_request_that_nobody_asked_to_keep():
    with on_record() as wire:
        pass
    wire_on_record().leaves("POST", "https://login.example/oauth/token", {"client_secret": "hush"})

    assert wire == Wire()


def test_of_a_call_that_was_made_again_the_last_is_kept():
    with on_record() as wire:
        wire_on_record().leaves("PATCH", "https://api.example/a?b=c", {"wrapup": {"notes": "x", "code": "1"}})
        wire_on_record().came_back("first")
        wire_on_record().leaves("PATCH", "https://api.example/a", {"wrapup": {"notes": "x", "code": "1"}})

    assert wire == Wire({"method": "PATCH", "path": "/a", "body": {"wrapup": {"notes": None, "code": "1"}}}, "")
