"""Releases as their pages show them: rules as sentences, how often each decided, what a draft changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.queries import drift
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.changes import Changed, Changes, changes_between
from dashboard.queries.hits import DAYS, hits_of
from dashboard.queries.names import Names, ids_in
from wrapups.domain.rules import Rule
from wrapups.domain.sentences import Sentence, rule_sentence
from wrapups.models import MappingRule, Organization, Release
from wrapups.models.clock import app_now
from wrapups.services.rulebook import rule_of


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
    changes: Changes = field(default_factory=Changes)

    @property
    def warned(self) -> list[RuleLine]:
        """The rules in use whose code is no longer as they know it."""
        return [line for line in self.lines if line.warnings]

    @property
    def is_draft(self) -> bool:
        return self.draft is not None and self.release == self.draft


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One difference in words; `before` and `now` are whole rules as sentences."""

    kind: str
    name: str
    said: str
    before: Sentence = ()
    now: Sentence = ()
    fields: Sequence[tuple[str, str, str]] = ()
    """What else differs: its label, before and now."""


def rule_page(organization: Organization, *, draft: bool) -> RulePage:
    """Return the draft, or else the release in force, with what the pages show beside it."""
    releases = {release.state: release for release in _current(organization)}
    in_force, drafted = releases.get(Release.State.PUBLISHED), releases.get(Release.State.DRAFT)
    present, coming = rules_of(in_force), rules_of(drafted)
    changes = changes_between(present, coming) if drafted else Changes()
    if draft and drafted:
        return RulePage(drafted, rule_lines(organization, coming, changes.marks()), in_force, drafted, changes)
    return RulePage(in_force, rule_lines(organization, present), in_force, drafted, changes)


def rules_of(release: Release | None) -> list[MappingRule]:
    """Return a release's rules in order, with their codes."""
    return list(release.rules.select_related("wrapup_code").order_by("line")) if release else []


def rule_lines(
    organization: Organization, rules: Sequence[MappingRule], marks: Mapping[int, str] | None = None
) -> list[RuleLine]:
    """Return the rules as lines: a query for each catalogue they name, and one for how often they decided lately."""
    since = (app_now() - timedelta(days=DAYS)).replace(second=0, microsecond=0)
    hits, sentences = hits_of(organization, since=since), _sentences(organization, rules)
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


def change_lines(organization: Organization, changes: Changes) -> list[ChangeLine]:
    """Return every difference in words, in the order added, changed, removed, moved."""
    pairs = [rule for each in changes.changed for rule in (each.before, each.now)]
    sentences = _sentences(organization, [*changes.added, *pairs, *changes.removed])
    return list(_change_lines(changes, sentences))


def _change_lines(changes: Changes, sentences: Mapping[int, Sentence]) -> Iterator[ChangeLine]:
    for rule in changes.added:
        yield ChangeLine("added", rule.name, f"at line {rule.line}", now=sentences[rule.pk])
    for each in changes.changed:
        before, now = sentences[each.before.pk], sentences[each.now.pk]
        reads = (before, now) if before != now else ((), ())
        yield ChangeLine("changed", each.now.name, f"at line {each.now.line}", *reads, _fields(each))
    for rule in changes.removed:
        yield ChangeLine("removed", rule.name, f"from line {rule.line}", before=sentences[rule.pk])
    for each in changes.moved:
        yield ChangeLine("moved", each.now.name, f"from line {each.before.line} to line {each.now.line}")


def _fields(changed: Changed) -> list[tuple[str, str, str]]:
    before, now = changed.before, changed.now
    told = [
        ("name", before.name, now.name),
        ("notes", before.notes, now.notes),
        ("in use", "yes" if before.enabled else "no", "yes" if now.enabled else "no"),
    ]
    return [each for each in told if each[1] != each[2]]


def _sentences(organization: Organization, rows: Sequence[MappingRule]) -> dict[int, Sentence]:
    rules: list[Rule] = [rule_of(row) for row in rows]
    wanted = ids_in(rule.when for rule in rules)
    wanted["code"] |= {rule.code_id for rule in rules}
    names = Names(organization, wanted)
    return {rule.key: rule_sentence(rule, names) for rule in rules}


def _current(organization: Organization) -> Sequence[Release]:
    states = [Release.State.DRAFT, Release.State.PUBLISHED]
    return list(Release.objects.of(organization).filter(state__in=states).select_related("published_by", "author"))


def _hits_address(name: str, since: datetime) -> str:
    return AssignmentFilter(rule=name, since=since).query_string()
