"""What changed in Genesys Cloud under the feet of our rules: the notices, who suffers, and what to choose instead."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Case, OuterRef, QuerySet, When

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.bounded import BOUND, Bounded, CountUpTo
from dashboard.queries.keyset import page_of
from dashboard.templatetags.badges import Look
from wrapups.domain import drift
from wrapups.domain.operators import fold
from wrapups.domain.status import Status
from wrapups.models import Assignment, DriftNotice, MappingRule, Organization, Queue, QueueWrapupCode, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services.choosing import Choice, choice_of, choices
from wrapups.services.drifting import LATELY

PAGE_SIZE = 20
MOST_COUNTED = 99
Kind = DriftNotice.Kind

LOOKS: Mapping[str, Look] = {
    Kind.DELETED: Look("bad", "circle-slash", "Genesys Cloud no longer lists the code."),
    Kind.RENAMED: Look("warning", "pencil", "The code has another name now."),
    Kind.OFF_QUEUE: Look("bad", "unplug", "The code is no longer on a queue where rules choose it."),
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice with the rules that suffer, how often the code was assigned in 30 days, and what is like it."""

    notice: DriftNotice
    look: Look
    rules: Sequence[MappingRule]
    volume: Bounded
    address: str
    replacement: WrapupCode | None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Some notices, newest first. `newer` and `older` are keys to go on from."""

    lines: Sequence[NoticeLine]
    newer: int | None
    older: int | None


def open_count(organization: Organization) -> Bounded:
    """Return how many notices nobody has seen to, exact up to 99."""
    return Bounded.of(open_notices(organization)[: MOST_COUNTED + 1].count(), MOST_COUNTED)


def open_notices(organization: Organization) -> QuerySet[Any]:
    """Return the notices that still hold."""
    rows: QuerySet[Any] = DriftNotice.objects.of(organization).filter(ended_at=None)
    return rows


def notice_page(
    organization: Organization, *, ended: bool, before: int | None = None, after: int | None = None
) -> NoticePage:
    """Return a page of the notices that still hold, or of those that have ended; six queries at most."""
    rows = DriftNotice.objects.of(organization).filter(ended_at__isnull=not ended)
    rows = rows.select_related("wrapup_code", "queue", "dismissed_by").annotate(volume=_volume(organization))
    page = page_of(rows, before=before, after=after, size=PAGE_SIZE)
    return NoticePage(_lines(organization, page.rows), page.newer, page.older)


def warnings(organization: Organization, rules: Iterable[MappingRule]) -> dict[int, list[str]]:
    """Return, by the key of a rule in use, what the open notices say of its code; a deleted one says so itself."""
    notices = defaultdict[int, list[Any]](list)
    for notice in open_notices(organization).exclude(kind=Kind.DELETED).select_related("queue"):
        notices[notice.wrapup_code_id].append(notice)
    return {
        rule.pk: said
        for rule in rules
        if rule.enabled and (said := [_warning(each) for each in _suffered(rule, notices[rule.wrapup_code_id])])
    }


def _suffered(rule: MappingRule, notices: Sequence[DriftNotice]) -> list[DriftNotice]:
    if not notices:
        return []
    choice = choice_of(rule)
    return [notice for notice in notices if _suffers(choice, notice)]


def _warning(notice: DriftNotice) -> str:
    if notice.kind == Kind.RENAMED:
        return f"was called “{notice.old_name}” in Genesys"
    return f"not on the queue {notice.queue} any more"


def _suffers(choice: Choice, notice: DriftNotice) -> bool:
    return notice.queue is None or choice.covers(notice.queue)


def _volume(organization: Organization) -> Case:
    """Return how often the notice's code was assigned lately: on its queue, where it has one."""
    lately = Assignment.objects.of(organization).exclude(status=Status.SUPERSEDED)
    lately = lately.filter(wrapup_code=OuterRef("wrapup_code_id"), ended_at__gte=_since())
    on_queue = lately.filter(communication__queue_id=OuterRef("queue__genesys_id"))
    return Case(When(queue=None, then=CountUpTo(lately)), default=CountUpTo(on_queue))


def _since() -> Any:
    return (app_now() - LATELY).replace(second=0, microsecond=0) + timedelta(minutes=1)


def _lines(organization: Organization, notices: Sequence[Any]) -> list[NoticeLine]:
    chosen = choices(organization, {notice.wrapup_code_id for notice in notices}) if notices else []
    suffering = {
        notice.pk: [
            each
            for each in chosen
            if each.rule.wrapup_code_id == notice.wrapup_code_id and not notice.ended_at and _suffers(each, notice)
        ]
        for notice in notices
    }
    instead = _Replacements(organization, suffering.values(), [notice.queue for notice in notices])
    since = _since()
    return [
        NoticeLine(
            notice,
            LOOKS[notice.kind],
            [each.rule for each in suffering[notice.pk]],
            Bounded.of(notice.volume, BOUND),
            AssignmentFilter(
                code=notice.wrapup_code.name, queue=notice.queue.name if notice.queue else "", since=since
            ).query_string(),
            instead.of(notice, suffering[notice.pk]),
        )
        for notice in notices
    ]


class _Replacements:
    """Which code is most like one that was lost, of those on every queue its rules name; two or three queries."""

    def __init__(
        self, organization: Organization, suffering: Iterable[Sequence[Choice]], queues: Iterable[Queue | None]
    ) -> None:
        self._codes: dict[int, WrapupCode] = {}
        self._on: dict[str, set[int]] = {}
        rules = [choice for each in suffering for choice in each]
        if not rules:
            return
        self._codes = {code.pk: code for code in WrapupCode.objects.of(organization).filter(gone_at=None)}
        named = {queue for choice in rules for queue in choice.queue_ids or ()}
        named |= {fold(queue.genesys_id) for queue in queues if queue}
        pairs = QueueWrapupCode.objects.of(organization).filter(queue__genesys_id__in=named, gone_at=None)
        for queue, code in pairs.values_list("queue__genesys_id", "wrapup_code_id"):
            self._on.setdefault(fold(queue), set()).add(code)

    def of(self, notice: DriftNotice, suffering: Sequence[Choice]) -> WrapupCode | None:
        """Return the code to choose instead; None where none is like it, and for one that was only renamed.

        A queue whose codes were never read excludes nothing.
        """
        if notice.kind == Kind.RENAMED or not suffering:
            return None
        queues = {queue for choice in suffering for queue in choice.queue_ids or ()}
        if notice.queue:
            queues.add(fold(notice.queue.genesys_id))
        allowed = [self._on[queue] for queue in queues if queue in self._on]
        candidates = {
            pk: code.name
            for pk, code in self._codes.items()
            if pk != notice.wrapup_code_id and all(pk in codes for codes in allowed)
        }
        found = drift.replacement(notice.old_name, candidates)
        return self._codes[found] if found is not None else None
