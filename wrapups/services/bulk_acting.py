"""Acts on many assignments at once, as a person does them: freeze what was found, look at it, confirm it, cancel it.

What is frozen is what is acted on, whatever is found later. Every row is judged when it is frozen, for the preview, and
again right before its turn; a worker goes through them (`bulk_pieces`).
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import OperationalError, connection, transaction
from django.db.models import Count, Q, QuerySet

from wrapups.domain.status import Status
from wrapups.models import Assignment, BulkAct, BulkActRow, Organization, Person
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.auditing import Actor, acting
from wrapups.services.bulk_judging import why_not
from wrapups.services.handing_over import MANY
from wrapups.services.owners import sight_as_owner
from wrapups.services.rulebook import in_force

MOST = 50_000
"""How many assignments one act may be about: so many are frozen while the person waits."""
DOUBLE_CLICK_S = 10
"""Within so many seconds the same list is not frozen twice for the same person."""
TYPED_ABOVE = 1_000
"""Whoever means more than so many types their number."""

VERBS: Mapping[str, str] = {
    BulkAct.Kind.RETRY: "retry assignments",
    BulkAct.Kind.CANCEL: "cancel assignments",
    BulkAct.Kind.REDECIDE: "decide assignments again",
    BulkAct.Kind.HAND_OVER: MANY,
}
"""As the history names them."""
WITHOUT_CALLS = (BulkAct.Kind.CANCEL, BulkAct.Kind.HAND_OVER)


class CannotAct(ValueError):
    """This cannot be done to so many, or not so; the text says why, for the person."""


def ask(
    organization: Organization,
    kind: BulkAct.Kind,
    found: QuerySet[Assignment],
    *,
    address: str = "",
    to: Person | None = None,
    actor: Actor,
) -> BulkAct:
    """Freeze what was found, judge every row of it, and return the act, which waits to be confirmed.

    `found` are assignments of the organization as the person sees it, unordered; `address` is what found them. `to` is
    whom they are handed to, None for nobody; other kinds have none. It ends a preview of the same person that is still
    open, but who clicks twice gets the one that the first click made.
    Raises CannotAct where nothing is found, or more than `MOST`, where it takes too long to find it, and where they are
    to be handed to somebody who may not own them.
    """
    wish = BulkAct(organization=organization, kind=kind, address=address, hands_to=to)
    _require_owner(wish)
    try:
        with transaction.atomic():
            _wait_for_the_first_click(actor)
            return _just_made(wish, actor) or _made(wish, found, actor)
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
            raise CannotAct("It takes too long to find these. Narrow the list, and try again.") from error
        raise


def confirm(act: BulkAct, *, seen: int, typed: str, reason: str, actor: Actor) -> None:
    """Have a worker do what the preview showed, in the name of whoever confirms it: once, whoever else does.

    `seen` is how many rows of it the person sees by now, `typed` what they typed for the number of a large set. Raises
    CannotAct without a reason, for a wrong number, where nothing can be done, where the person no longer sees every
    row, where other rules are in force since, and where whoever is to own them may not any more.
    """
    with transaction.atomic():
        row = BulkAct.everywhere.select_for_update().get(pk=act.pk)
        if row.confirmed_at is None:
            _require_confirmable(row, seen=seen, typed=typed, reason=reason)
            with acting(actor, VERBS[row.kind], organization=act.organization, reason=reason.strip()) as made:
                BulkAct.everywhere.filter(pk=act.pk).update(
                    state=BulkAct.State.RUNNING,
                    act=made,
                    person=actor.person,
                    origin=actor.origin,
                    reason=reason.strip()[:300],
                    confirmed_at=AppNow(),
                    due_at=AppNow(),
                )
    act.refresh_from_db()


def cancel(act: BulkAct, *, actor: Actor) -> None:
    """End it: what its turn has not come for is left as it is. Raises CannotAct for what is over."""
    with acting(actor, f"stop: {VERBS[act.kind]}", organization=act.organization, reason=act.reason):
        row = BulkAct.everywhere.select_for_update().get(pk=act.pk)
        if row.state not in BulkAct.OPEN:
            raise CannotAct(f"This is {row.get_state_display()}; nothing is left to be stopped.")
        _end(BulkAct.everywhere.filter(pk=act.pk))
        if row.confirmed_at is None:
            BulkActRow.everywhere.filter(bulk_act=act).delete()
    act.refresh_from_db()


def possible(act: BulkAct) -> int:
    """Return with how many the act could be done when they were frozen."""
    return int(act.counted.get("waiting", 0))


def is_number(typed: str, number: int) -> bool:
    """Return whether this is how people write the number: with or without something between its thousands."""
    return "".join(each for each in typed if each not in " ,.'\u00a0\u202f\u2019") == str(number)


def _require_some(found: QuerySet[Assignment]) -> None:
    number = found.order_by().values("pk")[: MOST + 1].count()
    if not number:
        raise CannotAct("Nothing of it is there any more, so there is nothing to do.")
    if number > MOST:
        raise CannotAct(f"These are more than {MOST:,}, the most that one act may be about. Narrow the list.")


def _release_for(organization: Organization, kind: str) -> Any:
    if kind != BulkAct.Kind.REDECIDE:
        return None
    release = in_force(organization)
    if release is None:
        raise CannotAct("No rules are in force, so nothing can be decided again.")
    return release


def _require_owner(act: BulkAct) -> None:
    if act.hands_to is not None and sight_as_owner(act.organization, act.hands_to) is None:
        raise CannotAct("Choose somebody whose role here may retry what failed.")


def _made(act: BulkAct, found: QuerySet[Assignment], actor: Actor) -> BulkAct:
    with acting(actor, f"preview: {VERBS[act.kind]}", organization=act.organization):
        _require_some(found)
        _drop_previews(act.organization, actor)
        act.person, act.origin = actor.person, actor.origin
        act.release = _release_for(act.organization, act.kind)
        act.save(force_insert=True)
        _freeze(act, found)
    return act


def _wait_for_the_first_click(actor: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('bulk act', %s))", [actor.person.pk])


def _previews(organization: Organization, actor: Actor) -> Any:
    mine = BulkAct.everywhere.of(organization).filter(person=actor.person, kind__in=BulkAct.ON_ASSIGNMENTS)
    return mine.filter(state=BulkAct.State.READY)


def _just_made(wish: BulkAct, actor: Actor) -> BulkAct | None:
    """Return the preview of the same list that the person asked for a moment ago; what was ticked is frozen anew."""
    if not wish.address:
        return None
    same = _previews(wish.organization, actor).filter(kind=wish.kind, address=wish.address, hands_to=wish.hands_to)
    made: BulkAct | None = same.filter(created_at__gt=AppNow() - Seconds(DOUBLE_CLICK_S)).order_by("-pk").first()
    return made


def _drop_previews(organization: Organization, actor: Actor) -> None:
    """Let each person have one preview: what nobody confirmed is not worth its rows."""
    pks = list(_previews(organization, actor).select_for_update().order_by("pk").values_list("pk", flat=True))
    BulkActRow.everywhere.filter(bulk_act__in=pks).delete()
    _end(BulkAct.everywhere.filter(pk__in=pks))


def _freeze(act: BulkAct, found: QuerySet[Assignment]) -> None:
    """Copy the keys of what was found, each with why it cannot be done, by one statement; then count them."""
    judged = found.order_by("pk").annotate(why=why_not(act)).values_list("pk", "why", "retry_epoch")
    statement, values = judged.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE.format(found=statement), [act.organization_id, act.pk, *values])
    _count(act)


_FREEZE = """
    INSERT INTO wrapups_bulkactrow (organization_id, bulk_act_id, assignment_id, outcome, why, epoch)
    SELECT %s, %s, pk, CASE WHEN why = '' THEN 'waiting' ELSE 'skipped' END, why, epoch
      FROM ({found}) AS found (pk, why, epoch)
     ORDER BY pk
"""


def _count(act: BulkAct) -> None:
    """Say how many there are of each kind, and how many of those that wait are to be written, or read before that."""
    rows = BulkActRow.everywhere.filter(bulk_act=act).order_by().values("why")
    by_why = rows.annotate(
        number=Count("pk"),
        pending=Count("pk", filter=Q(assignment__status=Status.PENDING)),
        unclear=Count("pk", filter=Q(assignment__unresolved_write=True)),
    )
    counted: dict[str, int] = {}
    for each in by_why:
        counted[each["why"] or "waiting"] = each["number"]
        if not each["why"] and act.kind not in WITHOUT_CALLS:
            counted |= {"writes": each["number"] - each["pending"], "reads": each["unclear"]}
    act.counted = counted
    act.total = sum(number for why, number in counted.items() if why not in ("writes", "reads"))
    act.done = act.total - possible(act)
    act.state = BulkAct.State.READY
    act.save(update_fields=["counted", "total", "done", "state"])


def _require_confirmable(act: BulkAct, *, seen: int, typed: str, reason: str) -> None:
    if act.state != BulkAct.State.READY:
        raise CannotAct("This preview is over: a newer one took its place, or somebody ended it. Make another.")
    number = possible(act)
    if not number:
        raise CannotAct("It can be done with none of them, so there is nothing to do.")
    if not reason.strip():
        raise CannotAct("Say why; it is kept with each of them.")
    if number > TYPED_ABOVE and not is_number(typed, number):
        raise CannotAct(f"Type {number:,}, the number of assignments you mean.")
    if seen < act.total:
        raise CannotAct(f"You no longer see {act.total - seen:,} of these conversations. Make another preview.")
    if act.kind == BulkAct.Kind.REDECIDE and in_force(act.organization) != act.release:
        raise CannotAct("Other rules are in force since this preview was made. Make another.")
    _require_owner(act)


def _end(acts: Any) -> None:
    acts.update(state=BulkAct.State.CANCELLED, finished_at=AppNow(), lease_until=None)


def rows_seen(act: BulkAct, organization: Organization) -> Any:
    """Return the rows of an act that somebody sees who sees the organization so."""
    rows = BulkActRow.everywhere.of(organization).filter(bulk_act=act)
    limited = organization.sight.is_limited
    return rows.filter(assignment__in=Assignment.objects.of(organization)) if limited else rows
