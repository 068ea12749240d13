"""People of the organization: who there is, letting somebody in, changing what they may do and see, letting them go."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.forms.members import MemberForm, NewMemberForm
from dashboard.forms.refused import say_at_field
from dashboard.queries.keyset import page_of, places_in
from dashboard.queries.members import members, rows_of
from dashboard.requests import Request
from wrapups.models import Membership
from wrapups.services import admitting, passwords
from wrapups.services.admitting import CannotAdmit, Name

WHO = ("username", "first_name", "last_name", "email")


@require_safe
def member_list(request: Request) -> HttpResponse:
    """List the people, the newest first, with their role and the divisions they see."""
    page = page_of(members(request.organization), **places_in(request.GET))
    context = {
        "rows": rows_of(request.organization, page.rows),
        "page": page,
    }
    return render(request, "members/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def member_add(request: Request) -> HttpResponse:
    """Let somebody in; the password of a new person is shown in the answer to this one form, and never again."""
    form = NewMemberForm(request.POST if request.method == "POST" else None, request.organization)
    if request.method == "POST" and form.is_valid():
        name = Name(**{each: form.cleaned_data[each] for each in WHO})
        try:
            admitted = admitting.admit(request.organization, name, actor=request.actor, **form.standing())
        except CannotAdmit as error:
            say_at_field(form, error)
        else:
            if admitted.password:
                context = {"person": admitted.membership.person, "password": admitted.password}
                return render(request, "members/made.html", context)
            messages.success(request, f"{admitted.membership.person} is let in, and signs in as before.")
            return redirect("member-list")
    return render(request, "members/add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def member_change(request: Request, pk: int) -> HttpResponse:
    """Change somebody's role and the divisions they see."""
    member = _member(request, pk)
    form = MemberForm(request.POST if request.method == "POST" else None, request.organization, member)
    if request.method == "POST" and form.is_valid():
        try:
            admitting.change(member, actor=request.actor, **form.standing())
        except CannotAdmit as error:
            say_at_field(form, error)
        else:
            messages.success(request, f"What {member.person} may do and see is changed.")
            return redirect("member-list")
    return render(request, "members/change.html", {"form": form, "member": member})


@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: Request, pk: int) -> HttpResponse:
    """Ask first, then let the person into this organization no more."""
    member, problem = _member(request, pk), ""
    if request.method == "POST":
        try:
            admitting.let_go(member, actor=request.actor)
        except CannotAdmit as error:
            problem = str(error)
        else:
            messages.success(request, f"{member.person} no longer belongs to {request.organization}.")
            return redirect("member-list" if member.person_id != request.user.pk else "account")
    (row,) = rows_of(request.organization, [member])
    return render(request, "members/remove.html", {"row": row, "problem": problem})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def member_password(request: Request, pk: int) -> HttpResponse:
    """Ask first, then replace a forgotten password; the new one is shown in the answer to this one form."""
    member, problem = _member(request, pk), ""
    if request.method == "POST":
        try:
            password = passwords.replace_forgotten(member, actor=request.actor)
        except passwords.CannotReset as error:
            problem = str(error)
        else:
            return render(request, "members/made.html", {"person": member.person, "password": password, "again": True})
    return render(request, "members/password.html", {"member": member, "problem": problem})


def _member(request: Request, pk: int) -> Membership:
    return get_object_or_404(members(request.organization), pk=pk)
