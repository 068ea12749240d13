"""What a failure means, who can mend it, and how: for every class that is known, and an honest word for the others."""

from dataclasses import dataclass, replace

from wrapups.domain.advice_parts import Advice, Fix, Who
from wrapups.domain.failure_classes import FailureClass, Shown, class_of
from wrapups.domain.failures_of_conversations import OF_CONVERSATIONS
from wrapups.domain.failures_of_requests import OF_REQUESTS
from wrapups.domain.status import Status

CATALOGUE = {**OF_REQUESTS, **OF_CONVERSATIONS}
"""The advice for each class; none is without."""

GIVEN_UP = (
    "It was tried as often as it may be. See whether other codes arrive by now: where they do, send this one again;"
    " where none does, wait."
)


@dataclass(frozen=True, slots=True)
class Advised:
    """A failure's class and the advice for it."""

    known_as: FailureClass
    advice: Advice

    @property
    def is_known(self) -> bool:
        """Whether this failure has an explanation of its own."""
        return self.known_as is not FailureClass.UNKNOWN


def advise(shown: Shown) -> Advised:
    """Return the class of a failure and what to do about it.

    What otherwise goes on by itself, and was given up all the same, is for a person to send again.
    """
    known_as = class_of(shown)
    advice = CATALOGUE[known_as]
    if shown.status == Status.FAILED and advice.who is Who.NOBODY:
        advice = replace(advice, do=GIVEN_UP, who=Who.OPS, fixes=(Fix.RETRY, Fix.CANCEL))
    return Advised(known_as, advice)
