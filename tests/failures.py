"""Failures that somebody can mend."""

from tests.factories import (
    AssignmentFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.status import FailReason, Status
from wrapups.models import Assignment, Organization


def off_queue(organization: Organization) -> Assignment:
    """Return a failure: the rule in force chooses a code that is not on the queue, where one much like it is."""
    queue = QueueFactory(organization=organization, name="Billing EU")
    lost = WrapupCodeFactory(organization=organization, name="Refund granted")
    like = WrapupCodeFactory(organization=organization, name="Refund granted (EU)")
    QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=like)
    release = ReleaseFactory(organization=organization, number=1)
    on_queue = {"all": [{"fact": "queue", "operator": "is", "value": queue.genesys_id}]}
    rule = MappingRuleFactory(
        organization=organization, release=release, line=1, name="Refunds", wrapup_code=lost, conditions=on_queue
    )
    put_in_force(release)
    made: Assignment = AssignmentFactory(
        organization=organization,
        communication__queue_id=queue.genesys_id,
        status=Status.FAILED,
        reason=FailReason.CODE_NOT_ON_QUEUE,
        error_message="The code Refund granted is not on the communication's queue.",
        wrapup_code=lost,
        rule=rule,
        release=release,
        facts={"queue": queue.genesys_id, "media": "voice"},
    )
    return made
