"""The form in which rules are tried: a conversation's id, facts, and the release that is asked."""

from dataclasses import dataclass, field

from django.http import QueryDict

from dashboard.forms.facts import TypedFacts, edited, read_facts
from dashboard.queries.keyset import key_in
from dashboard.queries.pasted_ids import id_in
from wrapups.models import Organization


@dataclass(slots=True)
class TryForm:
    """What somebody has typed so far. `leg` is the key of the communication that the facts were taken from."""

    q: str = ""
    release: str = ""
    leg: int | None = None
    look: int | None = None
    facts: TypedFacts = field(default_factory=TypedFacts)
    takes: bool = False
    """Whether the facts of a conversation are asked for, in place of those typed."""

    @classmethod
    def typed(cls, fields: QueryDict, organization: Organization) -> "TryForm":
        """Return the form as it was sent, after the button that sent it; "take:<key>" takes one communication's."""
        edit = fields.get("edit", "")
        verb, _, key = edit.partition(":")
        return cls(
            q=id_in(fields.get("q", "")),
            release=fields.get("release", "")[:20],
            leg=key_in(key) if verb == "take" else key_in(fields.get("leg", "")),
            look=key_in(fields.get("look", "")),
            facts=edited(read_facts(fields, organization), edit),
            takes=verb == "take",
        )

    @classmethod
    def asked(cls, address: QueryDict) -> "TryForm":
        """Return the form for an address, which may name a conversation (`q`) or one communication's key (`leg`)."""
        q, leg = id_in(address.get("q", "")), key_in(address.get("leg", ""))
        return cls(q=q, release=address.get("release", "")[:20], leg=leg, takes=bool(q or leg))
