"""What stands beside the form in which rules are tried: the communications it may take facts from, and the results."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboard.forms.condition_tree import OPEN_FACTS, TypedCondition
from dashboard.forms.facts import TypedFacts, rows_for, typed_facts
from dashboard.forms.trying import TryForm
from dashboard.queries.names import CATALOGUES, Names
from dashboard.queries.pasted_ids import conversation_key
from dashboard.queries.trying import KnownLeg, Result, known_legs, result_of
from wrapups.domain.facts import FACTS
from wrapups.domain.masking import OPEN, Mask
from wrapups.domain.rules import CompiledRelease
from wrapups.models import Communication, Conversation, Disposition, Organization
from wrapups.services.trying import Known, known_of, try_facts, try_known

FACT_CHOICES = [*((fact.name, fact.label) for fact in FACTS.values()), *OPEN_FACTS.items()]


@dataclass(slots=True)
class TryPage:
    """The form with its answer: one result, or one for each communication of a conversation, or what is missing."""

    form: TryForm
    problem: str = ""
    origin: KnownLeg | None = None
    """Whose facts these are, or were before somebody changed them."""
    changed: bool = False
    result: Result | None = None
    several: Sequence[tuple[KnownLeg, Result]] = field(default_factory=list)

    fact_choices = FACT_CHOICES


def try_page(organization: Organization, form: TryForm, release: CompiledRelease | None, mask: Mask = OPEN) -> TryPage:
    """Return the page for what was typed, by these rules; without any, nothing is tried.

    Facts of a customer that are masked are left out of the form, and still tried as long as nothing is changed in it.
    """
    page = TryPage(form)
    found = _found(organization, page) if form.takes or form.leg else []
    if form.takes and len(found) > 1 and form.leg is None:
        form.facts = TypedFacts()
        page.several = _each(organization, found, release, mask) if release else []
        return page
    known = found[0] if found else None
    if known and form.takes:
        form.facts = typed_facts(mask.visible(known.facts))
        form.leg = known.communication.pk
    if known:
        page.origin = known_legs(organization, [known])[0]
        page.changed = form.facts.facts() != typed_facts(mask.visible(known.facts)).facts()
    form.facts.check(finished=False)
    if release and form.facts.rows and not form.facts.wrong:
        same = known if not page.changed else None
        facts = form.facts.facts()
        tried = try_known(organization, release, same) if same else try_facts(organization, release, facts)
        page.result = result_of(organization, tried, look=form.look, mask=mask)
    name_values(organization, form.facts)
    return page


def ask_for(form: TryForm, release: CompiledRelease) -> None:
    """Give a form without facts a row for each fact that the rules ask for."""
    if not form.facts.rows:
        form.facts = rows_for(release.asks)


def name_values(organization: Organization, typed: TypedFacts) -> None:
    """Give each value of the rows the words for it: a query for each catalogue in them."""
    wanted: dict[str, set[str]] = {kind: set() for kind in CATALOGUES}
    for row in typed.rows:
        if row.catalogue:
            wanted[row.catalogue] |= set(row.values)
    names = Names(organization, wanted)
    for row in typed.rows:
        row.shown = [(value, _words(row, value, names)) for value in row.values]


def _words(row: TypedCondition, value: str, names: Names) -> str:
    return names(row.catalogue, value) if row.catalogue else row.choices.get(value, value)


def _each(
    organization: Organization, found: Sequence[Known], release: CompiledRelease, mask: Mask
) -> list[tuple[KnownLeg, Result]]:
    legs = known_legs(organization, found)
    return [(leg, result_of(organization, try_known(organization, release, leg.known), mask=mask)) for leg in legs]


def _found(organization: Organization, page: TryPage) -> list[Known]:
    """Return the communications that the form means, or say on the page why there are none."""
    form = page.form
    conversation = _conversation(organization, form)
    if conversation is None:
        page.problem = _unknown(organization, form.q)
        return []
    found = known_of(organization, conversation)
    form.q = conversation.conversation_id
    if not found:
        page.problem = (
            "No agent's part of this conversation is decided yet, so its facts are not known. Try again soon."
        )
    chosen = [known for known in found if known.communication.pk == form.leg]
    if not chosen:
        form.leg = None
    return chosen or found


def _conversation(organization: Organization, form: TryForm) -> Conversation | None:
    if form.leg is not None:
        legs = Communication.objects.of(organization).select_related("conversation").filter(pk=form.leg)
        leg = legs.first()
        return leg.conversation if leg else None
    pk = conversation_key(organization, form.q)
    found: Conversation | None = Conversation.objects.of(organization).filter(pk=pk).first() if pk else None
    return found


def _unknown(organization: Organization, wanted: str) -> str:
    if not wanted:
        return "Paste the id of a conversation, or its address in Genesys Cloud."
    # It may be a conversation of another division, which is none for whom divisions limit, whoever spoke of it.
    spoken_of = Disposition.objects.of(organization).filter(conversation_id=wanted)
    return SPOKEN_OF if not organization.sight.is_limited and spoken_of.exists() else NOT_KNOWN


SPOKEN_OF = (
    "An outside system spoke of this conversation, but it has not been read from Genesys Cloud yet. That is done a few"
    " minutes after its end; try again then."
)
NOT_KNOWN = (
    "This conversation is not known here. Conversations are read a few minutes after their end, and past ones by a"
    " back-fill of their day, under Intake. Or say the facts yourself, below."
)
