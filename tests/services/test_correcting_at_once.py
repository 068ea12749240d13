"""Two at once who want to settle the same code: it is settled once, and the slower one is told."""

import pytest
from django.db import transaction

from tests.factories import PersonFactory
from tests.services.centre import ANY_CALL, OTHER, WANTED, Centre, when
from tests.services.test_races import Somebody
from wrapups.domain.status import Status
from wrapups.models import Act, Assignment
from wrapups.services.auditing import Actor
from wrapups.services.correcting import CannotCorrect, correct
from wrapups.services.intake import record_disposition

pytestmark = pytest.mark.django_db(transaction=True)


def correcting(centre: Centre, assignment: Assignment, actor: Actor) -> Assignment:
    """Have a person put the other code in place of what stands there."""
    over = type(assignment.communication).everywhere.get(pk=assignment.communication_id).code_id
    return correct(assignment, code=centre.codes[OTHER], over=over, reason="It was escalated", actor=actor)


def test_two_clicks_at_the_same_moment_correct_once(centre: Centre):
    ours, actor = centre.finish(centre.assign()), Actor(PersonFactory())

    with transaction.atomic():
        correcting(centre, ours, actor)
        second_click = Somebody(lambda: correcting(centre, ours, actor))
    second_click.finish()

    assert Assignment.everywhere.filter(corrects=ours).count() == 1
    assert Act.objects.count() == 1


def test_who_corrects_what_is_just_decided_anew_is_told_of_the_newer_decision(centre: Centre):
    centre.publish((when("media", "is", "email"), WANTED))
    unmatched, actor = centre.assign(), Actor(PersonFactory())
    centre.publish((ANY_CALL, WANTED))

    with transaction.atomic():
        centre.decide(unmatched.communication.conversation.conversation_id)
        person = Somebody(lambda: correcting(centre, unmatched, actor))
    with pytest.raises(CannotCorrect, match="newer decision"):
        person.finish()

    assert set(Assignment.everywhere.values_list("status", flat=True)) == {Status.SUPERSEDED, Status.PENDING}


def test_who_corrects_what_an_outside_system_just_spoke_about_is_told_of_the_newer_decision(centre: Centre):
    centre.publish((when("disposition.crm", "is", "REF-OK"), WANTED))
    unmatched, actor = centre.assign(), Actor(PersonFactory())
    about = unmatched.communication.conversation.conversation_id
    said = {"source": "crm", "event_id": "1", "conversation_id": about, "code": "REF-OK"}

    with transaction.atomic():
        record_disposition(centre.organization, **said, said_at=centre.clock.now())
        person = Somebody(lambda: correcting(centre, unmatched, actor))
    with pytest.raises(CannotCorrect, match="newer decision"):
        person.finish()

    assert set(Assignment.everywhere.values_list("status", flat=True)) == {Status.SUPERSEDED, Status.PENDING}
