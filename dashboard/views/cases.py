"""Saved cases: what the rules must choose for some facts, and whether they do."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.cases import CaseForm
from dashboard.forms.facts import typed_facts
from dashboard.forms.try_page import TryPage, try_page
from dashboard.forms.trying import TryForm
from dashboard.fragments import page_or_fragment
from dashboard.masks import mask_of
from dashboard.queries.cases import all_cases, asked_now, case_rows
from dashboard.queries.trying import releases_to_try
from dashboard.requests import Request
from dashboard.views.trying import chosen_release
from wrapups.models import RuleCase
from wrapups.services import cases
from wrapups.services.trying import rules_of

PAGE_SIZE = 50
FAILING = "failing"


@require_safe
def case_list(request: Request) -> HttpResponse:
    """List the cases with what the draft and the release in force choose for each, or only those that fail."""
    every, asked = all_cases(request.organization), asked_now(request.organization)
    failing = {result.case.pk for each in asked for result in each.run.failures}
    only_failing = request.GET.get("show") == FAILING
    shown = [case for case in every if case.pk in failing] if only_failing else every
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": page,
        "lines": case_rows(request.organization, list(page.object_list), asked, mask_of(request)),
        "asked": asked,
        "failing": len(failing),
        "count": len(every),
        "only_failing": only_failing,
    }
    return page_or_fragment(request, "cases/list.html", "cases/_cases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case_add(request: Request) -> HttpResponse:
    """Keep facts, and the code expected for them, as a case; begun from a try or from a decided communication."""
    typed = _typed(request)
    page = _page(request, typed)
    if request.method == "POST" and "edit" not in request.POST:
        form = CaseForm(request.organization, typed.facts, request.POST)
        if form.is_valid() and _saved(request, form, None):
            return redirect("case-list")
        return _form(request, form, page)
    form = CaseForm(request.organization, typed.facts, initial=_initial(request.POST))
    if request.POST.get("edit", "begin") == "begin":
        form.initial["expected"] = _decided(page, form)
    return _form(request, form, page)


@require_http_methods(["GET", "HEAD", "POST"])
def case_change(request: Request, pk: int) -> HttpResponse:
    """Show a case, and keep what is typed into it."""
    case = _case(request, pk)
    if request.method != "POST":
        typed = TryForm(facts=typed_facts(case.facts))
        return _form(request, CaseForm.stored(case, request.organization, typed.facts), _page(request, typed), case)
    typed = _typed(request)
    page = _page(request, typed)
    if "edit" in request.POST:
        return _form(request, CaseForm(request.organization, typed.facts, initial=_initial(request.POST)), page, case)
    form = CaseForm(request.organization, typed.facts, request.POST)
    if form.is_valid() and _saved(request, form, case):
        return redirect("case-list")
    return _form(request, form, page, case)


@require_POST
def case_remove(request: Request, pk: int) -> HttpResponse:
    """Delete a case."""
    case = _case(request, pk)
    cases.remove(case, actor=request.actor)
    messages.success(request, f"The case {case.name} is deleted.")
    return redirect("case-list")


def _case(request: Request, pk: int) -> RuleCase:
    rows = RuleCase.objects.of(request.organization).select_related("organization", "expected_code")
    found: RuleCase = get_object_or_404(rows, pk=pk)
    return found


def _typed(request: Request) -> TryForm:
    if request.method == "POST":
        return TryForm.typed(request.POST, request.organization)
    return TryForm.asked(request.GET)


def _page(request: Request, typed: TryForm) -> TryPage:
    releases = releases_to_try(request.organization)
    release = chosen_release(releases, typed.release, draft_first=True)
    return try_page(request.organization, typed, rules_of(release) if release else None)


def _saved(request: Request, form: CaseForm, case: RuleCase | None) -> bool:
    """Keep the case, or put what stands against it on the form."""
    try:
        if case is None:
            saved = cases.save(request.organization, actor=request.actor, **form.for_service())
        else:
            saved = cases.change(case, actor=request.actor, **form.for_service())
    except cases.CannotSave as error:
        form.add_error("name" if "called" in str(error) else None, str(error))
        return False
    messages.success(request, f"The case {saved.name} is saved; it is asked at each publishing.")
    return True


def _decided(page: TryPage, form: CaseForm) -> int | None:
    """Return the code that was decided for the communication, or else the one that the try has chosen."""
    if page.origin and not page.changed:
        code: int | None = page.origin.known.assignment.wrapup_code_id
        return code
    return form.key_of(page.result.code_id) if page.result and page.result.code_id else None


def _initial(fields: QueryDict) -> dict[str, str]:
    return {name: fields.get(name, "") for name in ("name", "expected")}


def _form(request: Request, form: CaseForm, page: TryPage, case: RuleCase | None = None) -> HttpResponse:
    context = {"form": form, "page": page, "case": case}
    return page_or_fragment(request, "cases/form.html", "cases/_form.html", context)
