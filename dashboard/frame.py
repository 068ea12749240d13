"""What stands around every page: the areas, the notices, the call budget. Asked for only where a page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import get_current_timezone_name, localtime

from dashboard.advice import AdviceOnPage, advice_on_refusal
from dashboard.divisions import is_open_to
from dashboard.queries import doors, drift, running
from dashboard.queries.bounded import Bounded
from dashboard.queries.holds import ShownHold, holds_of
from dashboard.requests import Request
from dashboard.views.preferences import THEMES, theme_of
from wrapups.domain.roles import Right
from wrapups.models import CallBudget, Release
from wrapups.services import watching
from wrapups.services.proposing import may_approve


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the rail. `letter` follows `g` on the keyboard."""

    name: str
    icon: str
    url_name: str
    letter: str
    section: str
    right: Right = Right.VIEW

    @property
    def url(self) -> str:
        """The address of the area's first page."""
        return reverse(self.url_name)


AREAS = (
    Area("Overview", "layout-dashboard", "overview", "o", "/"),
    Area("Conversations", "messages-square", "conversation-list", "c", "/conversations"),
    Area("Rules", "list-checks", "rule-list", "r", "/rules"),
    Area("Failures", "triangle-alert", "failure-groups", "f", "/failures"),
    Area("Intake", "inbox", "event-list", "i", "/intake"),
    Area("History", "history", "history-list", "h", "/history", Right.VIEW_HISTORY),
    Area("Catalogue", "library", "catalogue-queues", "k", "/catalogue"),
    Area("Organization", "settings", "organization", "s", "/organization"),
)
"""In the order of the rail; the last one stands at its foot."""
SECTION_OF = {
    "releases": "/rules",
    "assignments": "/conversations",
    "views": "/conversations",
    "calls": "/",
    "control-room": "/",
    "reports": "/",
    "report-mails": "/",
}
"""Where pages belong whose address begins otherwise."""
HOLDS_SHOWN = 3
"""So many lanes and rules that are paused have a line each."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One line in the banner place: what is so, and what to do."""

    name: str
    grave: bool
    text: str
    because: str = ""
    budget: CallBudget | None = None
    link: str = ""
    link_word: str = ""
    hold: ShownHold | None = None

    @property
    def advice(self) -> AdviceOnPage:
        """What to do where Genesys refused our client."""
        return advice_on_refusal(self.because)

    @property
    def resumable(self) -> bool:
        """Whether a person can end it."""
        return self.name in ("held", "refused", "part-held")


class Frame:
    """The frame of one page; each part is looked up once, when a template asks for it."""

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def theme(self) -> str:
        """The chosen theme: system, light or dark."""
        return theme_of(self._request)

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes there are."""
        return THEMES

    @property
    def zone(self) -> str:
        """The zone in which this page shows times."""
        return get_current_timezone_name().replace("_", " ")

    @property
    def areas(self) -> list[Area]:
        """The areas this person may open: none before they have chosen a password of their own."""
        request = self._request
        if request.user.must_choose_password:
            return []
        may = (area for area in AREAS if area.right in request.rights)
        return [area for area in may if is_open_to(request.organization.sight, area.url_name)]

    @property
    def section(self) -> str:
        """The section of the area this page belongs to."""
        first = self._request.path_info.strip("/").split("/")[0]
        return SECTION_OF.get(first, f"/{first}")

    @cached_property
    def waiting(self) -> int:
        """How many assignments wait for a person."""
        return running.waiting_for_a_person(self._request.organization)

    @cached_property
    def drift(self) -> Bounded:
        """How many codes of rules have changed in Genesys Cloud, and nobody has seen to it."""
        return drift.open_count(self._request.organization)

    @cached_property
    def unknown(self) -> Bounded:
        """How many dispositions no rule asks for, where this person may make one."""
        may_make_one = Right.CHANGE_RULES in self._request.rights
        return self.calls.unknown if self.calls and may_make_one else Bounded(0)

    @cached_property
    def at_work(self) -> int:
        """How much goes on in the background."""
        return self.calls.at_work if self.calls else 0

    @cached_property
    def handed(self) -> Bounded:
        """How many failures were handed to this person and wait."""
        return self.calls.handed if self.calls else Bounded(0)

    @cached_property
    def calls(self) -> running.Calls | None:
        """The call budget."""
        return running.calls_of(self._request.organization, self._request.user)

    @cached_property
    def holds(self) -> list[ShownHold]:
        """Which lanes and rules people paused; asked for only where the call budget says that there are any."""
        return holds_of(self._request.organization) if self.calls and self.calls.paused else []

    @cached_property
    def releases(self) -> Mapping[str, Release]:
        """The release in force and the one that is proposed, by state."""
        return running.current_releases(self._request.organization)

    @property
    def to_approve(self) -> Release | None:
        """The proposed release that waits for this person to approve it; None where none does."""
        proposed, request = self.releases.get(Release.State.PROPOSED), self._request
        if proposed is None or proposed.approved_by_id is not None or not request.organization.approval_required:
            return None
        may = Right.APPROVE in request.rights and may_approve(proposed, request.user)
        return proposed if may else None

    @cached_property
    def notices(self) -> list[Notice]:
        """What everybody must know before anything else, gravest first."""
        organization, calls = self._request.organization, self.calls
        found = _about_calls(calls) if calls else []
        if calls and watching.workers_deaf(organization):
            said = "Work is due and no worker takes it."
            found.append(Notice("deaf", True, said, "Are the worker and the pump running?"))
        found += _about_holds(self.holds)
        found += _about_releases(self.releases)
        shut = doors.shut_doors(organization) if calls and calls.doors_shut else []
        return found + [_about_door(each) for each in shut]


def _about_door(shut: doors.Shut) -> Notice:
    if shut.inward:
        said = f"{shut.name} sends more that cannot be read than is kept, and is told to send it again later."
        because, link = "Mend or dismiss what is set apart.", f"{reverse('event-list')}?state=quarantined"
        return Notice("full", False, said, because, link=link, link_word="See what is set apart")
    said, link = f"{shut.name} is told nothing any more.", reverse("subscription-detail", args=[shut.pk])
    return Notice("untold", False, said, shut.because, link=link, link_word="See it")


def _about_holds(holds: Sequence[ShownHold]) -> list[Notice]:
    if len(holds) <= HOLDS_SHOWN:
        return [Notice("part-held", False, f"{each.words} is paused.", each.reason, hold=each) for each in holds]
    said, link = f"{len(holds)} lanes and rules are paused.", reverse("control-room")
    return [Notice("parts-held", False, said, link=link, link_word="See which")]


def _about_releases(releases: Mapping[str, Release]) -> list[Notice]:
    found, present = [], releases.get(Release.State.PUBLISHED)
    proposed, every = releases.get(Release.State.PROPOSED), reverse("release-list")
    if present is None:
        said, rules = "No release is in force, so no conversation gets a code.", reverse("rule-list")
        found.append(Notice("no-release", False, said, link=rules, link_word="See the rules"))
    elif present.shadow:
        said = f"Release {present.number} is in shadow mode: what it decides is recorded and not written."
        found.append(Notice("shadow", False, said, link=every, link_word="See the releases"))
    if proposed is not None and proposed.held_because:
        said, because = f"Release {proposed.number} was due and is held.", proposed.held_because
        found.append(Notice("release-held", False, said, because, link=every, link_word="See the releases"))
    return found


def _about_calls(calls: running.Calls) -> list[Notice]:
    found, budget = [], calls.budget
    if calls.refused:
        said = "Genesys Cloud refused the OAuth client, so nothing is sent."
        found.append(Notice("refused", True, said, budget.refused_because, budget))
    if calls.held:
        found.append(Notice("held", False, "All calls to Genesys Cloud are paused.", budget.held_reason, budget))
    if calls.broken and not calls.stopped:
        said = "Genesys Cloud does not answer, so calls wait a little."
        found.append(Notice("broken", False, said, "They go on by themselves; nothing is lost."))
    elif calls.waits and not calls.stopped:
        said = f"Genesys Cloud asked us to wait until {localtime(budget.wait_until):%H:%M:%S}."
        found.append(
            Notice("waits", False, said, "Till then nothing is sent, and nothing is lost; it goes on by itself.")
        )
    return found


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give templates `frame` (a context processor)."""
    return {"frame": Frame(request)}  # type: ignore[arg-type]
