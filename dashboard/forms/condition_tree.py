"""Conditions while somebody types them: a tree that may be unfinished, with an error beside each place that is wrong.

A place is named by its path: "c" is the outermost group, "c-0" its first member, "c-1-0" the first member of a group
in second place. Field names are the path and what stands there: "c-0-fact", "c-1-quantifier".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wrapups.domain.conditions import MAX_DEPTH, Quantifier
from wrapups.domain.facts import ATTRIBUTE, DISPOSITION, FACTS, Fact, Kind, fact_named
from wrapups.domain.operators import OPERATORS, Operator, Wants

ROOT = "c"
OPEN_FACTS: Mapping[str, str] = {ATTRIBUTE: "participant attribute …", DISPOSITION: "disposition of …"}
"""Facts that need a name of their own after them."""


@dataclass(slots=True)
class TypedCondition:
    """One row. `key` completes an open fact; `values` are ids, numbers or text as typed; `errors` are by field."""

    path: str = ""
    fact: str = ""
    key: str = ""
    operator: str = ""
    values: list[str] = field(default_factory=list)
    typed: str = ""
    """A name in the picker that is no value yet."""
    shown: list[tuple[str, str]] = field(default_factory=list)
    """Each value with the words for it; filled in where the editor is drawn."""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def fact_name(self) -> str:
        """The fact's whole name; empty while it is not complete."""
        if self.fact in OPEN_FACTS:
            return f"{self.fact}{self.key}" if self.key.strip() else ""
        return self.fact

    @property
    def kind(self) -> Kind | None:
        """What kind of value it is about, or None before a fact is chosen."""
        if self.fact in OPEN_FACTS:
            return Kind.TEXT
        return FACTS[self.fact].kind if self.fact in FACTS else None

    @property
    def about(self) -> Fact | None:
        """The fact, or None before it is chosen and complete."""
        return fact_named(self.fact_name) if self.fact_name and self.kind else None

    @property
    def catalogue(self) -> str:
        """The catalogue its values are from; empty for anything else."""
        return FACTS[self.fact].catalogue if self.fact in FACTS else ""

    @property
    def choices(self) -> Mapping[str, str]:
        """The fixed words its values are from."""
        return FACTS[self.fact].choices if self.fact in FACTS else {}

    @property
    def operators(self) -> list[Operator]:
        """The comparisons that make sense for this fact."""
        return [operator for operator in OPERATORS.values() if self.kind in operator.kinds]

    @property
    def wants(self) -> Wants:
        """What it compares with."""
        return OPERATORS[self.operator].wants if self.operator in OPERATORS else Wants.NOTHING

    @property
    def widget(self) -> str:
        """Which of the ways to say a value fits this fact and comparison."""
        if self.kind is None or self.wants is Wants.NOTHING:
            return "nothing"
        if self.wants is Wants.RANGE:
            return "range"
        if self.kind in (Kind.NUMBER, Kind.FLAG):
            return self.kind.value
        if self.catalogue:
            return "names"
        if self.choices:
            return "choice" if self.wants is Wants.ONE else "choices"
        return "text" if self.wants is Wants.ONE else "lines"

    @property
    def template(self) -> str:
        """The template that lets a person say the value."""
        return f"rules/value/{self.widget}.html"

    @property
    def takes_one(self) -> bool:
        """Whether it compares with one value only."""
        return self.wants is Wants.ONE

    @property
    def is_open(self) -> bool:
        """Whether the fact needs a name of its own."""
        return self.fact in OPEN_FACTS

    @property
    def text(self) -> str:
        """The values, one a line."""
        return "\n".join(self.values)

    def _usual(self, names: list[str]) -> str:
        """Return the comparison to begin with: most rules name several things of a catalogue, but one text."""
        preferred = ("one_of", "any_of") if self.catalogue or self.choices else ("is", "any_of", "at_least")
        return next((name for name in preferred if name in names), names[0] if names else "")

    def settle(self) -> None:
        """Choose a comparison that fits the fact, and keep no more values than it wants."""
        names = [operator.name for operator in self.operators]
        if self.operator not in names:
            self.operator = self._usual(names)
        most = {Wants.NOTHING: 0, Wants.ONE: 1, Wants.RANGE: 2}.get(self.wants)
        if most is not None:
            self.values = self.values[-most:] if most == 1 else self.values[:most]


@dataclass(slots=True)
class TypedGroup:
    """Rows and groups of which all, any or none must hold."""

    path: str = ROOT
    quantifier: str = Quantifier.ALL.value
    members: list["TypedCondition | TypedGroup"] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_group(self) -> bool:
        return True

    @property
    def may_nest(self) -> bool:
        """Whether a group may still be put into this one."""
        return self.path.count("-") + 1 < MAX_DEPTH


def numbered(group: TypedGroup, path: str = ROOT) -> TypedGroup:
    """Give every place its path, and return the group."""
    group.path = path
    for place, member in enumerate(group.members):
        inner = f"{path}-{place}"
        if isinstance(member, TypedGroup):
            numbered(member, inner)
        else:
            member.path = inner
    return group


def rows(group: TypedGroup) -> Iterator[TypedCondition]:
    """Return every row, from top to bottom."""
    for member in group.members:
        if isinstance(member, TypedGroup):
            yield from rows(member)
        else:
            yield member


def groups(group: TypedGroup) -> Iterator[TypedGroup]:
    """Return the group and every group in it."""
    yield group
    for member in group.members:
        if isinstance(member, TypedGroup):
            yield from groups(member)
