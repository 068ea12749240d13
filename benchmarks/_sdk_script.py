"""The peer of the bench `calls`: what people write first, one conversation after the other with the stock SDK.

    python -m benchmarks._sdk_script URL     with CLIENT_ID and CLIENT_SECRET in the environment

For each ended conversation that analytics shows without a code it reads the conversation and the queue's codes,
writes the code and reads it back. A 429 is slept out as Genesys asks: the SDK's own HTTP client does that, unasked.
It chooses by the very function the checker uses, so that only the way of calling differs.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import django
import PureCloudPlatformClientV2

from wrapups.domain.capabilities import WritePath
from wrapups.genesys.media import MEDIA, Medium
from wrapups.genesys.operational import ANALYTICS_DISCONNECT_TYPES
from wrapups.genesys.renderings import CAMPAIGN_ATTRIBUTE, CAMPAIGN_PURPOSES

PAGE_SIZE = 100
SYSTEM_PREFIX = "ININ-"
IN_ANALYTICS = {"social": "unknown"}
"""How analytics, and so the rules, call a medium that the operational API calls otherwise."""


class Script:
    """One pass over the ended conversations of the last day."""

    def __init__(self, api: Any) -> None:
        from wrapups.management.showcase import oracle

        self.conversations = PureCloudPlatformClientV2.ConversationsApi(api)
        self.routing = PureCloudPlatformClientV2.RoutingApi(api)
        self.expected_name = oracle.expected_name

    def run(self) -> None:
        """Give every ended conversation its code, one after the other."""
        for seen in self.ended():
            if any(lacks_code(session) for session in agent_sessions(seen)):
                self.wrap_up(seen.conversation_id)

    def ended(self) -> Iterator[Any]:
        """Yield what analytics shows, page by page."""
        now = datetime.now(UTC)
        query = {
            "interval": f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}/{now:%Y-%m-%dT%H:%M:%SZ}",
            "order": "desc",
            "orderBy": "conversationEnd",
        }
        page = 1
        while True:
            asked = {**query, "paging": {"pageSize": PAGE_SIZE, "pageNumber": page}}
            found = self.conversations.post_analytics_conversations_details_query(asked).conversations
            if not found:
                return
            yield from found
            page += 1

    def wrap_up(self, conversation_id: str) -> None:
        """Write and read back the code of each of its agents' communications that should have one."""
        conversation = self.conversations.get_conversation(conversation_id)
        for participant in conversation.participants:
            for media_type, leg in communications(participant):
                before = leg.wrapup.code if leg.wrapup else None
                name = self.expected_name(row(conversation, participant, media_type, leg), before)
                if name:
                    codes = self.routing.get_routing_queue_wrapupcodes(participant.queue_id, page_size=100).entities
                    code_id = next(code.id for code in codes if code.name == name)
                    self.apply(MEDIA[media_type], (conversation_id, participant.id, leg.id), code_id)

    def apply(self, medium: Medium, ids: tuple[str, str, str], code_id: str) -> None:
        """Write the code and read it back."""
        self.write(medium, ids, code_id)
        seen = self.read(medium, ids)
        if seen.code != code_id:
            raise RuntimeError(f"{'/'.join(ids)} shows {seen.code} where {code_id} was written.")

    def write(self, medium: Medium, ids: tuple[str, str, str], code_id: str) -> None:
        """Write the code to a communication: conversation, participant and communication id."""
        write = getattr(self.conversations, medium.writes[medium.default_path])
        if medium.default_path is WritePath.COMMUNICATION:
            write(*ids, body={"code": code_id})
        else:
            write(*ids[:2], {"wrapup": {"code": code_id}})

    def read(self, medium: Medium, ids: tuple[str, str, str]) -> Any:
        """Return the wrap-up of a communication, as the SDK's model."""
        if medium.default_path is WritePath.COMMUNICATION:
            return getattr(self.conversations, medium.read_communication)(*ids)
        return self.conversations.get_conversation_participant_wrapup(*ids[:2])


def agent_sessions(seen: Any) -> Iterator[Any]:
    """Yield the agents' sessions of a conversation of analytics."""
    for participant in seen.participants:
        if participant.purpose == "agent":
            yield from participant.sessions


def lacks_code(session: Any) -> bool:
    """Return whether no person has given this session a code."""
    codes = [segment.wrap_up_code for segment in session.segments if segment.wrap_up_code]
    return not codes or codes[-1].startswith(SYSTEM_PREFIX)


def communications(participant: Any) -> Iterator[tuple[str, Any]]:
    """Yield each communication of a participant that may carry a wrap-up, with its media type."""
    for media_type, medium in MEDIA.items():
        if medium.has_wrapup:
            for leg in getattr(participant, re.sub("([A-Z])", r"_\1", medium.participant_key).lower()) or ():
                yield media_type, leg


def row(conversation: Any, participant: Any, media_type: str, leg: Any) -> Mapping[str, Any]:
    """Return a communication in the checker's words."""
    attributes: dict[str, str] = {}
    for each in conversation.participants:
        attributes |= each.attributes or {}
    return {
        "purpose": participant.purpose,
        "user_id": participant.user_id,
        "queue_id": participant.queue_id,
        "queue": participant.queue_name,
        "media_type": IN_ANALYTICS.get(media_type, media_type),
        "has_wrapup": True,
        "connected": leg.connected_time is not None,
        "connected_at": leg.connected_time and leg.connected_time.isoformat(),
        "ended_at": leg.disconnected_time and leg.disconnected_time.isoformat(),
        "disconnect_type": ANALYTICS_DISCONNECT_TYPES.get(leg.disconnect_type, leg.disconnect_type),
        "acw": leg.after_call_work and leg.after_call_work.state,
        "observes": bool(participant.media_roles),
        "campaign": CAMPAIGN_ATTRIBUTE in attributes
        or any(each.purpose in CAMPAIGN_PURPOSES for each in conversation.participants),
        "attributes": attributes,
    }


def main(url: str) -> None:
    """Run the script once, against the Genesys Cloud at `url`."""
    django.setup()
    PureCloudPlatformClientV2.configuration.host = url
    api = PureCloudPlatformClientV2.ApiClient(host=url)
    api.get_client_credentials_token(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    Script(api).run()


if __name__ == "__main__":
    main(sys.argv[1])
