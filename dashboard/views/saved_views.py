"""Saved views: the list of them, saving a search, opening it again, changing and removing it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard import columns
from dashboard.forms.filters import AssignmentFilterForm
from dashboard.forms.refused import say_at_field
from dashboard.forms.saved_views import NewViewForm, ViewForm, words_of
from dashboard.queries import saved_views
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.saved_views import ViewTabs
from dashboard.requests import Request
from dashboard.safe_next import safe_path
from wrapups.domain.roles import Right
from wrapups.models import SavedView
from wrapups.services import saving_views
from wrapups.services.saving_views import CannotSave, Search


@require_safe
def view_list(request: Request) -> HttpResponse:
    """List the person's views and those that are shared."""
    views = saved_views.visible(request.membership).select_related("person")
    rows = [(view, words_of(view), _may_change(request, view)) for view in views]
    return render(request, "views/list.html", {"rows": rows})


@require_safe
def view_open(request: Request, slug: str) -> HttpResponse:
    """Go to the list as the view asks for it, in its columns."""
    view = _view(request, slug)
    response = redirect(saved_views.address_of(view))
    if view.columns:
        columns.keep(response, view.columns)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def view_add(request: Request) -> HttpResponse:
    """Save the search that stands in this address."""
    search = AssignmentFilterForm(request.GET, request.organization)
    asked = search.filter()
    form = NewViewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _require_understood(search)
            view = _saved(request, form, _search(request, asked))
        except CannotSave as error:
            say_at_field(form, error)
        else:
            messages.success(request, f"The view {view.name} is saved.")
            return redirect("view-open", view.slug)
    return render(request, "views/add.html", {"form": form, "asked": asked, "search": search})


@require_http_methods(["GET", "HEAD", "POST"])
def view_change(request: Request, slug: str) -> HttpResponse:
    """Rename a view, share it, or stop sharing it."""
    view = _changeable(request, slug)
    form = ViewForm(request.POST if request.method == "POST" else None, view)
    if request.method == "POST" and form.is_valid():
        try:
            saving_views.rename(view, actor=request.actor, **form.cleaned_data)
        except CannotSave as error:
            say_at_field(form, error)
        else:
            messages.success(request, "The view is changed.")
            return redirect("view-list")
    return render(request, "views/change.html", {"form": form, "view": view})


@require_POST
def view_search(request: Request, slug: str) -> HttpResponse:
    """Let the view open the search that stands in this address from now on."""
    view = _changeable(request, slug)
    search = AssignmentFilterForm(request.GET, request.organization)
    asked = search.filter()
    try:
        _require_understood(search)
        saving_views.change_search(view, _search(request, asked), actor=request.actor)
    except CannotSave as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{view.name} opens this search from now on.")
    return redirect(f"{reverse('conversation-list')}{asked.but(view=view.slug).query_string()}")


@require_http_methods(["GET", "HEAD", "POST"])
def view_remove(request: Request, slug: str) -> HttpResponse:
    """Ask first, then remove the view."""
    view = _changeable(request, slug)
    if request.method != "POST":
        return render(request, "views/remove.html", {"view": view})
    saving_views.remove(view, actor=request.actor)
    messages.success(request, f"The view {view.name} is removed.")
    return redirect("view-list")


@require_POST
def view_default(request: Request) -> HttpResponse:
    """Let the person's list open with one of the views, or with everything."""
    slug = request.POST.get("view", "").replace("\0", "")
    view = _view(request, slug) if slug else None
    saving_views.choose_default(request.membership, view, actor=request.actor)
    messages.success(request, f"Your list opens with {view.name if view else 'everything'} from now on.")
    return redirect(safe_path(request, request.POST.get("next", ""), reverse("view-list")))


def tabs_for(request: Request, asked: AssignmentFilter) -> ViewTabs:
    """Return the views that stand above a list which asks for this."""
    may_change_shared = Right.CHANGE_SETTINGS in request.rights
    return ViewTabs.of(request.membership, asked, _columns(request), may_change_shared=may_change_shared)


def _require_understood(search: AssignmentFilterForm) -> None:
    if search.leaves_out:
        raise CannotSave("Part of this search cannot be used, so the view would find more. Go back and mend it.")


def _search(request: Request, asked: AssignmentFilter) -> Search:
    return Search(saved_views.query_to_keep(asked), _columns(request))


def _columns(request: Request) -> list[str]:
    return [column.name for column in columns.chosen(request)]


def _saved(request: Request, form: NewViewForm, search: Search) -> SavedView:
    typed = form.cleaned_data
    view = saving_views.save(
        request.organization, search, name=typed["name"], shared=typed["shared"], actor=request.actor
    )
    if typed["default"]:
        saving_views.choose_default(request.membership, view, actor=request.actor)
    return view


def _view(request: Request, slug: str) -> SavedView:
    return get_object_or_404(saved_views.visible(request.membership).select_related("organization"), slug=slug)


def _changeable(request: Request, slug: str) -> SavedView:
    view = _view(request, slug)
    if not _may_change(request, view):
        raise PermissionDenied("A shared view is changed by whom it belongs to, or by an admin. Save one of your own.")
    return view


def _may_change(request: Request, view: SavedView) -> bool:
    may_change_shared = Right.CHANGE_SETTINGS in request.rights
    return saved_views.may_change(view, request.membership, may_change_shared=may_change_shared)
