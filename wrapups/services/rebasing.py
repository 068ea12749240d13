"""Bringing a draft up to date: its own changes, made to the rules that have come into force since it was begun."""

from wrapups.domain.comparing import Differences, apply
from wrapups.models import MappingRule, Release
from wrapups.services.auditing import Actor, acting
from wrapups.services.comparing import differences, line_of
from wrapups.services.releasing import require_draft
from wrapups.services.rulebook import in_force


class UpToDate(ValueError):
    """The draft was begun from what is in force; there is nothing to bring together."""


def rebase(draft: Release, *, actor: Actor) -> list[str]:
    """Give the draft the rules in force with its own changes; return the names of those that both have changed.

    Of these the draft's stand. Raises UpToDate, NotADraft.
    """
    with acting(actor, "bring the draft up to date", organization=draft.organization):
        require_draft(draft)
        present, base = in_force(draft.organization), draft.base
        if present is None or base is None or base.pk == present.pk:
            raise UpToDate("The draft was begun from the release in force; there is nothing to bring together.")
        before, now = _rules(base), _rules(present)
        mine, theirs = differences(before, _rules(draft)), differences(before, now)
        lines = apply(mine, [line_of(rule) for rule in now])
        draft.rules.all().delete()
        MappingRule.everywhere.bulk_create(
            MappingRule(
                organization_id=draft.organization_id,
                release=draft,
                line=number,
                identity=str(line.identity),
                **line.fields,
            )
            for number, line in enumerate(lines, start=1)
        )
        Release.everywhere.filter(pk=draft.pk).update(base=present)
    draft.refresh_from_db()
    return _both(mine, theirs)


def _rules(release: Release) -> list[MappingRule]:
    return list(release.rules.order_by("line"))


def _both(mine: Differences, theirs: Differences) -> list[str]:
    touched = {pair.now.line.identity for pair in theirs.changed}
    touched |= {placed.line.identity for placed in (*theirs.removed, *theirs.added)}
    own = [pair.now.line for pair in mine.changed] + [placed.line for placed in (*mine.added, *mine.removed)]
    return sorted(str(line.fields["name"]) for line in own if line.identity in touched)
