"""The gateway: Genesys Cloud as a handful of verbs. Each is exactly one HTTP request, and none retries.

The one exception is a token that has expired: it is renewed once and the call made again, which is safe since
a 401 is answered before anything is done.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from wrapups.domain.capabilities import WritePath
from wrapups.domain.catalogue import AgentSeen, CataloguePage, CodeSeen, DiallerMapping, DivisionSeen, QueueSeen
from wrapups.domain.conversation import CommunicationRef, ConversationSeen, EndedPage, Wrapup, WrapupRead
from wrapups.domain.details_jobs import DetailsPage, JobState
from wrapups.domain.errors import CredentialsRefused, NotFound, Refused
from wrapups.domain.notifications import MOST_TOPICS, Channel, TopicRefused
from wrapups.domain.permissions import Granted, Identity
from wrapups.domain.predictions import Prediction
from wrapups.genesys import analytics, catalogue, grants, notifications, operational, summaries
from wrapups.genesys.addresses import require_api_url
from wrapups.genesys.http import BoundedHttp
from wrapups.genesys.ids import require_channel_id, require_id
from wrapups.genesys.media import MEDIA, READ_PARTICIPANT, Medium
from wrapups.genesys.streaming import ChannelSocket, open_channel_socket
from wrapups.genesys.tokens import IssuedToken, Tokens, log_in

if TYPE_CHECKING:
    from wrapups.genesys.sdk import Sdk

PAGE_SIZE = 100
"""The largest page that every source agrees on, for analytics and for the catalogue."""
ENDED = [{"type": "and", "predicates": [{"type": "dimension", "dimension": "conversationEnd", "operator": "exists"}]}]
LONGEST_INTERVAL = timedelta(days=31)
MOST_IDS = 100
GONE_CODES = frozenset({"conversation.error.conversation.not.found", "conversation.error.not.conversation.participant"})
"""404s that speak of the conversation; any other 404 to a read-back says that no wrap-up is set."""


def connect(
    *,
    api_url: str,
    client_id: str,
    client_secret: str,
    tokens: Tokens,
    deadline_s: float = 20,
    connect_timeout_s: float = 5,
    write_paths: Mapping[str, WritePath] = MappingProxyType({}),
    private_addresses: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_limit: Callable[[int], None] = lambda _: None,
) -> "GenesysGateway":
    """Return a gateway to one organization. Imports the SDK: call it in a worker, before the first task.

    `api_url` is the region's API ("https://api.mypurecloud.de"). `write_paths` names, by media type, how
    that organization lets us write; where it says nothing the communication's own endpoint is used. Hosts at
    private addresses are refused unless `private_addresses`; this machine's own is always allowed. `clock` says
    when something was read: give the clock that judges its age. `on_limit` is told, with each answer, how many calls
    a minute Genesys says it allows this token (`inin-ratelimit-allowed`), where it says so.
    Raises ValueError for an address that is none, or a write path that its medium does not have.
    """
    from wrapups.genesys.sdk import Sdk

    own = require_api_url(api_url)
    api_url = api_url.rstrip("/")
    for media_type, path in write_paths.items():
        if media_type not in MEDIA or path not in MEDIA[media_type].writes:
            raise ValueError(f"{media_type!r} has no write path {str(path)!r}; see docs/genesys.md.")
    http = BoundedHttp(
        deadline_s=deadline_s, connect_timeout_s=connect_timeout_s, private_addresses=private_addresses or own
    )
    return GenesysGateway(
        Sdk(api_url, http, on_limit),
        tokens=tokens,
        login=lambda: log_in(http, api_url, client_id, client_secret),
        write_paths=write_paths,
        clock=clock,
        open_socket=lambda connect_uri: open_channel_socket(
            connect_uri, api_url=api_url, private_addresses=private_addresses, timeout_s=deadline_s
        ),
    )


class GenesysGateway:
    """One organization's Genesys Cloud. Safe to share between threads. Raises only `wrapups.domain.errors`.

    Times in our objects are aware UTC; `read_at` is taken before the request leaves.
    """

    def __init__(
        self,
        sdk: "Sdk",
        *,
        tokens: Tokens,
        login: Callable[[], IssuedToken],
        write_paths: Mapping[str, WritePath],
        clock: Callable[[], datetime],
        open_socket: Callable[[str], ChannelSocket],
    ) -> None:
        self._sdk = sdk
        self._tokens = tokens
        self._login = login
        self._write_paths = write_paths
        self._clock = clock
        self._open_socket = open_socket

    # Reading in bulk

    def ended_conversations(
        self, *, since: datetime, until: datetime, page: int = 1, page_size: int = PAGE_SIZE
    ) -> EndedPage:
        """Return one page of the conversations that ended, latest end first; `page` counts from 1.

        Genesys matches conversations that started on a day the interval touches, so older and younger ends
        come along: stop reading at the first that ended before what you want. Pages shift while conversations
        end, so keep one per id. The interval is at most 31 days, the depth 100,000 conversations.
        """
        if not timedelta() < until - since <= LONGEST_INTERVAL:
            raise ValueError("since must be before until, and the interval at most 31 days.")
        query = {
            "interval": f"{_instant(since)}/{_instant(until)}",
            "order": "desc",
            "orderBy": "conversationEnd",
            "conversationFilters": ENDED,
            "paging": {"pageSize": page_size, "pageNumber": page},
        }
        read_at = self._clock()
        answer = self._call("post_analytics_conversations_details_query", doing="searching conversations", body=query)
        return analytics.ended_page(answer, read_at=read_at)

    def conversations(self, conversation_ids: Sequence[str]) -> tuple[ConversationSeen, ...]:
        """Return what analytics knows of 1 to 100 conversations, in its order; unknown ids are simply absent."""
        if not 1 <= len(conversation_ids) <= MOST_IDS:
            raise ValueError(f"Ask for 1 to {MOST_IDS} conversations at once, not {len(conversation_ids)}.")
        ids = [require_id(each, "conversation") for each in conversation_ids]
        read_at = self._clock()
        answer = self._call("get_analytics_conversations_details", doing="reading conversations in bulk", id=ids)
        return analytics.ended_page(answer, read_at=read_at).conversations

    # Details jobs, which alone of analytics have participant attributes

    def submit_details_job(self, *, since: datetime, until: datetime) -> str:
        """Have Genesys gather the ended conversations that were active between these; return the job's id."""
        query = {"interval": f"{_instant(since)}/{_instant(until)}", "conversationFilters": ENDED}
        method = "post_analytics_conversations_details_jobs"
        return analytics.job_id(self._call(method, doing="asking for a details job", body=query))

    def details_job(self, job_id: str) -> JobState:
        """Return how far a job is."""
        method = "get_analytics_conversations_details_job"
        return analytics.job_state(self._call(method, require_id(job_id, "job"), doing="asking how far a job is"))

    def details_of_job(self, job_id: str, *, cursor: str = "", page_size: int = PAGE_SIZE) -> DetailsPage:
        """Return the page of a job's results that `cursor` asks for, at first none. Refused unless the job is ready."""
        now, at = self._clock(), {"cursor": cursor} if cursor else {}
        method, job = "get_analytics_conversations_details_job_results", require_id(job_id, "job")
        answer = self._call(method, job, doing="reading a job's results", page_size=page_size, **at)
        return analytics.job_page(answer, now=now)

    def delete_details_job(self, job_id: str) -> None:
        """Have Genesys give a job up, whatever it has gathered. NotFound where it is forgotten already."""
        method = "delete_analytics_conversations_details_job"
        self._call(method, require_id(job_id, "job"), doing="giving a details job up")

    def details_available_until(self) -> datetime:
        """Return the time up to which jobs know conversations."""
        method = "get_analytics_conversations_details_jobs_availability"
        return analytics.available_until(self._call(method, doing="asking how far jobs can see"))

    # One conversation

    def conversation(self, conversation_id: str) -> ConversationSeen:
        """Return one conversation as it is now, participant attributes included. NotFound once it has aged out."""
        read_at = self._clock()
        answer = self._call(
            "get_conversation", require_id(conversation_id, "conversation"), doing="reading a conversation"
        )
        return operational.conversation(answer, read_at=read_at)

    def predictions(self, conversation_id: str) -> tuple[Prediction, ...]:
        """Return the codes that Copilot predicts for a conversation; none where it has made no summary.

        Refused where the client lacks conversation:summary:view. When after the end a summary is there, and whether a
        conversation without one is a 404 or an empty answer, is not documented: both count as none.
        """
        method, conversation = "get_conversation_summaries", require_id(conversation_id, "conversation")
        try:
            return summaries.predictions(self._call(method, conversation, doing="asking what Copilot predicted"))
        except NotFound:
            return ()

    def read_wrapup(self, ref: CommunicationRef) -> Wrapup | None:
        """Return the wrap-up a communication carries now, or None where none is set; `look_at_wrapup` says more."""
        return self.look_at_wrapup(ref).wrapup

    def look_at_wrapup(self, ref: CommunicationRef) -> WrapupRead:
        """Return the wrap-up a communication carries now, and the status with which Genesys said so.

        Raises NotFound where the conversation or participant is gone. What Genesys answers when no code is set
        is not documented: a plain 404, an empty body and an empty object all count as none.
        """
        medium = self._medium(ref)
        try:
            if medium.read_communication:
                answer = self._call(medium.read_communication, *_address(ref), doing="reading a wrap-up back")
            else:
                answer = self._call(READ_PARTICIPANT, *_address(ref)[:2], doing="reading a wrap-up back")
        except NotFound as error:
            if error.http_status != 404 or error.code in GONE_CODES:
                raise
            return WrapupRead(None, error.http_status)
        return WrapupRead(operational.assigned_wrapup(answer), 200)

    def apply_wrapup(
        self,
        ref: CommunicationRef,
        code_id: str,
        *,
        notes: str = "",
        disable_end_time_updates: bool = True,
        path: WritePath | None = None,
    ) -> None:
        """Ask Genesys Cloud to put a wrap-up code on a communication; returning means accepted, not yet applied.

        The answer is an empty 202, so proof is a read-back. Unclear means that the write may have happened. The
        write path `on_behalf` needs the reference's `user_id`. `path` is for those who want to know what another
        path would do; without it the organization's own is used.
        """
        medium = self._medium(ref)
        path = path or self._write_paths.get(ref.media_type, medium.default_path)
        wrapup: dict[str, Any] = {"code": require_id(code_id, "wrap-up code")}
        if notes:
            wrapup["notes"] = notes
        if disable_end_time_updates:
            wrapup["disableEndTimeUpdates"] = True
        ids = _address(ref)
        if path is not WritePath.COMMUNICATION:
            ids, wrapup = ids[:2], {"wrapup": wrapup}  # a PATCH acts on every property it is sent
        if path is WritePath.ON_BEHALF:
            ids += (require_id(ref.user_id or "", "user"),)
        self._call(medium.writes[path], *ids, doing=f"applying a wrap-up by the path '{path}'", body=wrapup)

    def write_paths_of(self, media_type: str) -> tuple[WritePath, ...]:
        """Return the write paths a medium has, none for one without wrap-up. No request."""
        medium = MEDIA.get(media_type)
        return tuple(path for path in WritePath if medium and path in medium.writes)

    # Who we are, and what we may do

    def whoami(self) -> Identity:
        """Return the organization that our token belongs to."""
        return grants.identity(self._call("get_tokens_me", doing="asking whose token it is"))

    def granted(self) -> Granted:
        """Return what our client may do, and in which divisions."""
        answer = self._call(
            "get_authorization_subjects_me", doing="reading the client's permissions", include_full_roles=True
        )
        return grants.granted(answer)

    # The catalogue, page by page

    def wrapup_codes(self, page: int = 1) -> CataloguePage[CodeSeen]:
        """Return one page of the organization's wrap-up codes: those in divisions the client's role covers."""
        answer = self._list("get_routing_wrapupcodes", page=page, doing="reading the wrap-up codes")
        return catalogue.page_of(answer, catalogue.code)

    def queues(self, page: int = 1) -> CataloguePage[QueueSeen]:
        """Return one page of the queues the client's role covers."""
        answer = self._list("get_routing_queues", page=page, doing="reading the queues")
        return catalogue.page_of(answer, catalogue.queue)

    def queue_wrapup_codes(self, queue_id: str, page: int = 1) -> CataloguePage[CodeSeen]:
        """Return one page of the wrap-up codes that agents of one queue are offered."""
        queue = require_id(queue_id, "queue")
        answer = self._list("get_routing_queue_wrapupcodes", queue, page=page, doing="reading a queue's wrap-up codes")
        return catalogue.page_of(answer, catalogue.code)

    def add_code_to_queue(self, queue_id: str, code_id: str) -> None:
        """Have the agents of a queue offered this code as well; nothing else about the queue changes.

        Needs routing:queue:edit, which nothing else we do asks for. Proof is `queue_wrapup_codes`.
        """
        queue, body = require_id(queue_id, "queue"), [{"id": require_id(code_id, "wrap-up code")}]
        self._call("post_routing_queue_wrapupcodes", queue, doing="putting a wrap-up code on a queue", body=body)

    def divisions(self, page: int = 1) -> CataloguePage[DivisionSeen]:
        """Return one page of the organization's divisions."""
        answer = self._list("get_authorization_divisions", page=page, doing="reading the divisions")
        return catalogue.page_of(answer, catalogue.division)

    def agents(self, page: int = 1) -> CataloguePage[AgentSeen]:
        """Return one page of the organization's users, those who have left included."""
        answer = self._list("get_users", page=page, doing="reading the users", state="any")
        return catalogue.page_of(answer, catalogue.agent)

    def agents_with(self, ids: Sequence[str]) -> tuple[AgentSeen, ...]:
        """Return those of 1 to 100 users that there are; unknown ids are simply absent."""
        if not 1 <= len(ids) <= PAGE_SIZE:
            raise ValueError(f"Ask for 1 to {PAGE_SIZE} users at once, not {len(ids)}.")
        wanted = [require_id(each, "user") for each in ids]
        answer = self._list("get_users", page=1, doing="reading users by their ids", state="any", id=wanted)
        return catalogue.page_of(answer, catalogue.agent).items

    def dialler_mapping(self) -> DiallerMapping:
        """Return what the wrap-up codes mean to outbound campaigns; a client need not be allowed this."""
        answer = self._call("get_outbound_wrapupcodemappings", doing="reading the dialler's wrap-up code mapping")
        return catalogue.dialler_mapping(answer)

    # Notifications

    def open_channel(self) -> Channel:
        """Return a new notification channel, told of nothing yet. The oldest of a client's twenty makes room for it."""
        return notifications.channel(self._call("post_notifications_channels", doing="opening a notification channel"))

    def subscribe(self, channel_id: str, topics: Sequence[str]) -> tuple[TopicRefused, ...]:
        """Make exactly these the topics of a channel, whose life begins anew; return those that were refused.

        At most 1,000 (ValueError). Which permissions a topic needs, Genesys says only here.
        """
        if len(topics) > MOST_TOPICS:
            raise ValueError(f"A channel has at most {MOST_TOPICS} topics, not {len(topics)}.")
        answer = self._call(
            "put_notifications_channel_subscriptions",
            require_channel_id(channel_id),
            doing="subscribing to notifications",
            body=[{"id": topic} for topic in topics],
            ignore_errors=True,
        )
        return notifications.refused(answer)

    def listen(self, channel: Channel) -> ChannelSocket:
        """Return the open socket of a channel, which is no call that counts.

        Raises ChannelLost where it does not open, Unclear for an address that is not Genesys'.
        """
        return self._open_socket(channel.connect_uri)

    # One call

    def _list(self, method: str, *ids: str, page: int, doing: str, **arguments: Any) -> Any:
        return self._call(method, *ids, doing=doing, page_number=page, page_size=PAGE_SIZE, **arguments)

    def _call(self, method: str, *ids: str, doing: str, **arguments: Any) -> Any:
        token = self._tokens.current() or self._tokens.renew(None, self._login)
        try:
            return self._sdk.call(method, *ids, token=token, doing=doing, **arguments)
        except CredentialsRefused as error:
            if error.http_status != 401:
                raise
        token = self._tokens.renew(token, self._login)
        return self._sdk.call(method, *ids, token=token, doing=doing, **arguments)

    def _medium(self, ref: CommunicationRef) -> Medium:
        medium = MEDIA.get(ref.media_type)
        if medium is None or not medium.has_wrapup:
            raise Refused(f"The medium {ref.media_type[:40]!r} carries no wrap-up.")
        return medium


def _address(ref: CommunicationRef) -> tuple[str, ...]:
    return (
        require_id(ref.conversation_id, "conversation"),
        require_id(ref.participant_id, "participant"),
        require_id(ref.communication_id, "communication"),
    )


def _instant(at: datetime) -> str:
    """Return a time as Genesys writes it; a naive one would go out without zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone.")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
