"""Small choices that a person makes: the organization they look at, light or dark, the columns of lists."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from dashboard import columns
from dashboard.middleware.organization import SESSION_KEY
from dashboard.requests import AnonymousRequest, Request
from dashboard.safe_next import safe_path

THEME_COOKIE = "theme"
THEMES = ("system", "light", "dark")
A_YEAR_S = 365 * 24 * 3600


@require_POST
def choose_organization(request: Request) -> HttpResponse:
    """Show another of the person's organizations from now on; the page they were on may not exist there."""
    wanted = request.POST.get("organization", "")
    chosen = next((each for each in request.memberships if str(each.organization_id) == wanted), None)
    if chosen is None:
        raise BadRequest("You are not a member of that organization.")
    request.session[SESSION_KEY] = chosen.organization_id
    return redirect("overview")


@require_POST
def choose_theme(request: AnonymousRequest) -> HttpResponse:
    """Remember light, dark, or as the system has it; htmx changes the page in place, so nothing typed is lost."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        raise BadRequest("A theme is system, light or dark.")
    response = _chosen(request, theme)
    response.set_cookie(
        THEME_COOKIE, theme, max_age=A_YEAR_S, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    return response


@require_POST
def choose_columns(request: Request) -> HttpResponse:
    """Show these columns in lists of assignments from now on; without any, the usual ones again."""
    response = redirect(safe_path(request, request.POST.get("next", ""), reverse("conversation-list")))
    columns.keep(response, request.POST.getlist("columns"))
    return response


def theme_of(request: HttpRequest) -> str:
    """Return the chosen theme; a cookie is anybody's text, so what is no theme counts as none chosen."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else "system"


def _chosen(request: AnonymousRequest, theme: str) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(HttpResponse(status=204), "theme-chosen", {"theme": theme})
    return redirect(safe_path(request, request.POST.get("next", ""), reverse("overview")))
