"""What a program's key may do: scopes as one table that the API, its description and the pages read."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Scope(StrEnum):
    SUBMIT = "dispositions:write"
    READ = "read"
    CUSTOMERS = "customers:read"
    EVALUATE = "evaluate"
    RETRY = "retry"
    RULES = "rules:write"


MEANINGS: Mapping[Scope, str] = {
    Scope.SUBMIT: "Hand in dispositions, and ask what became of those.",
    Scope.READ: "Read assignments, conversations, releases, and every disposition.",
    Scope.CUSTOMERS: "See the notes in what is read, which are masked without it but for those that the key handed in.",
    Scope.EVALUATE: "Ask which code the rules would choose for given facts. Nothing is stored.",
    Scope.RETRY: "Send failed assignments again.",
    Scope.RULES: "Change the rules of the draft. Nothing is published.",
}


def scopes_of(stored: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes that are meant; one that is no longer known opens nothing."""
    return frozenset(Scope(each) for each in stored if each in set(Scope))
