"""How each thing that is asked of assignments narrows their list, without a join wherever many have it.

Names are looked up first, each by a query: only of known keys can PostgreSQL tell how rare they are.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboard.queries.event_ids import told_of_by
from dashboard.queries.owners import held_by
from dashboard.queries.words_asked import query_of
from dashboard.query_bar.ids import SHORTEST_BEGINNING
from dashboard.query_bar.moments import Ago
from wrapups.domain.status import SkipReason
from wrapups.models import (
    Agent,
    Attempt,
    BulkActRow,
    Communication,
    Conversation,
    Division,
    MappingRule,
    Organization,
    Queue,
    Release,
    WrapupCode,
)
from wrapups.models.finding import said_by

NO_FINGERPRINT = "none"
NOTHING = "-"
"""Asks for what has no queue, or no code that was wanted, where a name would stand."""


def _instant(moment: datetime | Ago) -> datetime:
    return moment.at(timezone.localtime()) if isinstance(moment, Ago) else moment


def _named(model: Any, organization: Organization, name: str) -> QuerySet[Any]:
    return model.objects.of(organization).filter(name__iexact=name)


def _called(model: Any, organization: Organization, name: str) -> list[str]:
    return list(_named(model, organization, name).values_list("genesys_id", flat=True))


def _of_queue(organization: Organization, name: str) -> Q:
    return Q(queue_id="") if name == NOTHING else Q(queue_id__in=_called(Queue, organization, name))


def _of_division(organization: Organization, name: str) -> Q:
    """Return what came by the queues that a division has now."""
    divisions = _called(Division, organization, name)
    queues = Queue.objects.of(organization).filter(division_id__in=divisions).values_list("genesys_id", flat=True)
    return Q(queue_id__in=list(queues))


def _with_code(organization: Organization, name: str) -> Q:
    return Q(wrapup_code=None) if name == NOTHING else Q(wrapup_code__in=_keys(WrapupCode, organization, name))


def _keys(model: Any, organization: Organization, name: str) -> list[int]:
    return list(_named(model, organization, name).values_list("pk", flat=True))


def _begins(organization: Organization, text: str) -> Q:
    """Return the assignments whose conversation's or communication's id starts so; each half has its own index.

    Fewer than four characters would be the beginning of too many: they are taken for a whole id.
    """
    how = "startswith" if len(text) >= SHORTEST_BEGINNING else "exact"
    conversations = Conversation.objects.of(organization).filter(**{f"conversation_id__{how}": text}).values("pk")
    legs = Communication.objects.of(organization).filter(**{f"communication_id__{how}": text}).values("pk")
    of_conversations = Communication.objects.of(organization).filter(conversation__in=conversations).values("pk")
    return Q(communication__in=legs.union(of_conversations, all=True))


def _listed(organization: Organization, ids: tuple[str, ...]) -> Q:
    """Return the assignments of conversations, communications or events with these ids, as they are written."""
    legs, told = Communication.objects.of(organization), told_of_by(organization, ids)
    keys = Conversation.objects.of(organization).filter(conversation_id__in={*ids, *told}).values_list("pk", flat=True)
    of_conversations = legs.filter(conversation__in=list(keys))
    found = legs.filter(communication_id__in=ids).values_list("pk").union(of_conversations.values_list("pk"))
    return Q(communication__in=[pk for (pk,) in found])


def _told_of(organization: Organization, event_id: str) -> Q:
    """Return the assignments of the conversations that events with this id told of; looked up here."""
    told = told_of_by(organization, [event_id])
    legs = Communication.objects.of(organization).filter(conversation__conversation_id__in=told)
    return Q(communication__in=list(legs.values_list("pk", flat=True)))


def said(source: str, code: str) -> Q:
    """Return the assignments of whose conversation this source, or any, said this code, or anything."""
    return Q(said__contains=[said_by(source, code)])


def _of_rule(identity: str) -> Q:
    """Return what this rule chose in whichever release; a row that none matches any more keeps it to be read only."""
    return Q(rule_identity=identity) & ~Q(reason=SkipReason.NO_RULE)


def _of_rules_called(organization: Organization, name: str) -> Q:
    """Return what rules chose in the releases in which they were called so: by identity, which has the index.

    What a person put in place of it has the identity alone.
    """
    rules = list(_named(MappingRule, organization, name).values_list("identity", "pk"))
    chosen = Q(rule__in=[pk for _, pk in rules]) | Q(rule=None)
    return Q(rule_identity__in={identity for identity, _ in rules}) & chosen


def _releases(organization: Organization, number: int) -> list[int]:
    return list(Release.objects.of(organization).filter(number=number).values_list("pk", flat=True))


def _tried(organization: Organization, **asked: Any) -> Q:
    """Return the assignments with such an attempt."""
    return Q(pk__in=Attempt.objects.filter(organization=organization, **asked).values("assignment"))


def _of_bulk_act(organization: Organization, key: int) -> Q:
    """Return what an act on many assignments was done with, or made in the place of it."""
    done = BulkActRow.objects.of(organization).filter(bulk_act=key, outcome=BulkActRow.Outcome.DONE)
    return Q(pk__in=done.annotate(now=Coalesce("made", "assignment")).values("now"))


def _correlated(organization: Organization, correlation: str) -> Q:
    """Return the assignments with a call of this correlation id; a handful at most, looked up here."""
    attempts = Attempt.objects.filter(organization=organization, correlation_id=correlation)
    return Q(pk__in=list(attempts.values_list("assignment", flat=True)))


FOUND: Mapping[str, Q] = {
    "none": Q(found_kind="none"),
    "system": Q(found_kind="system"),
    "chosen": Q(found_kind="chosen"),
    "missing": Q(found_kind__in=["none", "system"]),
}
"""What the communication carried before us: no code, one that Genesys filled in, or one that a person chose; and
`missing`, either of the first two. The trigger `judged` of `wrapups.models.finding` tells them apart."""

NARROWING: Mapping[str, Callable[[Organization, Any], Q]] = {
    "reason": lambda _, reason: Q(reason=reason),
    "owner": held_by,
    "queue": _of_queue,
    "division": _of_division,
    "agent": lambda org, name: Q(agent_id__in=_called(Agent, org, name)),
    "media_type": lambda _, media_type: Q(media_type=media_type),
    "code": _with_code,
    "found": lambda _, found: FOUND[found],
    "identity": lambda _, identity: _of_rule(identity),
    "agreement": lambda _, agreement: Q(agreement=agreement),
    "rule": _of_rules_called,
    "q": _begins,
    "since": lambda _, since: Q(ended_at__gte=_instant(since)),
    "until": lambda _, until: Q(ended_at__lt=_instant(until)),
    "fingerprint": lambda _, of: Q(fingerprint="" if of == NO_FINGERPRINT else of),
    "backfill": lambda _, key: Q(backfill=key),
    "bulk": _of_bulk_act,
    "words": lambda _, words: Q(words=query_of(words)),
    "ids": _listed,
    "release": lambda org, number: Q(release__in=_releases(org, number)),
    "error": lambda _, code: Q(error_code=code),
    "http": lambda org, status: _tried(org, http_status=status),
    "correlation": _correlated,
    "event": _told_of,
}
"""How each field of the filter narrows, status apart."""
