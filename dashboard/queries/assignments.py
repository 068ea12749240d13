"""One filter for assignments: it feeds the list, the counts, the chips and every link to the list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dashboard.queries.bounded import BOUND, Bounded, CountUpTo
from dashboard.query_bar.moments import Ago
from wrapups.domain.conversation import SYSTEM_CODE_PREFIX
from wrapups.domain.status import SkipReason, Status
from wrapups.models import (
    Agent,
    Assignment,
    Communication,
    Conversation,
    DecisionTally,
    Disposition,
    MappingRule,
    Organization,
    Queue,
    WrapupCode,
)

NO_FINGERPRINT = "none"
EVERYTHING = "?all"
"""What an address ends with that asks for everything; one that asks nothing opens with the person's default view."""


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """What a person looks for. Names, not ids, so that an address can be read; empty and None mean "any".

    `q` is a conversation's or communication's id, whole or its first characters. `since` (from then on) and
    `until` (before then) are about when the communication ended. `found` is one of `FOUND`. `source` and
    `disposition` are about what an outside system said of the conversation, at whatever time. `identity` is a rule's
    in all releases, and `agreement`, one of `AGREEMENT`, what the agent had chosen beside it. `backfill` is the
    number of the back-fill that made it. `words` are looked for in all notes, see `dashboard.queries.words_asked`.
    `ids` are of conversations or communications, whole. `release` is a release's number, `error` Genesys' code of what
    went wrong at last, `http` and `correlation` are of any attempt. `order` is one of `ORDERS`. `view` narrows nothing: it is the saved view that the person began with.
    """

    status: str = ""
    reason: str = ""
    queue: str = ""
    agent: str = ""
    media_type: str = ""
    code: str = ""
    found: str = ""
    rule: str = ""
    identity: str = ""
    agreement: str = ""
    source: str = ""
    disposition: str = ""
    q: str = ""
    since: datetime | Ago | None = None
    until: datetime | Ago | None = None
    fingerprint: str = ""
    backfill: int | None = None
    words: str = ""
    ids: tuple[str, ...] = ()
    release: int | None = None
    error: str = ""
    http: int | None = None
    correlation: str = ""
    order: str = NEWEST
    view: str = ""

    def apply(self, organization: Organization, *, among: QuerySet[Assignment] | None = None) -> QuerySet[Assignment]:
        """Return the matching assignments (of those in `among`), unordered.

        What a newer decision has replaced is left out, unless `status` asks for it.
        """
        rows = Assignment.objects.of(organization) if among is None else among
        rows = rows.filter(status=self.status) if self.status else rows.exclude(status=Status.SUPERSEDED)
        return rows.filter(*self.conditions(organization))

    def conditions(self, organization: Organization) -> list[Q]:
        """Return how it narrows, status apart; a query for each name, so that PostgreSQL plans with ids."""
        asked = ((narrow, getattr(self, name)) for name, narrow in NARROWING.items())
        said = [_said(organization, self.source, self.disposition)] if self.source or self.disposition else []
        return [narrow(organization, value) for narrow, value in asked if value] + said

    def parameters(self) -> dict[str, str]:
        """Return what stands in the address for this filter; times are local to the person, to the minute."""
        asked = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: _as_text(value) for name, (value, usual) in asked.items() if value and value != usual}

    def query_string(self, **more: object) -> str:
        """Return the address's part from "?" on, with further parameters; `EVERYTHING` where nothing is asked."""
        extra = {name: str(value) for name, value in more.items() if value}
        encoded = urlencode(self.parameters() | extra)
        return f"?{encoded}" if encoded else EVERYTHING

    def but(self, **changes: Any) -> "AssignmentFilter":
        """Return this filter with some of it changed."""
        return replace(self, **changes)

    @property
    def narrows(self) -> bool:
        """Whether anything is asked at all."""
        return bool(self.but(view="").parameters())


def count_by_status(
    asked: AssignmentFilter, organization: Organization, *, bound: int = BOUND
) -> dict[Status, Bounded]:
    """Return how many assignments each status has under the rest of the filter, exact up to `bound`; one query."""
    rows = Assignment.objects.of(organization).filter(*asked.conditions(organization))
    columns = {status.value: CountUpTo(rows.filter(status=status.value), bound) for status in Status}
    row = Organization.objects.filter(pk=organization.pk).annotate(**columns).values(*columns).get()
    return {status: Bounded.of(row[status.value], bound) for status in Status}


def total(counts: Mapping[Status, Bounded]) -> Bounded:
    """Return how many a list without a status has: all but the superseded ones."""
    listed = [count for status, count in counts.items() if status != Status.SUPERSEDED]
    return Bounded(sum(count.number for count in listed), any(count.more for count in listed))


def _instant(moment: datetime | Ago) -> datetime:
    return moment.at(timezone.localtime()) if isinstance(moment, Ago) else moment


def _as_text(value: datetime | int | str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    return str(value)


def _named(model: Any, organization: Organization, name: str) -> QuerySet[Any]:
    return model.objects.of(organization).filter(name__iexact=name)


def _called(model: Any, organization: Organization, name: str) -> list[str]:
    return list(_named(model, organization, name).values_list("genesys_id", flat=True))


def _keys(model: Any, organization: Organization, name: str) -> list[int]:
    return list(_named(model, organization, name).values_list("pk", flat=True))


def _with_id(organization: Organization, text: str) -> Q:
    """Return the assignments whose conversation's or communication's id starts so; each half has its own index."""
    conversations = Conversation.objects.of(organization).filter(conversation_id__startswith=text).values("pk")
    legs = Communication.objects.of(organization).filter(communication_id__startswith=text).values("pk")
    of_conversations = Communication.objects.of(organization).filter(conversation__in=conversations).values("pk")
    return Q(communication__in=legs.union(of_conversations, all=True))


def _said(organization: Organization, source: str, code: str) -> Q:
    """Return the assignments of whose conversation this source, or any, said this code, or anything."""
    asked = {name: value for name, value in {"source": source, "code": code}.items() if value}
    said = Disposition.objects.of(organization).filter(**asked).values("conversation_id")
    return Q(
        communication__conversation__in=Conversation.objects.of(organization)
        .filter(conversation_id__in=said)
        .values("pk")
    )


def _of_rule(organization: Organization, identity: str) -> Q:
    """Return what this rule chose in whichever release; a row that none matches any more keeps it to be read only."""
    rules = MappingRule.objects.of(organization).filter(identity=identity).values_list("pk", flat=True)
    return Q(rule__in=list(rules)) & ~Q(reason=SkipReason.NO_RULE)


FOUND: Mapping[str, Q] = {
    "none": Q(found_code_id=""),
    "system": Q(found_code_id__startswith=SYSTEM_CODE_PREFIX),
    "chosen": ~Q(found_code_id="") & ~Q(found_code_id__startswith=SYSTEM_CODE_PREFIX),
}
"""What the communication carried before us: no code, one that Genesys filled in, or one that a person chose."""

_CORRECTION, _AS_WANTED = Q(corrects__isnull=False), Q(found_code_id=F("wrapup_code__genesys_id"))
_CORRECTED = Q(corrections__isnull=False, wrapup_code__isnull=False)
_NOT_CORRECTED = Q(corrections__isnull=True) | Q(wrapup_code=None)
_REPLACED = ~_CORRECTION & (Q(status=Status.OVERRIDDEN) | _CORRECTED)
_STANDS = ~_CORRECTION & ~Q(status=Status.OVERRIDDEN) & _NOT_CORRECTED
Agreement = DecisionTally.Agreement

AGREEMENT: Mapping[str, Q] = {
    Agreement.SAME: _STANDS & FOUND["chosen"] & _AS_WANTED,
    Agreement.OTHER: _REPLACED | (_STANDS & FOUND["chosen"] & Q(wrapup_code__isnull=False) & ~_AS_WANTED),
    Agreement.NONE: _CORRECTION | (_STANDS & (FOUND["none"] | FOUND["system"] | Q(wrapup_code=None))),
}
"""What a person had chosen beside what the rule chose; who put another code in place of ours, or corrected it, chose
another. A correction itself was chosen by no rule. `wrapups.services.tallying` counts the same."""

NARROWING: Mapping[str, Callable[[Organization, Any], Q]] = {
    "reason": lambda _, reason: Q(reason=reason),
    "queue": lambda org, name: Q(queue_id__in=_called(Queue, org, name)),
    "agent": lambda org, name: Q(agent_id__in=_called(Agent, org, name)),
    "media_type": lambda _, media_type: Q(media_type=media_type),
    "code": lambda org, name: Q(wrapup_code__in=_keys(WrapupCode, org, name)),
    "found": lambda _, found: FOUND[found],
    "identity": _of_rule,
    "agreement": lambda _, agreement: AGREEMENT[agreement],
    "rule": lambda org, name: Q(rule__in=_keys(MappingRule, org, name)),
    "q": _with_id,
    "since": lambda _, since: Q(ended_at__gte=_instant(since)),
    "until": lambda _, until: Q(ended_at__lt=_instant(until)),
    "fingerprint": lambda _, of: Q(fingerprint="" if of == NO_FINGERPRINT else of),
    "backfill": lambda _, key: Q(backfill=key),
    "words": lambda _, words: Q(words=query_of(words)),
    "ids": lambda org, ids: Q(communication__in=legs_of(org, ids)),
    "release": lambda org, number: Q(release__in=_releases(org, number)),
    "error": lambda _, code: Q(error_code=code),
    "http": lambda org, status: Q(pk__in=_attempts(org, http_status=status)),
    "correlation": lambda org, correlation: Q(pk__in=_attempts(org, correlation_id=correlation)),
}
"""How each field of the filter narrows, status apart."""
