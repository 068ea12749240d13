"""Putting a release in force: what must be so, what may stand against it, and the moment itself.

A published release never changes its rules; the database sees to it. Assignments already decided keep the release
they were decided by.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from wrapups.domain.rollout import Rollout
from wrapups.models import Act, Organization, Release, Sweep
from wrapups.models.clock import AppNow
from wrapups.services import cases, deciding_again, drifting
from wrapups.services.auditing import Actor, acting
from wrapups.services.deciders import rollout_of
from wrapups.services.releasing import NotADraft
from wrapups.services.rulebook import in_force

MOST_NAMED = 5


class CannotPublish(ValueError):
    """The release is not fit to decide anything; the message says what to mend."""


class StandsAgainst(CannotPublish):
    """Something stands against it that a person may decide to pass over, with a reason."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """How a release comes into force: for how much of what ends, and whether what it decides is written.

    `decides_again`: what was decided before and not sent yet is decided again by it.
    """

    rollout: Rollout = field(default_factory=Rollout)
    shadow: bool = False
    decides_again: bool = False

    @property
    def columns(self) -> dict[str, Any]:
        """Return it as a release stores it."""
        queues = sorted(self.rollout.queue_ids)
        part = {"rollout_percent": self.rollout.percent, "rollout_queues": queues}
        return {"shadow": self.shadow, "decides_again": self.decides_again, **part}


def publish(
    release: Release, *, reason: str, actor: Actor, despite: str = "", introduction: Introduction | None = None
) -> Release:
    """Put a draft, or a proposed release, in force in place of the present one, and return it.

    `despite` is why it goes on although something stands against it; `introduction` stands, where it is left out, as
    it was proposed. Raises CannotPublish (StandsAgainst where `despite` would do), NotADraft.
    """
    if not reason.strip():
        raise CannotPublish("Say why this release is published; it is shown beside every decision it makes.")
    with transaction.atomic():
        organization = Organization.objects.select_for_update(no_key=True).get(pk=release.organization_id)
        release = _locked(release, introduction)
        require_fit(release)
        _require_approved(release, organization)
        why = in_full(reason.strip(), objections(release), despite.strip())
        with acting(actor, "publish release", organization=organization, reason=why) as act:
            put_in_force(release, reason=reason.strip(), actor=actor, act=act)
    release.refresh_from_db()
    return release


def objections(release: Release) -> list[str]:
    """Return what stands against publishing a release now, each in words; empty where nothing does."""
    found = []
    present = in_force(release.organization)
    if present is not None and release.base_id not in (None, present.pk):
        found.append(
            f"Release {present.number} has been put in force since this one was begun; "
            "what differs is no longer what was agreed to."
        )
    return found + failing_cases(release)


def failing_cases(release: Release) -> list[str]:
    """Return in words which saved cases a release decides otherwise than they expect; empty for none."""
    failing = cases.run(release).failures
    if not failing:
        return []
    named = ", ".join(result.case.name for result in failing[:MOST_NAMED])
    more = f" and {len(failing) - MOST_NAMED} more" if len(failing) > MOST_NAMED else ""
    return [f"Saved cases come out otherwise: {named}{more}."]


def require_fit(release: Release) -> None:
    """Raise CannotPublish, saying what to mend, where a release could not decide what it shall."""
    enabled = release.rules.filter(enabled=True)
    if not enabled.exists():
        raise CannotPublish("The draft has no enabled rule. Add or enable one first.")
    gone = enabled.filter(wrapup_code__gone_at__isnull=False).select_related("wrapup_code").first()
    if gone is not None:
        raise CannotPublish(
            f"Rule {gone.name} wants the code {gone.wrapup_code.name}, which no longer exists in Genesys Cloud. "
            "Choose another code for it, or disable it."
        )
    if not rollout_of(release).is_whole and in_force(release.organization) is None:
        raise CannotPublish("No release is in force yet that could decide the rest. Publish the first one for all.")


def put_in_force(release: Release, *, reason: str, actor: Actor, act: Act) -> None:
    """Make it the one in force; within this act, with everything judged, and the organization's row locked."""
    present = in_force(release.organization)
    Release.everywhere.filter(organization=release.organization_id, state=Release.State.PUBLISHED).update(
        state=Release.State.RETIRED, retired_at=AppNow()
    )
    Release.everywhere.filter(pk=release.pk).update(
        state=Release.State.PUBLISHED,
        reason=reason,
        published_by=actor.person,
        published_at=AppNow(),
        held_because="",
        beside=None if rollout_of(release).is_whole else present,
        **Introduction(rollout_of(release), release.shadow, release.decides_again).columns,
    )
    release.refresh_from_db()
    deciding_again.end_open(release.organization)
    if release.decides_again:
        deciding_again.begin(release, actor=actor, act=act)
    drifting.notice_now(release.organization)
    transaction.on_commit(lambda: _look_now(release.organization))


def _locked(release: Release, introduction: Introduction | None) -> Release:
    """Return the release as it is now, locked, with how it comes into force; raise NotADraft where it is too late."""
    mine = Release.everywhere.filter(pk=release.pk).select_related("organization")
    found = mine.select_for_update(of=("self",)).first()
    if found is None or found.state not in (Release.State.DRAFT, Release.State.PROPOSED):
        raise NotADraft(f"Release {release.number} is {found.state if found else 'gone'}; it is published only once.")
    for name, value in (introduction.columns if introduction else {}).items():
        setattr(found, name, value)
    return found


def in_full(reason: str, against: list[str], despite: str) -> str:
    """Return the reason as the history keeps it; raise StandsAgainst where something does and nobody passed over it."""
    if against and not despite:
        raise StandsAgainst(" ".join(against))
    return f"{reason} (Although: {' '.join(against)} Because: {despite})" if against else reason


def _require_approved(release: Release, organization: Organization) -> None:
    if organization.approval_required and release.approved_by_id is None:
        raise CannotPublish("Nobody has approved this release yet. Propose it, and let another person approve it.")


def _look_now(organization: Organization) -> None:
    """A first or new release need not wait for the next round of discovery."""
    Sweep.objects.filter(organization=organization, kind=Sweep.Kind.DISCOVER).update(due_at=AppNow())
