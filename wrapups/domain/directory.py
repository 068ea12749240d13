"""Names for ids and ids for names, as files of rules need them: read by people, and exact both ways."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from wrapups.domain.operators import fold

WORDS: Mapping[str, str] = {"queue": "queue", "division": "division", "agent": "agent", "code": "wrap-up code"}
"""What each catalogue lists."""


class Listed(NamedTuple):
    """One entry of a catalogue; `gone` where Genesys Cloud no longer lists it."""

    key: str
    name: str
    gone: bool = False


class NoSuchName(ValueError):
    """A name, or an id, that means nothing here or more than one thing; the text says what to write instead."""


class Directory:
    """The catalogues of one organization, each read when it is first asked for."""

    def __init__(self, read: Callable[[str], Iterable[Listed]]) -> None:
        """`read` gives all entries of a "queue", "division", "agent" or "code"."""
        self._read = read
        self._catalogues: dict[str, _Catalogue] = {}

    def name(self, kind: str, key: str) -> str:
        """Return the name of an id; empty where it is not known."""
        return self._of(kind).names.get(key, "")

    def keys(self, kind: str, name: str) -> Sequence[str]:
        """Return the ids of what is called so: what is there before what is gone, exact spelling before any other."""
        return self._of(kind).keys(name)

    def is_plain(self, kind: str, key: str) -> bool:
        """Return whether the name alone leads back to this id."""
        name = self.name(kind, key)
        return bool(name) and list(self.keys(kind, name)) == [key]

    def resolved(self, kind: str, name: str, key: str = "") -> str:
        """Return the id that a name, an id, or both mean; raises NoSuchName.

        A known id wins over its name. Where only the name is known, as in a file from another organization, that
        counts. An id without a name is taken as it is.
        """
        if key and (not name or self.name(kind, key)):
            return key
        found = self.keys(kind, name)
        if len(found) == 1:
            return found[0]
        if found:
            raise NoSuchName(
                f"{len(found)} {WORDS[kind]}s are called “{name}”. Write the id behind the name: {name} [{found[0]}]."
            )
        if self.name(kind, name):
            return name
        raise NoSuchName(f"No {WORDS[kind]} is called “{name}”. Write it as it is spelt in Genesys Cloud.")

    def _of(self, kind: str) -> "_Catalogue":
        if kind not in self._catalogues:
            self._catalogues[kind] = _Catalogue(self._read(kind))
        return self._catalogues[kind]


class _Catalogue:
    """One catalogue, to be asked both ways."""

    def __init__(self, entries: Iterable[Listed]) -> None:
        self.names: dict[str, str] = {}
        self._exact: dict[tuple[str, bool], list[str]] = {}
        self._folded: dict[tuple[str, bool], list[str]] = {}
        for entry in entries:
            self.names[entry.key] = entry.name
            self._exact.setdefault((entry.name, entry.gone), []).append(entry.key)
            self._folded.setdefault((fold(entry.name), entry.gone), []).append(entry.key)

    def keys(self, name: str) -> Sequence[str]:
        found = (spelt.get((text, gone)) for spelt, text in self._spellings(name) for gone in (False, True))
        return next((keys for keys in found if keys), [])

    def _spellings(self, name: str) -> Iterable[tuple[dict[tuple[str, bool], list[str]], str]]:
        return ((self._exact, name), (self._folded, fold(name)))
