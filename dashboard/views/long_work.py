"""Work that goes on in the background, whoever began it."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from dashboard.fragments import page_or_fragment
from dashboard.queries.long_work import long_work
from dashboard.requests import Request


@require_safe
def work_list(request: Request) -> HttpResponse:
    """List what goes on, what waits for somebody, and what ended in the last day."""
    works = long_work(request.organization, request.user)
    context = {"works": works, "moves": any(work.at_work for work in works)}
    return page_or_fragment(request, "long_work/list.html", "long_work/_works.html", context)
