"""What identifies a customer, and how it is taken out of whatever was written."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.erasing import BadIdentifier, Eraser, Identifier, Kind, identifier_in, identifiers_in, may_be_in

NUMBER = Identifier(Kind.NUMBER, "493012344321")
EMAIL = Identifier(Kind.EMAIL, "mara@example.org")
CONTACT = Identifier(Kind.CONTACT, "crm-000471-x")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("+49 30 1234-4321", NUMBER),
        ("0049 (30) 1234/4321", NUMBER),
        ("+49 (0)30 1234 4321", NUMBER),
        ("+49\u00a030\u00a012344321", NUMBER),
        (" tel:+493012344321 ", NUMBER),
        ("sip:+493012344321@edge.example.org;user=phone", NUMBER),
        ("Mara@Example.org", EMAIL),
        ("mailto:mara@example.org", EMAIL),
        ("CRM-000471-X", CONTACT),
    ],
)
def test_whatever_way_it_is_typed_the_same_is_meant(typed, meant):
    assert identifier_in(typed) == meant


@pytest.mark.parametrize("typed", ["110", "+49", "1" * 20, "mara@", "abc", "x" * 200])
def test_what_would_find_too_much_or_nothing_is_refused(typed):
    with pytest.raises(BadIdentifier):
        identifier_in(typed)


def test_several_are_typed_one_a_line_and_meant_once_each():
    assert identifiers_in("+493012344321\n\n0049 30 12344321\nmara@example.org") == (NUMBER, EMAIL)
    with pytest.raises(BadIdentifier, match="Say whom"):
        identifiers_in(" \n ")
    with pytest.raises(BadIdentifier, match="At most"):
        identifiers_in("\n".join(f"+4930123443{n:02}" for n in range(30)))


@pytest.mark.parametrize(
    ("identifier", "written"),
    [
        (NUMBER, "tel:+493012344321"),
        (NUMBER, "call +49 30 1234 4321 back"),
        (NUMBER, "0049-30-1234-4321"),
        (NUMBER, "?q=%2B49%20301234%204321"),
        (NUMBER, "?q=%20493012344321"),
        (NUMBER, "?q=+49%C2%A030%C2%A012344321"),
        (NUMBER, '"call\\u00a0493012344321"'),
        (NUMBER, "+49 (0)30 1234-4321"),
        (NUMBER, "+49 (0) 30 1234-4321"),
        (NUMBER, "+49\u00a030\u202f1234\u00a04321"),
        (NUMBER, "call 030 1234-4321"),
        (NUMBER, "(030) 12344321"),
        (Identifier(Kind.NUMBER, "12125550123"), "(212) 555-0123"),
        (Identifier(Kind.NUMBER, "390612345678"), "06 1234 5678"),
        (NUMBER, '{"ani":"sip:+493012344321@edge"}'),
        (EMAIL, "to <MARA@example.org>,"),
        (EMAIL, "?q=mara%40example.org"),
        (EMAIL, '"mara\\u0040example.org"'),
        (CONTACT, "contact=crm-000471-X;"),
    ],
)
def test_it_is_found_and_taken_out_however_it_is_written(identifier, written):
    eraser = Eraser([identifier])

    assert eraser.finds(written)
    assert "erased" in eraser.text(written)
    assert not eraser.finds(eraser.text(written))


@pytest.mark.parametrize(
    ("identifier", "written"),
    [
        (NUMBER, "4930123443210"),
        (NUMBER, "1493012344321"),
        (NUMBER, "49301234432"),
        (NUMBER, "3012344321"),
        (NUMBER, "+43 (0)30 12344321"),
        (Identifier(Kind.NUMBER, "2125550123"), "0 5550123"),
        (EMAIL, "xmara@example.org"),
        (EMAIL, "mara@example.orgs"),
        (CONTACT, "crm-000471-x2"),
    ],
)
def test_a_longer_or_shorter_one_is_somebody_elses(identifier, written):
    assert not Eraser([identifier]).finds(written)


def test_json_keeps_its_form_whatever_is_taken_out_of_it():
    value = {"ani": "tel:+493012344321", "tries": 3, "more": [493012344321, None, {"+493012344321": True}]}

    erased = Eraser([NUMBER]).value(value)

    assert erased == {"ani": "tel:erased", "tries": 3, "more": ["erased", None, {"erased": True}]}


@given(st.text(), st.text())
def test_nothing_of_it_is_left_wherever_it_stands(before, after):
    eraser = Eraser([NUMBER, EMAIL])

    assert not re.search(
        "493012344321|mara@example.org", eraser.text(f"{before} +493012344321 mara@example.org {after}")
    )


@given(
    st.recursive(st.none() | st.booleans() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each))
)
def test_what_is_about_nobody_stays_as_it_is(value):
    assert Eraser([NUMBER]).value(value) == json.loads(json.dumps(value))


def test_what_may_identify_somebody_is_found_in_a_text():
    said = "Mara (mara@example.org) asks for a call to +49 30 1234-4321 before 2026, ?q=%20493012344321"

    assert dict(may_be_in(said)) == {
        "+49 30 1234-4321": NUMBER,
        "493012344321": NUMBER,
        "mara@example.org": EMAIL,
    }


@pytest.mark.parametrize("written", ["030 1234-4321", "(030)\u00a01234 4321", "+49 (0)30 1234-4321"])
def test_what_may_identify_somebody_is_known_however_it_is_written(written):
    [(_, identifier)] = may_be_in(f"call {written} now")

    assert identifier in NUMBER.forms
