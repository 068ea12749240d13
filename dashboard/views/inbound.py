"""Events that came in: their list, one of them, and what a person may do with those that were set apart."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.inbound import EventFilterForm, GroupForm, MendForm
from dashboard.forms.reason import reason_in
from dashboard.fragments import page_or_fragment
from dashboard.queries.inbound import EventRow, envelope_of, event_page, said_about
from dashboard.queries.keyset import places_in
from dashboard.requests import Request
from wrapups.domain.envelopes import BadEnvelope
from wrapups.domain.roles import Right
from wrapups.models import InboundEvent
from wrapups.services import mending


@require_safe
def event_list(request: Request) -> HttpResponse:
    """List events as the address asks, the newest first."""
    form = EventFilterForm(request.GET, request.organization)
    context = {"form": form, "page": event_page(form.filter(), request.organization, **places_in(request.GET))}
    return page_or_fragment(request, "intake/list.html", "intake/_events.html", context)


@require_safe
def event_detail(request: Request, pk: int) -> HttpResponse:
    """Show one event: what came, what it says, what became of it."""
    event = _event(request, pk)
    return _detail(request, event, MendForm(initial={"body": event.mended or event.body}))


@require_POST
def event_mend(request: Request, pk: int) -> HttpResponse:
    """Take in what was typed in place of the text that came, or say what is wrong with it."""
    event, form = _event(request, pk), MendForm(request.POST)
    if form.is_valid():
        try:
            mending.mend(event, body=form.cleaned_data["body"], actor=request.actor)
        except (BadEnvelope, mending.CannotChange) as error:
            form.add_error("body", str(error))
        else:
            messages.success(request, f"Event {pk} is mended and taken in.")
            return redirect("event-detail", pk)
    return _detail(request, event, form)


@require_POST
def event_replay(request: Request, pk: int) -> HttpResponse:
    """Take an event in once more, as it stands."""

    def replay(event: InboundEvent) -> str:
        again = mending.replay(event, actor=request.actor)
        bad = again.state == InboundEvent.State.QUARANTINED
        return f"Event {pk} still cannot be read." if bad else f"Event {pk} is taken in again."

    return _done(request, pk, replay)


@require_POST
def event_dismiss(request: Request, pk: int) -> HttpResponse:
    """Say, with a reason, that an event which was set apart is not wanted."""

    def dismiss(event: InboundEvent) -> str:
        mending.dismiss(event, reason=reason_in(request.POST), actor=request.actor)
        return f"Event {pk} is dismissed."

    return _done(request, pk, dismiss)


@require_POST
def event_replay_group(request: Request) -> HttpResponse:
    """Take in once more what was set apart for one reason, as far as the page showed it."""
    outcome = mending.replay_group(request.organization, _group(request), actor=request.actor)
    said = f"{outcome.taken_in} taken in, {outcome.still_bad} still cannot be read."
    messages.success(request, f"{said} {outcome.left} are left: replay again." if outcome.left else said)
    return redirect(_set_apart())


@require_POST
def event_dismiss_group(request: Request) -> HttpResponse:
    """Say, with a reason, that what was set apart for one reason is not wanted, as far as the page showed it."""
    group, because = _group(request), request.POST.get("because", "")
    try:
        count = mending.dismiss_group(request.organization, group, reason=because, actor=request.actor)
    except mending.CannotChange as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{count} dismissed.")
    return redirect(_set_apart())


def _event(request: Request, pk: int) -> InboundEvent:
    found: InboundEvent = get_object_or_404(
        InboundEvent.objects.of(request.organization).select_related("source", "organization"), pk=pk
    )
    return found


def _detail(request: Request, event: InboundEvent, form: MendForm) -> HttpResponse:
    context = {
        "row": EventRow.of(event),
        "event": event,
        "said": envelope_of(event),
        "dispositions": said_about(event, request.organization),
        "form": form,
        "mendable": event.state in mending.MENDABLE,
        "sees_body": _sees_body(request, event),
    }
    return render(request, "intake/detail.html", context)


def _sees_body(request: Request, event: InboundEvent) -> bool:
    """Whoever mends needs what came as it is; others without a right to customers are not shown it."""
    mends = event.state in mending.MENDABLE and Right.SUBMIT in request.rights
    return mends or Right.SEE_CUSTOMERS in request.rights


def _done(request: Request, pk: int, act: Callable[[InboundEvent], str]) -> HttpResponse:
    """Do it and go back to the event; what the service refuses is said in its own words."""
    try:
        messages.success(request, act(_event(request, pk)))
    except mending.CannotChange as error:
        messages.error(request, str(error))
    return redirect("event-detail", pk)


def _group(request: Request) -> mending.Group:
    group = GroupForm(request.POST).group()
    if group is None:
        raise BadRequest("Choose a reason on the page of what was set apart.")
    return group


def _set_apart() -> str:
    return f"{reverse('event-list')}?state={InboundEvent.State.QUARANTINED}"
