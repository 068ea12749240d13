"""What is not known about Genesys Cloud, each as a switch with a default and what it means.

An organization can only find these out by probing; here a test sets them. Where there is evidence the default
follows it; where there is none the default is the least helpful answer that the documentation allows.
"""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

NUMBERS = (int, float)


@dataclass(frozen=True, slots=True)
class Switches:
    """One setting of every switch; times end `_s`, `_ms` or `_h` by their unit."""

    off_queue_code: Literal["accept", "reject"] = "accept"
    """A code that is not on the leg's queue: stored silently, or 400."""
    unknown_code: Literal["reject 400", "reject 404", "accept"] = "reject 400"
    """A code id the catalogue never had."""
    deleted_code: Literal["reject 400", "reject 404", "accept"] = "reject 400"
    """A code that was deleted."""
    second_write: Literal["overwrite", "refuse"] = "overwrite"
    """A write where a code already is; refused with 409 general.conflict. System codes count as none."""
    write_window_h: float | None = None
    """Hours after the end of a leg in which it can be written; None: for ever."""
    write_window_status: Literal[403, 404, 409] = 409
    """The refusal after the write window."""
    unconnected_leg: Literal["accept", "reject"] = "reject"
    """A write to an agent's leg that alerted and was never connected."""
    leg_without_queue: Literal["accept", "reject"] = "accept"
    """A write to a leg without a queue, such as a direct call between users."""
    user_context_required: list[str] = field(default_factory=list)
    """Where client credentials get 400 not.a.user: `medium/path`, each part may be `*`.

    Media as in paths (calls, emails, chats ...); path is communication, participant, generic or on_behalf.
    """
    unset_wrapup_read: Literal["404", "empty"] = "404"
    """Reading the wrap-up of a leg that has none: 404 not.found, or 200 with an empty object."""
    late_write_moves_end: bool = True
    """A write after after-call work moves the end of it, unless disableEndTimeUpdates is sent."""
    summary_after_s: float = 0.0
    """How long after its end a conversation's summary, and with it what Copilot predicts, is there."""
    unset_summary_read: Literal["404", "empty"] = "404"
    """Reading the summaries of a conversation that has none: 404 not.found, or 200 with an empty object."""
    read_lag_s: float = 0.0
    """How long the operational API shows the state before a write."""
    analytics_lag_s: float = 0.0
    """How far analytics queries are behind."""
    jobs_lag_s: float = 0.0
    """How far analytics jobs are behind (the data lake)."""
    analytics_shows_late_writes: bool = True
    """Whether analytics ever shows a code written after after-call work was over."""
    rewrite_adds_segment: bool = False
    """A second code is a second wrap-up segment, or the first one changed."""
    job_duration_s: float = 0.0
    """How long a details job stays PENDING."""
    job_lifetime_s: float = 86_400.0
    """How long after submission a job's results can be read; then it is EXPIRED."""
    max_ids_per_bulk_get: int = 100
    """Most conversation ids in one GET .../conversations/details."""
    catalogue_max_page_size: int = 500
    """Largest pageSize of catalogue lists."""
    offering_touches_queue: bool = False
    """Whether putting codes on a queue, or off it, moves the queue's dateModified."""
    analytics_max_page_size: int = 100
    """Largest pageSize of an analytics query."""
    notes_max_length: int = 65_535
    """Longest notes, in characters; longer ones get 400."""
    rate_limit_calls: int = 300
    """Calls one token may make in one window."""
    rate_limit_window_s: float = 60.0
    """Length of that window; it begins with a token's first call."""
    token_rate_per_minute: int = 60
    """Tokens one client may ask for in a minute; its refusal is a 400."""
    token_lifetime_s: int = 86_400
    """How long a token lives."""
    channel_lifetime_s: float = 86_400.0
    """How long a notification channel lives after it was opened, or last subscribed."""
    channels_per_client: int = 20
    """How many channels a client may have; the next one takes the place of an old one."""
    topics_per_channel: int = 1000
    """How many topics a channel may have; more are a 400."""
    heartbeat_s: float = 30.0
    """How often a channel's socket gives a sign of life, in real seconds."""
    closing_notice_s: float = 60.0
    """How long before a socket is closed its client is told, in real seconds."""
    latency_ms: float = 0.0
    """What every API answer waits."""

    def changed(self, changes: dict[str, Any]) -> "Switches":
        """Return these switches with some of them set anew.

        Raises ValueError, naming what is possible, for an unknown switch or a value of the wrong kind.
        """
        hints = get_type_hints(Switches)
        for name, value in changes.items():
            if name not in hints:
                raise ValueError(f"There is no switch {name!r}; there are {', '.join(f.name for f in fields(self))}.")
            if not _fits(value, hints[name]):
                raise ValueError(f"The switch {name} cannot be {value!r}; it takes {hints[name]}.")
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """Return every switch by name."""
        return asdict(self)


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(value, bool) or kind is bool:
        return kind is bool and isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and value >= 0
    return (value is None and kind is not float) or (isinstance(value, NUMBERS) and value >= 0)
