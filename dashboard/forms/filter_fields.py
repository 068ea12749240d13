"""Fields of a filter, as typed into a control or into the query bar: names, choices, times and ids."""

from collections.abc import Callable, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dashboard.query_bar.ids import MOST_IDS
from dashboard.query_bar.moments import EXAMPLES, Ago
from dashboard.query_bar.reading import free_text

MINUTES = "%Y-%m-%dT%H:%M"


class Unclear(ValidationError):
    """What was typed means nothing, or more than one thing; `instead` is what may stand there."""

    def __init__(self, said: str, instead: Sequence[str] = ()) -> None:
        super().__init__(said)
        self.instead = tuple(instead)


class WordField(forms.ChoiceField):
    """One of some words: by the word, by what it is shown as, or by the only beginning of either."""

    @property
    def shown(self) -> dict[str, str]:
        """The words, each with what it is shown as."""
        return {str(word): str(label) for word, label in self.choices if word}  # type: ignore[union-attr, misc]

    def to_python(self, value: Any) -> str:
        """Return the word that is meant; raise Unclear where none is, or more than one."""
        typed, shown = super().to_python(value).strip(), self.shown
        if not typed or typed in shown:
            return typed
        folded = typed.casefold()
        exact = [word for word, label in shown.items() if folded in (word.casefold(), label.casefold())]
        meant = exact or [
            word for word, label in shown.items() if word.casefold().startswith(folded) or label.startswith(folded)
        ]
        if len(meant) != 1:
            raise Unclear(*_no_such_word(typed, list(shown), meant))
        return meant[0]


class MomentField(forms.DateTimeField):
    """A time in the person's zone, or one that goes with the clock ("7d", "today")."""

    default_error_messages = {"invalid": f"That is no time that can be read. Write {EXAMPLES}."}

    def to_python(self, value: Any) -> Any:
        """Return an aware datetime, an `Ago`, or None."""
        return (Ago.read(value) if isinstance(value, str) else None) or super().to_python(value)


class MomentInput(forms.DateTimeInput):
    """The browser's own picker for a time; a plain field for words, which the picker could not show."""

    template_name = "django/forms/widgets/input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return what the input is drawn from."""
        context = super().get_context(name, value, attrs)
        context["widget"]["type"] = "text" if isinstance(value, str) and Ago.read(value) else "datetime-local"
        return context


class IdsField(forms.CharField):
    """Whole ids with anything between them, kept as a tuple."""

    def clean(self, value: Any) -> tuple[str, ...]:
        """Return the ids, each once, at most 500."""
        return tuple(dict.fromkeys(super().clean(value).replace(",", " ").split()))[:MOST_IDS]


class TextField(forms.CharField):
    """What is looked for in notes, said as the query bar says it."""

    def to_python(self, value: Any) -> str:
        """Return words and phrases."""
        return free_text(super().to_python(value) or "")


class NameField(forms.CharField):
    """A name, whatever its case, or the beginning of only one; `meant` finds it and raises Unclear."""

    meant: Callable[[str], str] = str

    def clean(self, value: Any) -> str:
        """Return the name as it is written."""
        typed = super().clean(value)
        return self.meant(typed) if typed else ""


def as_typed(value: Any) -> str:
    """Return a value of a filter as its control shows it and an address says it."""
    if isinstance(value, datetime):
        return value.strftime(MINUTES)
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _no_such_word(typed: str, words: list[str], meant: list[str]) -> tuple[str, list[str]]:
    if meant:
        return f"“{typed}” may be {' or '.join(meant)}. Choose one.", meant
    close = get_close_matches(typed.casefold(), words, n=1)
    if close:
        return f"There is no “{typed}” here. Did you mean “{close[0]}”?", close
    return f"There is no “{typed}” here. It is one of {', '.join(words)}.", []
