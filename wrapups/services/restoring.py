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
    release: Release, *, reason: str, actor: Actor, introduction: Introduction | None = None
) -> Release:
    """Put the rules of a release that was in force, or is in shadow mode, in force as a new release; return that.

    It needs no other approval than the one these rules once had, and leaves a draft, or what is proposed, as it is.
    Raises CannotPublish where a code of its rules is gone, for a draft, and without a reason.
    """
    if not reason.strip():
        raise CannotPublish("Say why; it is shown beside every decision it makes.")
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=release.organization_id)
        source = Release.everywhere.select_for_update().get(pk=release.pk)
        _require_other_than_now(source)
        with acting(actor, verb(source), organization=organization, reason=reason.strip()) as act:
            shown = (introduction or Introduction()).columns
            copy = begin_draft(
                organization, source, base=in_force(organization), author=actor.person, restores=source, **shown
            )
            publishing.require_fit(copy)
            publishing.put_in_force(copy, reason=reason.strip(), actor=actor, act=act)
    copy.refresh_from_db()
    return copy


def verb(source: Release) -> str:
    """Return what it is called in the history."""
    live = source.state == Release.State.PUBLISHED
    return "leave shadow mode" if live else f"put release {source.number} back in force"


def _require_other_than_now(source: Release) -> None:
    if source.state not in FIXED:
        raise CannotPublish(f"Release {source.number} is {source.state}; only what was in force can be put back.")
    if source.state == Release.State.PUBLISHED and not source.shadow:
        raise CannotPublish(f"Release {source.number} is in force already.")
