"""What the editor shows beside the rule's own fields: names for the values chosen, and the rule as a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.forms.condition_checking import usable
from dashboard.forms.condition_tree import OPEN_FACTS, TypedCondition, TypedGroup, rows
from dashboard.forms.rules import RuleForm
from dashboard.queries.catalogue import last_reading
from dashboard.queries.names import Names, ids_in
from dashboard.queries.noted import Noted, noted
from wrapups.domain.conditions import Quantifier
from wrapups.domain.facts import FACTS
from wrapups.domain.rules import Rule
from wrapups.domain.sentences import Part, Sentence, rule_sentence
from wrapups.models import Organization

FACT_CHOICES = [*((fact.name, fact.label) for fact in FACTS.values()), *OPEN_FACTS.items()]
QUANTIFIER_WORDS = {
    Quantifier.ALL: "all of these hold",
    Quantifier.ANY: "any of these holds",
    Quantifier.NONE: "none of these holds",
}
NO_CODE = "a code"


@dataclass(frozen=True, slots=True)
class Editor:
    """The condition editor, ready to be shown."""

    tree: TypedGroup
    sentence: Sentence
    names: Names
    dialler_flags: Sequence[str] = ()
    """What the chosen code means to outbound campaigns."""
    catalogue_read_at: datetime | None = None
    """As of when the codes of the queues are known."""
    noted: Noted | None = None
    """What the notes would say about a communication that took place."""

    facts = FACT_CHOICES
    note_facts = tuple((f"{{{fact.name}}}", fact.label) for fact in FACTS.values())
    quantifiers = tuple(QUANTIFIER_WORDS.items())


def editor(form: RuleForm, organization: Organization) -> Editor:
    """Return the editor for this form; a query for each catalogue it names."""
    when = usable(form.tree)
    offer = form.offers.get(form.chosen_code)
    code_id = offer.code.genesys_id if offer else NO_CODE
    wanted = ids_in([when])
    for row in rows(form.tree):
        if row.catalogue:
            wanted[row.catalogue] |= set(row.values)
    wanted["code"].add(code_id)
    names = Names(organization, wanted)
    for row in rows(form.tree):
        row.shown = _shown(row, names)
    sentence = rule_sentence(Rule(0, 0, "", code_id, when), names)
    if not when.members and form.tree.members:
        sentence = (Part("When …, choose "), Part(names("code", code_id), emphasised=True), Part("."))
    read_at = last_reading(organization).succeeded_at
    notes = noted(organization, str(form["notes"].value() or ""), when)
    return Editor(form.tree, sentence, names, offer.code.dialler_flags if offer else (), read_at, notes)


def _shown(row: TypedCondition, names: Names) -> list[tuple[str, str]]:
    """Return each value with the words for it."""
    if row.catalogue:
        return [(value, names(row.catalogue, value)) for value in row.values]
    return [(value, row.choices.get(value, value)) for value in row.values]
