"""A new rule of which its address knows something already: a source, what it said, a queue."""

from django.http import QueryDict

from dashboard.forms.condition_edits import edited
from dashboard.forms.condition_tree import TypedCondition, TypedGroup
from dashboard.forms.rules import RuleForm
from wrapups.domain.facts import DISPOSITION
from wrapups.models import Organization, Person, Queue

MOST_TEXT = 100
MOST_QUEUES = 50


def begun(address: QueryDict, organization: Organization, *, owner: Person) -> RuleForm:
    """Return the form that `?source=CRM&disposition=ZZ-9&queue=<id>` asks for, or else an empty one.

    Each part may be missing. `queue` is a Genesys id and may stand several times; one that the catalogue does not
    have is left out.
    """
    source, said = _text(address, "source"), _text(address, "disposition")
    queues = list(Queue.objects.of(organization).filter(genesys_id__in=address.getlist("queue")[:MOST_QUEUES]))
    if not (said or queues):
        return RuleForm.empty(organization, owner=owner)
    members: list[TypedCondition | TypedGroup] = []
    if queues:
        members.append(TypedCondition(fact="queue", operator="one_of", values=[queue.genesys_id for queue in queues]))
    if said and source:
        members.append(TypedCondition(fact=DISPOSITION, key=source, operator="is", values=[said]))
    elif said:
        members.append(TypedCondition(fact="disposition", operator="any_of", values=[said]))
    name = " – ".join([part for part in (f"{source} {said}".strip(), *(queue.name for queue in queues[:1])) if part])
    return RuleForm.begun(organization, edited(TypedGroup(members=members), "refresh"), name=name[:120], owner=owner)


def _text(address: QueryDict, name: str) -> str:
    return address.get(name, "").replace("\0", "").strip()[:MOST_TEXT]
