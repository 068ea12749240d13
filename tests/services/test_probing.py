"""A probe finds out what nobody has written down: whatever the simulated Genesys Cloud is set to, just that."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.factories import PersonFactory, ProbeCallFactory
from tests.services.centre import ANY_CALL, QUEUE, Centre
from wrapups import tasks
from wrapups.domain.capabilities import Answer, Capabilities, Question, WritePath
from wrapups.domain.conversation import CommunicationRef
from wrapups.domain.probing import Kind
from wrapups.domain.status import FailReason, Status
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models import Act, AuditEntry, CallBudget, Probe, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services import measuring, pausing, probing
from wrapups.services.auditing import Actor

ON_QUEUE = ("Resolved", "Escalated", "Password reset")
OFF_QUEUE = "Order placed"
DELETED = "Goodwill credit"
MOST_ROUNDS = 40


@dataclass
class Bench:
    """An organization whose admin probes, on a queue that offers three codes; one code is known to be deleted."""

    centre: Centre
    actor: Actor

    def ask(self, row: Mapping[str, Any]) -> Probe:
        probe = probing.ask(
            self.centre.organization, conversation_id=row["conversation_id"], reason="new client", actor=self.actor
        )
        self.work()
        probe.refresh_from_db()
        return probe

    def probe(self, row: Mapping[str, Any]) -> Probe:
        """Probe a communication from beginning to end."""
        probe = self.ask(row)
        assert probe.state == Probe.State.FOUND, probe.problem or probe.legs
        probing.confirm(probe, communication_id=row["communication_id"], actor=self.actor)
        return self.finish(probe)

    def finish(self, probe: Probe) -> Probe:
        """Let time pass and workers work until the probe needs nothing more."""
        for _ in range(MOST_ROUNDS):
            self.work()
            probe.refresh_from_db()
            if probe.state != Probe.State.RUNNING:
                self.centre.organization.refresh_from_db()
                return probe
            self.centre.clock.advance(max(0.1, (probe.due_at - app_now()).total_seconds()))
        raise AssertionError(f"{probe} has not come to an end in {MOST_ROUNDS} rounds")

    def work(self) -> None:
        self.centre.organization.refresh_from_db()
        measuring.go_on(self.centre.organization, gateway=self.centre.gateway, sleep=self.centre.clock.advance)

    @property
    def capabilities(self) -> Capabilities:
        self.centre.organization.refresh_from_db()
        return Capabilities.of(self.centre.organization.capabilities)

    def answer(self, question: Question, media_type: str = "voice") -> Answer:
        return self.capabilities.of_medium(media_type)[question]

    def answered(self, question: Question, media_type: str = "voice") -> bool:
        return question in self.capabilities.of_medium(media_type)


@pytest.fixture
def bench(centre: Centre) -> Bench:
    centre.offer(QUEUE, *ON_QUEUE)
    WrapupCode.everywhere.filter(pk=centre.codes[DELETED].pk).update(gone_at=app_now())
    return Bench(centre, Actor(PersonFactory(), origin="10.0.0.7"))


# Each switch both ways: the probe finds exactly what was set


@pytest.mark.parametrize(
    ("switch", "setting", "question", "found"),
    [
        ("off_queue_code", "accept", Question.OFF_QUEUE_CODE, ("accepted", 202)),
        ("off_queue_code", "reject", Question.OFF_QUEUE_CODE, ("refused", 400)),
        ("deleted_code", "accept", Question.DELETED_CODE, ("accepted", 202)),
        ("deleted_code", "reject 400", Question.DELETED_CODE, ("refused", 400)),
        ("deleted_code", "reject 404", Question.DELETED_CODE, ("refused", 404)),
        ("unknown_code", "accept", Question.UNKNOWN_CODE, ("accepted", 202)),
        ("unknown_code", "reject 400", Question.UNKNOWN_CODE, ("refused", 400)),
        ("unknown_code", "reject 404", Question.UNKNOWN_CODE, ("refused", 404)),
        ("second_write", "overwrite", Question.SECOND_WRITE, ("accepted", 202)),
        ("second_write", "refuse", Question.SECOND_WRITE, ("refused", 409)),
    ],
)
def test_what_a_write_meets_is_found_as_it_is_set(bench: Bench, switch, setting, question, found):
    bench.centre.simulator.switch(**{switch: setting})

    bench.probe(bench.centre.call())

    answer = bench.answer(question)
    assert (answer.value, answer.http_status) == found


@pytest.mark.parametrize(("setting", "found"), [("404", "404"), ("empty", "empty")])
def test_how_an_unset_code_reads_is_found_as_it_is_set(bench: Bench, setting: str, found: str):
    bench.centre.simulator.switch(unset_wrapup_read=setting)

    bench.probe(bench.centre.call())

    assert bench.answer(Question.UNSET_READ).value == found


def test_how_an_unset_code_reads_is_not_asked_where_one_is_set(bench: Bench):
    bench.probe(bench.centre.call(acw=(-100, -90), code=bench.centre.code("Resolved")))

    assert not bench.answered(Question.UNSET_READ)


@pytest.mark.parametrize("lag_s", [0, 0.7, 3, 20])
def test_the_read_back_lag_is_measured(bench: Bench, lag_s: float):
    bench.centre.simulator.switch(read_lag_s=lag_s)

    begun = time.monotonic()
    bench.probe(bench.centre.call())
    slow_s = time.monotonic() - begun  # the waits are not waited for: what it took is this machine's own time

    measured = bench.answer(Question.READ_LAG).number
    assert measured is not None
    assert lag_s <= measured <= max(0.6, 2 * lag_s) + slow_s


@pytest.mark.parametrize("lag_s", [0, 45, 600])
def test_the_lag_of_analytics_is_measured(bench: Bench, lag_s: float):
    bench.centre.simulator.switch(analytics_lag_s=lag_s)

    bench.probe(bench.centre.call())

    measured = bench.answer(Question.ANALYTICS_LAG).number
    assert measured is not None
    assert lag_s <= measured <= max(10, 2 * lag_s)


@pytest.mark.parametrize("shows", [True, False])
def test_whether_analytics_shows_late_writes_is_found_as_it_is_set(bench: Bench, shows: bool):
    bench.centre.simulator.switch(analytics_shows_late_writes=shows)

    bench.probe(bench.centre.call())

    assert bench.capabilities.shows_late_writes("voice") is shows


@pytest.mark.parametrize(
    ("media_type", "segment", "refused", "found"),
    [
        ("voice", "calls", [], "communication"),
        ("voice", "calls", ["communication"], "participant"),
        ("voice", "calls", ["communication", "participant"], "generic"),
        ("voice", "calls", ["communication", "participant", "generic"], "on_behalf"),
        ("voice", "calls", ["*"], "none"),
        ("email", "emails", ["communication"], "participant"),
        ("email", "emails", ["*"], "none"),
        ("message", "messages", ["communication", "participant"], "generic"),
        ("video", "videos", ["communication"], "generic"),
        ("callback", "callbacks", [], "communication"),
        ("chat", "chats", [], "generic"),
        ("chat", "chats", ["generic"], "none"),
    ],
)
def test_the_first_write_path_that_takes_this_client_is_found(bench: Bench, media_type, segment, refused, found):
    bench.centre.simulator.switch(user_context_required=[f"{segment}/{path}" for path in refused])

    bench.probe(bench.centre.call(mediaType=media_type))

    assert bench.answer(Question.WRITE_PATH, media_type).value == found


@pytest.mark.parametrize("status", [403, 404, 409])
def test_the_write_window_lies_between_the_oldest_accepted_and_the_youngest_refused(bench: Bench, status: int):
    bench.centre.simulator.switch(write_window_h=1, write_window_status=status)
    bench.probe(bench.centre.call(alert=-2000, talk=(-1900, -1800)))
    old = bench.centre.call(alert=-7400, talk=(-7300, -7200))

    bench.probe(old)

    accepted, refused = bench.answer(Question.ACCEPTED_AGE), bench.answer(Question.REFUSED_AGE)
    assert accepted.number == pytest.approx(1800, abs=30)
    assert refused.number is not None
    assert refused.number > 7200
    assert refused.http_status == status
    assert bench.answer(Question.WRITE_PATH).value == WritePath.COMMUNICATION


def test_without_a_write_window_no_age_is_refused(bench: Bench):
    bench.probe(bench.centre.call(alert=-720_400, talk=(-720_300, -720_000)))

    assert bench.answer(Question.ACCEPTED_AGE).number == pytest.approx(720_000, abs=60)
    assert not bench.answered(Question.REFUSED_AGE)


def test_a_younger_refusal_narrows_the_window_and_an_older_one_does_not(bench: Bench):
    bench.probe(bench.centre.call())
    bench.centre.simulator.switch(write_window_h=0.1)
    for ended_s_ago in (7200, 3600, 9000):
        bench.probe(bench.centre.call(alert=-ended_s_ago - 200, talk=(-ended_s_ago - 100, -ended_s_ago)))

    refused = bench.answer(Question.REFUSED_AGE).number
    assert refused is not None
    assert 3600 < refused < 7200


@pytest.mark.parametrize("question", [Question.OFF_QUEUE_CODE, Question.DELETED_CODE, Question.UNKNOWN_CODE])
@pytest.mark.parametrize("setting", ["accept", "reject"])
def test_where_a_second_write_is_refused_further_conversations_answer_what_is_open(bench: Bench, question, setting):
    wanted = setting if question is Question.OFF_QUEUE_CODE or setting == "accept" else "reject 400"
    bench.centre.simulator.switch(second_write="refuse", **{question.value: wanted})
    for _ in range(5):
        bench.probe(bench.centre.call())

    assert bench.answer(question).value == {"accept": "accepted", "reject": "refused"}[setting]


def test_a_write_that_is_accepted_and_never_applied_is_called_dropped(bench: Bench):
    bench.centre.simulator.fault("accept_but_drop", operations=["POST */wrapup"])

    bench.probe(bench.centre.call())

    assert bench.answer(Question.WRITE_PATH).value == WritePath.PARTICIPANT


# What it leaves behind


def test_the_code_that_was_there_is_put_back(bench: Bench):
    row = bench.centre.call(acw=(-100, -90), code=bench.centre.code("Resolved"))

    probe = bench.probe(row)

    assert bench.centre.code_on(row) == bench.centre.code("Resolved")
    assert probe.left_code_id == bench.centre.code("Resolved")


def test_where_there_was_none_a_valid_code_stays_and_is_named(bench: Bench):
    bench.centre.simulator.switch(unknown_code="accept", deleted_code="accept")
    row = bench.centre.call()

    probe = bench.probe(row)

    assert bench.centre.code_on(row) == probe.left_code_id
    assert probe.left_code_id in [bench.centre.code(name) for name in ON_QUEUE]


def test_nothing_is_written_before_somebody_confirms(bench: Bench):
    probe = bench.ask(bench.centre.call())
    bench.centre.clock.advance(3600)
    bench.work()

    assert probe.state == Probe.State.FOUND
    assert bench.centre.simulator.ledger() == []


def test_a_cancelled_probe_writes_nothing(bench: Bench):
    probe = bench.ask(bench.centre.call())

    probing.cancel(probe, actor=bench.actor)
    bench.work()

    assert probe.state == Probe.State.CANCELLED
    assert bench.centre.simulator.ledger() == []


def test_a_running_probe_cannot_be_cancelled(bench: Bench):
    row = bench.centre.call()
    probe = bench.ask(row)
    probing.confirm(probe, communication_id=row["communication_id"], actor=bench.actor)

    with pytest.raises(probing.CannotProbe, match="ends by itself"):
        probing.cancel(probe, actor=bench.actor)


def test_every_write_is_an_act_of_the_person_who_confirmed(bench: Bench):
    probe = bench.probe(bench.centre.call())

    acts = Act.objects.filter(verb="write a code for a probe", person=bench.actor.person)
    assert acts.count() == probe.calls.filter(kind=Kind.WRITE).count() > 1
    assert set(acts.values_list("reason", "origin")) == {("new client", "10.0.0.7")}
    kept = Act.objects.get(verb="keep what a probe found")
    assert AuditEntry.objects.filter(act=kept, table="wrapups_organization").exists()


def test_every_call_is_on_record(bench: Bench):
    before = calls_made(bench)

    probe = bench.probe(bench.centre.call())

    looked = 1
    assert probe.calls.count() + looked == calls_made(bench) - before


def calls_made(bench: Bench) -> int:
    """Return how many calls were made, but for those that log in: tests share a token, and the first one gets it."""
    made = bench.centre.simulator.calls()["operations"]
    return sum(number for operation, number in made.items() if operation != "POST /oauth/token")


# What may be probed


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"talk": None}, "never answered"),
        ({"talk": (-200, None)}, "has not ended"),
        ({"acw": (-100, None)}, "after-call work"),
        ({"mediaType": "internalmessage"}, "carries no wrap-up"),
        ({"outboundCampaignId": "c1", "attributes": {"dialerCampaignId": "c1"}}, "campaign"),
        ({"queue": None}, "no queue"),
        ({"queue": "Billing EU"}, "too few codes"),
    ],
)
def test_what_cannot_be_probed_says_why(bench: Bench, values: dict[str, Any], why: str):
    probe = bench.ask(bench.centre.call(**values))

    assert why in probe.legs[0]["unfit"]
    with pytest.raises(probing.CannotProbe, match="can be probed"):
        probing.confirm(probe, communication_id=probe.legs[0]["communication_id"], actor=bench.actor)


def test_a_communication_that_the_rules_work_on_is_left_to_them(bench: Bench):
    assignment = bench.centre.assign()
    communication = assignment.communication

    probe = bench.ask({"conversation_id": communication.conversation.conversation_id})

    assert "rules are still working" in probe.legs[0]["unfit"]


def test_a_code_that_could_not_be_put_back_is_not_touched(bench: Bench):
    probe = bench.ask(bench.centre.call(acw=(-100, -90), code=bench.centre.code(DELETED)))

    assert "could not be put back" in probe.legs[0]["unfit"]


def test_an_unknown_conversation_fails_with_what_genesys_said(bench: Bench):
    probe = bench.ask({"conversation_id": str(uuid4())})

    assert probe.state == Probe.State.FAILED
    assert "404" in probe.problem


@pytest.mark.parametrize("typed", ["", "../../etc/passwd", "not an id", "6b2c1f0e"])
def test_what_is_no_id_is_refused_before_anybody_looks(bench: Bench, typed: str):
    with pytest.raises(probing.CannotProbe, match="not the id of a conversation"):
        probing.ask(bench.centre.organization, conversation_id=typed, reason="new client", actor=bench.actor)


def test_a_probe_needs_a_reason(bench: Bench):
    with pytest.raises(probing.CannotProbe, match="Say why"):
        probing.ask(bench.centre.organization, conversation_id=str(uuid4()), reason=" ", actor=bench.actor)


def test_one_probe_at_a_time(bench: Bench):
    bench.ask(bench.centre.call())

    with pytest.raises(probing.CannotProbe, match="still open"):
        bench.ask(bench.centre.call())


# Trouble on the way


def test_a_write_without_an_answer_is_looked_for_and_not_sent_again(bench: Bench):
    row = bench.centre.call()
    probe = bench.ask(row)
    probing.confirm(probe, communication_id=row["communication_id"], actor=bench.actor)
    bench.centre.simulator.fault("hang_after", operations=["POST */wrapup"], count=1)

    probe = bench.finish(probe)

    writes = probe.calls.filter(kind=Kind.WRITE).values_list("outcome", flat=True)
    assert probe.state == Probe.State.DONE
    assert writes[0] == "unclear"
    assert bench.answer(Question.WRITE_PATH).value == WritePath.COMMUNICATION


def test_a_call_whose_worker_died_counts_as_unanswered_and_another_worker_goes_on(bench: Bench):
    row = bench.centre.call()
    probe = bench.ask(row)
    probing.confirm(probe, communication_id=row["communication_id"], actor=bench.actor)
    ProbeCallFactory(probe=probe, kind=Kind.READ, outcome="", finished_at=None)
    Probe.everywhere.filter(pk=probe.pk).update(lease_until=app_now() + timedelta(seconds=60))

    bench.work()
    assert probe.calls.count() == 1
    bench.centre.clock.advance(61)
    probe = bench.finish(probe)

    assert probe.state == Probe.State.DONE
    assert not bench.answered(Question.UNSET_READ)
    assert bench.answer(Question.WRITE_PATH).value == WritePath.COMMUNICATION


def test_a_throttled_probe_waits_as_told_and_goes_on(bench: Bench):
    bench.centre.simulator.fault("r429", operations=["POST */wrapup"], count=2, retry_after="37")

    probe = bench.probe(bench.centre.call())

    assert probe.state == Probe.State.DONE
    assert probe.calls.filter(outcome="unsent", http_status=429).count() == 2
    assert bench.answer(Question.WRITE_PATH).value == WritePath.COMMUNICATION


def test_while_all_calls_are_paused_a_probe_waits(bench: Bench):
    row = bench.centre.call()
    probe = bench.ask(row)
    probing.confirm(probe, communication_id=row["communication_id"], actor=bench.actor)
    pausing.hold(bench.centre.organization, actor=bench.actor, reason="maintenance")

    bench.work()
    assert bench.centre.simulator.ledger() == []

    pausing.resume(bench.centre.organization, actor=bench.actor)
    bench.centre.clock.advance(measuring.AGAIN_AFTER_S)
    assert bench.finish(probe).state == Probe.State.DONE


def test_a_client_without_the_permission_ends_the_probe_and_says_so(bench: Bench, simulator: SimulatorControl):
    row = bench.centre.call()
    probe = bench.ask(row)
    probing.confirm(probe, communication_id=row["communication_id"], actor=bench.actor)
    simulator.revoke("conversation:participant:wrapup")

    probe = bench.finish(probe)

    assert probe.state == Probe.State.FAILED
    assert "missing.any.permissions" in probe.problem
    assert CallBudget.objects.get(organization=bench.centre.organization).refused_at is not None


# What the engine makes of it


def test_the_worker_writes_by_the_path_that_was_found(bench: Bench):
    bench.centre.simulator.switch(user_context_required=["calls/communication"])
    bench.probe(bench.centre.call())
    row = bench.centre.call()

    ref = CommunicationRef(row["conversation_id"], row["participant_id"], row["communication_id"], "voice")
    tasks.gateway_to(bench.centre.organization).apply_wrapup(ref, bench.centre.code("Resolved"))

    sent_to = bench.centre.simulator.ledger()[-1]["path"]
    assert sent_to.endswith(f"/calls/{ref.conversation_id}/participants/{ref.participant_id}")


@pytest.mark.parametrize(
    ("setting", "status"), [("accept", Status.PENDING), ("reject", Status.FAILED)], ids=["accepted", "refused"]
)
def test_a_code_off_the_queue_is_sent_only_where_it_was_seen_to_be_taken(bench: Bench, setting: str, status: Status):
    bench.centre.simulator.switch(off_queue_code=setting)
    bench.probe(bench.centre.call())
    bench.centre.publish((ANY_CALL, OFF_QUEUE))
    row = bench.centre.call()

    bench.centre.decide(row)

    assert bench.centre.assignment(row).status == status


def test_before_any_probe_a_code_off_the_queue_is_not_sent(bench: Bench):
    bench.centre.publish((ANY_CALL, OFF_QUEUE))
    row = bench.centre.call()

    bench.centre.decide(row)

    assert bench.centre.assignment(row).reason == FailReason.CODE_NOT_ON_QUEUE


def test_a_settle_time_is_suggested_from_the_slowest_lag(bench: Bench):
    assert bench.capabilities.settle_s() is None
    bench.centre.simulator.switch(read_lag_s=10)

    bench.probe(bench.centre.call())

    assert bench.capabilities.settle_s() == 32
