"""Genesys Cloud's fixed words (analytics spelling) and how we say them to people.

Source: the enums of AnalyticsSession and AnalyticsConversationSegment in the official SDK. Genesys adds
words; one we do not know yet is shown as it came.
"""

from collections.abc import Mapping

MEDIA_TYPES: Mapping[str, str] = {
    "voice": "voice",
    "callback": "callback",
    "email": "e-mail",
    "message": "message",
    "chat": "chat",
    "social": "social media",
    "video": "video",
    "cobrowse": "co-browsing",
    "screenshare": "screen sharing",
    "internalmessage": "internal message",
    "screenmonitoring": "screen monitoring",
}

DIRECTIONS: Mapping[str, str] = {"inbound": "inbound", "outbound": "outbound"}

DISCONNECT_TYPES: Mapping[str, str] = {
    "client": "by the agent's client",
    "conferenceTransfer": "conference transfer",
    "consultTransfer": "consult transfer",
    "dndEndpoint": "do not disturb",
    "dndTransfer": "transfer on do not disturb",
    "endpoint": "by the endpoint",
    "error": "error",
    "forwardTransfer": "forwarded",
    "inactivity": "inactivity",
    "noAnswerTransfer": "transfer on no answer",
    "notAvailableTransfer": "transfer on not available",
    "other": "other",
    "peer": "by the other side",
    "sessionExpired": "session expired",
    "spam": "spam",
    "system": "by the system",
    "takeover": "taken over",
    "timeout": "timeout",
    "transfer": "transfer",
    "transportFailure": "transport failure",
    "uncallable": "uncallable",
}

PURPOSES: Mapping[str, str] = {
    "acd": "ACD",
    "agent": "agent",
    "api": "API",
    "botflow": "bot flow",
    "campaign": "campaign",
    "customer": "customer",
    "dialer": "dialler",
    "external": "external",
    "fax": "fax",
    "group": "group",
    "inbound": "inbound flow",
    "ivr": "IVR",
    "manual": "manual",
    "outbound": "outbound flow",
    "station": "station",
    "user": "user",
    "voicemail": "voicemail",
    "voicesurveyflow": "voice survey flow",
    "workflow": "workflow",
}
