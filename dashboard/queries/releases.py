"""Releases as their pages show them: rules as sentences, how often each decided, what a draft changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.queries import drift
from dashboard.queries.differences import marked, sentences_of
from dashboard.queries.hits import RuleUse, uses_of
from wrapups.domain.comparing import Differences
from wrapups.domain.sentences import Sentence
from wrapups.models import MappingRule, Organization, Release
from wrapups.services.comparing import differences
from wrapups.services.meanwhile import latest_entry


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule as a sentence, with what became of it lately.

    `share` is its week's hits in hundredths of the highest; `mark` says how it differs.
    """

    rule: MappingRule
    sentence: Sentence
    use: RuleUse
    share: int = 0
    mark: str = ""
    warnings: Sequence[str] = ()
    """What has become of its code in Genesys Cloud."""


@dataclass(frozen=True, slots=True)
class RulePage:
    """A release with its rules; `changes` are the draft's against the release in force."""

    release: Release | None
    lines: Sequence[RuleLine] = ()
    in_force: Release | None = None
    draft: Release | None = None
    changes: Differences = field(default_factory=Differences)
    proposed: Release | None = None

    @property
    def warned(self) -> list[RuleLine]:
        """The rules in use whose code is no longer as they know it."""
        return [line for line in self.lines if line.warnings]

    @property
    def is_draft(self) -> bool:
        return self.draft is not None and self.release == self.draft


def rule_page(organization: Organization, *, draft: bool) -> RulePage:
    """Return the draft, or else the release in force, with what the pages show beside it."""
    releases = {release.state: release for release in _current(organization)}
    in_force, drafted = releases.get(Release.State.PUBLISHED), releases.get(Release.State.DRAFT)
    present, coming = rules_of(in_force), rules_of(drafted, opened=draft)
    changes = differences(present, coming) if drafted else Differences()
    proposed = releases.get(Release.State.PROPOSED)
    if draft and drafted:
        lines = rule_lines(organization, coming, marked(changes, coming))
        return RulePage(drafted, lines, in_force, drafted, changes, proposed)
    return RulePage(in_force, rule_lines(organization, present), in_force, drafted, changes, proposed)


def rules_of(release: Release | None, *, opened: bool = False) -> list[MappingRule]:
    """Return a release's rules in order, with their codes; each with `opened`, its latest audit entry, if asked for."""
    if release is None:
        return []
    rules = release.rules.select_related("wrapup_code", "owner").order_by("line")
    return list(rules.annotate(opened=latest_entry(MappingRule)) if opened else rules)


def rule_lines(
    organization: Organization, rules: Sequence[MappingRule], marks: Mapping[int, str] | None = None
) -> list[RuleLine]:
    """Return the rules as lines: a query for each catalogue they name, and up to four for what they decided lately."""
    uses = uses_of(organization, [rule.identity for rule in rules])
    sentences, warnings = sentences_of(organization, rules), drift.warnings(organization, rules)
    most = max((use.week for use in uses.values()), default=0) or 1
    return [
        RuleLine(
            rule,
            sentences[rule.pk],
            uses[rule.identity],
            round(100 * uses[rule.identity].week / most),
            (marks or {}).get(rule.pk, ""),
            warnings.get(rule.pk, ()),
        )
        for rule in rules
    ]


def _current(organization: Organization) -> Sequence[Release]:
    states = [Release.State.DRAFT, Release.State.PROPOSED, Release.State.PUBLISHED]
    rows = Release.objects.of(organization).filter(state__in=states)
    return list(rows.select_related("published_by", "author", "proposed_by", "approved_by"))
