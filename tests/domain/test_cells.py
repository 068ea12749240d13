"""Cells of a spreadsheet: what a pasted id, a disposition and a note mean, and text that stays text."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.cells import (
    conversation_id_in,
    disposition_in,
    guarded,
    notes_in,
    shown_name,
    source_in,
    unguarded,
)

ID = "6b2c1f0e-12ab-4000-8000-00000000c0de"
TRIGGERS = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"

# Conversation ids


@pytest.mark.parametrize(
    "pasted",
    [
        ID,
        ID.upper(),
        f"  {ID}\n",
        ID + " " * 600,
        f"\u00a0{ID}\u200b",
        f"{{{ID}}}",
        f'"{ID}"',
        ID.replace("-", ""),
        ID.replace("-", "\u2011"),
        ID.replace("-", "\u2013"),
        f"urn:uuid:{ID}",
        f"https://apps.mypurecloud.ie/directory/#/analytics/interactions/{ID}/admin",
        f"https%3A%2F%2Fapps.mypurecloud.de%2Finteractions%2F{ID}",
        f"/api/v2/conversations/{ID}",
        f"conversationId={ID}&tab=1",
    ],
)
def test_a_conversation_id_is_found_in_whatever_form_it_was_pasted(pasted: str):
    assert conversation_id_in(pasted) == ID


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("", "is empty"),
        (" \t ", "is empty"),
        ("REF-OK", "holds no conversation id"),
        (ID[:-1], "holds no conversation id"),
        (f"{ID}0", "holds no conversation id"),
        (f"x{ID}", "holds no conversation id"),
        ("6.0E+31", "holds no conversation id"),
        ("a" * 10_240, "holds no conversation id"),
        (f"{ID} {ID.replace('0', '1')}", "more than one id"),
    ],
)
def test_what_is_no_conversation_id_is_refused_with_the_reason(pasted: str, why: str):
    with pytest.raises(ValueError, match=why):
        conversation_id_in(pasted)


@given(st.text())
def test_any_text_is_an_id_or_refused(text: str):
    try:
        found = conversation_id_in(text)
    except ValueError:
        return
    assert len(found) == len(ID)


# Dispositions, notes, names


def test_a_disposition_is_trimmed_and_composed():
    assert disposition_in("  Caf\u0065\u0301 ") == "Caf\u00e9"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("x" * 129, "has 129 characters; 128 is the most"),
        ("REF\u200bOK", "invisible character U\\+200B at place 4"),
        ("REF\u202eKO", "U\\+202E"),
        ("REF\nOK", "U\\+000A"),
        ("REF\0", "U\\+0000"),
    ],
)
def test_a_disposition_that_rules_could_not_compare_is_refused(text: str, why: str):
    with pytest.raises(ValueError, match=why):
        disposition_in(text)


def test_notes_keep_their_lines_and_are_never_cut():
    assert notes_in(" first\r\nsecond\rthird ") == "first\nsecond\nthird"
    with pytest.raises(ValueError, match="has 1,001 characters; 1,000 is the most"):
        notes_in("x" * 1001)
    with pytest.raises(ValueError, match="U\\+001B"):
        notes_in("\x1b[31mred")


@pytest.mark.parametrize("name", ["", "  ", "cr\u202em", "crm\u200b"])
def test_a_source_has_a_name_that_can_be_read(name: str):
    with pytest.raises(ValueError, match=r"\w"):
        source_in(name)


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\calls.csv", "calls.csv"),
        ("calls\u202evsc.exe", "callsvsc.exe"),
        ("a\r\nSet-Cookie: x.csv", "a Set-Cookie: x.csv"),
        ("CON", "CON"),
        ("x" * 300, "x" * 200),
        ("/", "unnamed"),
        ("\u200b", "unnamed"),
    ],
)
def test_a_file_is_shown_by_its_name_alone(called: str, shown: str):
    assert shown_name(called) == shown


# Formulas


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "  ", ";", ", ", "\u200b", "\ufeff"])
def test_text_that_begins_like_a_formula_gets_a_quote(trigger: str, before: str):
    text = f"{before}{trigger}HYPERLINK(1)"

    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["", "Resolved", "'tis", "REF-OK", "  two words", "1 = 1", "a@b.c"])
def test_text_that_does_not_is_left_alone(text: str):
    assert guarded(text) == text == unguarded(text)


cells = st.text(alphabet=st.one_of(st.sampled_from(f"{TRIGGERS}' ;,\"\u200b"), st.characters(codec="utf-8")))


@given(st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=4))
def test_what_goes_out_holds_no_formula_and_comes_back_as_it_was(rows: list[list[str]]):
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[guarded(cell) for cell in row] for row in rows])

    shown = list(csv.reader(io.StringIO(file.getvalue(), newline=""), strict=True))

    begins = [unicodedata.normalize("NFKC", cell).strip("\u200b \u00a0;,|")[:1] for row in shown for cell in row]
    assert not any(first in "=+-@" for first in begins if first)
    assert [[unguarded(cell) for cell in row] for row in shown] == rows
