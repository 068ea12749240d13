"""Saved views as their people arrange them: save, rename, share, change the search, remove, choose what the list opens
with.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.text import slugify

from wrapups.models import Membership, Organization, Person, SavedView
from wrapups.models.views import LONGEST_QUERY
from wrapups.services.auditing import Actor, acting
from wrapups.services.refused import Refused

MOST_OF_A_PERSON, MOST_SHARED = 50, 100
SLUG_WORDS, SLUG_BYTES = 40, 4


class CannotSave(Refused):
    """The view cannot be kept so; the text says why, for the person. `field` is what to mend."""

    def __init__(self, text: str, field: str = "name") -> None:
        super().__init__(text, field)


@dataclass(frozen=True, slots=True)
class Search:
    """What a view opens: the canonical query string without its "?", and the columns."""

    query: str
    columns: Sequence[str] = ()


def save(organization: Organization, search: Search, *, name: str, shared: bool, actor: Actor) -> SavedView:
    """Return the new view. Raises CannotSave: a name they have already, too many, or too long a search."""
    with _alone(organization, actor, "save a view"):
        _check(organization, search, name=name, shared=shared, owner=actor.person)
        own = SavedView.everywhere.of(organization).filter(person=actor.person)
        if own.count() >= MOST_OF_A_PERSON:
            raise CannotSave(f"You have {MOST_OF_A_PERSON} views, as many as can be kept. Remove one first.")
        view: SavedView = SavedView.everywhere.create(
            organization=organization,
            person=actor.person,
            name=name,
            slug=_slug(name),
            shared=shared,
            **_columns(search),
        )
    return view


def rename(view: SavedView, *, name: str, shared: bool, actor: Actor) -> None:
    """Call it something else, share it, or stop sharing: nobody else's list opens with it then. Raises CannotSave."""
    with _alone(view.organization, actor, "change a view"):
        _check(view.organization, _search(view), name=name, shared=shared, owner=view.person, apart_from=view)
        SavedView.everywhere.filter(pk=view.pk).update(name=name, shared=shared)
        if not shared:
            Membership.objects.filter(default_view=view).exclude(person=view.person_id).update(default_view=None)


def change_search(view: SavedView, search: Search, *, actor: Actor) -> None:
    """Let the view open this search from now on, for whomever it is shared with too. Raises CannotSave."""
    with acting(actor, "change the search of a view", organization=view.organization):
        _check_length(search)
        SavedView.everywhere.filter(pk=view.pk).update(**_columns(search))


def remove(view: SavedView, *, actor: Actor) -> None:
    """Remove the view; whose list opened with it sees everything again."""
    with acting(actor, "remove a view", organization=view.organization):
        SavedView.everywhere.filter(pk=view.pk).delete()


def choose_default(membership: Membership, view: SavedView | None, *, actor: Actor) -> None:
    """Let the person's list open with this view, or with everything."""
    with acting(actor, "choose a default view", organization=membership.organization):
        Membership.objects.filter(pk=membership.pk).update(default_view=view)


@contextmanager
def _alone(organization: Organization, actor: Actor, verb: str) -> Iterator[None]:
    """Open the act with no other of its kind going on in the organization, so that limits and names hold."""
    with acting(actor, verb, organization=organization):
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        yield


def _check(
    organization: Organization,
    search: Search,
    *,
    name: str,
    shared: bool,
    owner: Person,
    apart_from: SavedView | None = None,
) -> None:
    _check_length(search)
    others = SavedView.everywhere.of(organization).exclude(pk=apart_from.pk if apart_from else None)
    if others.filter(person=owner, name__iexact=name).exists():
        raise CannotSave(f"You have a view called “{name}” already. Choose another name, or change that view.")
    if shared:
        _check_shared(others.filter(shared=True), name)


def _check_shared(others: QuerySet[SavedView], name: str) -> None:
    if others.filter(name__iexact=name).exists():
        raise CannotSave(f"Another view called “{name}” is shared already. Choose another name.")
    if others.count() >= MOST_SHARED:
        raise CannotSave(f"{MOST_SHARED} views are shared, as many as can be. Keep this one to yourself.", "shared")


def _check_length(search: Search) -> None:
    if len(search.query) > LONGEST_QUERY:
        raise CannotSave(f"The search is too long to be kept: at most {LONGEST_QUERY:,} characters. Ask for fewer ids.")


def _search(view: SavedView) -> Search:
    return Search(view.query, view.columns)


def _columns(search: Search) -> dict[str, object]:
    return {"query": search.query, "columns": list(search.columns)}


def _slug(name: str) -> str:
    """Return a part of an address that tells people what it is, and that no other view has."""
    return f"{slugify(name)[:SLUG_WORDS] or 'view'}-{secrets.token_hex(SLUG_BYTES)}"
