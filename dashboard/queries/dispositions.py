"""The dispositions that came and that no rule asks for, latest first, and those that were set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.keyset import Ended, Order, page_of
from wrapups.domain.knowing import Saying
from wrapups.domain.rules import Rule
from wrapups.models import Disposition, DispositionSeen, Organization, Sweep
from wrapups.services.recognizing import knowledge_of

PAGE_SIZE = 50
MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class Said(Ended):
    """A place among dispositions in the order in which they were last said."""

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return the place of a row."""
        return cls(row.last_said_at, row.pk)


BY_LAST_SAID = Order(
    ("last_said_at", "pk"),
    Said.of,
    lambda place: Q(last_said_at__lte=place.at) & (Q(last_said_at__lt=place.at) | Q(pk__lt=place.pk)),
    lambda place: Q(last_said_at__gte=place.at) & (Q(last_said_at__gt=place.at) | Q(pk__gt=place.pk)),
)


@dataclass(frozen=True, slots=True)
class DispositionLine:
    """One disposition as a kind. `rule` asks for it by now, if one does; it was said last of conversation `example`."""

    seen: DispositionSeen
    rule: Rule | None
    example: str

    @property
    def make_rule(self) -> str:
        """The address of a new rule's form that asks for it already."""
        return make_rule_address(self.seen.source, self.seen.code)

    @property
    def conversations(self) -> str:
        """The address's part that lists what was decided about conversations with it."""
        return AssignmentFilter(source=self.seen.source, disposition=self.seen.code).query_string()


@dataclass(frozen=True, slots=True)
class Inbox:
    """Some dispositions, latest first. `newer` and `older` are places to go on from."""

    lines: Sequence[DispositionLine]
    newer: Ended | None
    older: Ended | None


def make_rule_address(source: str, disposition: str, *queue_ids: str) -> str:
    """Return the address of the form of a new rule that asks for this already."""
    said = [("source", source), ("disposition", disposition), *(("queue", each) for each in queue_ids)]
    return f"{reverse('rule-add')}?{urlencode([each for each in said if each[1]])}"


def unknown(organization: Organization) -> QuerySet[Any]:
    """Return the dispositions that no rule asked for when they were last judged and that nobody has set aside."""
    rows: QuerySet[Any] = DispositionSeen.objects.of(organization).filter(known=False, dismissed_at=None)
    return rows


def inbox(
    organization: Organization,
    *,
    aside: bool,
    source: str = "",
    before: Ended | None = None,
    after: Ended | None = None,
) -> Inbox:
    """Return a page of what nobody has seen to, or of what was set aside: three queries, whatever it holds.

    Rules are asked as they are now; what one has come to ask for since is still there, and says so.
    """
    rows = set_aside(organization) if aside else unknown(organization)
    rows = rows.filter(source=source) if source else rows
    rows = rows.select_related("dismissed_by").annotate(example_id=_said_last_of(organization))
    page = page_of(rows, before=before, after=after, size=PAGE_SIZE, order=BY_LAST_SAID)
    return Inbox(_lines(organization, page.rows), page.newer, page.older)


def _said_last_of(organization: Organization) -> Subquery:
    """Return the id of the conversation of which a disposition was said last."""
    said = Disposition.objects.of(organization).filter(code=OuterRef("code"), source=OuterRef("source"))
    return Subquery(said.order_by("-pk").values("conversation_id")[:1])


def _lines(organization: Organization, rows: Sequence[Any]) -> list[DispositionLine]:
    if not rows:
        return []
    knowledge = knowledge_of(organization)
    return [
        DispositionLine(row, next(iter(knowledge.rules_for(Saying(row.source, row.code))), None), row.example_id or "")
        for row in rows
    ]


def set_aside(organization: Organization) -> QuerySet[Any]:
    """Return the dispositions that somebody has set aside."""
    rows: QuerySet[Any] = DispositionSeen.objects.of(organization).filter(dismissed_at__isnull=False)
    return rows


def sources(organization: Organization) -> list[str]:
    """Return the sources that ever said a disposition, by name."""
    return list(DispositionSeen.objects.of(organization).order_by("source").values_list("source", flat=True).distinct())


def last_counted(organization: Organization) -> Sweep | None:
    """Return the duty that counts: when it last did, and what stopped it."""
    return Sweep.objects.filter(organization=organization, kind=Sweep.Kind.TALLY).first()
