"""Looking at the conversation of a probe: which of its communications may be probed, and why the others may not."""

from typing import Any, Protocol

from wrapups.domain.capabilities import WritePath
from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen
from wrapups.domain.eligibility import has_ended, is_agent_leg
from wrapups.domain.status import LIVE
from wrapups.models import Assignment, Organization, WrapupCode
from wrapups.services.probing import CannotProbe, codes_for


class Door(Protocol):
    """What looking needs of the gateway: one call, and what its table of media says."""

    def conversation(self, conversation_id: str) -> ConversationSeen: ...
    def write_paths_of(self, media_type: str) -> tuple[WritePath, ...]: ...


def legs_of(organization: Organization, seen: ConversationSeen, gateway: Door) -> list[dict[str, Any]]:
    """Return each agent's communication as a probe stores it; `unfit` says why it cannot be probed (empty: it can)."""
    return [_leg(organization, seen, leg, gateway) for leg in seen.communications if is_agent_leg(leg)]


def _leg(organization: Organization, seen: ConversationSeen, leg: CommunicationSeen, gateway: Door) -> dict[str, Any]:
    paths = gateway.write_paths_of(leg.media_type)
    return {
        "participant_id": leg.participant_id,
        "communication_id": leg.communication_id,
        "media_type": leg.media_type,
        "user_id": leg.user_id,
        "queue_id": leg.queue_id or "",
        "ended_at": leg.ended_at.isoformat() if leg.ended_at else "",
        "code_id": leg.chosen_code_id or "",
        "notes": leg.wrapup.notes if leg.wrapup else "",
        "paths": [path.value for path in paths],
        "unfit": _unfit(organization, seen, leg, paths),
    }


def _unfit(
    organization: Organization, seen: ConversationSeen, leg: CommunicationSeen, paths: tuple[WritePath, ...]
) -> str:
    reasons = (
        (leg.observing, "Somebody only listened in."),
        (leg.connected_at is None, "The agent never answered."),
        (not has_ended(leg), "It has not ended."),
        (leg.acw is Acw.PENDING, "Its after-call work is still going on; a code would end it."),
        (not paths, "This medium carries no wrap-up."),
        (seen.campaign, "It belongs to a campaign: the first code would make the dialer act, for good."),
        (not leg.queue_id, "It was on no queue."),
        (_worked_on(organization, leg), "Our own rules are still working on it. Wait until that is done."),
        (_unrestorable(organization, leg), "It carries a code that could not be put back, since it no longer exists."),
    )
    found = next((reason for holds, reason in reasons if holds), "")
    return found or _lacks_codes(organization, leg)


def _worked_on(organization: Organization, leg: CommunicationSeen) -> bool:
    ours = Assignment.everywhere.of(organization).filter(communication__communication_id=leg.communication_id)
    return bool(ours.filter(status__in=LIVE).exists())


def _unrestorable(organization: Organization, leg: CommunicationSeen) -> bool:
    present = WrapupCode.everywhere.of(organization).filter(gone_at=None, genesys_id=leg.chosen_code_id or "")
    return leg.chosen_code_id is not None and not present.exists()


def _lacks_codes(organization: Organization, leg: CommunicationSeen) -> str:
    try:
        codes_for(organization, queue_id=leg.queue_id or "", carried_id=leg.chosen_code_id or "")
    except CannotProbe as error:
        return str(error)
    return ""
