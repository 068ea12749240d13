"""How each medium takes a wrap-up code: a table of the SDK's methods, in order of preference.

Source: `apis/conversations_api.py` of PureCloudPlatformClientV2 269. Which of these paths a client
credentials token may use, per medium, is not documented: it is an organization's setting, found by its probe.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from wrapups.domain.capabilities import WritePath


@dataclass(frozen=True, slots=True)
class Medium:
    """One medium: its REST names, and the SDK methods that write and read back a wrap-up."""

    segment: str
    """What stands in a REST path; empty where the medium has no path of its own."""
    participant_key: str
    """The list that holds its communications in a REST participant."""
    writes: Mapping[WritePath, str] = field(default_factory=dict)
    read_communication: str = ""
    """Method of the communication-level read; where empty, the participant-level read is all there is."""

    @property
    def has_wrapup(self) -> bool:
        return bool(self.writes)

    @property
    def default_path(self) -> WritePath:
        """The first path of the table: the communication's own where it exists. Raises StopIteration for none."""
        return next(iter(self.writes))


GENERIC_PATCH = "patch_conversation_participant"
READ_PARTICIPANT = "get_conversation_participant_wrapup"


def _medium(segment: str, key: str, one: str, *patches: WritePath) -> Medium:
    """Return a medium that has the communication's own endpoint; `one` is its name within the SDK's methods."""
    methods = {
        WritePath.COMMUNICATION: f"post_conversations_{one}_participant_communication_wrapup",
        WritePath.PARTICIPANT: f"patch_conversations_{one}_participant",
        WritePath.GENERIC: GENERIC_PATCH,
        WritePath.ON_BEHALF: f"patch_conversations_{one}_participant_user_user_id",
    }
    writes = {path: methods[path] for path in (WritePath.COMMUNICATION, *patches, WritePath.GENERIC)}
    return Medium(segment, key, writes, f"get_conversations_{one}_participant_communication_wrapup")


MEDIA: Mapping[str, Medium] = MappingProxyType(
    {
        "voice": _medium("calls", "calls", "call", WritePath.PARTICIPANT, WritePath.ON_BEHALF),
        "callback": _medium("callbacks", "callbacks", "callback", WritePath.PARTICIPANT),
        "email": _medium("emails", "emails", "email", WritePath.PARTICIPANT),
        "message": _medium("messages", "messages", "message", WritePath.PARTICIPANT),
        "social": _medium("socials", "socialExpressions", "social"),
        "video": _medium("videos", "videos", "video"),
        "cobrowse": _medium("cobrowsesessions", "cobrowsesessions", "cobrowsesession", WritePath.PARTICIPANT),
        "screenshare": _medium("screenshares", "screenshares", "screenshare"),
        # Its endpoints were removed on 2026-08-15; the generic PATCH is thought to work still.
        "chat": Medium("", "chats", {WritePath.GENERIC: GENERIC_PATCH}),
        # Neither carries a wrap-up.
        "internalmessage": Medium("internalmessages", "internalMessages"),
        "screenmonitoring": Medium("", "screenMonitorings"),
    }
)
"""By media type, spelled as in analytics. A medium that is not here is unknown to us and gets nothing."""
