"""Releases as their pages show them: rules as sentences, how often each decided, what a draft changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.queries import drift
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.differences import marked, sentences_of
from dashboard.queries.hits import DAYS, hits_of
from wrapups.domain.comparing import Differences
from wrapups.domain.sentences import Sentence
from wrapups.models import MappingRule, Organization, Release
from wrapups.models.clock import app_now
from wrapups.services.comparing import differences


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule as a sentence. `share` is its hits in hundredths of the highest; `mark` says how it differs."""

    rule: MappingRule
    sentence: Sentence
    hits: int = 0
    share: int = 0
    address: str = ""
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
    present, coming = rules_of(in_force), rules_of(drafted)
    changes = differences(present, coming) if drafted else Differences()
    proposed = releases.get(Release.State.PROPOSED)
    if draft and drafted:
        lines = rule_lines(organization, coming, marked(changes, coming))
        return RulePage(drafted, lines, in_force, drafted, changes, proposed)
    return RulePage(in_force, rule_lines(organization, present), in_force, drafted, changes, proposed)


def rules_of(release: Release | None) -> list[MappingRule]:
    """Return a release's rules in order, with their codes."""
    return list(release.rules.select_related("wrapup_code", "owner").order_by("line")) if release else []


def rule_lines(
    organization: Organization, rules: Sequence[MappingRule], marks: Mapping[int, str] | None = None
) -> list[RuleLine]:
    """Return the rules as lines: a query for each catalogue they name, and one for how often they decided lately."""
    since = (app_now() - timedelta(days=DAYS)).replace(second=0, microsecond=0)
    hits, sentences = hits_of(organization, since=since), sentences_of(organization, rules)
    warnings = drift.warnings(organization, rules)
    most = max((hits.get(rule.name, 0) for rule in rules), default=0) or 1
    return [
        RuleLine(
            rule,
            sentences[rule.pk],
            hits.get(rule.name, 0),
            round(100 * hits.get(rule.name, 0) / most),
            _hits_address(rule.name, since),
            (marks or {}).get(rule.pk, ""),
            warnings.get(rule.pk, ()),
        )
        for rule in rules
    ]


def _current(organization: Organization) -> Sequence[Release]:
    states = [Release.State.DRAFT, Release.State.PROPOSED, Release.State.PUBLISHED]
    rows = Release.objects.of(organization).filter(state__in=states)
    return list(rows.select_related("published_by", "author", "proposed_by", "approved_by"))


def _hits_address(name: str, since: datetime) -> str:
    return AssignmentFilter(rule=name, since=since).query_string()
