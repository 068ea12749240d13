"""The mapping table: one source's dispositions and queues, edited as a grid and taken in as a file of rules is."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.mapping_table import BadPaste, TypedTable, pasted
from dashboard.queries.mapping_table import Sheet, sheet_of, sources_of, table_of, table_page
from dashboard.requests import Request
from wrapups.domain.cells import source_in
from wrapups.domain.mapping_grid import edited
from wrapups.services import importing_rules

LONGEST_SOURCE, LONGEST_FIND, LONGEST_NUMBER = 64, 100, 5


@require_safe
def mapping_table(request: Request) -> HttpResponse:
    """Show a source's table: the one asked for, or the first there is."""
    sheet = sheet_of(request.organization, _source(request.GET.get("source", "")))
    sources = sources_of(request.organization, sheet.lines)
    if not sheet.source and sources:
        sheet = Sheet(request.organization, sources[0], sheet.lines, sheet.book)
    table = table_page(
        sheet,
        find=request.GET.get("find", "")[:LONGEST_FIND],
        column=_number(request.GET.get("column", "")),
        row=_number(request.GET.get("row", "")),
    )
    return render(request, "mapping_table/table.html", {"table": table})


@require_POST
def mapping_table_paste(request: Request) -> HttpResponse:
    """Fill the table with rows and columns from a spreadsheet; nothing is kept yet."""
    sheet, text = (
        sheet_of(request.organization, _source(request.POST.get("source", ""))),
        request.POST.get("pasted", ""),
    )
    try:
        columns, rows = pasted(text, sheet)
    except BadPaste as error:
        context = {"table": table_page(sheet), "pasted": text, "paste_problem": str(error)}
        return render(request, "mapping_table/table.html", context)
    return render(request, "mapping_table/table.html", {"table": table_of(sheet, columns, rows)})


@require_POST
def mapping_table_save(request: Request) -> HttpResponse:
    """Show what the edited cells would change in the draft; a wrong cell is shown with its error, as it was typed."""
    sheet = sheet_of(request.organization, _source(request.POST.get("source", "")))
    typed = TypedTable(request.POST, sheet)
    if not typed.is_valid or not sheet.source:
        problem = "" if sheet.source else "Say whose dispositions these are."
        context = {"table": table_of(sheet, typed.columns, typed.rows), "problem": problem, "wrong": not typed.is_valid}
        return render(request, "mapping_table/table.html", context)
    edits = edited(sheet.lines, sheet.source, typed.wanted, typed.code_names)
    if not edits.rows and not edits.removed:
        messages.info(request, "No cell is changed.")
        return redirect(f"{reverse('mapping-table')}?{urlencode({'source': sheet.source})}")
    kept = importing_rules.keep_rows(
        request.organization,
        edits.rows,
        filename=f"Mapping table of {sheet.source}",
        removed=edits.removed,
        actor=request.actor,
    )
    return redirect("rule-import-detail", kept.pk)


def _source(text: str) -> str:
    """Return the name of a source as it is kept; empty for what is none."""
    try:
        return source_in(text)[:LONGEST_SOURCE]
    except ValueError:
        return ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else 0
