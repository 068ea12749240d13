"""From readings of conversations to assignments: one transaction per page, the same result however often it is seen.

A decision is made once. While nothing was sent it follows what Genesys shows (after-call work, a code the agent
chose meanwhile) and what outside systems say; afterwards only a person makes a new one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction

from wrapups.domain.conversation import ConversationSeen
from wrapups.domain.eligibility import Policy
from wrapups.domain.facts import DispositionSaid, Facts, facts_of, with_dispositions, with_predictions
from wrapups.domain.predictions import from_json
from wrapups.domain.status import LIVE, Lane, SkipReason, Status
from wrapups.models import Assignment, Communication, Disposition, Organization, Release
from wrapups.models.clock import AppNow, app_now
from wrapups.services.deciders import Deciders
from wrapups.services.moving import move
from wrapups.services.noting import write_notes
from wrapups.services.rulebook import compiled, in_force
from wrapups.services.sighting import ended_agent_legs, keep, recalled
from wrapups.services.standing import standings_of
from wrapups.services.verdicts import Offer, Verdict, by_rules, only_recorded, verdict_on


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one communication's assignment should now be: by which release, on which facts."""

    communication: Communication
    release_pk: int
    facts: Facts
    verdict: Verdict
    notes: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """The assignment's columns that this ruling sets."""
        verdict = self.verdict
        columns: dict[str, Any] = {
            "rule_id": verdict.rule_pk,
            "wrapup_code_id": verdict.wrapup_code_pk,
            "reason": verdict.reason or "",
            "facts": self.facts,
            "found_code_id": self.communication.code_id,
            "error_message": verdict.message,
            "fingerprint": verdict.fingerprint,
            "notes": self.notes,
            "keep_end_time": verdict.keep_end_time,
        }
        return columns | ({"due_at": verdict.due_at} if verdict.due_at else {})


def decide(
    organization: Organization, release: Release, sightings: Sequence[ConversationSeen], *, lane: Lane = Lane.FRESH
) -> int:
    """Keep these readings and decide every ended agent communication in them; return how many decisions are new.

    All in one transaction. Deciding what was decided before changes nothing, unless it is still unsent and
    Genesys now shows something else. `lane` is where new assignments wait.
    """
    return len(assign(organization, release, sightings, lane=lane))


def assign(
    organization: Organization,
    release: Release,
    sightings: Sequence[ConversationSeen],
    *,
    lane: Lane,
    backfill_pk: int | None = None,
) -> list[Assignment]:
    """Do what `decide` does and return the new assignments themselves; a back-fill's are marked as such.

    A back-fill also decides anew what a release in shadow mode had only recorded.
    """
    ordered = sorted({seen.conversation_id: seen for seen in sightings}.values(), key=lambda seen: seen.conversation_id)
    with transaction.atomic():
        one_at_a_time(organization, [seen.conversation_id for seen in ordered])
        ordered = recalled(organization, ordered)
        rows = keep(organization, ordered)
        said = said_about(organization, [seen.conversation_id for seen in ordered])
        latest = _latest_of(row.pk for row in rows.values())
        offer, now, policy = Offer.of(organization), app_now(), organization.policy()
        deciders = Deciders(release)
        rulings: list[tuple[Assignment | None, Ruling]] = []
        for seen, leg in ((each, leg) for each in ordered for leg in ended_agent_legs(each)):
            row = rows[seen.conversation_id, leg.participant_id, leg.communication_id]
            existing = latest.get(row.pk)
            if existing is None or still_open(existing):
                present = deciders.of(seen.conversation_id, leg.queue_id)
                basis = _basis(existing, present, asked=backfill_pk is not None)
                facts = facts_of(seen, leg, said.get(seen.conversation_id, []))
                rules = compiled(basis.release_pk)
                verdict = verdict_on(seen, leg, facts, release=rules, policy=policy, offer=offer, now=now)
                rulings.append((existing, basis.ruling(row, facts, _waiting(existing, verdict, now))))
        fresh = _settle_all(organization, rulings, now)
        for made in fresh:
            made.lane, made.backfill_id = lane, backfill_pk
        Assignment.everywhere.bulk_create(fresh, ignore_conflicts=True)  # what another worker just made stays
    return fresh


def decide_anew(
    organization: Organization,
    conversation_ids: Collection[str],
    *,
    lane: Lane = Lane.FRESH,
    again: Collection[int] | None = None,
) -> None:
    """Let the unsent or unmatched assignments of these conversations follow what outside systems say now.

    Where `again` is given, only the assignments with these keys, failed ones too, and those by the release in force,
    whichever had decided them. Works on the facts as they were stored, so it costs no call. New assignments wait in
    `lane`. Call it within a transaction that has the conversations to itself (`one_at_a_time`).
    """
    known = Communication.everywhere.filter(
        organization=organization, conversation__conversation_id__in=conversation_ids
    )
    rows = known.select_related("conversation").in_bulk()
    latest = _latest_of(rows)
    if again is None:
        candidates = [row for row in latest.values() if still_open(row)]
    else:
        candidates = [row for row in latest.values() if row.pk in again and (still_open(row) or turned_away(row))]
    release = in_force(organization) if candidates else None
    if release is None:
        return
    said = said_about(organization, conversation_ids)
    offer, policy, now = Offer.of(organization), organization.policy(), app_now()
    standings, rulings = standings_of(rows, latest, now=now), []
    deciders = Deciders(release)
    for existing in candidates:
        row = rows[existing.communication_id]
        present = deciders.of(row.conversation.conversation_id, row.queue_id)
        basis = Basis(present.pk, present.shadow) if again is not None else _basis(existing, present, asked=False)
        facts = with_dispositions(existing.facts, said.get(row.conversation.conversation_id, []))
        facts = with_predictions(facts, from_json(row.conversation.predictions), row.communication_id)
        verdict = by_rules(
            facts,
            standings[row.pk],
            at=row.ended_at,
            release=compiled(basis.release_pk),
            policy=policy,
            offer=offer,
            due=partial(_due_anew, existing, row, now),
        )
        rulings.append((existing, basis.ruling(row, facts, verdict)))
    fresh = _settle_all(organization, rulings, now)
    for made in fresh:
        made.lane = lane
    Assignment.everywhere.bulk_create(fresh, ignore_conflicts=True)


def one_at_a_time(organization: Organization, conversation_ids: Sequence[str]) -> None:
    """Let nobody else decide these conversations until this transaction ends, nor hear what is said about them.

    Locks on ids, not on rows: what an outside system says while a conversation is read for the first time, and has
    no row yet, would otherwise be missed by both.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"organization": organization.pk, "ids": list(conversation_ids)})


_LOCK = """
    SELECT pg_advisory_xact_lock(key)
      FROM (SELECT DISTINCT hashtextextended(id, %(organization)s) AS key
              FROM unnest(%(ids)s::text[]) AS id ORDER BY key) AS keys
"""
"""In one order, whoever asks."""


def _due_anew(existing: Assignment, row: Communication, now: datetime, policy: Policy) -> datetime:
    """Not before it was, nor within the grace time; what is in after-call work is read again before it is written."""
    after_grace = (row.ended_at or now) + timedelta(seconds=policy.grace_s)
    return max(existing.due_at if existing.status == Status.PENDING else now, after_grace)


def _waiting(existing: Assignment | None, verdict: Verdict, now: datetime) -> Verdict:
    """What a reading lets go at last, after long after-call work or a retry, has not been due since its grace time.

    It is due from now on, or since it was: `due_at` tells for how long a worker could have taken it.
    """
    if existing is None or existing.status != Status.PENDING or verdict.due_at is None:
        return verdict
    return replace(verdict, due_at=max(verdict.due_at, min(existing.due_at, now)))


def _settle_all(
    organization: Organization, rulings: Sequence[tuple[Assignment | None, Ruling]], now: datetime
) -> list[Assignment]:
    """Apply rulings, each with the notes its rule writes about these facts; return the new assignments."""
    told = write_notes(organization, [(ruling.verdict.notes, ruling.facts) for _, ruling in rulings])
    return [
        made
        for (existing, ruling), notes in zip(rulings, told, strict=True)
        for made in _settle(existing, replace(ruling, notes=notes), now)
    ]


def _settle(existing: Assignment | None, ruling: Ruling, now: datetime) -> list[Assignment]:
    """Apply a ruling: return a new assignment to be created, or change the open one; where nothing differs, nothing."""
    if existing is None:
        return [_assignment(ruling, now, generation=0)]
    if existing.status == Status.PENDING:
        _follow(existing, ruling)
    elif existing.status == ruling.verdict.status == Status.FAILED:
        same = Assignment.everywhere.filter(pk=existing.pk, status=Status.FAILED)
        same.update(release_id=ruling.release_pk, updated_at=AppNow(), error="", error_code="", **ruling.columns)
    elif existing.status == Status.FAILED or ruling.verdict.status != Status.SKIPPED:
        move(existing.pk, Status(existing.status), Status.SUPERSEDED)
        return [_assignment(ruling, now, generation=existing.generation + 1)]
    elif ruling.verdict.rule_pk or existing.reason == SkipReason.SHADOW:
        # Matched by now, and withheld: it says so from now on, and which rule it was. In shadow mode it is followed
        # as it would be if it were to be written.
        same = Assignment.everywhere.filter(pk=existing.pk, status=Status.SKIPPED)
        same.update(release_id=ruling.release_pk, updated_at=AppNow(), **ruling.columns)
    return []


def _follow(existing: Assignment, ruling: Ruling) -> None:
    columns = ruling.columns | {"release_id": ruling.release_pk}
    if ruling.verdict.status == Status.SKIPPED and ruling.release_pk == existing.release_id:
        # What was wanted until now stays readable. What another release wanted, the history tells.
        stays = ("wrapup_code_id", "rule_id", "notes", "keep_end_time")
        columns |= {name: getattr(existing, name) for name in stays}
    if ruling.verdict.status != existing.status:
        move(existing.pk, Status.PENDING, ruling.verdict.status, **columns)
    elif any(getattr(existing, name) != value for name, value in columns.items()):
        waits = Assignment.everywhere.filter(pk=existing.pk, status=Status.PENDING)
        waits.update(updated_at=AppNow(), **columns)


def still_open(existing: Assignment) -> bool:
    """Return whether the decision may still change by itself: nothing was ever sent, or no rule had matched.

    What a person wants there, puts back, or has sent again does not; nor does what its worker may have sent when it
    died. A write that Genesys turned away for lack of calls or of a login (`write_count` 0) was not sent.
    """
    by_itself = not existing.insisted and existing.bulk_act_id is None
    may_be_sent = existing.written_at is not None and (existing.retry_epoch > 0 or existing.crash_count > 0)
    unsent = existing.status == Status.PENDING and existing.write_count == 0 and by_itself and not may_be_sent
    unmatched = existing.rule_id is None and existing.reason in MAY_MATCH
    return unsent or (existing.status == Status.SKIPPED and by_itself and (unmatched or _recorded(existing)))


def turned_away(existing: Assignment) -> bool:
    """Return whether it failed and nothing of it can show up any more, so that another may take its place."""
    a_person_s = existing.insisted or existing.bulk_act_id is not None or existing.corrects_id is not None
    may_show_up = existing.unresolved_write or existing.was_accepted
    return bool(existing.status == Status.FAILED and not a_person_s and not may_show_up)


def _recorded(existing: Assignment) -> bool:
    """Return whether a release in shadow mode decided it, so that nothing is written."""
    return bool(existing.status == Status.SKIPPED and existing.reason == SkipReason.SHADOW)


MAY_MATCH = frozenset({SkipReason.NO_RULE, SkipReason.AGENT_CHOSE, SkipReason.ALREADY_CODED, SkipReason.OTHER_LEG})
"""Why something is skipped that no rule matched, where one that does could have a policy of its own."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The release that decides, and whether it is in shadow mode."""

    release_pk: int
    shadow: bool

    def ruling(self, row: Communication, facts: Facts, verdict: Verdict) -> Ruling:
        """Return what its verdict comes to."""
        return Ruling(row, self.release_pk, facts, only_recorded(verdict) if self.shadow else verdict)


def _basis(existing: Assignment | None, present: Release, *, asked: bool) -> Basis:
    """A pending assignment stays with the release that decided it; whatever is decided anew takes the present one.

    So does what was only recorded, until somebody asks for it to be decided anew.
    """
    if existing is not None and existing.release_id is not None:
        recorded = _recorded(existing)
        if existing.status == Status.PENDING or (recorded and not asked):
            return Basis(existing.release_id, recorded)
    return Basis(present.pk, present.shadow)


def _latest_of(communication_pks: Iterable[int]) -> Mapping[int, Assignment]:
    """Return each communication's newest assignment, locked until the transaction ends: by their keys, as all do."""
    rows = Assignment.everywhere.filter(communication__in=list(communication_pks))
    locked = list(rows.select_for_update().order_by("pk"))
    return {row.communication_id: row for row in sorted(locked, key=lambda row: row.generation)}


def said_about(organization: Organization, conversation_ids: Iterable[str]) -> Mapping[str, list[DispositionSaid]]:
    """Return what outside systems have said about each of these conversations, in its order."""
    rows = Disposition.everywhere.filter(organization=organization, conversation_id__in=list(conversation_ids))
    said: dict[str, list[DispositionSaid]] = {}
    for row in rows.order_by("said_at", "pk"):
        said.setdefault(row.conversation_id, []).append(DispositionSaid(row.source, row.code, row.notes, row.said_at))
    return said


def _assignment(ruling: Ruling, now: datetime, *, generation: int) -> Assignment:
    """Return a new assignment; one that goes no further by itself is finished as it is made, as one that moved is."""
    return Assignment(
        organization_id=ruling.communication.organization_id,
        communication=ruling.communication,
        generation=generation,
        release_id=ruling.release_pk,
        ended_at=ruling.communication.ended_at,
        status=ruling.verdict.status,
        finished_at=None if ruling.verdict.status in LIVE else now,
        **ruling.columns,
    )
