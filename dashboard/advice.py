"""What a failure means and how it is mended, for who reads it: words, buttons, and pages of Genesys Cloud."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.queries.advice_acts import About, Act, acts_of
from dashboard.queries.deep_links import Link, places_of
from dashboard.queries.failure_shown import queue_of, shown_of
from wrapups.domain.advice import CATALOGUE, Advised, advise
from wrapups.domain.advice_parts import OF_THE_ASSIGNMENT, Fix, Who
from wrapups.domain.failure_classes import FailureClass, Shown
from wrapups.models import Assignment, Organization


@dataclass(frozen=True, slots=True)
class AdviceOnPage:
    """The advice for one failure: its class, what is so, what to do and who can, with the acts that mend it."""

    known_as: FailureClass
    so: str
    do: str
    who: Who
    acts: Sequence[Act] = ()
    links: Sequence[Link] = ()

    @property
    def is_known(self) -> bool:
        """Whether this failure has an explanation of its own."""
        return self.known_as is not FailureClass.UNKNOWN

    @property
    def not_above(self) -> Sequence[Act]:
        """The acts that the head of an assignment's own page does not offer anyway."""
        return [act for act in self.acts if act.fix not in IN_THE_HEAD]

    @property
    def for_all(self) -> Sequence[Act]:
        """The acts that mend the cause for all that share it, and none that is about this one assignment."""
        return [act for act in self.acts if act.fix not in OF_THE_ASSIGNMENT]


def advice_on(assignment: Assignment) -> AdviceOnPage:
    """Return what to do about an assignment that failed, or is in conflict, or does not go on.

    At most seven queries, fewer where its communication, conversation, code, rule and organization are fetched.
    """
    return _on(assignment, assignment.organization)


def advice_on_group(organization: Organization, examples: Sequence[Assignment]) -> Sequence[AdviceOnPage]:
    """Return the advice for all failures of one cause, of which these are some: one for each class that they are.

    Only what mends the cause is offered, for each queue and each rule among them, and the act on all that goes with it.
    """
    found: dict[FailureClass, AdviceOnPage] = {}
    for example in examples:
        advice = _on(example, organization)
        first = found.setdefault(advice.known_as, replace(advice, do=_do_for_all(advice), acts=()))
        found[advice.known_as] = replace(first, acts=_merged(first.acts, advice.for_all))
    return list(found.values())


def advice_on_refusal(sentence: str) -> AdviceOnPage:
    """Return the advice for the sentence with which calls are held: our own, so its status and code can be read."""
    found = _ANSWERED.search(sentence)
    status, code = (int(found[1]), found[2] or "") if found else (0, "")
    operation = "login" if found and found[3] == "to the login" else ""
    return _words(advise(Shown(error="credentials", code=code, http_status=status, operation=operation)))


def known_failures() -> Sequence[AdviceOnPage]:
    """Return every class that is known, in the order of its number."""
    return [_words(Advised(known_as, CATALOGUE[known_as])) for known_as in CLASSES]


FOR_ALL = {Fix.LOOK_AGAIN: "Decide again by the rules in force", Fix.RETRY: "Retry"}
"""What does for many, by its name in the bar above them, what these do for one."""
IN_THE_HEAD = OF_THE_ASSIGNMENT - {Fix.LOOK_AGAIN}
CLASSES = tuple(sorted(known_as for known_as in FailureClass if known_as is not FailureClass.UNKNOWN))

_ANSWERED = re.compile(r"answered (\d{3})(?: ([\w.:-]+))? (while|to the login)")
"""As `wrapups.genesys.errors` writes it; a test holds the two together."""


def _on(assignment: Assignment, organization: Organization) -> AdviceOnPage:
    queue = queue_of(assignment, organization)
    advised = advise(shown_of(assignment, organization, queue))
    about = About(assignment, organization, queue)
    advice = advised.advice
    return AdviceOnPage(
        advised.known_as, advice.so, advice.do, advice.who, acts_of(advice, about), places_of(advice.places, about)
    )


def _do_for_all(advice: AdviceOnPage) -> str:
    words = next((FOR_ALL[act.fix] for act in advice.acts if act.fix in FOR_ALL), "")
    return f"{advice.do} For all of the group: “{words}”, in the bar above its rows." if words else advice.do


def _merged(acts: Sequence[Act], more: Sequence[Act]) -> Sequence[Act]:
    """Return these and those that say something else, each kind together."""
    new = {act.word: act for act in more if act.word not in {known.word for known in acts}}
    every = [*acts, *new.values()]
    kinds = list(dict.fromkeys(act.fix for act in every))
    return sorted(every, key=lambda act: kinds.index(act.fix))


def _words(advised: Advised) -> AdviceOnPage:
    advice = advised.advice
    return AdviceOnPage(advised.known_as, advice.so, advice.do, advice.who)
