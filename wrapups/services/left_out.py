"""Why an earlier release decided: the one in force was introduced step by step, and had not come to this one yet."""

from django.db.models import Q

from wrapups.domain.rollout import Rollout, standing
from wrapups.domain.sentences import Part, Sentence
from wrapups.models import Assignment, Release
from wrapups.services.deciders import rollout_of


def left_out(assignment: Assignment) -> list[Sentence]:
    """Return why the release that decided was not the one in force then; nothing to say is an empty list.

    Costs a query only for what was decided by a release after it had retired.
    """
    release = assignment.release
    if release is None or release.retired_at is None or assignment.created_at < release.retired_at:
        return []
    at = assignment.created_at
    then = Release.everywhere.of(assignment.organization).filter(Q(retired_at=None) | Q(retired_at__gt=at))
    present = then.filter(published_at__lte=at, beside__isnull=False).order_by("-published_at").first()
    return [] if present is None else [_sentence(assignment, release, present)]


def _sentence(assignment: Assignment, release: Release, present: Release) -> Sentence:
    communication = assignment.communication
    conversation_id = communication.conversation.conversation_id
    begins = f"Release {release.number} decided it, since release {present.number}"
    rollout = rollout_of(present)
    if rollout.takes(conversation_id, communication.queue_id):
        return (Part(f"{begins}, which is introduced step by step, had not come to it yet."),)
    return (
        Part(f"{begins} is introduced step by step: it takes "),
        Part(f"{rollout.percent} %", True),
        Part(f" of the conversations{_of_queues(rollout)}, and this one stands at "),
        Part(f"{standing(conversation_id):g} %", True),
        Part("."),
    )


def _of_queues(rollout: Rollout) -> str:
    number = len(rollout.queue_ids)
    return "" if not number else " of one queue" if number == 1 else f" of {number} queues"
