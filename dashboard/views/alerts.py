"""Alerts: what stands, where it is told, how that goes, and from which figures on."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.alerts import ChannelForm, MuteForm, RuleForm
from dashboard.forms.refused import say_at_field
from dashboard.fragments import page_or_fragment
from dashboard.queries import alert_events
from dashboard.queries import alerts as queries
from dashboard.queries.keyset import places_in
from dashboard.requests import Request
from wrapups.domain.alerting import MEANINGS, Condition
from wrapups.models import AlertChannel
from wrapups.models.clock import app_now
from wrapups.services import alert_channels, alert_rules, mailing
from wrapups.services.alert_channels import CannotArrange
from wrapups.services.alert_rules import CannotSet

FORM_METHODS = ["GET", "HEAD", "POST"]
KINDS = {each.value: each for each in AlertChannel.Kind}


@require_safe
def alert_list(request: Request) -> HttpResponse:
    """Show what stands, the channels, and from which figures on each condition is told."""
    context = {
        "standing": alert_events.events_now(request.organization),
        "lately": alert_events.events_lately(request.organization),
        "channels": queries.channel_rows(request.organization),
        "rules": queries.rule_rows(request.organization),
        "can_mail": mailing.can_send(),
    }
    return render(request, "alerts/list.html", context)


@never_cache
@require_http_methods(FORM_METHODS)
def alert_channel_add(request: Request, kind: str) -> HttpResponse:
    """Add a channel of a kind."""
    if kind not in KINDS:
        raise Http404("There are channels by e-mail, Slack and webhook.")
    form = ChannelForm(request.POST if request.method == "POST" else None, request.organization, KINDS[kind])
    if request.method == "POST" and form.is_valid():
        try:
            added = alert_channels.add(request.organization, form.wanted(), actor=request.actor)
        except CannotArrange as error:
            say_at_field(form, error)
        else:
            messages.success(request, f"{added.name} is told of what begins from now on. Send it a test.")
            return redirect("alert-channel-detail", added.pk)
    return render(request, "alerts/form.html", {"form": form, "channel": None, "no_server": _no_server(form)})


@never_cache
@require_http_methods(FORM_METHODS)
def alert_channel_change(request: Request, pk: int) -> HttpResponse:
    """Change a channel's name, where it leads, what it is told of, and its quiet hours."""
    channel = _channel(request, pk)
    kind = AlertChannel.Kind(channel.kind)
    form = ChannelForm(request.POST if request.method == "POST" else None, request.organization, kind, channel)
    if request.method == "POST" and form.is_valid():
        try:
            alert_channels.change(channel, form.wanted(), actor=request.actor)
        except CannotArrange as error:
            say_at_field(form, error)
        else:
            messages.success(request, f"The channel {channel.name} is changed.")
            return redirect("alert-channel-detail", pk)
    return render(request, "alerts/form.html", {"form": form, "channel": channel, "no_server": _no_server(form)})


@require_safe
def alert_channel_detail(request: Request, pk: int) -> HttpResponse:
    """Show one channel, and page by page what it was told; while something moves it asks for itself."""
    return _detail(request, _channel(request, pk, removed_too=True))


@require_POST
def alert_channel_test(request: Request, pk: int) -> HttpResponse:
    """Send a test the way of all alerts, and show how it goes."""
    channel = _channel(request, pk)
    try:
        alert_channels.send_test(channel, actor=request.actor)
    except CannotArrange as error:
        return _detail(request, channel, problem=str(error))
    return redirect("alert-channel-detail", pk)


@require_POST
def alert_channel_mute(request: Request, pk: int) -> HttpResponse:
    """Tell it nothing for some hours."""
    channel, form = _channel(request, pk), MuteForm(request.POST)
    if not form.is_valid():
        return _detail(request, channel, problem="Choose for how long.")
    alert_channels.mute(channel, hours=form.cleaned_data["hours"], actor=request.actor)
    messages.success(request, f"{channel.name} is told nothing until then. What still stands follows afterwards.")
    return redirect("alert-channel-detail", pk)


@require_POST
def alert_channel_unmute(request: Request, pk: int) -> HttpResponse:
    """Tell it again."""
    channel = _channel(request, pk)
    alert_channels.mute(channel, hours=0, actor=request.actor)
    messages.success(request, f"{channel.name} is told again, beginning with what still stands.")
    return redirect("alert-channel-detail", pk)


@require_http_methods(FORM_METHODS)
def alert_channel_remove(request: Request, pk: int) -> HttpResponse:
    """Ask first, then tell it nothing any more."""
    channel = _channel(request, pk)
    if request.method != "POST":
        return render(request, "alerts/remove.html", {"channel": channel})
    alert_channels.remove(channel, actor=request.actor)
    messages.success(request, f"{channel.name} is told nothing any more.")
    return redirect("alert-list")


@require_http_methods(FORM_METHODS)
def alert_rule_change(request: Request, condition: str) -> HttpResponse:
    """Change from which figures on a condition is told, and whether in quiet hours, too."""
    chosen = next((each for each in Condition if each.value == condition), None)
    if chosen is None:
        raise Http404("There is no such alert.")
    rule = alert_rules.rules_of(request.organization)[chosen]
    form = RuleForm(request.POST if request.method == "POST" else None, rule)
    if request.method == "POST" and form.is_valid():
        try:
            alert_rules.change_rule(request.organization, chosen, form.setting(), actor=request.actor)
        except CannotSet as error:
            say_at_field(form, error)
        else:
            messages.success(request, f"{MEANINGS[chosen].name}: told so from the next look on, within a minute.")
            return redirect("alert-list")
    return render(request, "alerts/rule.html", {"form": form, "meaning": MEANINGS[chosen]})


def _detail(request: Request, channel: AlertChannel, *, problem: str = "") -> HttpResponse:
    now = app_now()
    context = {
        "channel": channel,
        "standing": queries.standing_of(channel, queries.last_told(channel), now),
        "muted": channel.muted_until is not None and channel.muted_until > now,
        "told_of": [MEANINGS[each].name for each in MEANINGS if each in channel.conditions],
        "quiet_days": [queries.WEEKDAYS[day] for day in channel.quiet_days],
        "mute": MuteForm(),
        "log": queries.log_of(channel, **places_in(request.GET)),
        "problem": problem,
    }
    return page_or_fragment(request, "alerts/channel.html", "alerts/_log.html", context)


def _channel(request: Request, pk: int, *, removed_too: bool = False) -> AlertChannel:
    every = AlertChannel.objects.of(request.organization).select_related("organization", "subscription")
    found: AlertChannel = get_object_or_404(every if removed_too else queries.channels_of(request.organization), pk=pk)
    return found


def _no_server(form: ChannelForm) -> str:
    """Return why an e-mail channel cannot be had at all; empty where it can."""
    by_mail = form.kind == AlertChannel.Kind.EMAIL
    return alert_channels.NO_SERVER if by_mail and not mailing.can_send() else ""
