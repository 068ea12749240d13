"""The query bar on its page: the same filter as the controls, one address for both, every fault at its word."""

from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from dashboard.forms.filters import AssignmentFilterForm
from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    CommunicationFactory,
    ConversationFactory,
    MappingRuleFactory,
    QueueFactory,
    ReleaseFactory,
)
from wrapups.models import Assignment, Organization

HTMX = {"HX-Request": "true"}
CONVERSATION = "abcdef01-0000-4000-8000-000000000002"


@pytest.fixture
def one(organization: Organization) -> Assignment:
    """One assignment that every query can be asked about, beside others that differ in everything."""
    queue = QueueFactory(organization=organization, name="Billing EU")
    agent = AgentFactory(organization=organization, name="Maria Lopez")
    for name in ("Kim Berg", "Kim Bauer"):
        AgentFactory(organization=organization, name=name)
    AssignmentFactory.create_batch(3, organization=organization)
    return AssignmentFactory(
        organization=organization,
        failed=True,
        communication=CommunicationFactory(
            organization=organization,
            queue_id=queue.genesys_id,
            agent_id=agent.genesys_id,
            media_type="email",
            conversation=ConversationFactory(organization=organization, conversation_id=CONVERSATION),
        ),
        wrapup_code__name="Refund granted",
        rule=MappingRuleFactory(organization=organization, name="Refund - EU"),
        found_code_id="ININ-WRAP-UP-TIMEOUT",
    )


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ('queue:"Billing EU" status:failed', {"status": "failed", "queue": "Billing EU"}),
        ("status:fail", {"status": "failed"}),
        ("agent:maria", {"agent": "Maria Lopez"}),
        ("rule:refund code:REFUND", {"code": "Refund granted", "rule": "Refund - EU"}),
        ("media:e-mail found:system", {"media_type": "email", "found": "system"}),
        ("id:abcdef01 since:2w", {"q": "abcdef01", "since": "2w"}),
        ('since:yesterday until:"2099-01-01 14:00"', {"since": "yesterday", "until": "2099-01-01T14:00"}),
        ("", {"all": ""}),
    ],
)
def test_a_query_and_the_controls_have_one_address_and_the_same_rows(
    admin: Client, one: Assignment, query: str, address: dict[str, str]
) -> None:
    answer = admin.get("/conversations", {"query": query})
    by_htmx = admin.get("/conversations", {"query": query}, headers=HTMX)
    by_controls = admin.get("/conversations", address)

    wanted = f"/conversations?{urlencode(address).removesuffix('=') if address == {'all': ''} else urlencode(address)}"
    assert answer.headers["Location"] == by_htmx.headers["HX-Push-Url"] == wanted
    assert _keys(by_htmx) == _keys(by_controls)
    assert one.pk in _keys(by_controls)


def test_controls_that_were_left_empty_leave_the_address(admin: Client, one: Assignment) -> None:
    sent = {"status": "failed", "queue": "", "agent": "", "since": ""}

    assert admin.get("/conversations", sent).headers["Location"] == "/conversations?status=failed"
    assert admin.get("/conversations", sent | {"queue": "Nowhere"}).status_code == 200


def test_the_bar_says_what_the_controls_ask_for(admin: Client, one: Assignment) -> None:
    page = admin.get("/conversations", {"agent": "maria lopez", "media_type": "email", "since": "7d"})

    assert page.context["form"].query == 'agent:"Maria Lopez" media:email since:7d'
    assert 'value="agent:&quot;Maria Lopez&quot; media:email since:7d"' in page.content.decode()


@pytest.mark.parametrize(
    ("query", "word", "said", "instead"),
    [
        ("status:failed queue:Biling", "queue:Biling", "Did you mean “Billing EU”?", ['queue:"Billing EU"']),
        ("agent:kim", "agent:kim", "2 agents begin with “kim”.", ['agent:"Kim Bauer"', 'agent:"Kim Berg"']),
        ("queue:zzz", "queue:zzz", "No queue is called “zzz”.", []),
        ("status:faild", "status:faild", "Did you mean “failed”?", ["status:failed"]),
        ("status:s", "status:s", "“s” may be sending or skipped or superseded.", None),
        ("media:fax", "media:fax", "It is one of voice, callback, email", []),
        ("http:lots", "http:lots", "Enter a whole number.", []),
        ("since:today until:yesterday", "until:yesterday", "Choose a time after the first one.", []),
        ("que:x", "que:x", "There is no key “que”.", ["queue:x"]),
    ],
)
def test_a_fault_is_said_at_its_word_with_what_may_stand_there(
    admin: Client, one: Assignment, query: str, word: str, said: str, instead: list[str] | None
) -> None:
    form = admin.get("/conversations", {"query": query}).context["form"]

    (trouble,) = form.troubles
    assert trouble.word == word
    assert said in trouble.fault.said
    assert instead is None or [offer.words for offer in trouble.offers] == instead
    assert "".join(part for part, _ in form.query_in_parts) == query
    assert [part for part, wrong in form.query_in_parts if wrong] == [word]


def test_what_is_right_is_shown_while_what_is_wrong_stays_as_typed(admin: Client, one: Assignment) -> None:
    page = admin.get("/conversations", {"query": "status:failed queue:Nowhere"}, headers=HTMX)

    assert _keys(page) == [one.pk]
    assert 'value="status:failed queue:Nowhere"' in page.content.decode()
    assert page.headers["HX-Push-Url"] == "/conversations?query=status%3Afailed+queue%3ANowhere"
    assert page.content.decode().count("No queue is called “Nowhere”.") == 1


def test_an_offer_is_the_query_with_the_word_mended(admin: Client, one: Assignment) -> None:
    (trouble,) = admin.get("/conversations", {"query": "status:failed queue:Biling"}).context["form"].troubles

    assert [offer.query for offer in trouble.offers] == ['status:failed queue:"Billing EU"']
    assert admin.get("/conversations", {"query": trouble.offers[0].query}).status_code == 302


def test_what_is_typed_is_shown_as_text(admin: Client, one: Assignment) -> None:
    page = admin.get("/conversations", {"query": "<script>alert(1)</script> que:x"}).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_failures_are_searched_the_same_way(admin: Client, one: Assignment) -> None:
    assert admin.get("/failures", {"query": "agent:maria"}).headers["Location"] == "/failures?agent=Maria+Lopez"


@pytest.mark.parametrize(
    "query", ["queue:\0", "id:\0\0\0\0", "since:99999d", "http:9" + "9" * 30, "release:0 backfill:-1"]
)
def test_no_text_breaks_the_page(admin: Client, one: Assignment, query: str) -> None:
    page = admin.get("/conversations", {"query": query})

    assert page.status_code == 200
    assert page.context["form"].troubles


def test_the_same_filter_comes_back_from_its_query(organization: Organization, one: Assignment) -> None:
    asked = QueryDict(
        'status=failed&queue=billing eu&words=re:fund "call back"&since=7d&until=2099-01-01T00:00&identity='
        "0d9c6a3e-5b6f-4a57-9d55-3c1f0a7e2b11&fingerprint=none&backfill=3&order=-changed&http=429&release=4"
    )
    form = AssignmentFilterForm(asked, organization)

    again = AssignmentFilterForm(QueryDict(urlencode({"query": form.query})), organization)

    assert again.filter() == form.filter()
    assert (form.errors, again.troubles) == ({}, [])


def test_five_hundred_pasted_ids_find_those_that_are_there(admin: Client, one: Assignment) -> None:
    others = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(499)]

    answer = admin.get("/search", {"q": ",".join([*others, CONVERSATION])}, follow=True)

    assert _keys(answer) == [one.pk]
    assert [(chip.label, chip.words) for chip in answer.context["form"].chips()] == [("Ids", "500 of them")]


def test_the_box_on_every_page_takes_a_query_too(admin: Client, one: Assignment) -> None:
    answer = admin.get("/search", {"q": 'status:failed queue:"Billing EU"'}, follow=True)

    assert answer.redirect_chain[-1][0] == "/conversations?status=failed&queue=Billing+EU"
    assert _keys(answer) == [one.pk]


@pytest.mark.parametrize(
    ("text", "caret", "offered", "completed"),
    [
        ("", None, "status:", "status:"),
        ("status:failed que", None, "queue:", "status:failed queue:"),
        ("queue:", None, "Billing EU", 'queue:"Billing EU" '),
        ('queue:"bill', None, "Billing EU", 'queue:"Billing EU" '),
        ("agent:kim refund", 9, "Kim Bauer", 'agent:"Kim Bauer" refund'),
        ("status:f", None, "failed", "status:failed "),
        ("reason:the", None, "agent_chose", "reason:agent_chose "),
        ("since:", None, "7d", "since:7d "),
        ("sort:-c", None, "-changed", "sort:-changed "),
        ("release:", None, "3", "release:3 "),
        ("bill", None, 'queue:"Billing EU"', 'queue:"Billing EU" '),
        ("status:failed maria lop", None, 'agent:"Maria Lopez"', 'status:failed agent:"Maria Lopez" '),
        ('"refund gr', None, 'code:"Refund granted"', 'code:"Refund granted" '),
        ("refund", None, 'rule:"Refund - EU"', 'rule:"Refund - EU" '),
    ],
)
def test_what_fits_where_the_caret_stands_is_suggested(
    admin: Client,
    organization: Organization,
    one: Assignment,
    django_assert_max_num_queries,
    text: str,
    caret: int | None,
    offered: str,
    completed: str,
) -> None:
    ReleaseFactory(organization=organization, number=3, state="retired")
    asked = {"query": text, **({} if caret is None else {"caret": caret})}
    admin.get("/search/suggestions")

    with django_assert_max_num_queries(6):
        found = admin.get("/search/suggestions", asked).context["suggestions"]

    assert len(found) <= 10
    assert {each.words: each.completed.query for each in found}[offered] == completed


@pytest.mark.parametrize(
    "text", ["nobody", "refund nobody", "zzz:", "4f2a81c0-1234-4abc-8def-0123456789ab", "correlation:", "queue:zzz"]
)
def test_nothing_is_suggested_where_nothing_is_known(admin: Client, one: Assignment, text: str) -> None:
    assert admin.get("/search/suggestions", {"query": text, "caret": "x"}).context["suggestions"] == []


def test_names_of_another_organization_are_not_suggested(admin: Client) -> None:
    QueueFactory(name="Theirs")

    for text in ("queue:Th", "Theirs"):
        assert admin.get("/search/suggestions", {"query": text}).context["suggestions"] == []


def test_where_nothing_matches_it_is_said_which_part_to_leave_out(admin: Client, one: Assignment) -> None:
    page = admin.get("/conversations", {"status": "failed", "queue": "Billing EU", "media_type": "voice"})

    assert [(part.label, part.words, str(count)) for part, count in page.context["ways_out"]] == [
        ("Media", "voice", "1")
    ]
    assert _keys(admin.get(f"/conversations{page.context['ways_out'][0][0].rest.query_string()}")) == [one.pk]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("refund granted", 'code:"Refund granted"'),
        ("Maria Lopez", 'agent:"Maria Lopez"'),
        ("billing", 'queue:"Billing EU"'),
        ('status:failed "refund - eu"', 'rule:"Refund - EU"'),
    ],
)
def test_a_name_that_no_note_holds_leads_to_what_is_called_so(
    admin: Client, one: Assignment, text: str, named: str
) -> None:
    page = admin.get("/search", {"q": text}, follow=True)

    assert [(offer.query, str(count)) for offer, count in page.context["named"]] == [(named, "1")]
    assert _keys(admin.get(f"/conversations{page.context['named'][0][0].asked.query_string()}")) == [one.pk]
    assert named.replace('"', "&quot;") in page.content.decode()


def test_a_name_is_not_offered_where_something_of_its_kind_is_asked_for(admin: Client, one: Assignment) -> None:
    page = admin.get("/conversations", {"queue": "Billing EU", "words": "billing"})

    assert page.context["named"] == []


def test_where_no_single_part_is_to_blame_that_is_said(admin: Client, one: Assignment) -> None:
    page = admin.get("/conversations", {"agent": "Kim Berg", "status": "cancelled"})

    assert page.context["ways_out"] == []
    assert "nor every one but one" in page.content.decode()


def _keys(page) -> list[int]:
    return [row.assignment.pk for row in page.context["listing"].rows]
