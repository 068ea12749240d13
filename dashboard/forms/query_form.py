"""A form that is filled in by its controls, or by a query that says the same."""

from collections.abc import Collection
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from dashboard.queries.assignments import AssignmentFilter
from dashboard.query_bar.keys import BY_PARAMETER, KEYS, Key
from dashboard.query_bar.reading import Fault, Reading, read
from dashboard.query_bar.troubles import Trouble, in_parts, troubles_of
from dashboard.query_bar.words import quoted
from dashboard.query_bar.writing import write

BESIDE_QUERY = ("view",)
"""What the bar's own form sends along: it narrows nothing, so no query says it."""


class QueryForm(forms.Form):
    """What is wrong with the query is told at its word, what its values mean by the form's own fields."""

    def __init__(self, address: QueryDict, **options: Any) -> None:
        self.text = address.get("query", "").strip()
        self.reading: Reading = read(self.text)
        self._has_empty = any(not address[name] for name in self.base_fields if name in address)
        super().__init__(_told(address, self.reading), **options)

    def filter(self) -> AssignmentFilter:
        """Return what can be used of it."""
        raise NotImplementedError

    @property
    def keys(self) -> Collection[Key]:
        """What a query can ask for."""
        return KEYS.values()

    @cached_property
    def troubles(self) -> list[Trouble]:
        """Return what is wrong with the query, in the order of its words."""
        faults = [*self.reading.faults, *(fault for name in self.errors for fault in self._faults_of(name))]
        return troubles_of(self.text, faults)

    @property
    def leaves_out(self) -> bool:
        """Whether something that was asked for could not be understood, so that it finds more than was meant."""
        return bool(self.reading.faults or self.errors)

    @property
    def query(self) -> str:
        """Return what stands in the bar: the query as it was typed while something is wrong with it, or else anew."""
        return self.text if self.troubles else write(self.filter().parameters())

    @property
    def query_in_parts(self) -> list[tuple[str, bool]]:
        """Return the query in parts, each with whether something is wrong with it."""
        return in_parts(self.text, self.troubles)

    @property
    def leads_on(self) -> bool:
        """Whether what it asks for has a better address: it came as a query, or with controls that were left empty."""
        return not self.troubles if "query" in self.data else self._has_empty and not self.errors

    def address(self, **place: object) -> str:
        """Return the one address of what is asked, from "?" on; of a faulty query the one that shows its faults."""
        if self.troubles:
            kept = {"query": self.text, **{name: self.data.get(name) for name in BESIDE_QUERY}}
            return f"?{urlencode({name: value for name, value in kept.items() if value})}"
        return self.filter().query_string(**place)

    def _faults_of(self, name: str) -> list[Fault]:
        if name not in self.reading.places:
            return []
        key = f"{BY_PARAMETER[name].name}:" if name in BY_PARAMETER else ""
        return [
            Fault(*self.reading.places[name], " ".join(error.messages), _instead(key, error))
            for error in self.errors.as_data()[name]
        ]


def _told(address: QueryDict, reading: Reading) -> QueryDict:
    """Return the address with what its query says in place of what it says itself."""
    told = address.copy()
    for name, value in reading.parameters.items():
        told[name] = value
    return told


def _instead(key: str, error: Any) -> tuple[str, ...]:
    return tuple(f"{key}{quoted(word)}" for word in getattr(error, "instead", ()))
