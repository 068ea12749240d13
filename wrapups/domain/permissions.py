"""What our OAuth client must be allowed, where, and what is lost where it is not: one table, one report.

Source: permissions of the API's operations, in the documentation of Genesys' own JavaScript SDK (API build 10706).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EVERYWHERE = "*"
"""How Genesys writes the division of a grant that holds in all of them, and any action or entity of a policy."""

NEEDED: Mapping[str, str] = {
    "analytics:conversationDetail:view": "Ended conversations cannot be found, nor codes verified in bulk.",
    "conversation:participant:wrapup": "Codes cannot be written.",
    "conversation:communication:view": "Rules cannot see participant attributes, and what analytics does not confirm"
    " stays unconfirmed.",
    "routing:wrapupCode:view": "Codes show as ids, and new ones cannot be chosen in rules.",
    "routing:queue:view": "Queues show as ids, and a code outside the queue's set is not noticed before it is sent.",
}
"""Each permission, and what is lost without it."""

OPTIONAL: Mapping[str, str] = {
    "outbound:wrapUpCodeMapping:view": "No warning is shown where a code means something to the outbound dialler.",
    "conversation:summary:view": "Rules cannot ask for what Agent Copilot predicted.",
    "routing:queue:edit": "A code that is not on a queue cannot be put there from here.",
}
"""Each permission that nobody needs to grant, and what there is only with it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which organization a token belongs to."""

    organization_id: str
    organization_name: str


@dataclass(frozen=True, slots=True)
class Granted:
    """What a client may do: each permission (domain:entity:action, parts may be `*`) and the divisions it holds in."""

    divisions_of: Mapping[str, frozenset[str]]

    def divisions(self, permission: str) -> frozenset[str]:
        """Return the ids of the divisions in which it is held; EVERYWHERE among them means all."""
        held = [where for name, where in self.divisions_of.items() if _covers(name, permission)]
        return frozenset().union(*held)

    def holds(self, permission: str, division_id: str) -> bool:
        """Return whether it is held in this division."""
        return not self.divisions(permission).isdisjoint({EVERYWHERE, division_id})


@dataclass(frozen=True, slots=True)
class Place:
    """A division that holds something of ours, and what: "queues Billing EU and VIP Desk"."""

    id: str
    name: str
    holds: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: what was looked for, and what is lost (empty: nothing)."""

    subject: str
    lost: tuple[str, ...] = ()
    about: str = ""
    optional: bool = False
    """Whether all else goes on without it."""

    @property
    def good(self) -> bool:
        """Whether nothing is lost."""
        return not self.lost


def report(granted: Granted, places: Sequence[Place]) -> tuple[Line, ...]:
    """Return a line for each permission, and one for each division that lacks some of those needed and held elsewhere.

    A permission that is held nowhere is one line, not one more in every division; a division that is not covered is one
    line, not one more at every permission.
    """
    held = [permission for permission in NEEDED if granted.divisions(permission)]
    permissions = [Line(name, () if name in held else (lost,)) for name, lost in NEEDED.items()]
    extras = [Line(name, () if granted.divisions(name) else (lost,), optional=True) for name, lost in OPTIONAL.items()]
    divisions = [
        Line(
            place.name,
            tuple(f"{name}: {NEEDED[name]}" for name in held if not granted.holds(name, place.id)),
            place.holds,
        )
        for place in places
    ]
    return (*permissions, *divisions, *extras)


def _covers(held: str, wanted: str) -> bool:
    parts = zip(held.split(":"), wanted.split(":"), strict=True)
    return all(have in (EVERYWHERE, want) for have, want in parts)
