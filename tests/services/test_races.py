"""Two at work on the same thing at the same moment: neither waits for the other for ever, and nothing is missed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection, transaction

from tests.factories import PersonFactory
from tests.services.centre import ANY_CALL, OTHER, WANTED, Centre, when
from tests.services.clock import Clock
from wrapups.domain.status import Status
from wrapups.models import Assignment, Attempt, Communication, MappingRule, Release
from wrapups.services import applying, releasing, sighting
from wrapups.services.auditing import Actor
from wrapups.services.intake import Saying, record_disposition, record_dispositions
from wrapups.services.meanwhile import ChangedMeanwhile, latest_entry
from wrapups.services.releasing import NotADraft

pytestmark = pytest.mark.django_db(transaction=True)


class Somebody:
    """Somebody else, on a connection of their own, who has got as far as they can when this object is there."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._acting = ThreadPoolExecutor(1).submit(self._act, act)
        for _ in range(200):
            if self._acting.done() or _somebody_waits():
                return
            threading.Event().wait(0.05)

    def finish(self) -> None:
        """Let them finish; raise what they met."""
        self._acting.result(30)

    def _act(self, act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database())"
        )
        return bool(cursor.fetchone()[0])


def test_what_is_said_while_a_conversation_is_first_decided_is_heard(centre: Centre, clock: Clock):
    centre.publish((when("disposition.crm", "is", "REF-OK"), WANTED), (ANY_CALL, OTHER))
    row = centre.call()
    said = {"source": "crm", "event_id": "1", "conversation_id": row["conversation_id"], "code": "REF-OK"}

    with transaction.atomic():
        centre.decide(row)
        crm = Somebody(lambda: record_disposition(centre.organization, **said, said_at=clock.now()))
    crm.finish()

    assert centre.assignment(row).wrapup_code.name == WANTED


def test_a_read_that_is_finished_while_its_conversation_is_decided_waits_for_it(centre: Centre, clock: Clock):
    assignment = centre.assign()
    centre.let(read_first=True)
    clock.advance(20)
    claim = centre.claim()

    with transaction.atomic():
        Communication.everywhere.select_for_update().get(pk=assignment.communication_id)  # as deciding begins
        worker = Somebody(lambda: applying.finish(claim, centre.organization, None, None, duration_ms=1))
        centre.decide(assignment.communication.conversation.conversation_id)
    worker.finish()

    assignment.refresh_from_db()
    assert claim.kind == Attempt.Kind.READ
    assert assignment.status == Status.PENDING


def lines(draft: Release) -> list[int]:
    return list(draft.rules.order_by("line").values_list("line", flat=True))


def test_a_rule_that_was_moved_meanwhile_is_taken_out_without_a_gap(centre: Centre):
    centre.publish((ANY_CALL, WANTED), (ANY_CALL, OTHER), (ANY_CALL, WANTED))
    ours = Actor(PersonFactory())
    draft = releasing.open_draft(centre.organization, actor=ours)
    as_shown = draft.rules.get(line=1)
    releasing.move_rule(draft.rules.get(line=1), to_line=3, actor=ours)

    releasing.remove_rule(as_shown, actor=ours)

    assert lines(draft) == [1, 2]


def test_a_rule_that_was_taken_out_meanwhile_is_not_changed_any_more(centre: Centre):
    centre.publish((ANY_CALL, WANTED), (ANY_CALL, OTHER))
    ours = Actor(PersonFactory())
    draft = releasing.open_draft(centre.organization, actor=ours)
    as_shown = draft.rules.get(line=1)
    releasing.remove_rule(draft.rules.get(line=1), actor=ours)

    for act in (
        lambda: releasing.change_rule(as_shown, name="New", actor=ours),
        lambda: releasing.move_rule(as_shown, to_line=1, actor=ours),
        lambda: releasing.remove_rule(as_shown, actor=ours),
    ):
        with pytest.raises(NotADraft, match="out of the draft"):
            act()
    assert lines(draft) == [1]


def test_of_two_who_save_a_rule_that_both_opened_the_second_hears_of_the_first(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    ours, theirs = Actor(PersonFactory()), Actor(PersonFactory())
    draft = releasing.open_draft(centre.organization, actor=ours)
    shown = draft.rules.annotate(opened=latest_entry(MappingRule)).get()

    with transaction.atomic():
        releasing.change_rule(draft.rules.get(), notes="Call back", opened=shown.opened, actor=theirs)
        second = Somebody(lambda: releasing.change_rule(shown, name="New", opened=shown.opened, actor=ours))
    with pytest.raises(ChangedMeanwhile) as refused:
        second.finish()

    assert [entry.after["notes"] for entry in refused.value.entries] == ["Call back"]
    assert draft.rules.get().notes == "Call back"


@pytest.mark.parametrize("how", ["said", "read"])
def test_what_is_copied_into_many_assignments_locks_them_in_one_order(how: str, centre: Centre, clock: Clock):
    """Like who retries or proves many: in another order the two would wait for each other for ever."""
    centre.publish((ANY_CALL, WANTED))
    rows = [centre.call() for _ in range(2)]
    centre.decide(*rows)
    low, high = sorted((centre.assignment(row) for row in rows), key=lambda each: each.pk)
    ids = [each.communication.conversation.conversation_id for each in (high, low)]

    def say() -> None:
        record_dispositions(centre.organization, [Saying("crm", each, each, "REF-OK", clock.now()) for each in ids])

    def read() -> None:
        seen = [centre.gateway.conversation(each) for each in ids]
        moved = [[replace(leg, queue_id="elsewhere") for leg in sighting.ended_agent_legs(each)] for each in seen]
        told = [replace(each, communications=tuple(legs)) for each, legs in zip(seen, moved, strict=True)]
        with transaction.atomic():
            sighting.keep(centre.organization, told)

    with transaction.atomic():
        Assignment.everywhere.select_for_update().get(pk=low.pk)
        other = Somebody(say if how == "said" else read)
        Assignment.everywhere.select_for_update(nowait=True).get(pk=high.pk)
    other.finish()
