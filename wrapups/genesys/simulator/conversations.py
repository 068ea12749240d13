"""The conversations: their timelines, and the writes to each communication in order of time."""

from bisect import insort
from collections.abc import Iterator

from wrapups.genesys.simulator.clock import Clock
from wrapups.genesys.simulator.disconnecting import disconnected
from wrapups.genesys.simulator.instants import Instant
from wrapups.genesys.simulator.switches import Switches
from wrapups.genesys.simulator.timeline import Document, Leg, Timeline
from wrapups.genesys.simulator.wrapup import AfterCallWork, Write, after_call_work


class Conversation:
    """One conversation and all that was written to it."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.writes: dict[str, list[Write]] = {}
        self.predicted: dict[str, list[Document]] = {}
        """What Copilot predicts, by communication; under "" for the conversation as a whole."""
        self.rendered: dict[str, bytes] = {}
        """Finished renderings by kind; good until a write, another switch or a change of the catalogue."""

    def write(self, communication_id: str, write: Write) -> None:
        """Record a write in order of time; it counts from `write.at` on."""
        insort(self.writes.setdefault(communication_id, []), write, key=lambda other: other.at)
        self.rendered.clear()

    def disconnect(self, leg: Leg, at: Instant) -> None:
        """End one of its legs at `at`, before its time."""
        self.timeline = disconnected(self.timeline, leg, at)
        self.rendered.clear()

    @property
    def settled_at(self) -> Instant:
        """Return the instant after which nothing happens here without a new write."""
        return max([self.timeline.settled_at, *(writes[-1].at for writes in self.writes.values())])

    def after_call_work(
        self, leg: Leg, now: Instant, switches: Switches, *, written: Instant | None = None
    ) -> AfterCallWork:
        """Return after-call work of one of its legs at `now`, as far as writes up to `written` (else `now`) go."""
        writes = [write for write in self.writes.get(leg.id, ()) if written is None or write.at <= written]
        return after_call_work(leg, writes, now, late_write_moves_end=switches.late_write_moves_end)


class Conversations:
    """All conversations by id."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.by_id: dict[str, Conversation] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[Conversation]:
        return iter(self.by_id.values())

    def add(self, timeline: Timeline) -> str:
        """Add a conversation and return its id; raises ValueError when there is one of this id already."""
        if timeline.id in self.by_id:
            raise ValueError(f"There is a conversation {timeline.id} already; load it once, or reset first.")
        self.by_id[timeline.id] = Conversation(timeline)
        return timeline.id

    def forget_renderings(self) -> None:
        """Have every conversation rendered anew, because a switch or the catalogue changed."""
        for conversation in self:
            conversation.rendered.clear()

    def begun(self, conversation_id: str) -> Conversation | None:
        """Return the conversation if it has begun by now, else None."""
        conversation = self.by_id.get(conversation_id)
        if conversation is None or conversation.timeline.started_at > self.clock.now():
            return None
        return conversation
