"""Handing what waits to a person, who sees to it from then on; to another one; or back to nobody.

It moves nothing: what is handed over waits as it did. Who holds an assignment means something only while that waits for
a person. What is sent again is nobody's while it goes on by itself, and theirs again should it fail once more; what has
come to its end is let go of for good.
"""

from collections.abc import Collection

from wrapups.domain.status import FINAL
from wrapups.models import Assignment, Handover, Membership, Organization, Person
from wrapups.services.auditing import Actor, acting
from wrapups.services.bulk_judging import WORDS, first_of, kept_from
from wrapups.services.owners import hold_still, sight_as_owner

LONGEST_NOTE = 300
ONE, MANY = "hand an assignment over", "hand assignments over"
"""As the history names the acts on one and on many."""


class CannotHandOver(ValueError):
    """It cannot be handed to this person; the text says why, for whoever wanted to."""


def hand_over(assignment: Assignment, *, to: Person | None, held_by: int | None, note: str, actor: Actor) -> None:
    """Hand one assignment to this person, or, with None, back to nobody.

    `held_by` is the key of whoever held it when the actor looked, None for nobody. Raises CannotHandOver where somebody
    else holds it by now, and where it cannot be theirs: it does not wait for a person, or they do not see it.
    """
    with acting(actor, ONE, organization=assignment.organization, reason=note.strip()):
        if to is not None:
            hold_still(assignment.organization, to)
        rows = Assignment.everywhere.filter(pk=assignment.pk)
        list(rows.select_for_update(of=("self",)).values_list("pk"))
        judged = rows.annotate(why=first_of(kept_from(to, assignment.organization)))
        holder, why = judged.values_list("handover__owner", "why").get()
        if holder != held_by:
            raise CannotHandOver("Somebody has handed it over meanwhile. See who holds it now.")
        if why:
            raise CannotHandOver(f"It cannot be handed over so: {WORDS[why]}.")
        give(assignment.organization, [assignment.pk], to=to, by=actor.person, note=note)


def give(organization: Organization, pks: Collection[int], *, to: Person | None, by: Person, note: str) -> None:
    """Write down that this person holds these assignments now, or nobody: one statement, within somebody's act.

    The caller has locked the assignments, and judged each of them.
    """
    if to is None:
        Handover.everywhere.of(organization).filter(pk__in=pks).delete()
        return
    said = {"owner": to, "handed_by": by, "note": note.strip()[:LONGEST_NOTE]}
    Handover.everywhere.bulk_create(
        [Handover(organization=organization, assignment_id=pk, **said) for pk in pks],
        update_conflicts=True,
        unique_fields=["assignment"],
        update_fields=[*said, "handed_at"],
    )


def take_back(membership: Membership) -> None:
    """Let what a person held here and may not see any more be nobody's, in the caller's act; of one let go, all."""
    held = Handover.everywhere.of(membership.organization_id).filter(owner=membership.person_id)
    sight = sight_as_owner(membership.organization, membership.person)
    if sight is None:
        held.delete()
    elif sight.queue_ids is not None:
        held.exclude(assignment__queue_id__in=sight.queue_ids).delete()


def let_go_of_what_is_over(organization: Organization, *, most: int) -> int:
    """Remove who held what has come to its end, so many rows at most; return how many were removed."""
    over = Handover.everywhere.of(organization).filter(assignment__status__in=FINAL)
    some = list(over.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:most])
    Handover.everywhere.filter(pk__in=some).delete()
    return len(some)
