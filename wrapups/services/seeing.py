"""What a person sees of an organization: everything, or the conversations of some divisions' queues."""

from wrapups.domain.roles import Right, rights_of
from wrapups.models import Membership, Organization, Queue
from wrapups.models.scoping import Sight


def sight_of(membership: Membership) -> Sight:
    """Return what the member sees; one query for whom divisions limit, none for the others.

    A queue counts with the division it is in now. What came by no queue, or by one that we do not know, belongs to no
    division, so only who sees everything sees it.
    """
    customers = Right.SEE_CUSTOMERS in rights_of(membership.role)
    if not membership.division_ids:
        return Sight(None, customers, membership.person_id)
    queues = Queue.everywhere.of(membership.organization_id).filter(division_id__in=membership.division_ids)
    queue_ids = tuple(queues.order_by("genesys_id").values_list("genesys_id", flat=True))
    return Sight(queue_ids, customers, membership.person_id)


def seen_by(membership: Membership) -> Organization:
    """Return the member's organization as they see it: `Assignment.objects.of` it shows no more than their sight."""
    organization: Organization = membership.organization
    organization.sight = sight_of(membership)
    return organization
