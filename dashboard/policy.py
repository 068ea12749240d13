"""Who may open which page: one table, enforced before any view runs.

A page that is not in the table is refused to everybody, so a forgotten line closes a door instead of opening one.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from dashboard.divisions import is_open_to
from dashboard.requests import AnonymousRequest
from wrapups.domain.roles import RIGHTS, Right


class Openness(Enum):
    """Pages that ask for no right in an organization."""

    PUBLIC = "anybody, signed in or not"
    SIGNED_IN = "anybody who has signed in"


PUBLIC, SIGNED_IN = Openness.PUBLIC, Openness.SIGNED_IN

POLICY: Mapping[str, Right | Openness] = {
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "metrics": PUBLIC,  # a token of its own is the proof (`dashboard/views/metrics.py`)
    "sign-in": PUBLIC,
    "sign-out": SIGNED_IN,
    "help": Right.VIEW,
    "account": SIGNED_IN,
    "change-password": SIGNED_IN,
    "choose-organization": SIGNED_IN,
    "choose-theme": PUBLIC,
    "choose-columns": Right.VIEW,
    "overview": Right.VIEW,
    "control-room": Right.VIEW,
    "part-hold": Right.PAUSE,
    "part-resume": Right.PAUSE,
    "report": Right.VIEW,
    "report-file": Right.VIEW,  # counts that the page shows to the same people; no conversation
    "report-count": Right.VIEW,
    "report-mail-list": Right.VIEW,
    "report-mail-add": Right.VIEW,
    "report-mail-stop": Right.VIEW,
    "report-mail-again": Right.VIEW,
    "report-mail-unsubscribe": PUBLIC,  # the signed link in a letter is the proof (`dashboard/letters.py`)
    "search": Right.VIEW,
    "query-suggestions": Right.VIEW,
    "work-list": Right.VIEW,
    "hold": Right.PAUSE,
    "resume": Right.PAUSE,
    "conversation-list": Right.VIEW,
    "conversation-detail": Right.VIEW,
    "conversation-news": Right.VIEW,
    "export-list": Right.EXPORT,
    "export-add": Right.EXPORT,
    "export-detail": Right.VIEW,  # that there is one; the file is its person's alone
    "export-file": Right.EXPORT,
    "export-cancel": Right.EXPORT,
    "assignment-row": Right.VIEW,
    "name-options": Right.VIEW,
    "view-list": Right.VIEW,
    "view-add": Right.VIEW,
    "view-default": Right.VIEW,
    "view-open": Right.VIEW,
    "view-change": Right.VIEW,  # and one's own, or shared and admin, which the view asks
    "view-search": Right.VIEW,  # likewise
    "view-remove": Right.VIEW,  # likewise
    "assignment-retry": Right.RETRY,
    "assignment-cancel": Right.RETRY,
    "assignment-hand-over": Right.RETRY,
    "bulk-act-list": Right.VIEW,
    "bulk-act-add": Right.RETRY,
    "bulk-act": Right.VIEW,
    "bulk-act-rows": Right.VIEW,
    "bulk-act-confirm": Right.RETRY,
    "bulk-act-cancel": Right.RETRY,
    "assignment-insist": Right.OVERWRITE,
    "assignment-correct": Right.RETRY,  # where a person chose what stands there, the view asks for OVERWRITE
    "rule-list": Right.VIEW,
    "rule-add": Right.CHANGE_RULES,
    "rule-preview": Right.CHANGE_RULES,
    "rule-checks": Right.VIEW,
    "rule-checks-typed": Right.CHANGE_RULES,
    "rule-move-check": Right.CHANGE_RULES,
    "rule-try": Right.VIEW,
    "rule-try-typed": Right.CHANGE_RULES,
    "case-list": Right.VIEW,
    "case-add": Right.CHANGE_RULES,
    "case-change": Right.CHANGE_RULES,
    "case-remove": Right.CHANGE_RULES,
    "rule-change": Right.CHANGE_RULES,
    "rule-remove": Right.CHANGE_RULES,
    "rule-move": Right.CHANGE_RULES,
    "mapping-table": Right.VIEW,
    "mapping-table-paste": Right.CHANGE_RULES,
    "mapping-table-save": Right.CHANGE_RULES,
    "rule-export": Right.VIEW,  # what the list of rules shows to the same people
    "rule-import-add": Right.CHANGE_RULES,
    "rule-import-detail": Right.CHANGE_RULES,
    "rule-import-take-in": Right.CHANGE_RULES,
    "rule-import-cancel": Right.CHANGE_RULES,
    "rule-duplicate": Right.CHANGE_RULES,
    "rules-change": Right.CHANGE_RULES,
    "what-if-list": Right.VIEW,
    "what-if-add": Right.CHANGE_RULES,
    "what-if-detail": Right.VIEW,
    "what-if-cancel": Right.CHANGE_RULES,
    "what-if-file": Right.EXPORT,
    "what-if-changes": Right.VIEW,
    "what-if-change": Right.VIEW,
    "rule-use": Right.VIEW,
    "disposition-list": Right.VIEW,
    "disposition-set-aside": Right.CHANGE_RULES,
    "disposition-take-back": Right.CHANGE_RULES,
    "coverage": Right.VIEW,
    "coverage-cell": Right.VIEW,
    "release-list": Right.VIEW,
    "release-detail": Right.VIEW,
    "draft-open": Right.CHANGE_RULES,
    "release-compare": Right.VIEW,
    "release-publish": Right.PUBLISH,
    "release-propose": Right.CHANGE_RULES,
    "release-approve": Right.APPROVE,
    "release-withdraw": Right.CHANGE_RULES,
    "release-reschedule": Right.PUBLISH,
    "release-rebase": Right.CHANGE_RULES,
    "release-discard": Right.CHANGE_RULES,
    "release-widen": Right.PUBLISH,
    "release-restore": Right.PUBLISH,
    "release-draft": Right.CHANGE_RULES,
    "put-back-add": Right.PUBLISH,
    "put-back": Right.VIEW,
    "put-back-rows": Right.VIEW,
    "put-back-confirm": Right.PUBLISH,
    "put-back-cancel": Right.PUBLISH,
    "decide-again": Right.VIEW,
    "decide-again-rows": Right.VIEW,
    "decide-again-cancel": Right.PUBLISH,
    "failure-list": Right.VIEW,
    "failure-mend-rule": Right.CHANGE_RULES,
    "rule-mend": Right.CHANGE_RULES,
    "assignment-look-again": Right.RETRY,
    "known-failures": Right.VIEW,
    "failure-detail": Right.VIEW,
    "failure-groups": Right.VIEW,
    "failure-group": Right.VIEW,
    "failure-group-triage": Right.RETRY,
    "event": PUBLIC,  # what posts there proves itself (`wrapups/services/proving.py`)
    "event-list": Right.VIEW,
    "event-detail": Right.VIEW,
    "event-mend": Right.SUBMIT,
    "event-replay": Right.SUBMIT,
    "event-dismiss": Right.SUBMIT,
    "event-replay-group": Right.SUBMIT,
    "event-dismiss-group": Right.SUBMIT,
    "history-list": Right.VIEW_HISTORY,
    "history-changes": Right.VIEW_HISTORY,
    "history-file": Right.EXPORT,  # and VIEW_HISTORY, which whoever may export has
    "history-changes-file": Right.EXPORT,  # likewise
    "catalogue-queues": Right.VIEW,
    "catalogue-queue": Right.VIEW,
    "catalogue-codes": Right.VIEW,
    "catalogue-agents": Right.VIEW,
    "catalogue-divisions": Right.VIEW,
    "catalogue-code": Right.VIEW,
    "added-code-add": Right.CHANGE_SETTINGS,
    "added-code": Right.CHANGE_SETTINGS,
    "catalogue-reading": Right.VIEW,
    "catalogue-read": Right.RETRY,
    "catalogue-drift": Right.VIEW,
    "catalogue-drift-dismiss": Right.CHANGE_RULES,
    "organization": Right.VIEW,
    "organization-check": Right.CHANGE_SETTINGS,
    "organization-client": Right.CHANGE_SETTINGS,
    "organization-policies": Right.VIEW,
    "organization-policies-change": Right.CHANGE_SETTINGS,
    "organization-retention": Right.VIEW,
    "organization-retention-change": Right.CHANGE_SETTINGS,
    "erasure-list": Right.CHANGE_SETTINGS,
    "erasure-add": Right.CHANGE_SETTINGS,
    "erasure-detail": Right.CHANGE_SETTINGS,
    "erasure-confirm": Right.CHANGE_SETTINGS,
    "erasure-go-on": Right.CHANGE_SETTINGS,
    "erasure-cancel": Right.CHANGE_SETTINGS,
    "backfill-list": Right.VIEW,
    "backfill-add": Right.BACKFILL,
    "backfill-detail": Right.VIEW,
    "backfill-confirm": Right.BACKFILL,
    "backfill-cancel": Right.BACKFILL,
    "backfill-anew": Right.BACKFILL,
    "probe-list": Right.VIEW,
    "probe-add": Right.CHANGE_SETTINGS,
    "probe-detail": Right.VIEW,
    "probe-confirm": Right.CHANGE_SETTINGS,
    "probe-cancel": Right.CHANGE_SETTINGS,
    "upload-list": Right.VIEW,
    "upload-add": Right.SUBMIT,
    "upload-mapping": Right.SUBMIT,
    "upload-detail": Right.VIEW,
    "upload-take-in": Right.SUBMIT,
    "upload-cancel": Right.SUBMIT,
    "upload-result": Right.VIEW,  # one's own; somebody else's asks for EXPORT, which the view asks
    "organization-add": SIGNED_IN,  # and admin of any organization, which the view asks
    "organization-add-check": Right.CHANGE_SETTINGS,
    "organization-add-correct": Right.CHANGE_SETTINGS,
    "organization-add-policies": Right.CHANGE_SETTINGS,
    "alert-list": Right.VIEW,
    "alert-event-list": Right.VIEW,
    "alert-channel-add": Right.CHANGE_SETTINGS,
    "alert-channel-detail": Right.VIEW,
    "alert-channel-change": Right.CHANGE_SETTINGS,
    "alert-channel-test": Right.CHANGE_SETTINGS,
    "alert-channel-mute": Right.CHANGE_SETTINGS,
    "alert-channel-unmute": Right.CHANGE_SETTINGS,
    "alert-channel-remove": Right.CHANGE_SETTINGS,
    "alert-rule-change": Right.CHANGE_SETTINGS,
    "subscription-list": Right.VIEW,
    "subscription-add": Right.CHANGE_SETTINGS,
    "subscription-detail": Right.VIEW,
    "subscription-change": Right.CHANGE_SETTINGS,
    "subscription-secret": Right.CHANGE_SETTINGS,
    "subscription-secret-drop": Right.CHANGE_SETTINGS,
    "subscription-pause": Right.CHANGE_SETTINGS,
    "subscription-resume": Right.CHANGE_SETTINGS,
    "subscription-remove": Right.CHANGE_SETTINGS,
    "subscription-test": Right.CHANGE_SETTINGS,
    "subscription-tell-again": Right.CHANGE_SETTINGS,
    "notice-detail": Right.VIEW,
    "notice-tell-again": Right.CHANGE_SETTINGS,
    "source-list": Right.VIEW,
    "source-add": Right.CHANGE_SETTINGS,
    "source-detail": Right.VIEW,
    "source-rename": Right.CHANGE_SETTINGS,
    "source-secret": Right.CHANGE_SETTINGS,
    "source-secret-drop": Right.CHANGE_SETTINGS,
    "source-switch": Right.CHANGE_SETTINGS,
    "source-remove": Right.CHANGE_SETTINGS,
    "member-list": Right.VIEW,
    "member-add": Right.CHANGE_SETTINGS,
    "member-change": Right.CHANGE_SETTINGS,
    "member-password": Right.CHANGE_SETTINGS,
    "member-remove": Right.CHANGE_SETTINGS,
    "key-list": Right.VIEW,
    "key-add": Right.CHANGE_SETTINGS,
    "key-revoke": Right.CHANGE_SETTINGS,
    # Whoever asks here proves it by a key (`dashboard/api/authentication.py`); a session opens none of them.
    "api-openapi": PUBLIC,
    "api-docs": PUBLIC,
    "api-disposition-add": PUBLIC,
    "api-disposition-batch": PUBLIC,
    "api-disposition": PUBLIC,
    "api-assignment-list": PUBLIC,
    "api-assignment-retry-all": PUBLIC,
    "api-assignment": PUBLIC,
    "api-assignment-retry": PUBLIC,
    "api-conversation": PUBLIC,
    "api-release-list": PUBLIC,
    "api-release": PUBLIC,
    "api-rules": PUBLIC,
    "api-rules-import": PUBLIC,
    "api-evaluate": PUBLIC,
    "api-unknown": PUBLIC,
}

UNTIL_CHOSEN = frozenset({"change-password", "choose-theme", "sign-out"})
"""All that is open to somebody whose password another person has seen, until they have chosen their own."""


class PolicyMiddleware:
    """Refuses a request before its view runs, unless the table lets this person through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: AnonymousRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Return a redirect to the sign-in page, None to go on, or raise PermissionDenied with what to do."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        needed = POLICY.get(name)
        if needed is None:
            raise PermissionDenied("This page is not open to anybody.")
        if needed is PUBLIC:
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if request.user.must_choose_password and name not in UNTIL_CHOSEN:
            return _to_own_password(request)
        if isinstance(needed, Right):
            _require(needed, request)
            _require_sight(name, request)
        return None


def _to_own_password(request: AnonymousRequest) -> HttpResponseBase:
    """Send a page, or the page that a fragment belongs to, to the change of the password and back afterwards."""
    page, address = _page_wanted(request), reverse("change-password")
    if page != reverse("overview"):
        address = f"{address}?{urlencode({'next': page})}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _require(right: Right, request: AnonymousRequest) -> None:
    if not request.memberships:
        raise PermissionDenied("You have no role in any organization yet. Ask an admin of yours to give you one.")
    if right not in request.rights:
        may = " or ".join(role.value for role, rights in RIGHTS.items() if right in rights)
        raise PermissionDenied(f"This needs the role {may} in this organization. Ask somebody who has it.")


def _require_sight(name: str, request: AnonymousRequest) -> None:
    if not is_open_to(request.organization.sight, name):
        raise PermissionDenied(
            "This page is about the conversations of all divisions, and you see those of some. "
            "Ask an admin of this organization for what you need of it."
        )


def _to_sign_in(request: AnonymousRequest) -> HttpResponseBase:
    """Send a page, or the page that a fragment belongs to, to the sign-in page and back afterwards."""
    to_sign_in = redirect_to_login(_page_wanted(request), reverse("sign-in"))
    return HttpResponseClientRedirect(to_sign_in.url) if request.htmx else to_sign_in


def _page_wanted(request: AnonymousRequest) -> str:
    """Return the path of the page that is asked for, or that a fragment belongs to; the overview where none is."""
    if request.htmx:
        page = urlsplit(request.htmx.current_url_abs_path or reverse("overview"))
        return page._replace(scheme="", netloc="").geturl()
    return request.get_full_path() if request.method == "GET" else reverse("overview")
