"""What a rule's notes would say, shown on a communication that took place."""

from dataclasses import dataclass

from wrapups.domain.conditions import Group
from wrapups.domain.facts import Facts
from wrapups.domain.notes import BadNotes, as_written, parse
from wrapups.domain.rules import Rule, compile_release, decide
from wrapups.models import Assignment, Organization
from wrapups.services.noting import write_notes

LOOKED_AT = 25
"""So many of the latest assignments are looked at for one that the rule is about."""


@dataclass(frozen=True, slots=True)
class Noted:
    """The notes as they would be written, or what is wrong with them.

    `example` is the conversation they are about, None where there is none yet; `fits` where the rule matches it.
    """

    text: str = ""
    trouble: str = ""
    example: Assignment | None = None
    fits: bool = False
    usual: bool = False
    """The rule has none of its own, so these are the organization's."""


def noted(organization: Organization, typed: str, when: Group) -> Noted | None:
    """Return the notes about a late communication, one that meets these conditions if there is one.

    None where nothing is written at all. One query for examples, and one for each catalogue that the notes name.
    """
    text = typed.strip() or organization.default_notes
    if not text:
        return None
    try:
        template = parse(text) if typed.strip() else as_written(text)
    except BadNotes as error:
        return Noted(trouble=str(error))
    example, fits = _example(organization, when)
    facts: Facts = example.facts if example else {}
    [told] = write_notes(organization, [(template, facts)])
    return Noted(told, "", example, fits, not typed.strip())


def _example(organization: Organization, when: Group) -> tuple[Assignment | None, bool]:
    latest = Assignment.objects.of(organization).filter(ended_at__isnull=False).order_by("-ended_at", "-pk")
    rows = list(latest.select_related("communication__conversation")[:LOOKED_AT])
    release = compile_release([Rule(0, 0, "", "", when)])
    fitting = next((row for row in rows if decide(release, row.facts).rule is not None), None)
    return (fitting, True) if fitting else (rows[0] if rows else None, False)
