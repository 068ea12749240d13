"""Which names are marked because they are not what they look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.lookalikes import oddity


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Sale", ""),
        ("S\u0410LE", "mixes Cyrillic and Latin letters"),
        ("\u041f\u0440\u043e\u0434\u0430\u0436\u0430", ""),
        ("\u0391lpha", "mixes Greek and Latin letters"),
        ("Straße, Größe 3 – ﬁx", ""),
        ("\u58f2\u4e0a Sales", ""),
        ("Sale\u200b", "has characters that cannot be seen"),
        ("\u202eelaS", "has characters that cannot be seen"),
        ("", ""),
    ],
)
def test_a_name_is_odd_when_it_is_not_what_it_looks_like(name: str, said: str) -> None:
    assert oddity(name) == said


@given(st.text())
def test_any_name_can_be_looked_at(name: str) -> None:
    assert isinstance(oddity(name), str)


@given(st.text(st.characters(codec="ascii")))
def test_a_plain_name_is_never_odd(name: str) -> None:
    assert oddity(name) == ""
