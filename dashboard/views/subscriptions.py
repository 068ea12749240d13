"""Webhooks: who is told of what becomes of assignments, how that goes, and what each was told."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.refused import say_at_field
from dashboard.forms.subscriptions import SubscriptionForm
from dashboard.fragments import page_or_fragment
from dashboard.queries import subscriptions as queries
from dashboard.queries.keyset import key_in, places_in
from dashboard.requests import Request
from wrapups.models import Notice, Subscription
from wrapups.services import subscribing
from wrapups.services.subscribing import CannotSubscribe

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
def subscription_list(request: Request) -> HttpResponse:
    """List who is told, with how that goes."""
    context = {"rows": queries.subscription_rows(request.organization), "most": subscribing.MOST}
    return render(request, "subscriptions/list.html", context)


@never_cache
@require_http_methods(FORM_METHODS)
def subscription_add(request: Request) -> HttpResponse:
    """Add a webhook, and show its secret in the answer to this one form: not at an address, never again."""
    form = SubscriptionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            added, secret = subscribing.subscribe(request.organization, actor=request.actor, **form.wanted())
        except CannotSubscribe as error:
            say_at_field(form, error)
        else:
            return render(request, "subscriptions/secret.html", {"subscription": added, "secret": secret})
    return render(request, "subscriptions/form.html", {"form": form, "subscription": None})


@require_http_methods(FORM_METHODS)
def subscription_change(request: Request, pk: int) -> HttpResponse:
    """Change a webhook's name, address and events."""
    subscription = _subscription(request, pk)
    form = SubscriptionForm(request.POST if request.method == "POST" else None, subscription)
    if request.method == "POST" and form.is_valid():
        try:
            subscribing.change(subscription, actor=request.actor, **form.wanted())
        except CannotSubscribe as error:
            say_at_field(form, error)
        else:
            messages.success(request, f"The webhook {subscription.name} is changed.")
            return redirect("subscription-detail", pk)
    return render(request, "subscriptions/form.html", {"form": form, "subscription": subscription})


@require_safe
def subscription_detail(request: Request, pk: int) -> HttpResponse:
    """Show one webhook, and page by page what it was told."""
    return _detail(request, _subscription(request, pk, removed_too=True))


@never_cache
@require_http_methods(FORM_METHODS)
def subscription_secret(request: Request, pk: int) -> HttpResponse:
    """Ask first, then make a new secret and show it in the answer to this one form."""
    subscription = _subscription(request, pk)
    problem = ""
    if request.method == "POST":
        try:
            secret = subscribing.rotate_secret(subscription, made_at=_made_at(request), actor=request.actor)
        except CannotSubscribe as error:
            problem = str(error)
        else:
            return render(request, "subscriptions/secret.html", {"subscription": subscription, "secret": secret})
    return render(request, "subscriptions/rotate.html", {"subscription": subscription, "problem": problem})


@require_POST
def subscription_secret_drop(request: Request, pk: int) -> HttpResponse:
    """Sign with the new secret alone from now on."""
    subscribing.drop_old_secret(_subscription(request, pk), actor=request.actor)
    messages.success(request, "Posts are signed with the new secret alone from now on.")
    return redirect("subscription-detail", pk)


@require_POST
def subscription_pause(request: Request, pk: int) -> HttpResponse:
    """Tell it nothing for now."""
    subscription = _subscription(request, pk)
    subscribing.pause(subscription, actor=request.actor)
    messages.success(request, f"{subscription.name} is told nothing for now. What happens waits for a day.")
    return redirect("subscription-detail", pk)


@require_POST
def subscription_resume(request: Request, pk: int) -> HttpResponse:
    """Tell it again."""
    subscription = _subscription(request, pk)
    subscribing.resume(subscription, actor=request.actor)
    messages.success(request, f"{subscription.name} is told again, beginning with what waits.")
    return redirect("subscription-detail", pk)


@require_http_methods(FORM_METHODS)
def subscription_remove(request: Request, pk: int) -> HttpResponse:
    """Ask first, then tell it nothing any more."""
    subscription = _subscription(request, pk)
    if request.method != "POST":
        return render(request, "subscriptions/remove.html", {"subscription": subscription})
    subscribing.remove(subscription, actor=request.actor)
    messages.success(request, f"{subscription.name} is told nothing any more.")
    return redirect("subscription-list")


@require_POST
def subscription_test(request: Request, pk: int) -> HttpResponse:
    """Send a test the way of all notices, and show how it goes."""
    subscription = _subscription(request, pk)
    try:
        notice = subscribing.send_test(subscription, actor=request.actor)
    except CannotSubscribe as error:
        return _detail(request, subscription, problem=str(error))
    return redirect("notice-detail", notice.pk)


@require_POST
def subscription_tell_again(request: Request, pk: int) -> HttpResponse:
    """Tell again what had been given up when the person looked."""
    subscription = _subscription(request, pk)
    up_to = key_in(request.POST.get("up_to", "")) or 0
    again = subscribing.tell_given_up_again(subscription, up_to=up_to, actor=request.actor)
    messages.success(request, f"{again:,} will be delivered again, each under the event id it had.")
    return redirect("subscription-detail", pk)


@require_safe
def notice_detail(request: Request, pk: int) -> HttpResponse:
    """Show one notice: what was told, and every try; while it moves it asks for itself."""
    return _notice_page(request, _notice(request, pk))


@require_POST
def notice_tell_again(request: Request, pk: int) -> HttpResponse:
    """Deliver one notice again, under the event id it had."""
    notice = _notice(request, pk)
    try:
        subscribing.tell_again(notice, actor=request.actor)
    except CannotSubscribe as error:
        return _notice_page(request, notice, problem=str(error))
    return redirect("notice-detail", pk)


def _detail(request: Request, subscription: Subscription, *, problem: str = "") -> HttpResponse:
    context = {
        "subscription": subscription,
        "standing": queries.standing_of(subscription),
        "log": queries.delivery_log(subscription, state=request.GET.get("state", ""), **places_in(request.GET)),
        "problem": problem,
    }
    return page_or_fragment(request, "subscriptions/detail.html", "subscriptions/_log.html", context)


def _notice_page(request: Request, notice: Notice, *, problem: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "notice": notice,
        "standing": queries.OF_NOTICE[Notice.State(notice.state)],
        "tries": queries.tries_of(notice),
        "told": queries.told(notice),
        "moves": queries.moves(notice),
        "problem": problem,
    }
    return page_or_fragment(request, "subscriptions/notice.html", "subscriptions/_notice.html", context)


def _subscription(request: Request, pk: int, *, removed_too: bool = False) -> Subscription:
    rows = Subscription.objects.of(request.organization).select_related("organization")
    found: Subscription = get_object_or_404(rows if removed_too else rows.filter(removed_at=None), pk=pk)
    return found


def _notice(request: Request, pk: int) -> Notice:
    found: Notice = get_object_or_404(queries.notices_of(request.organization), pk=pk)
    return found


def _made_at(request: Request) -> datetime | None:
    """Return when the secret on the person's screen was made."""
    try:
        return parse_datetime(request.POST.get("made_at", ""))
    except ValueError:
        return None
