"""What is the matter with the rules of a release, as its pages show it: beside each rule, and in sums."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.templatetags.badges import Look
from dashboard.templatetags.dialler import dialler_words
from wrapups.domain.analysis import NEVER_DECIDES, Flaw, FlawKind
from wrapups.domain.flaw_sentences import flaw_sentence, hiding_sentence
from wrapups.domain.prediction_order import asks_prediction, standing_early
from wrapups.domain.rules import Rule
from wrapups.domain.sentences import Part, Sentence
from wrapups.models import MappingRule, Organization
from wrapups.services.analysing import CodeTrouble, findings_of

NEVER, NEEDLESS, UNDECIDED, OVERLAP = "never", "needless", "undecided", "overlap"
MOST_SHOWN = 100
OFF_QUEUE, DIALLER, HIDES, PREDICTION = "off-queue", "dialler", "hides", "prediction"

GROUPS: Mapping[str, tuple[str, str, Look]] = {
    NEVER: ("can never decide", "can never decide", Look("bad", "eye-off", "Rules before it leave it nothing.")),
    OFF_QUEUE: (
        "chooses a code that a queue of it does not have",
        "choose a code that a queue of theirs does not have",
        Look("bad", "unplug", "Genesys refuses the code on that queue."),
    ),
    NEEDLESS: (
        "changes nothing",
        "change nothing",
        Look("warning", "copy-minus", "Later rules would choose the same."),
    ),
    UNDECIDED: (
        "could not be judged",
        "could not be judged",
        Look("warning", "circle-question-mark", "Nothing was proved either way."),
    ),
    PREDICTION: (
        "asks what Copilot predicted where it is not asked for",
        "ask what Copilot predicted where it is not asked for",
        Look(
            "warning",
            "bot",
            "A prediction is asked for only where no rule decides without it, and where it is allowed.",
        ),
    ),
    DIALLER: (
        "chooses a code that the dialler acts on",
        "choose a code that the dialler acts on",
        Look("warning", "phone-outgoing", "A code that is set later does not make the dialler act again."),
    ),
    OVERLAP: (
        "shares conversations with a rule before it that chooses another code",
        "share conversations with rules before them that choose another code",
        Look("quiet", "blend", "The order of these rules matters."),
    ),
}
"""By kind: what is said of one rule, what of several, and how it is shown."""

LOOKS = {kind: look for kind, (_, _, look) in GROUPS.items()} | {HIDES: Look("warning", "eye-off", "It comes first.")}

KINDS: Mapping[FlawKind, str] = {
    FlawKind.CONTRADICTORY: NEVER,
    FlawKind.SHADOWED: NEVER,
    FlawKind.REDUNDANT: NEEDLESS,
    FlawKind.UNDECIDED: UNDECIDED,
    FlawKind.OVERLAP: OVERLAP,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing said beside a rule."""

    kind: str
    sentence: Sentence

    @property
    def look(self) -> Look:
        """How it is shown."""
        return LOOKS[self.kind]


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """The rules that have one thing in common: "3 rules can never decide"."""

    kind: str
    lines: Sequence[tuple[MappingRule, Mark]]

    @property
    def shown(self) -> Sequence[tuple[MappingRule, Mark]]:
        """Those that a page shows."""
        return self.lines[:MOST_SHOWN]

    @property
    def unshown(self) -> int:
        """How many a page does not show."""
        return len(self.lines) - len(self.shown)

    @property
    def words(self) -> str:
        """What is said of them, after their number."""
        one, several, _ = GROUPS[self.kind]
        return f"rule {one}" if len(self.lines) == 1 else f"rules {several}"

    @property
    def look(self) -> Look:
        """How it is shown."""
        return LOOKS[self.kind]


@dataclass(frozen=True, slots=True)
class Checks:
    """What was found about a release: by rule's key what is said beside it, and the sums, worst first."""

    marks: Mapping[int, Sequence[Mark]] = field(default_factory=dict)
    groups: Sequence[CheckGroup] = ()


def checks_of(organization: Organization, rows: Sequence[MappingRule]) -> Checks:
    """Return what is the matter with the rules of one release, with their codes read: two queries."""
    findings = findings_of(organization, rows)
    marks = defaultdict[int, list[Mark]](list)
    for flaw in findings.analysis.flaws:
        marks[flaw.rule.key].append(Mark(KINDS[flaw.kind], flaw_sentence(flaw)))
    for trouble in findings.troubles:
        marks[trouble.rule.pk].append(Mark(OFF_QUEUE, _off_queue(trouble)))
    for key, sentence in _predictions(organization, findings.rules):
        marks[key].append(Mark(PREDICTION, sentence))
    for row in rows:
        if row.enabled and row.wrapup_code.dialler_flags:
            marks[row.pk].append(Mark(DIALLER, _dialler(row)))
    groups = [CheckGroup(kind, list(_with(kind, rows, marks))) for kind in GROUPS]
    for rule, hidden in _hidden(findings.analysis.flaws):
        marks[rule.key].append(Mark(HIDES, hiding_sentence(hidden)))
    return Checks(dict(marks), [group for group in groups if group.lines])


def typed_marks(flaws: Iterable[Flaw], hides: Sequence[Rule]) -> list[Mark]:
    """Return what is said beside a rule that is being typed or moved."""
    hiding = [Mark(HIDES, hiding_sentence(hides))] if hides else []
    return [*(Mark(KINDS[flaw.kind], flaw_sentence(flaw)) for flaw in flaws), *hiding]


def line_before(flaws: Iterable[Flaw]) -> int | None:
    """Return the line at which a rule that others hide would come before all of these; None where none hides it."""
    hiding = [rule.position for flaw in flaws if flaw.kind is FlawKind.SHADOWED for rule in flaw.by]
    return min(hiding, default=None)


def _predictions(organization: Organization, rules: Sequence[Rule]) -> Iterator[tuple[int, Sentence]]:
    """Yield the rules whose prediction is not asked for as their place suggests, and why."""
    if not organization.asks_predictions:
        off = (Part("Never holds: this organization does not ask what Copilot predicted. An admin can, by a policy."),)
        yield from ((rule.key, off) for rule in rules if rule.enabled and asks_prediction(rule))
        return
    for key, last in standing_early(rules).items():
        named = Part(f"{last.name}", True), Part(f" (line {last.position})")
        says = Part("Decides only where no rule does without a prediction, though it stands earlier: move it below ")
        yield key, (says, *named, Part("."))


def _with(
    kind: str, rows: Iterable[MappingRule], marks: Mapping[int, Sequence[Mark]]
) -> Iterator[tuple[MappingRule, Mark]]:
    for row in rows:
        yield from ((row, mark) for mark in marks.get(row.pk, ()) if mark.kind == kind)


def _hidden(flaws: Iterable[Flaw]) -> Iterator[tuple[Rule, Sequence[Rule]]]:
    """Yield the rules that alone keep others from ever deciding, with those."""
    hidden: dict[Rule, list[Rule]] = {}
    for flaw in flaws:
        if flaw.kind in NEVER_DECIDES and len(flaw.by) == 1:
            hidden.setdefault(flaw.by[0], []).append(flaw.rule)
    yield from hidden.items()


def _off_queue(trouble: CodeTrouble) -> Sentence:
    named, more = trouble.queues[:2], len(trouble.queues) - 2
    queues = [part for queue in named for part in (Part(", "), Part(queue.name, True))][1:]
    rest = (Part(f" and {more} more"),) if more > 0 else ()
    code = Part(trouble.rule.wrapup_code.name, True)
    return (Part("Its code "), code, Part(" is not offered on "), *queues, *rest, Part("."))


def _dialler(row: MappingRule) -> Sentence:
    meaning = Part(dialler_words(row.wrapup_code.dialler_flags), True)
    return (
        Part("To outbound campaigns its code means "),
        meaning,
        Part("; the dialler does not act on it when it is set later."),
    )
