"""The word of a query that is being typed, and the query once it is completed."""

from dataclasses import dataclass
from itertools import takewhile

from dashboard.query_bar.words import Word, quoted, words_in


@dataclass(frozen=True, slots=True)
class Typing:
    """The word that the caret is in: its key, empty while that is being typed, and its value up to the caret."""

    text: str
    start: int
    end: int
    key: str
    value: str

    def with_key(self, key: str) -> "Completed":
        """Return the query with this key there, to be gone on with."""
        return self._with(f"{key}:", goes_on=True)

    def with_value(self, value: str) -> "Completed":
        """Return the query with this value after the key."""
        return self._with(f"{self.key}:{quoted(value)}", goes_on=False)

    def _with(self, word: str, *, goes_on: bool) -> "Completed":
        after = self.text[self.end :].lstrip()
        head = f"{self.text[: self.start]}{word}{'' if goes_on else ' '}"
        return Completed(f"{head} {after}" if goes_on and after else head + after, len(head), goes_on)


@dataclass(frozen=True, slots=True)
class Completed:
    """A query after a suggestion was taken, where its caret stands, and whether the word goes on."""

    query: str
    caret: int
    goes_on: bool


def typing_at(text: str, caret: int) -> Typing:
    """Return what is being typed where the caret stands; a new word where it stands in none."""
    caret = max(0, min(caret, len(text)))
    word = next((each for each in words_in(text) if each.start < caret <= each.end), None)
    if word is None:
        return Typing(text, caret, caret, "", "")
    typed: Word = next(words_in(text[word.start : caret]))
    return Typing(text, word.start, word.end, typed.key, typed.value)


def phrase_at(text: str, caret: int) -> Typing:
    """Return all the words without a key that end where the caret stands, as one value; an empty one if none does."""
    here = typing_at(text, caret)
    words = list(words_in(text[: max(0, caret)]))
    run = list(takewhile(lambda word: not (word.key or word.negated), reversed(words)))
    if here.key or here.start == here.end or not run:
        return Typing(text, here.start, here.end, "", "")
    return Typing(text, run[-1].start, here.end, "", " ".join(word.value for word in reversed(run)))
