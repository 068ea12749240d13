"""Having an earlier release's rules again: as a draft to work on, or in force at once."""

from django.db import transaction

from wrapups.models import Organization, Release
from wrapups.services import publishing
from wrapups.services.auditing import Actor, acting
from wrapups.services.publishing import CannotPublish, Introduction
from wrapups.services.releasing import begin_draft, draft_of, proposed_in, require_draft
from wrapups.services.rulebook import in_force

FIXED = (Release.State.PUBLISHED, Release.State.RETIRED)


class DraftInTheWay(ValueError):
    """There is a draft already; it is thrown away only where somebody says so."""


def restore_as_draft(release: Release, *, actor: Actor, in_place_of_draft: bool = False) -> Release:
    """Return a draft that has the rules of this release; nothing comes into force.

    Raises DraftInTheWay where there is a draft that it is not to replace, NotADraft while a release is proposed.
    """
    organization = release.organization
    with acting(actor, f"begin a draft from release {release.number}", organization=organization):
        Organization.objects.select_for_update().get(pk=organization.pk)
        if proposed := proposed_in(organization):
            require_draft(proposed)
        if draft := draft_of(organization):
            if not in_place_of_draft:
                raise DraftInTheWay(f"There is a draft of release {draft.number} already, with work in it.")
            draft.rules.all().delete()
            draft.delete()
        return begin_draft(organization, release, base=in_force(organization), author=actor.person)


def put_back_in_force(
    release: Release, *, reason: str, actor: Actor, despite: str = "", introduction: Introduction | None = None
) -> Release:
    """Put the rules of a release that was in force, or is in shadow mode, in force as a new release; return that.

    It needs no other approval than the one these rules once had, and leaves a draft, or what is proposed, as it is.
    `despite` is why it goes on although something stands against it. Raises CannotPublish where a code of its rules is
    gone, where `why_not` says why, for a draft, and without a reason; StandsAgainst where `despite` would do.
    """
    if not reason.strip():
        raise CannotPublish("Say why; it is shown beside every decision it makes.")
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=release.organization_id)
        source = Release.everywhere.select_for_update().get(pk=release.pk)
        _require_other_than_now(source)
        if refusal := why_not(source):
            raise CannotPublish(refusal)
        why = publishing.in_full(reason.strip(), objections(source), despite.strip())
        with acting(actor, verb(source), organization=organization, reason=why) as act:
            shown = (introduction or Introduction()).columns
            copy = begin_draft(
                organization, source, base=in_force(organization), author=actor.person, restores=source, **shown
            )
            publishing.require_fit(copy)
            publishing.put_in_force(copy, reason=reason.strip(), actor=actor, act=act)
    copy.refresh_from_db()
    return copy


def why_not(source: Release) -> str:
    """Return why these rules need a second person first; empty where they do not.

    What was in force right before goes back at once all the same: that mends most, and brings in nothing new.
    """
    if not _lacks_approval(source) or _is_last_retired(source):
        return ""
    return (
        f"Nobody has ever approved the rules of release {source.number}. Begin a draft from it and propose that; "
        "or put back what was in force right before."
    )


def objections(source: Release) -> list[str]:
    """Return what stands against putting a release back, each in words, for a person to pass over with a reason."""
    unseen = _lacks_approval(source) and _is_last_retired(source)
    said = f"Nobody has ever approved the rules of release {source.number}; it was in force right before."
    return ([said] if unseen else []) + publishing.failing_cases(source)


def _lacks_approval(source: Release) -> bool:
    """Whether a second person is asked for, and none agreed to these rules, here or where they were put back from."""
    if not source.organization.approval_required:
        return False
    each: Release | None = source
    while each is not None and each.approved_by_id is None:
        each = each.restores
    return each is None


def _is_last_retired(source: Release) -> bool:
    retired = Release.everywhere.filter(organization=source.organization_id, state=Release.State.RETIRED)
    return bool(retired.order_by("-retired_at", "-number").values_list("pk", flat=True).first() == source.pk)


def verb(source: Release) -> str:
    """Return what it is called in the history."""
    live = source.state == Release.State.PUBLISHED
    return "leave shadow mode" if live else f"put release {source.number} back in force"


def _require_other_than_now(source: Release) -> None:
    if source.state not in FIXED:
        raise CannotPublish(f"Release {source.number} is {source.state}; only what was in force can be put back.")
    if source.state == Release.State.PUBLISHED and not source.shadow:
        raise CannotPublish(f"Release {source.number} is in force already.")
