"""The inbox of dispositions that no rule asks for: make a rule, or set one aside."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.dispositions import InboxForm
from dashboard.forms.reason import reason_in
from dashboard.fragments import page_or_fragment
from dashboard.queries import dispositions
from dashboard.queries.keyset import Ended
from dashboard.requests import Request
from wrapups.models import DispositionSeen
from wrapups.services import setting_aside

ASIDE = "aside"


@require_safe
def disposition_list(request: Request) -> HttpResponse:
    """List what no rule asks for, or what was set aside."""
    return _list(request)


@require_POST
def disposition_set_aside(request: Request, pk: int) -> HttpResponse:
    """Take a disposition out of the inbox, for a reason that stays beside it."""
    seen, reason = _seen(request, pk), reason_in(request.POST).strip()
    try:
        setting_aside.set_aside(seen, reason=reason, actor=request.actor)
    except setting_aside.NoUsableReason as error:
        return _list(request, problem_at=pk, problem=str(error), reason=reason)
    except setting_aside.CannotSetAside as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"{seen} is set aside. It stays so until somebody takes it back.")
    return redirect("disposition-list")


@require_POST
def disposition_take_back(request: Request, pk: int) -> HttpResponse:
    """Put a disposition back into the inbox."""
    seen = _seen(request, pk)
    try:
        setting_aside.take_back(seen, actor=request.actor)
    except setting_aside.CannotSetAside as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"{seen} is no longer set aside.")
    return redirect(f"{reverse('disposition-list')}?state={ASIDE}")


def _seen(request: Request, pk: int) -> DispositionSeen:
    found: DispositionSeen = get_object_or_404(
        DispositionSeen.objects.of(request.organization).select_related("organization"), pk=pk
    )
    return found


def _list(request: Request, *, problem_at: int | None = None, problem: str = "", reason: str = "") -> HttpResponse:
    aside, organization = request.GET.get("state") == ASIDE, request.organization
    form = InboxForm(request.GET, sources=dispositions.sources(organization))
    before, after = (Ended.read(request.GET.get(name, "")) for name in ("before", "after"))
    page = dispositions.inbox(organization, aside=aside, source=form.asked, before=before, after=after)
    address = _addresses(aside=aside, source=form.asked)
    context = {
        "form": form,
        "page": page,
        "aside": aside,
        "counted": dispositions.last_counted(organization),
        "newer": page.newer and address(after=page.newer),
        "older": page.older and address(before=page.older),
        "problem_at": problem_at,
        "problem": problem,
        "reason": reason,
    }
    return page_or_fragment(request, "dispositions/list.html", "dispositions/_inbox.html", context)


def _addresses(*, aside: bool, source: str) -> Callable[..., str]:
    kept = {"state": ASIDE if aside else "", "source": source}

    def address(**place: Ended) -> str:
        return "?" + urlencode({name: value for name, value in (kept | place).items() if value})

    return address
