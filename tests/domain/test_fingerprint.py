"""Failures of the same cause are one group."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.fingerprint import fingerprint, general

NAMES = st.text(st.sampled_from("abcXYZ äß-&/.,()0129"), max_size=20)
MOMENTS = st.datetimes().map(lambda at: at.isoformat() + "Z")


def of(message: str, **changed: str) -> str:
    parts = {
        "reason": "rejected",
        "error": "refused",
        "code": "bad.request",
        "operation": "write",
        "media_type": "voice",
    }
    return fingerprint(**{**parts, **changed}, message=message)


@given(
    st.integers(-(10**12), 10**12),
    st.uuids(),
    MOMENTS,
    st.from_regex(r"[A-Za-z]{2,6}[0-9]{1,9}[A-Za-z-]{0,9}", fullmatch=True),
)
def test_ids_numbers_and_times_in_a_message_do_not_split_a_group(number, key, moment, reference):
    def said(number, key, moment, reference):
        return f"Conversation {key} ({reference}) failed at {moment} after {number} s."

    assert of(said(number, key, moment, reference)) == of(said(3, uuid4(), "2026-11-22T10:00:00+01:00", "call-17"))


@pytest.mark.parametrize("quotes", ["''", '""', "``", "“”", "«»", "\u2018\u2019", "[]"])
@given(name=NAMES)
def test_quoted_names_do_not_split_a_group(quotes, name):
    left, right = quotes
    assert of(f"The code {left}{name}{right} is not on the queue.") == of(
        f"The code {left}Refund granted{right} is not on the queue."
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The code 'O'Brien's refund' is gone", "The code 'Refund' is gone"),
        ("Wait until Sun, 22 Nov 2026 13:00:46 GMT.", "Wait until Mon, 3 May 2027 01:00:00 GMT."),
        ("Silent for 850 ms", "Silent for 2.5 seconds"),
        ("deadbeef-dead-beef-dead-beefdeadbeef is unknown", "0d9c6a3e-5b6f-4a57-9d55-3c1f0a7e2b11 is unknown"),
        ("GET /api/v2/users/17/queues failed", "GET /api/v2/users/a4b1/queues failed"),
        ("Codes ['a', 'b'] are gone", "Codes [] are gone"),
        ('It says "cut off in the mid', 'It says "cut off"'),
        ("LIMIT  of 300\nreached", "Limit of 1,200 reached"),
    ],
)
def test_messages_of_one_cause_are_alike(one, other):
    assert general(one) == general(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The agent's code isn't on the queue", "The agent's leg isn't on the queue"),
        ("The code 'a' is gone", "The queue 'a' is gone"),
        ("Not found", "Not allowed"),
    ],
)
def test_other_words_are_another_cause(one, other):
    assert of(one) != of(other)


@pytest.mark.parametrize("part", ["reason", "error", "code", "operation", "media_type"])
def test_what_is_not_words_does_split_it(part):
    assert of("x", **{part: "one"}) != of("x", **{part: "other"})


@given(st.text())
def test_any_text_has_one(message):
    assert len(of(message)) == 32
    assert general(message) == general(general(message))
