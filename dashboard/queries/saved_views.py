"""Saved views as a person finds them: their own, and those that are shared with the organization."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from dashboard.queries.assignments import AssignmentFilter
from wrapups.models import Membership, SavedView

TABS = 4
"""So many stand in the row of tabs; the rest are folded away behind them."""
TIMES = ("since", "until")


def visible(membership: Membership) -> QuerySet[SavedView]:
    """Return the views that the person may open, by name; at most 150 (`wrapups.services.saving_views`)."""
    rows: QuerySet[SavedView] = SavedView.objects.of(membership.organization)
    return rows.filter(Q(person=membership.person_id) | Q(shared=True)).order_by(Lower("name"), "pk")


def default_of(membership: Membership) -> SavedView | None:
    """Return the view that the person's list opens with; no query for who chose none."""
    return visible(membership).filter(pk=membership.default_view_id).first() if membership.default_view_id else None


def query_to_keep(asked: AssignmentFilter) -> str:
    """Return the filter as a view keeps it: instants in UTC, since whom it is shared with may be in another zone."""
    moments = {name: getattr(asked, name) for name in TIMES}
    instants = {name: at.astimezone(UTC) for name, at in moments.items() if isinstance(at, datetime)}
    return urlencode(asked.but(view="").parameters() | {name: f"{at:%Y-%m-%dT%H:%MZ}" for name, at in instants.items()})


def parameters_of(view: SavedView) -> Mapping[str, str]:
    """Return what the view asks of the list's address, its instants local to the person."""
    kept = dict(parse_qsl(view.query))
    instants = {name: at for name in TIMES if (at := parse_datetime(kept.get(name, "")))}
    return kept | AssignmentFilter(since=instants.get("since"), until=instants.get("until")).parameters()


def address_of(view: SavedView) -> str:
    """Return the address of the list as the view opens it, which remembers the view."""
    return f"{reverse('conversation-list')}?{urlencode({**parameters_of(view), 'view': view.slug})}"


@dataclass(frozen=True, slots=True)
class ViewTabs:
    """The row of views above the list. `changed` says that the list no longer shows what the open one asks for."""

    shown: Sequence[SavedView]
    folded: Sequence[SavedView]
    open: SavedView | None
    changed: bool
    mine: bool
    """Whether the person may change the open one."""
    query: str
    """What the list asks for now, from "?" on, to be saved."""

    @classmethod
    def of(
        cls, membership: Membership, asked: AssignmentFilter, columns: Sequence[str], *, may_change_shared: bool
    ) -> Self:
        """Return the tabs for what the list asks for, in these columns (one query)."""
        views = sorted(visible(membership), key=lambda view: view.pk != membership.default_view_id)
        opened = next((view for view in views if view.slug == asked.view), None)
        shown = views[:TABS] if opened is None or opened in views[:TABS] else [*views[: TABS - 1], opened]
        return cls(
            shown,
            [view for view in views if view not in shown],
            opened,
            changed=opened is not None and differs(opened, asked, columns),
            mine=opened is not None and may_change(opened, membership, may_change_shared=may_change_shared),
            query=asked.query_string(),
        )


def may_change(view: SavedView, membership: Membership, *, may_change_shared: bool) -> bool:
    """Return whether it is the person's own; a shared one is also for who may change the organization's settings."""
    return view.person_id == membership.person_id or (view.shared and may_change_shared)


def differs(view: SavedView, asked: AssignmentFilter, columns: Sequence[str]) -> bool:
    """Return whether the list asks for something else than the view, or shows it in other columns."""
    as_kept = not view.columns or view.columns == list(columns)
    return not as_kept or dict(parse_qsl(view.query)) != dict(parse_qsl(query_to_keep(asked)))
