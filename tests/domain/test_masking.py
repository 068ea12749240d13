"""What is shown of a customer to whoever may not see customers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.masking import HIDDEN, MASKED, OPEN, address, email, free_text, number

NUMBERS = st.from_regex(
    r"(tel:|sip:|sips:)?\+?[0-9]{3,15}(@[a-z0-9.]{1,20})?(;[a-z]{1,8}=[a-z0-9]{1,8})?", fullmatch=True
)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("+49 30 1234-4321", "•••• 4321"),
        ("tel:+493012344321", "•••• 4321"),
        ("sip:+493012344321@edge.example.org;user=phone", "•••• 4321"),
        ("(030) 123/44 321", "•••• 4321"),
        ("4321", HIDDEN),
        ("tel:110", HIDDEN),
        ("anonymous", HIDDEN),
        ("sip:mara@example.org", "••••@••••"),
        ("mara.4321@example.org", "••••@••••"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_an_address_shows_the_last_four_digits_of_a_number_and_nothing_else(written, shown):
    assert address(written) == shown


@given(NUMBERS)
def test_a_number_never_shows_more_than_its_last_four_digits(written):
    dialled = re.sub(r"\D", "", re.split("[@;]", written)[0])

    shown = number(written)

    assert re.sub(r"\D", "", shown) in ("", dialled[-4:])
    assert not re.search("[a-z]", shown)


@given(st.text())
def test_whatever_is_masked_shows_four_digits_at_most_and_no_letter(written):
    for mask in (number, email, free_text, address):
        shown = mask(written)
        assert len(re.sub(r"[•@ ]", "", shown)) <= 4
        assert re.sub(r"[•@ 0-9]", "", shown) == ""


@given(st.text())
def test_a_hidden_text_does_not_tell_its_length(written):
    assert free_text(written) in ("", HIDDEN)


def test_of_facts_those_about_the_customer_are_masked_and_the_others_stay():
    facts = {"ani": "tel:+493012344321", "attribute.account": "A-77", "queue": "q-1", "duration_s": 12.5}

    masked = {"ani": "•••• 4321", "attribute.account": HIDDEN, "queue": "q-1", "duration_s": 12.5}
    assert MASKED.facts(facts) == masked
    assert MASKED.visible(facts) == {"queue": "q-1", "duration_s": 12.5}


def test_who_may_see_customers_sees_everything_as_it_is():
    assert OPEN.facts({"ani": "+493012344321"}) == {"ani": "+493012344321"}
    assert (OPEN.address("+493012344321"), OPEN.text("Call Mara back")) == ("+493012344321", "Call Mara back")
