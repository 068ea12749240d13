"""Who handed a conversation's failures to whom, and what they said."""

from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse

from dashboard.queries.history import HistoryFilter
from dashboard.queries.story_changes import HANDOVERS, who
from dashboard.queries.story_events import Event, Link
from wrapups.domain.roles import Right
from wrapups.models import Act, AuditEntry, Person
from wrapups.services.owners import name_of


def handed(entries: Sequence[AuditEntry], *, legs: Mapping[int, str]) -> Iterator[Event]:
    """Yield what people handed over, `legs` naming whose part it was of; one query, where there is anything.

    That nobody holds any more what has come to its end is no event: its end is.
    """
    ours = [entry for entry in entries if entry.table == HANDOVERS and _changes_hands(entry)]
    keys = {key for entry in ours if (key := _owner_in(entry))}
    people = Person.objects.in_bulk(keys) if keys else {}
    for entry in ours:
        if entry.act:
            history = reverse("history-changes") + HistoryFilter(act=entry.act.pk).query_string()
            link = Link(history, "In the history", Right.VIEW_HISTORY)
            words = _words(entry.act, people.get(_owner_in(entry)))
            yield Event(entry.at, "user-check", words, entry.act.reason, leg=legs.get(int(entry.row), ""), link=link)


def _changes_hands(entry: AuditEntry) -> bool:
    """Whether it is about who holds it, not about what was said alone, which may be erased later."""
    return entry.operation == "delete" or bool(_owner_in(entry))


def _owner_in(entry: AuditEntry) -> int:
    """Return the key of whoever holds it afterwards; 0 for nobody."""
    return int((entry.after or {}).get("owner_id", 0))


def _words(act: Act, owner: Person | None) -> str:
    if owner is None:
        return f"{who(act)} handed it back to nobody"
    return f"{who(act)} took it on" if act.person == owner else f"{who(act)} handed it to {name_of(owner)}"
