"""What deciding would do, without doing it: the same rules and policies on the same readings, and nothing stored."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from wrapups.domain.capabilities import Capabilities, Question
from wrapups.domain.conversation import CommunicationSeen, ConversationSeen
from wrapups.domain.facts import facts_of
from wrapups.domain.status import Status
from wrapups.models import Assignment, Organization, Release
from wrapups.services.deciders import Deciders
from wrapups.services.deciding import said_about, still_open
from wrapups.services.proof import key_of
from wrapups.services.rulebook import compiled
from wrapups.services.sighting import Key, ended_agent_legs, recalled
from wrapups.services.verdicts import Offer, Verdict, only_recorded, verdict_on


class Fate(StrEnum):
    """What would become of one communication."""

    ASSIGNED = "assigned"
    SKIPPED = "skipped"
    FAILED = "failed"  # its code is gone or not on the queue
    KNOWN = "known"  # decided before; nothing changes by itself
    TOO_OLD = "too_old"  # Genesys was seen to refuse codes at this age


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The fate of one communication. `late`: older than the age from which a refusal is final."""

    fate: Fate
    queue_id: str
    verdict: Verdict | None = None
    late: bool = False


class Foresight:
    """What a release would do in an organization as it is now."""

    def __init__(self, organization: Organization, release: Release, *, now: datetime) -> None:
        self._organization, self._now = organization, now
        self._deciders = Deciders(release)
        self._offer, self._policy = Offer.of(organization), organization.policy()
        self._refused_age = _refused_ages(organization)

    def of(self, sightings: Sequence[ConversationSeen]) -> Iterator[Foreseen]:
        """Yield the fate of every ended agent communication of these conversations."""
        whole = recalled(self._organization, sightings)
        ids = [seen.conversation_id for seen in whole]
        latest, said = _latest(self._organization, ids), said_about(self._organization, ids)
        for seen in whole:
            too_old = self.too_old(seen)
            for leg in ended_agent_legs(seen):
                existing = latest.get((seen.conversation_id, leg.participant_id, leg.communication_id))
                facts = facts_of(seen, leg, said.get(seen.conversation_id, []))
                release = self._deciders.of(seen.conversation_id, leg.queue_id)
                verdict = verdict_on(
                    seen,
                    leg,
                    facts,
                    release=compiled(release.pk),
                    policy=self._policy,
                    offer=self._offer,
                    now=self._now,
                )
                verdict = only_recorded(verdict) if release.shadow else verdict
                yield self._foreseen(leg, existing, verdict, too_old=too_old)

    def too_old(self, seen: ConversationSeen) -> bool:
        """Return whether Genesys was seen to refuse codes on every communication of this age and medium."""
        legs = ended_agent_legs(seen)
        return bool(legs) and all(self._age(leg) > self._refused_age.get(leg.media_type, _NEVER) for leg in legs)

    def _foreseen(
        self, leg: CommunicationSeen, existing: Assignment | None, verdict: Verdict, *, too_old: bool
    ) -> Foreseen:
        queue = leg.queue_id or ""
        # A decision still to be sent stays with the release that made it; one that matched no rule is made again.
        stays = existing and (existing.status != Status.SKIPPED or verdict.status == Status.SKIPPED)
        if existing and (stays or not still_open(existing)):
            return Foreseen(Fate.KNOWN, queue)
        if too_old:
            return Foreseen(Fate.TOO_OLD, queue)
        late = self._age(leg) > timedelta(hours=self._organization.too_late_h)
        return Foreseen(FATES[verdict.status], queue, verdict, late)

    def _age(self, leg: CommunicationSeen) -> timedelta:
        return self._now - (leg.ended_at or self._now)


FATES: Mapping[Status, Fate] = {
    Status.PENDING: Fate.ASSIGNED,
    Status.SKIPPED: Fate.SKIPPED,
    Status.FAILED: Fate.FAILED,
}
_NEVER = timedelta.max


def count(foreseen: Iterable[Foreseen], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was counted before and these, as JSON: numbers by fate, and of those assigned by code and queue.

    `reasons` are why others are skipped or fail, `late` those assigned of whom a refusal would be final.
    """
    counted = {name: Counter(before.get(name, {})) for name in ("fates", "codes", "queues", "reasons")}
    late = before.get("late", 0)
    for each in foreseen:
        counted["fates"][each.fate.value] += 1
        verdict = each.verdict
        if each.fate is Fate.ASSIGNED and verdict:
            counted["codes"][str(verdict.wrapup_code_pk)] += 1
            counted["queues"][each.queue_id] += 1
            late += each.late
        elif verdict and verdict.reason:
            counted["reasons"][verdict.reason.value] += 1
    return {**counted, "late": late}


def _refused_ages(organization: Organization) -> Mapping[str, timedelta]:
    """Return, by medium, the smallest age at which a probe saw every write refused."""
    media = Capabilities.of(organization.capabilities).media
    found = {medium: answers.get(Question.REFUSED_AGE) for medium, answers in media.items()}
    return {medium: timedelta(seconds=answer.number) for medium, answer in found.items() if answer and answer.number}


def _latest(organization: Organization, conversation_ids: Sequence[str]) -> Mapping[Key, Assignment]:
    rows = Assignment.everywhere.of(organization).filter(
        communication__conversation__conversation_id__in=conversation_ids
    )
    found = rows.select_related("communication__conversation").order_by("generation", "pk")
    return {key_of(row): row for row in found}
