"""Signing in and out, and what a person may change about themselves."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from dashboard.forms.account import TimeZoneForm
from dashboard.queries.members import rows_of
from dashboard.requests import Request
from dashboard.safe_next import safe_path
from wrapups.services import own_acts
from wrapups.services.auditing import Actor


class SignIn(auth.LoginView):
    """Django's own sign-in, which gives the session a new key; django-axes counts the failures behind it.

    Who came in, and whom it refused, is on record.
    """

    template_name = "account/sign_in.html"
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Return where the person wanted to go, if that is a path of ours (Django 6 hands the request in)."""
        wanted = self.request.POST.get("next", self.request.GET.get("next", ""))
        return safe_path(self.request, wanted, "")

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let them in."""
        own_acts.record(Actor(form.get_user(), _origin(self.request)), own_acts.SIGN_IN)
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Say that the two do not fit together; a form that was not filled in tried nothing."""
        typed = form.cleaned_data
        if "username" in typed and "password" in typed:
            locked_out = getattr(self.request, "axes_locked_out", False)
            own_acts.record_refusal(typed["username"], origin=_origin(self.request), locked_out=locked_out)
        return super().form_invalid(form)


class SignOut(auth.LogoutView):
    """Django's own sign-out: by POST only, and the session is gone from the server."""

    http_method_names = ("post", "options")
    request: Request

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """End the session."""
        own_acts.record(self.request.actor, own_acts.SIGN_OUT)
        return super().post(request, *args, **kwargs)


class ChangePassword(auth.PasswordChangeView):
    """Django's own change of a password; other sessions of this person end with it."""

    template_name = "account/change_password.html"
    request: Request

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Save the password, say so, and go on to where the person wanted to go; it is their own from now on."""
        onward = reverse("overview" if form.user.must_choose_password else "account")
        self.success_url = safe_path(self.request, self.request.GET.get("next", ""), onward)
        form.user.must_choose_password = False
        messages.success(self.request, "Your password is changed. Your other sessions have ended.")
        with own_acts.acting_on_oneself(self.request.actor, own_acts.CHANGE_PASSWORD):
            return super().form_valid(form)


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: Request) -> HttpResponse:
    """Show what a person may change, and keep the time zone they chose."""
    form = TimeZoneForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        with own_acts.acting_on_oneself(request.actor, own_acts.CHOOSE_TIME_ZONE):
            form.instance.save(update_fields=["time_zone"])
        messages.success(request, "Times are now shown in the zone you chose.")
        return redirect(reverse("account"))
    return render(request, "account/account.html", {"form": form, "divisions": _divisions(request)})


def _divisions(request: Request) -> Sequence[str]:
    """Return the names of the divisions that the person sees in this organization; none where they see every one."""
    if not request.memberships or not request.membership.division_ids:
        return ()
    (row,) = rows_of(request.organization, [request.membership])
    return row.divisions


def _origin(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
