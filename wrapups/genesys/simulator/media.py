"""The media: what each is called in analytics, on a REST participant and in a path, and whether it has wrap-up.

Sources: the models and operations of PureCloudPlatformClientV2 269. Analytics has no media type for social
expressions, so they appear there as `unknown`.
"""

from typing import NamedTuple


class Medium(NamedTuple):
    """One medium. `path` is None where no media operations exist; `wrapup` False where the model has none."""

    analytics: str
    rest: str
    path: str | None
    wrapup: bool = True
    segments: bool = True
    direction: bool = True


MEDIA = (
    Medium("voice", "calls", "calls"),
    Medium("callback", "callbacks", "callbacks"),
    Medium("email", "emails", "emails"),
    Medium("message", "messages", "messages"),
    Medium("chat", "chats", None),
    Medium("internalmessage", "internalMessages", "internalmessages", wrapup=False, direction=False),
    Medium("video", "videos", "videos", segments=False, direction=False),
    Medium("unknown", "socialExpressions", "socials", direction=False),
    Medium("cobrowse", "cobrowsesessions", "cobrowsesessions", direction=False),
    Medium("screenshare", "screenshares", "screenshares", direction=False),
    Medium("screenmonitoring", "screenMonitorings", None, wrapup=False, direction=False),
)
BY_ANALYTICS = {medium.analytics: medium for medium in MEDIA}
BY_PATH = {medium.path: medium for medium in MEDIA if medium.path}
