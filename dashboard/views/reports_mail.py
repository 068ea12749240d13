"""Reports by e-mail: getting one, seeing how its letters went, and stopping it, with or without signing in."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.reports_mail import ReportMailForm
from dashboard.letters import subscription_of
from dashboard.queries.reports.mails import mails_of
from dashboard.requests import Request
from dashboard.views.reports import kind_called
from wrapups.models import ReportLetter, ReportSubscription
from wrapups.services import mailing, reporting
from wrapups.services.auditing import Actor
from wrapups.services.reporting import CannotSubscribe


@require_safe
def report_mail_list(request: Request) -> HttpResponse:
    """Show what the person gets by e-mail."""
    context = {"mails": mails_of(request.organization, request.user), "can_send": mailing.can_send()}
    return render(request, "reports/mails.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def report_mail_add(request: Request, name: str) -> HttpResponse:
    """Ask when a report is wanted by e-mail, and let it come then."""
    kind, problem = kind_called(name), ""
    form = ReportMailForm(request.POST or None, initial={"query": request.GET.urlencode()[:1000]})
    if request.method == "POST" and form.is_valid():
        try:
            reporting.subscribe(
                request.membership,
                report=kind.name,
                query=form.cleaned_data["query"],
                schedule=form.schedule(),
                actor=request.actor,
            )
        except CannotSubscribe as cannot:
            problem = str(cannot)
        else:
            messages.success(request, f"{kind.title} comes by e-mail from now on.")
            return redirect("report-mail-list")
    return render(
        request,
        "reports/mail_form.html",
        {"kind": kind, "form": form, "problem": problem, "shut": reporting.why_not(request.user)},
    )


@require_POST
def report_mail_stop(request: Request, pk: int) -> HttpResponse:
    """Stop one that the person gets."""
    mine = ReportSubscription.objects.of(request.organization).filter(person=request.user)
    reporting.stop(get_object_or_404(mine, pk=pk), actor=request.actor, because="Stopped on the page")
    messages.success(request, "It comes by e-mail no more.")
    return redirect("report-mail-list")


@require_POST
def report_mail_again(request: Request, pk: int) -> HttpResponse:
    """Let a letter that failed go once more."""
    mine = ReportLetter.objects.of(request.organization).filter(subscription__person=request.user)
    try:
        reporting.send_again(get_object_or_404(mine, pk=pk), actor=request.actor)
    except CannotSubscribe as cannot:
        messages.error(request, str(cannot))
    else:
        messages.success(request, "It is sent again within a minute.")
    return redirect("report-mail-list")


@csrf_exempt  # the token in the address is the proof, and mail programs post to it by themselves (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def report_mail_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to stop, and stop; whoever has the letter may."""
    subscription = subscription_of(token)
    if subscription is None:
        raise Http404("This link is not one of ours, or not whole. Copy all of it from the letter.")
    if request.method == "POST":
        actor = Actor(subscription.person, request.META.get("REMOTE_ADDR", ""))
        reporting.stop(subscription, actor=actor, because="Stopped by the link in a letter")
        subscription.refresh_from_db()
    context = {"subscription": subscription, "stopped": subscription.ended_at is not None}
    return render(request, "reports/unsubscribe.html", context)
