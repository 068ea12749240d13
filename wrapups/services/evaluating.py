"""What the rules would choose for given facts: the very decision the engine makes, and nothing stored of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from wrapups.domain.facts import FACTS, Fact, Facts, Kind, UnknownFact, Value, fact_named
from wrapups.domain.rules import CompiledRelease, Decision, decide
from wrapups.models import Organization, Release
from wrapups.models.clock import app_now
from wrapups.services.rulebook import compile_now, compiled, in_force

UNFIXED = frozenset({Release.State.DRAFT, Release.State.PROPOSED})

WANTED: Mapping[Kind, str] = {
    Kind.TEXT: "a text",
    Kind.CHOICE: "a text",
    Kind.NUMBER: "a number",
    Kind.FLAG: "true or false",
    Kind.TEXTS: "a list of texts",
    Kind.CHOICES: "a list of texts",
}


class NoRelease(LookupError):
    """There is no release of this number, or none in force. The text is for whoever asked."""


@dataclass(frozen=True, slots=True)
class BadFact:
    """A fact that cannot be used: its name where it is one of ours, else its place, from 1; and what is wrong."""

    where: str
    reason: str


def unusable(facts: Facts) -> list[BadFact]:
    """Return the facts that no rule could ever ask for, or whose value is of another kind; empty where all are fine."""
    named = enumerate(facts.items(), start=1)
    found = [(name if name in FACTS else f"#{place}", _why(name, value)) for place, (name, value) in named]
    return [BadFact(where, reason) for where, reason in found if reason]


def evaluate(organization: Organization, facts: Facts, *, number: int | None = None) -> tuple[Release, Decision]:
    """Return what the release of this number (at first: the one in force) decides. Raises NoRelease.

    Only rules speak here. Which conversations are left alone, and whether the queue offers the code, is settled
    elsewhere, as it needs more than facts.
    """
    release = release_numbered(organization, number)
    return release, decide(ready(release), facts, at=app_now())


def ready(release: Release) -> CompiledRelease:
    """Return a release ready to decide: one that still changes as it is now."""
    return compile_now(release) if release.state in UNFIXED else compiled(release.pk)


def release_numbered(organization: Organization, number: int | None) -> Release:
    """Return the release of this number, or, without one, the release in force. Raises NoRelease."""
    if number is None:
        release = in_force(organization)
        if release is None:
            raise NoRelease("No release is in force. Publish one, or name the draft's number.")
        return release
    found: Release | None = Release.everywhere.of(organization).filter(number=number).first()
    if found is None:
        raise NoRelease("There is no release of this number.")
    return found


def _why(name: str, value: Value) -> str:
    try:
        fact = fact_named(name)
    except UnknownFact:
        return f"There is no such fact. Known are {', '.join(FACTS)}, attribute.<name> and disposition.<source>."
    return "" if _fits(fact, value) else f"This fact is {WANTED[fact.kind]}."


def _fits(fact: Fact, value: Value) -> bool:
    if value is None:
        return True
    if fact.kind in (Kind.TEXTS, Kind.CHOICES):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if fact.kind is Kind.FLAG:
        return isinstance(value, bool)
    if fact.kind is Kind.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)
