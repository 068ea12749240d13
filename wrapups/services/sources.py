"""Sources of events: adding one, renaming, new secrets, switching off, removing what nothing ever came from."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from wrapups.domain.conditions import Condition, Group, parse
from wrapups.domain.facts import DISPOSITION
from wrapups.domain.naming import proper_name
from wrapups.models import ApiKey, Disposition, EventSource, InboundEvent, MappingRule, Organization, Release
from wrapups.services.auditing import Actor, acting

SECRET_BYTES, KEY_BYTES = 32, 16
LONGEST_NAME = 64
PLAIN_NAME = re.compile(r"\S(?:.*\S)?")

Kind = EventSource.Kind
SILENT = frozenset({Kind.LISTENER})
"""Kinds that need no secret, because nobody posts: we listen."""


class CannotChange(ValueError):
    """This cannot be done with the source as it is; the text says why and what can be done, for the person."""


@dataclass(frozen=True, slots=True)
class Added:
    """A new source, and its secret the one time that it can be read; empty for one that needs none."""

    source: EventSource
    secret: str = field(repr=False)


def add(organization: Organization, *, kind: str, name: str, actor: Actor) -> Added:
    """Return the new source, switched on, with a key for its address and a secret.

    Raises CannotChange for a name that is none or taken, and for a second listener.
    """
    if kind in SILENT and EventSource.everywhere.of(organization).filter(kind=kind).exists():
        raise CannotChange("There is a listener already. One hears everything; two would hear it twice.")
    source = EventSource(organization=organization, kind=Kind(kind), name=_proper(name))
    source.key = secrets.token_urlsafe(KEY_BYTES)
    secret = "" if kind in SILENT else secrets.token_urlsafe(SECRET_BYTES)
    if secret:
        source.replace_secret(secret)
    with acting(actor, "add a source of events", organization=organization):
        _no_keys_name(source)
        _save(source)
    return Added(source, secret)


def rename(source: EventSource, *, name: str, actor: Actor) -> None:
    """Call a source something else. Raises CannotChange where rules or dispositions know it by its present name."""
    name = _proper(name)
    if name == source.name:
        return
    if Disposition.everywhere.of(source.organization).filter(source=source.name).exists():
        raise CannotChange("Dispositions have come in under this name, so it stays. Add another source instead.")
    if rule := _rule_asking_for(source):
        raise CannotChange(f"The rule {rule.name} asks for this name. Change the rule first, then the name.")
    with acting(actor, "rename a source of events", organization=source.organization):
        renamed = _locked(source)
        renamed.name = name
        _no_keys_name(renamed)
        _save(renamed, "name")


def rotate(source: EventSource, *, actor: Actor) -> str:
    """Return a new secret, the one time that it can be read. The present one stays good until it is dropped.

    Raises CannotChange while one before it is still good, since that would end without a word.
    """
    with acting(actor, "make a new secret for a source of events", organization=source.organization):
        locked = _locked(source)
        if locked.kind in SILENT:
            raise CannotChange("A listener has no secret: it uses the organization's OAuth client.")
        if locked.old_secret_sealed:
            raise CannotChange("The secret before the present one is still good. Drop it first.")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        locked.replace_secret(secret)
        locked.save(update_fields=["secret_sealed", "old_secret_sealed"])
    return secret


def drop_old_secret(source: EventSource, *, actor: Actor) -> None:
    """Let only the newest secret prove anything from now on."""
    with acting(actor, "drop the old secret of a source of events", organization=source.organization):
        EventSource.everywhere.filter(pk=source.pk).update(old_secret_sealed="")


def switch(source: EventSource, *, enabled: bool, actor: Actor) -> None:
    """Let a source's posts in, or turn them away; nothing that came is touched."""
    verb = "switch a source of events on" if enabled else "switch a source of events off"
    with acting(actor, verb, organization=source.organization):
        EventSource.everywhere.filter(pk=source.pk).update(enabled=enabled)


def remove(source: EventSource, *, actor: Actor) -> None:
    """Remove a source that nothing came from. Raises CannotChange otherwise: what came needs its name."""
    if InboundEvent.everywhere.filter(source=source).exists():
        raise CannotChange(_HAS_EVENTS)
    try:
        with acting(actor, "remove a source of events", organization=source.organization):
            source.delete()
    except ProtectedError:  # an event came just now
        raise CannotChange(_HAS_EVENTS) from None


_HAS_EVENTS = "Events have come from this source, so it stays with them. Switch it off instead."


def _proper(name: str) -> str:
    """Return a name without the blanks around it; raises CannotChange where that is none."""
    name = name.strip()
    if not PLAIN_NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise CannotChange(f"Give a name of one line, at most {LONGEST_NAME} characters.")
    try:
        return proper_name(name)
    except ValueError as error:
        raise CannotChange(str(error)) from None


def _no_keys_name(source: EventSource) -> None:
    """What comes in is known by its sender's name alone, so an API key and a source cannot share one."""
    if ApiKey.everywhere.of(source.organization).filter(name=source.name).exists():
        raise CannotChange(f"There is an API key called {source.name}; what it posts would be taken for this source's.")


def _save(source: EventSource, *columns: str) -> None:
    try:
        with transaction.atomic():
            source.save(update_fields=columns or None)
    except IntegrityError:
        raise CannotChange(f"There is a source called {source.name} already.") from None


def _locked(source: EventSource) -> EventSource:
    locked: EventSource = EventSource.everywhere.select_for_update().get(pk=source.pk)
    return locked


def _rule_asking_for(source: EventSource) -> MappingRule | None:
    """Return a rule of the draft or of the release in force that asks for the disposition of this source."""
    rules = MappingRule.everywhere.of(source.organization).filter(
        release__state__in=[Release.State.DRAFT, Release.State.PUBLISHED]
    )
    wanted = DISPOSITION + source.name
    return next((rule for rule in rules if wanted in _asked_in(parse(rule.conditions or {"all": []}))), None)


def _asked_in(member: Condition | Group) -> Iterator[str]:
    if isinstance(member, Condition):
        yield member.fact
    else:
        for inner in member.members:
            yield from _asked_in(inner)
