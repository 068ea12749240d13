"""What one rule does otherwise than its organization's policies say.

{"overwrite": "agent", "grace_s": 0, "acw_guard": false, "keep_end_time": true, "legs": "last"}; what is left out
is as the organization has it. `parse` and `to_json` are exact inverses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TypeVar

from wrapups.domain.eligibility import Legs, Overwrite, Policy

MAX_GRACE_S = 86_400
"""A day, as for an organization."""

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Overrides:
    """A rule's own policies; None means as the organization has it. `keep_end_time`: leave the handle time as it is."""

    overwrite: Overwrite | None = None
    grace_s: int | None = None
    acw_guard: bool | None = None
    keep_end_time: bool | None = None
    legs: Legs | None = None

    def over(self, policy: Policy) -> Policy:
        """Return the organization's policy with this rule's own in their places."""
        if self == NONE:
            return policy
        return replace(
            policy,
            overwrite=policy.overwrite if self.overwrite is None else self.overwrite,
            grace_s=policy.grace_s if self.grace_s is None else self.grace_s,
            acw_guard=policy.acw_guard if self.acw_guard is None else self.acw_guard,
            disable_end_time_updates=(
                policy.disable_end_time_updates if self.keep_end_time is None else self.keep_end_time
            ),
            legs=policy.legs if self.legs is None else self.legs,
        )


NONE = Overrides()


class InvalidOverride(ValueError):
    """A rule's own policy that cannot be used: which (`name`), and what to do."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def parse(stored: object) -> Overrides:
    """Return what this JSON means. Raises InvalidOverride for a policy there is none of, and for a wrong value."""
    if not isinstance(stored, Mapping):
        raise InvalidOverride("", 'Write a rule\'s own policies as an object, such as {"grace_s": 0}.')
    for name in stored:
        if name not in NAMES:
            raise InvalidOverride(str(name), f"A rule has no policy {name!r} of its own; it may have {_listed(NAMES)}.")
    return Overrides(
        overwrite=_word(Overwrite, "overwrite", stored),
        grace_s=_seconds("grace_s", stored),
        acw_guard=_flag("acw_guard", stored),
        keep_end_time=_flag("keep_end_time", stored),
        legs=_word(Legs, "legs", stored),
    )


def to_json(overrides: Overrides) -> dict[str, object]:
    """Return the stored form, of which `parse` makes equal overrides again."""
    values = ((name, getattr(overrides, name)) for name in NAMES)
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in values if value is not None}


NAMES = tuple(each.name for each in fields(Overrides))


def _word(words: type[Word], name: str, stored: Mapping[str, object]) -> Word | None:
    if name not in stored:
        return None
    value = stored[name]
    if not isinstance(value, str) or value not in set(words):
        raise InvalidOverride(name, f"The policy {name} is one of {_listed(words)}, not {value!r}.")
    return words(value)


def _flag(name: str, stored: Mapping[str, object]) -> bool | None:
    value = stored.get(name)
    if name in stored and not isinstance(value, bool):
        raise InvalidOverride(name, f"The policy {name} is true or false, not {value!r}.")
    return value if isinstance(value, bool) else None


def _seconds(name: str, stored: Mapping[str, object]) -> int | None:
    value = stored.get(name)
    if name not in stored:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_GRACE_S:
        raise InvalidOverride(name, f"The policy {name} is a whole number of seconds, 0 to {MAX_GRACE_S}.")
    return value


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
