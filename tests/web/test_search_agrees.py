"""The list read to its end, its count, and a plain reading of the same filter agree, in every order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.queries.assignments import AssignmentFilter, count_by_status, total
from dashboard.queries.bounded import Bounded
from dashboard.queries.listing import page_found
from dashboard.queries.orders import ORDERS, place_in
from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    AttemptFactory,
    CommunicationFactory,
    ConversationFactory,
    DispositionFactory,
    HandoverFactory,
    MappingRuleFactory,
    MembershipFactory,
    OrganizationFactory,
    QueueFactory,
    ReleaseFactory,
    WrapupCodeFactory,
)
from wrapups.domain.status import LIVE, WAITS_FOR_A_PERSON, SkipReason, Status
from wrapups.models import Organization, Person
from wrapups.models.scoping import Sight

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
TIMES = [START + timedelta(minutes=minutes) for minutes in range(4)]
WORDS = ("refund", "refunded", "called", "back", "Müller")

notes = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
one_of = st.sampled_from
first_or_second = st.sampled_from((0, 1))


@dataclass(frozen=True)
class Told:
    """One assignment as it is generated: what its row and those around it hold, places standing for names."""

    status: Status
    queue: int
    agent: int
    code: int
    rule: int | None
    media_type: str
    reason: str
    error_code: str
    found: str
    ended_at: datetime
    updated_at: datetime
    due_at: datetime
    notes: str
    agents_notes: str
    said: tuple[tuple[str, str, str], ...]
    http: tuple[int, ...]
    owner: int | None

    @property
    def texts(self) -> list[list[str]]:
        every = [self.notes, self.agents_notes, *(words for _, _, words in self.said)]
        return [text.lower().split() for text in every]


told = st.builds(
    Told,
    status=one_of(list(Status)),
    queue=first_or_second,
    agent=first_or_second,
    code=first_or_second,
    rule=st.none() | first_or_second,
    media_type=one_of(("voice", "chat")),
    reason=one_of(("", SkipReason.NO_RULE.value, SkipReason.CAMPAIGN.value)),
    error_code=one_of(("", "bad.request")),
    found=one_of(("", "ININ-WRAP-UP-TIMEOUT", "0b0a5a0e-6a4f-4d0e-8a55-0d0f3c0b7a11")),
    ended_at=one_of(TIMES),
    updated_at=one_of(TIMES),
    due_at=one_of(TIMES),
    notes=notes,
    agents_notes=notes,
    said=st.lists(st.tuples(one_of(("crm", "ivr")), one_of(("REF", "PAID")), notes), max_size=2).map(tuple),
    http=st.lists(one_of((202, 429, 503)), max_size=2).map(tuple),
    owner=st.none() | first_or_second,
)

asked_for = st.fixed_dictionaries(
    {"order": one_of(list(ORDERS))},
    optional={
        "status": one_of([status.value for status in Status]),
        "owner": one_of(("me", "owner 1", "nobody")),
        "queue": one_of(("Queue of 0", "queue of 1")),
        "agent": one_of(("Agent 0", "Agent 1")),
        "code": one_of(("Code 0", "Code 1")),
        "rule": one_of(("Rule 0", "Rule 1")),
        "identity": one_of([str(UUID(int=place + 1)) for place in (0, 1)]),
        "media_type": one_of(("voice", "chat")),
        "reason": one_of((SkipReason.NO_RULE.value, SkipReason.CAMPAIGN.value)),
        "error": st.just("bad.request"),
        "found": one_of(("none", "system", "chosen")),
        "release": one_of((1, 2)),
        "source": one_of(("crm", "ivr")),
        "disposition": one_of(("REF", "PAID")),
        "http": one_of((202, 429)),
        "since": one_of(TIMES),
        "until": one_of(TIMES),
        "words": one_of(("refund", "refund*", "REFUND back", '"called back"', "müller", "nothing")),
    },
)
few_of = st.builds(
    lambda asked, from_: {"order": asked["order"]} | dict(list(asked.items())[from_ : from_ + 3]),
    asked_for,
    st.integers(1, 14),
)
"""Up to three of what can be asked: with all of it nothing would ever match."""


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(told, min_size=3, max_size=7), asked=few_of)
def test_the_pages_the_count_and_a_plain_reading_agree(rows: list[Told], asked: dict[str, Any]):
    organization = OrganizationFactory(too_late_h=100_000)
    made = _stored(organization, rows)
    search = AssignmentFilter(**asked)

    wanted = [row for row in made if _matches(row.told, search)]

    assert _read_to_the_end(search, organization) == [row.pk for row in _in_order(wanted, search)]
    assert total(count_by_status(search, organization), search.statuses) == Bounded(len(wanted))
    assert set(search.apply(organization).values_list("pk", flat=True)) == {row.pk for row in wanted}


@dataclass(frozen=True)
class Stored:
    pk: int
    told: Told


def _stored(organization: Organization, rows: list[Told]) -> list[Stored]:
    queues = [QueueFactory(organization=organization, name=f"Queue of {place}") for place in (0, 1)]
    agents = [AgentFactory(organization=organization, name=f"Agent {place}") for place in (0, 1)]
    codes = [WrapupCodeFactory(organization=organization, name=f"Code {place}") for place in (0, 1)]
    people = [Person.objects.get_or_create(username=f"owner {place}")[0] for place in (0, 1)]
    for person in people:
        MembershipFactory(organization=organization, person=person)
    organization.sight = Sight(person_pk=people[0].pk)
    release = ReleaseFactory(organization=organization, number=1)
    rules = [
        MappingRuleFactory(
            organization=organization,
            release=release,
            name=f"Rule {place}",
            identity=UUID(int=place + 1),
            line=place + 1,
        )
        for place in (0, 1)
    ]
    stored = []
    for each in rows:
        conversation = ConversationFactory(organization=organization)
        for source, code, words in each.said:
            DispositionFactory(
                organization=organization,
                conversation_id=conversation.conversation_id,
                source=source,
                code=code,
                notes=words,
            )
        row = AssignmentFactory(
            organization=organization,
            communication=CommunicationFactory(
                organization=organization,
                conversation=conversation,
                queue_id=queues[each.queue].genesys_id,
                agent_id=agents[each.agent].genesys_id,
                media_type=each.media_type,
                code_notes=each.agents_notes,
            ),
            status=each.status,
            reason=each.reason,
            wrapup_code=codes[each.code],
            rule=None if each.rule is None else rules[each.rule],
            release=None if each.rule is None else release,
            error_code=each.error_code,
            found_code_id=each.found,
            notes=each.notes,
            ended_at=each.ended_at,
            updated_at=each.updated_at,
            due_at=each.due_at,
        )
        if each.owner is not None:
            HandoverFactory(organization=organization, assignment=row, owner=people[each.owner])
        for fence, status in enumerate(each.http):
            AttemptFactory(assignment=row, http_status=status, fence=fence)
        stored.append(Stored(row.pk, each))
    return stored


def _matches(row: Told, asked: AssignmentFilter) -> bool:
    """The filter as one would explain it, row by row."""
    said = [(source, code) for source, code, _ in row.said]
    found = {"": "none", "ININ-WRAP-UP-TIMEOUT": "system"}.get(row.found, "chosen")
    by_due = asked.order == "due" and not asked.owner and (not asked.status or Status(asked.status) in LIVE)
    by_left = asked.order == "left" and (not asked.status or Status(asked.status) in WAITS_FOR_A_PERSON)
    rule = "" if row.rule is None else f"Rule {row.rule}"
    identity = "" if row.rule is None or row.reason == SkipReason.NO_RULE else str(UUID(int=row.rule + 1))
    return (
        (row.status == asked.status if asked.status else row.status != Status.SUPERSEDED)
        and (not by_due or row.status in LIVE)
        and (not (by_left or asked.owner) or row.status in WAITS_FOR_A_PERSON)
        and asked.owner in ("", {0: "me", 1: "owner 1", None: "nobody"}[row.owner])
        and asked.queue.lower() in ("", f"queue of {row.queue}")
        and asked.agent in ("", f"Agent {row.agent}")
        and asked.code in ("", f"Code {row.code}")
        and asked.rule in ("", rule)
        and asked.identity in ("", identity)
        and asked.media_type in ("", row.media_type)
        and asked.reason in ("", row.reason)
        and asked.error in ("", row.error_code)
        and asked.found in ("", found)
        and (asked.release is None or (asked.release == 1 and row.rule is not None))
        and (not (asked.source or asked.disposition) or _was_said(said, asked.source, asked.disposition))
        and (asked.http is None or asked.http in row.http)
        and (not isinstance(asked.since, datetime) or row.ended_at >= asked.since)
        and (not isinstance(asked.until, datetime) or row.ended_at < asked.until)
        and _has_words(row, asked.words)
    )


def _was_said(said: list[tuple[str, str]], source: str, code: str) -> bool:
    return any(source in ("", by) and code in ("", what) for by, what in said)


def _has_words(row: Told, asked: str) -> bool:
    words = [word for text in row.texts for word in text]
    if asked == '"called back"':
        return any(("called", "back") in pairwise(text) for text in row.texts)
    if asked.endswith("*"):
        return any(word.startswith(asked.rstrip("*")) for word in words)
    return all(word in words for word in asked.lower().split())


def _in_order(rows: list[Stored], asked: AssignmentFilter) -> list[Stored]:
    column = asked.listed_by.columns[0]
    by = sorted(rows, key=lambda row: (getattr(row.told, column), row.pk))
    return by if asked.listed_by.rise else by[::-1]


def _read_to_the_end(asked: AssignmentFilter, organization: Organization) -> list[int]:
    conditions, pks, place = asked.conditions(organization), [], None
    while True:
        page = page_found(asked, organization, conditions, before=place, size=2)
        pks += [row.pk for row in page.rows]
        if page.older is None:
            return pks
        place = place_in(asked.listed_in, str(page.older))  # as it goes on in an address
