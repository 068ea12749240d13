"""One filter for assignments: it feeds the list, the counts, the chips and every link to the list."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.queries.ageing import too_late_before
from dashboard.queries.bounded import BOUND, SMALL_BOUND, Bounded, counts_up_to
from dashboard.queries.keyset import Branches, Order
from dashboard.queries.narrowing import NARROWING, said
from dashboard.queries.orders import DUE, LEFT, NEWEST, ORDERS
from dashboard.query_bar.moments import Ago
from wrapups.domain.status import LIVE, WAITS_FOR_A_PERSON, Status
from wrapups.models import Assignment, Organization

EVERYTHING = "?all"
"""What an address ends with that asks for everything; one that asks nothing opens with the person's default view."""


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """What a person looks for. Names, not ids, so that an address can be read; empty and None mean "any".

    `q` is a conversation's or communication's id, whole or its first characters. `since` (from then on) and
    `until` (before then) are about when the communication ended. `found` is one of `FOUND`; `queue` and `code` may be
    `NOTHING`, and `division` has the queues that it has now. `source` and `disposition` are about what an outside
    system said of the conversation, at whatever time. `identity` is a rule's in all releases, and `agreement`, one of
    `DecisionTally.Agreement`, what a person had chosen beside it. `backfill` is the number of the back-fill that made
    it, `bulk` that of the act on many assignments that was done with it. `words` are looked for in all notes, see
    `words_asked`. `ids` are of conversations or communications, whole. `release` is a release's number, `error`
    Genesys' code of what went wrong at last, `http` and `correlation` are of any attempt, `event` is the
    id of an event that told of the conversation. `order` is one of `ORDERS`.
    `owner` is who holds what waits for a person, as `dashboard.queries.owners` has them.
    `view` narrows nothing: it is the saved view that the person began with.
    """

    status: str = ""
    reason: str = ""
    owner: str = ""
    queue: str = ""
    division: str = ""
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
    bulk: int | None = None
    words: str = ""
    ids: tuple[str, ...] = ()
    release: int | None = None
    error: str = ""
    http: int | None = None
    correlation: str = ""
    event: str = ""
    order: str = NEWEST
    view: str = ""

    def apply(self, organization: Organization, *, among: QuerySet[Assignment] | None = None) -> QuerySet[Assignment]:
        """Return the matching assignments (of those in `among`), unordered.

        What a newer decision has replaced is left out, unless `status` asks for it.
        """
        rows = Assignment.objects.of(organization) if among is None else among
        if self.status or self.owner or self.is_by_due or self.is_by_left:
            rows = rows.filter(status__in=self.statuses)
        else:
            rows = rows.exclude(status=Status.SUPERSEDED)
        return rows.filter(*self.conditions(organization))

    def branches(
        self, organization: Organization, conditions: Sequence[Q], *, among: Collection[Status] = frozenset(Status)
    ) -> Branches:
        """Return the same rows, of the statuses in `among`, status by status, as the indexes of the search have them.

        `conditions` are the filter's own. Few rows that are looked up by their keys are not told apart.
        """
        rows = Assignment.objects.of(organization).filter(*conditions)
        statuses = [status.value for status in self.statuses if status in among]
        if self.names_rows:
            return Branches([rows.filter(status__in=statuses)])
        return Branches([rows.filter(status=status) for status in statuses])

    def conditions(self, organization: Organization) -> list[Q]:
        """Return how it narrows, status apart; a query for each name, so that PostgreSQL plans with ids."""
        asked = ((narrow, getattr(self, name)) for name, narrow in NARROWING.items())
        heard = [said(self.source, self.disposition)] if self.source or self.disposition else []
        in_time = [Q(ended_at__gt=too_late_before(organization, timezone.now()))] if self.is_by_left else []
        return [narrow(organization, value) for narrow, value in asked if value] + heard + in_time

    @property
    def names_rows(self) -> bool:
        """Whether it names its rows one by one, some hundreds at most."""
        return bool(self.ids or self.correlation or self.event)

    @property
    def statuses(self) -> Sequence[Status]:
        """The statuses of what it lists: by due time what is still to be done, of an owner what waits for a person."""
        if self.status:
            return [status for status in self.possible if status == self.status]
        if self.is_by_left or self.owner:
            return [status for status in Status if status in WAITS_FOR_A_PERSON]
        return [status for status in Status if (status in LIVE if self.is_by_due else status != Status.SUPERSEDED)]

    @property
    def possible(self) -> Sequence[Status]:
        """The statuses that its rows can have at all, whichever is asked for: only what waits for somebody is held."""
        return [status for status in Status if not self.owner or status in WAITS_FOR_A_PERSON]

    @property
    def is_by_due(self) -> bool:
        """Whether it lists by due time; what is done, or waits for somebody, is not due: its order is the usual one."""
        return self.order == DUE and not self.owner and (not self.status or self.status in LIVE)

    @property
    def is_by_left(self) -> bool:
        """Whether it lists by the time left before Genesys Cloud refuses them: what waits for a person and has any."""
        return self.order == LEFT and (not self.status or self.status in WAITS_FOR_A_PERSON)

    @property
    def counted_up_to(self) -> int:
        """How far its rows are counted: less far for what is found in rows rather than in the order of an index."""
        return SMALL_BOUND if self.words or self.source or self.disposition or self.http else BOUND

    @property
    def listed_in(self) -> str:
        """The name of the order that it lists in."""
        holds = {DUE: self.is_by_due, LEFT: self.is_by_left}.get(self.order, True)
        return self.order if holds else NEWEST

    @property
    def listed_by(self) -> Order:
        """The order that it lists in."""
        return ORDERS[self.listed_in]

    def parameters(self) -> dict[str, str]:
        """Return what stands in the address for this filter; times are local to the person, to the minute,
        with the offset where the clock shows one twice."""
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
    def narrows_rows(self) -> bool:
        """Whether it leaves any row out, whatever the order: only then does "all of it" mean something."""
        return bool(self.but(order=NEWEST, view="").parameters())

    @property
    def narrows(self) -> bool:
        """Whether it leaves any row out: an order does so only where what is done has no place in it."""
        return self.narrows_rows or self.is_by_due or self.is_by_left


def count_by_status(
    asked: AssignmentFilter,
    organization: Organization,
    *,
    conditions: Sequence[Q] | None = None,
    bound: int | None = None,
) -> dict[Status, Bounded]:
    """Return how many assignments each status has under the rest of the filter, exact up to a bound; one query.

    The bound is the filter's `counted_up_to`, unless another is given. Whoever has the filter's `conditions` already
    gives them, so that names are not looked up twice.
    """
    narrowed = asked.conditions(organization) if conditions is None else conditions
    most = asked.counted_up_to if bound is None else bound
    rows = Assignment.objects.of(organization).filter(*narrowed)
    if asked.names_rows:
        counted = Counter(rows.values_list("status", flat=True))
        counts = [Bounded.of(counted[status], most) for status in asked.possible]
    else:
        counts = counts_up_to(rows, "status", asked.possible, most)
    return dict.fromkeys(Status, Bounded(0)) | dict(zip(asked.possible, counts, strict=True))


def total(counts: Mapping[Status, Bounded], among: Sequence[Status] = AssignmentFilter().statuses) -> Bounded:
    """Return how many a list of these statuses has; without a status that is all but the superseded ones."""
    listed = [counts[status] for status in among]
    return Bounded(sum(count.number for count in listed), any(count.more for count in listed))


def _as_text(value: datetime | int | str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        comes_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
        return local.isoformat(timespec="minutes") if comes_twice else f"{local:%Y-%m-%dT%H:%M}"
    return str(value)
