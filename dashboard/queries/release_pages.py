"""Releases for reading: their list, one with how far it is rolled out, and where the open one stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from dashboard.queries import drift
from dashboard.queries.bounded import Bounded
from dashboard.queries.decisions_again import waiting
from dashboard.queries.differences import ChangeLine, change_lines
from dashboard.queries.keyset import Page, page_of
from dashboard.queries.releases import rules_of
from dashboard.templatetags.badges import Look
from wrapups.models import MappingRule, Organization, Person, Queue, Release
from wrapups.services import proposing, publishing
from wrapups.services.deciders import rollout_of
from wrapups.services.rulebook import in_force

PEOPLE = ("author", "proposed_by", "approved_by", "published_by", "base", "beside", "restores")

LOOKS: Mapping[str, Look] = {
    Release.State.DRAFT: Look("waiting", "pencil-line", "Its rules can be changed; it decides nothing."),
    Release.State.PROPOSED: Look("waiting", "hand", "Its rules stand still until it is published or withdrawn."),
    Release.State.PUBLISHED: Look("good", "circle-check", "It decides what ends now."),
    Release.State.RETIRED: Look("quiet", "archive", "It was in force; what it decided stays."),
}
WORDS: Mapping[str, str] = {
    Release.State.DRAFT: "draft",
    Release.State.PROPOSED: "proposed",
    Release.State.PUBLISHED: "in force",
    Release.State.RETIRED: "retired",
}
HELD = Look("warning", "triangle-alert", "Something stands against it.")
SHADOW = Look("warning", "eye", "It decides and records what ends now, and writes nothing.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a release stands, as word and look."""

    word: str
    look: Look

    @classmethod
    def of(cls, release: Release) -> "Standing":
        """Return it for a release."""
        if release.held_because:
            return cls("held", HELD)
        if release.state == Release.State.PUBLISHED and release.shadow:
            return cls("in force, in shadow mode", SHADOW)
        return cls(WORDS[release.state], LOOKS[release.state])


@dataclass(frozen=True, slots=True)
class Row:
    """One release in the list."""

    release: Release
    standing: Standing
    part: str


def release_page(organization: Organization, *, before: int | None, after: int | None) -> Page:
    """Return a page of the list, newest first: `rows` are `Row`s."""
    rows = Release.objects.of(organization).select_related(*PEOPLE)
    page = page_of(rows, before=before, after=after)
    return Page([Row(each, Standing.of(each), part_of(each)) for each in page.rows], page.newer, page.older)


def part_of(release: Release) -> str:
    """Return in words which part of what ends a release decides; empty for all of it."""
    rollout = rollout_of(release)
    if rollout.is_whole:
        return ""
    number = len(rollout.queue_ids)
    queues = f"{number} queue{'s' if number != 1 else ''}" if number else ""
    percent = f"{rollout.percent} %" if rollout.percent < 100 or not queues else ""
    return " of ".join(words for words in (percent, queues) if words)


def numbers(organization: Organization) -> list[tuple[int, str]]:
    """Return the releases to choose from, newest first."""
    rows = Release.objects.of(organization).order_by("-number")[:200]
    return [(row.number, f"Release {row.number}, {WORDS[row.state]}") for row in rows]


class OpenRelease:
    """The draft or the proposed release: what it changes, what stands against it, and who may do what."""

    def __init__(self, release: Release, person: Person) -> None:
        self.release, self._person = release, person
        self.organization = release.organization
        self.present = in_force(self.organization)
        self.standing = Standing.of(release)
        self.part = part_of(release)

    @property
    def is_draft(self) -> bool:
        return bool(self.release.state == Release.State.DRAFT)

    @property
    def outdated(self) -> bool:
        """Whether other rules have come into force since it was begun."""
        return self.present is not None and self.release.base_id not in (None, self.present.pk)

    @property
    def needs_approval(self) -> bool:
        """Whether another person has to agree before it can come into force."""
        return self.organization.approval_required and self.release.approved_by_id is None

    @property
    def may_approve(self) -> bool:
        """Whether this person may, rights aside."""
        return self.release.approved_by_id is None and proposing.may_approve(self.release, self._person)

    @cached_property
    def waiting(self) -> Bounded:
        """How much is decided and not sent at this moment."""
        return waiting(self.organization)

    @cached_property
    def changes(self) -> Sequence[ChangeLine]:
        """Every difference from what is in force."""
        return change_lines(self.organization, rules_of(self.present), rules_of(self.release))

    @cached_property
    def warned(self) -> list[tuple[MappingRule, Sequence[str]]]:
        """The rules in use whose code is no longer as they know it, with what has become of it."""
        rules = rules_of(self.release)
        warnings = drift.warnings(self.organization, rules)
        return [(rule, warnings[rule.pk]) for rule in rules if rule.pk in warnings]

    @cached_property
    def objections(self) -> Sequence[str]:
        """What stands against it now."""
        return publishing.objections(self.release)


def queue_names(organization: Organization, release: Release) -> list[str]:
    """Return the names of the queues it is rolled out to."""
    rows = Queue.objects.of(organization).filter(genesys_id__in=release.rollout_queues)
    return list(rows.order_by("name").values_list("name", flat=True))
