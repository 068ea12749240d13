"""Keys of other programs: which there are, making one, revoking one."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.forms.keys import KeyForm
from dashboard.queries.keyset import page_of, places_in
from dashboard.requests import Request
from wrapups.domain.scopes import MEANINGS, scopes_of
from wrapups.models import ApiKey
from wrapups.models.clock import app_now
from wrapups.services import keys


@require_safe
def key_list(request: Request) -> HttpResponse:
    """List the keys, the newest first, with what each may do and when it was last used."""
    rows = ApiKey.objects.of(request.organization).select_related("created_by")
    page = page_of(rows, **places_in(request.GET))
    now = app_now()
    context = {
        "keys": [_shown(row, now) for row in page.rows],
        "page": page,
    }
    return render(request, "keys/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_add(request: Request) -> HttpResponse:
    """Make a key, and show it in the answer to this one form: not at an address, not in a session, never again."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = keys.add_key(request.organization, actor=request.actor, **form.wanted())
        except keys.NameTaken as error:
            form.add_error("name", str(error))
        else:
            return render(request, "keys/made.html", {"key": made.row, "secret": made.secret})
    return render(request, "keys/add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def key_revoke(request: Request, pk: int) -> HttpResponse:
    """Ask first, then let the key open nothing any more."""
    row = get_object_or_404(ApiKey.objects.of(request.organization).select_related("created_by", "organization"), pk=pk)
    if request.method != "POST":
        return render(request, "keys/revoke.html", {"shown": _shown(row, app_now())})
    if keys.revoke(row, actor=request.actor):
        messages.success(request, f"The key {row.name} opens nothing any more.")
    else:
        messages.info(request, f"The key {row.name} was revoked before.")
    return redirect("key-list")


def _shown(row: ApiKey, now: datetime) -> dict[str, Any]:
    """Return a key with its scopes in words, and how it stands now: good, expired or revoked."""
    scopes = scopes_of(row.scopes)
    state = "revoked" if row.revoked_at else "good" if keys.is_good(row, now) else "expired"
    return {"row": row, "state": state, "scopes": [(scope.value, MEANINGS[scope]) for scope in sorted(scopes)]}
