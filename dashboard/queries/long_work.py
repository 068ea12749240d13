"""What goes on for longer than a page waits: back-fills, files, what-ifs, acts on many, exports, probes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat
from django.urls import reverse

from dashboard.divisions import is_open_to
from dashboard.queries.bounded import CountUpTo
from dashboard.queries.bulk_acts import TITLES
from dashboard.templatetags.badges import Look
from wrapups.models import Backfill, BulkAct, Erasure, Export, Organization, Person, Probe, Upload, WhatIf
from wrapups.models.clock import app_now

LATELY = timedelta(days=1)
MOST = 10
"""Of each kind; the kind's own list has the rest."""

GOES_ON = Look("waiting", "clock", "It goes on by itself, also when this page is closed.")
WAITS = Look("warning", "hand", "It waits for somebody to say how to go on.")
LOOKS = {
    "done": Look("good", "circle-check", "It came to its end."),
    "failed": Look("bad", "circle-x", "It cannot go on; its page says why."),
    "cancelled": Look("quiet", "circle-slash", "Somebody ended it."),
    "expired": Look("quiet", "clock-alert", "Its file was removed."),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of long work: its model, its page, and which of its states go on by themselves or wait for a person."""

    word: str
    model: type[Any]
    url_name: str
    goes_on: Collection[str]
    waits: Collection[str]
    name: Any
    since: str = "created_at"
    only: Mapping[str, object] = field(default_factory=dict)
    """What its rows have, where others are kept with them."""

    def rows(self, organization: Organization, person: Person) -> QuerySet[Any]:
        """Return its rows of an organization; of whom divisions limit, their own, and none whose page is closed."""
        found: QuerySet[Any] = self.model.objects.of(organization).filter(**self.only)
        if not is_open_to(organization.sight, self.url_name):
            return found.none()
        return found.filter(person=person) if organization.sight.is_limited else found


KINDS = (
    Kind("back-fill", Backfill, "backfill-detail", ("reading", "running"), ("ready",), F("reason")),
    Kind("file", Upload, "upload-detail", ("reading", "running"), ("mapping", "checked"), F("filename")),
    Kind(
        "what-if",
        WhatIf,
        "what-if-detail",
        ("running",),
        (),
        Concat(Value("Draft "), F("draft_number"), output_field=CharField()),
    ),
    Kind("put-back", BulkAct, "put-back", ("freezing", "running"), ("ready",), F("reason"), only={"kind": "put_back"}),
    Kind("decided again", BulkAct, "decide-again", BulkAct.OPEN, (), F("reason"), only={"kind": "decide_again"}),
    Kind(
        "act on many",
        BulkAct,
        "bulk-act",
        ("running",),
        ("ready",),
        Concat(
            Case(*(When(kind=kind, then=Value(title)) for kind, title in TITLES.items())),
            Value(" "),
            F("total"),
            Value(" assignments"),
            output_field=CharField(),
        ),
        only={"kind__in": BulkAct.ON_ASSIGNMENTS},
    ),
    Kind(
        "export",
        Export,
        "export-detail",
        ("running",),
        (),
        Concat(Value("Export "), F("pk"), output_field=CharField()),
    ),
    Kind("erasure", Erasure, "erasure-detail", ("finding", "running"), ("ready",), F("shown")),
    Kind("probe", Probe, "probe-detail", Probe.MOVES_BY_ITSELF, ("found",), F("conversation_id"), since="asked_at"),
)


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of long work. `at_work`: it goes on by itself at this moment."""

    kind: str
    name: str
    state: str
    look: Look
    url: str
    person: str
    begun_at: datetime
    at_work: bool


def long_work(organization: Organization, person: Person) -> list[Work]:
    """Return what this person may see of what goes on or waits, then of what ended in the last day.

    Newest first; two queries.
    """
    rows = _rows(organization, person, since=app_now() - LATELY)
    people = {person.pk: str(person.get_full_name() or person.username) for person in _people(rows)}
    found = [_work(row, people) for row in rows]
    return sorted(found, key=lambda work: (not work.at_work, -work.begun_at.timestamp()))


def going_on(organization: Organization, person: Person) -> Combinable:
    """Return a column with how much of it goes on by itself at this moment, a few of each kind at most."""
    # A sum is nothing as soon as one of its queries is known to find nothing, so closed kinds are left out.
    open_ = (kind for kind in KINDS if is_open_to(organization.sight, kind.url_name))
    rows = (kind.rows(organization, person).filter(state__in=kind.goes_on) for kind in open_)
    counts: list[Combinable] = [CountUpTo(each, bound=MOST) for each in rows]
    return reduce(add, counts)


def _rows(organization: Organization, person: Person, *, since: datetime) -> list[tuple[Any, ...]]:
    first, *others = (_of(place, kind.rows(organization, person), since) for place, kind in enumerate(KINDS))
    return list(first.union(*others, all=True))


def _of(place: int, found: QuerySet[Any], since: datetime) -> QuerySet[Any]:
    kind = KINDS[place]
    rows = found.annotate(began=F(kind.since))
    open_first = Case(When(state__in=[*kind.goes_on, *kind.waits], then=Value(0)), default=Value(1))
    lately = rows.filter(began__gt=since) | rows.filter(state__in=kind.goes_on)
    latest = lately.order_by(open_first, "-pk")
    return latest.values_list(Value(place), "pk", kind.name, "state", "person_id", "began")[:MOST]


def _people(rows: list[tuple[Any, ...]]) -> Iterator[Person]:
    return Person.objects.filter(pk__in={row[4] for row in rows}).iterator() if rows else iter(())


def _work(row: tuple[Any, ...], people: dict[int, str]) -> Work:
    place, pk, name, state, person_pk, began = row
    kind = KINDS[place]
    look = GOES_ON if state in kind.goes_on else WAITS if state in kind.waits else LOOKS[state]
    words = dict(kind.model._meta.get_field("state").choices or ())
    return Work(
        kind=kind.word,
        name=name or f"{kind.word} {pk}",
        state=str(words[state]),
        look=look,
        url=reverse(kind.url_name, args=[pk]),
        person=people.get(person_pk, ""),
        begun_at=began,
        at_work=state in kind.goes_on,
    )
