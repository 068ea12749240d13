"""The language of the query bar: what is read, what it is written back as, and what it says of what it cannot read."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.orders import ORDERS
from dashboard.query_bar.ids import MOST_IDS
from dashboard.query_bar.keys import KEYS
from dashboard.query_bar.moments import Ago
from dashboard.query_bar.reading import free_text, read
from dashboard.query_bar.writing import write

ONE = "4f2a81c0-1234-4abc-8def-0123456789ab"
OTHER = "5f2a81c0-1234-4abc-8def-0123456789ab"


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("", {}),
        ("queue:Billing", {"queue": "Billing"}),
        ('queue:"Billing EU"', {"queue": "Billing EU"}),
        ("queue:“Billing EU”", {"queue": "Billing EU"}),
        (r'queue:"The \"new\" desk"', {"queue": 'The "new" desk'}),
        ("QUEUE:x", {"queue": "x"}),
        ("code:a:b", {"code": "a:b"}),
        ("media:voice sort:-changed", {"media_type": "voice", "order": "-changed"}),
        ("since:7d until:today", {"since": "7d", "until": "today"}),
        ("since:2026-11-01", {"since": "2026-11-01T00:00"}),
        ('since:"2026-11-01 14:05"', {"since": "2026-11-01T14:05"}),
        ("until:2026-10-25T02:30+01:00", {"until": "2026-10-25T02:30+01:00"}),
        ('refund "call back" cust*', {"words": 'refund "call back" cust*'}),
        ("http:429 refund error:x again", {"http": "429", "error": "x", "words": "refund again"}),
        (ONE, {"ids": ONE}),
        (ONE.upper(), {"ids": ONE}),
        (ONE.replace("-", ""), {"ids": ONE}),
        (f"id:{ONE.replace('-', '')}", {"ids": ONE}),
        (f"{ONE} {OTHER} {ONE}", {"ids": f"{ONE} {OTHER}"}),
        (f"{ONE},{OTHER}", {"ids": f"{ONE} {OTHER}"}),
        (f'["{ONE}", "{OTHER}"]', {"ids": f"{ONE} {OTHER}"}),
        (f"{ONE}{OTHER}", {"ids": f"{ONE} {OTHER}"}),
        (f"https://apps.mypurecloud.de/directory/#/analytics/interactions/{ONE}/admin", {"ids": ONE}),
        (f"https://apps.mypurecloud.de/queues/{OTHER}/interactions/{ONE}", {"ids": ONE}),
        ("4f2a81c0", {"q": "4f2a81c0"}),
        ("4f2a81c0-12", {"q": "4f2a81c0-12"}),
        ("id:4f2a", {"q": "4f2a"}),
        (f"id:{ONE}", {"ids": ONE}),
        ('id:"c-1 c-2"', {"ids": "c-1 c-2"}),
        ("12345678 facade", {"words": "12345678 facade"}),
    ],
)
def test_a_query_is_read_as_the_parameters_of_an_address(text: str, parameters: dict[str, str]):
    reading = read(text)

    assert (reading.parameters, reading.faults) == (parameters, [])


@pytest.mark.parametrize(
    ("text", "wrong", "said"),
    [
        ("que:x", "que:x", "There is no key “que”. Did you mean “queue”?"),
        ("ag:maria", "ag:maria", "There is no key “ag”. Did you mean “agent”?"),
        ("note:x", "note:x", "There is no key “note”."),
        ("xyz:x", "xyz:x", "Write it in quotes to look for it in notes."),
        ("refund queue:", "queue:", 'Say after “queue:” what it must be, for example queue:"Billing EU".'),
        ("queue: Billing", "queue:", "Say after “queue:”"),
        ('status:failed queue:"Billing', 'queue:"Billing', "This quote is not closed."),
        ("-queue:x status:failed", "-queue:x", "A search cannot leave things out."),
        ("refund -paid", "-paid", "A search cannot leave things out."),
        ("queue:a queue:b", "queue:b", "“queue” is asked for twice; only the first is used."),
        ("since:tomorrow", "since:tomorrow", "“tomorrow” is no time that can be read. Write 7d, 24h, today"),
        ("since:2026-02-30", "since:2026-02-30", "is no time that can be read"),
        ("id:4f2", "id:4f2", "Give at least 4 characters of the id."),
        (f"4f2a81c0 {ONE}", ONE, "Give whole ids."),
        ("refund ...", "...", "This has no letter and no figure to look for."),
    ],
)
def test_what_cannot_be_read_is_said_at_its_word(text: str, wrong: str, said: str):
    (fault,) = read(text).faults

    assert text[fault.start : fault.end] == wrong
    assert said in fault.said


def test_what_is_right_beside_what_is_wrong_is_asked_for():
    assert read("que:x status:failed since:never refund").parameters == {"status": "failed", "words": "refund"}


@pytest.mark.parametrize(("text", "mended"), [('que:"a b"', 'queue:"a b"'), ("zzz:x", '"zzz:x"')])
def test_a_fault_offers_what_may_stand_there_instead(text: str, mended: str):
    (fault,) = read(text).faults

    assert fault.instead == (mended,)
    assert read(mended).faults == []


def test_as_many_ids_are_taken_as_can_be_asked_for_and_the_rest_is_said():
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(MOST_IDS + 1)]

    reading = read(" ".join(ids))

    assert reading.parameters["ids"].split() == ids[:MOST_IDS]
    assert [fault.said for fault in reading.faults] == [
        "At most 500 ids can be asked for at once; the first 500 are used."
    ]


@given(st.text() | st.text(alphabet='aq:"\\-” \n4f0,;/*[') | st.from_regex(r'((que|queue|since|id):("|\\|a| |-)*)+'))
def test_any_text_can_be_read_and_every_fault_lies_within_it(text: str):
    reading = read(text)

    assert all(0 <= fault.start < fault.end <= len(text) for fault in reading.faults)
    assert reading.places.keys() == reading.parameters.keys()


texts = st.just("") | st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(str.strip)
numbers = st.none() | st.integers(1, 10**6)
moments = (
    st.none()
    | st.sampled_from(["7d", "90m", "today", "yesterday"]).map(Ago)
    | st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
)
ids = st.lists(st.uuids().map(str), unique=True).map(tuple)
beginnings = st.just("") | st.from_regex(r"[0-9a-f]{4,12}", fullmatch=True)
WORDS = (
    "status",
    "reason",
    "queue",
    "division",
    "agent",
    "code",
    "found",
    "rule",
    "agreement",
    "source",
    "disposition",
)
filters = st.builds(
    AssignmentFilter,
    **dict.fromkeys((*WORDS, "media_type", "identity", "fingerprint", "error", "correlation", "event"), texts),
    **dict.fromkeys(("release", "http", "backfill"), numbers),
    **dict.fromkeys(("since", "until"), moments),
    words=st.text().map(free_text),
    order=st.sampled_from(list(ORDERS)),
)


@given(filters, ids, beginnings)
def test_what_is_written_is_read_again_as_the_same(asked: AssignmentFilter, ids: tuple[str, ...], beginning: str):
    parameters = asked.but(ids=ids, q="" if ids else beginning).parameters()

    reading = read(write(parameters))

    assert (reading.parameters, reading.faults) == (parameters, [])


@given(st.text())
def test_free_text_is_said_the_same_however_often(text: str):
    assert free_text(free_text(text)) == free_text(text)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_every_key_is_documented(key):
    assert f"| `{key.name}:` |" in (settings.BASE_DIR / "docs/search.md").read_text()


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_every_example_can_be_read(key):
    reading = read(key.example)

    assert (list(reading.parameters), reading.faults) == ([key.parameter], [])
