"""Conditions as a line in a file: exact both ways, readable, and refused with the place and what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import groups
from wrapups.domain.condition_reading import UnreadableConditions, read
from wrapups.domain.condition_text import written, written_lines
from wrapups.domain.conditions import parse, to_json
from wrapups.domain.directory import Directory, Listed, NoSuchName
from wrapups.domain.facts import storable
from wrapups.domain.operators import OPERATORS

LISTED = {
    "queue": [
        Listed("a", "Billing EU"),
        Listed("b", "Refunds"),
        Listed("c", "Refunds"),
        Listed("d", 'Café "Nord" [a]'),
        Listed("e", "Sales"),
        Listed("f", "Sales", gone=True),
    ],
}


@pytest.fixture
def directory() -> Directory:
    return directory_of(LISTED)


def directory_of(listed: dict[str, list[Listed]]) -> Directory:
    return Directory(lambda kind: listed.get(kind, []))


def one(fact: str, operator: str, *value: object) -> dict[str, object]:
    return {"fact": fact, "operator": operator, **({"value": value[0]} if value else {})}


names = st.sampled_from(["Billing EU", "billing eu", "Refunds", "a", "b", 'in "quotes" [c]', "it's", " end "])
catalogues = st.lists(st.builds(Listed, st.sampled_from("abc"), names, st.booleans()), unique_by=lambda each: each.key)


texts = st.text(min_size=1).map(storable).filter(str.strip)


@given(stored=groups(), listed=catalogues)
def test_what_is_written_reads_as_the_same_conditions_whatever_is_called_how(stored, listed):
    directory, group = directory_of({"queue": listed}), parse(stored)

    assert read(written(group, directory), directory) == group
    assert read(" and ".join(written_lines(group, directory)), directory) == group


@given(text=texts, key=texts)
def test_any_text_comes_back_as_it_was(text, key):
    directory = directory_of({})
    group = parse({"all": [one(f"attribute.{key}", "is", text), one("queue", "one_of", [text, key])]})

    assert read(written(group, directory), directory) == group
    assert read(" and ".join(written_lines(group, directory)), directory) == group


def test_every_operator_has_words_of_its_own():
    assert len({operator.label for operator in OPERATORS.values()}) == len(OPERATORS)


@pytest.mark.parametrize(
    ("stored", "line"),
    [
        ({"all": []}, "always"),
        (
            {"all": [one("queue", "one_of", ["a", "b"]), one("disposition.CRM", "is", "REF-OK")]},
            'queue is one of "Billing EU", "Refunds" [b] and disposition.CRM is "REF-OK"',
        ),
        (
            {"any": [one("campaign", "is", True), one("talk_s", "less", 29.5)]},
            "any(campaign is true or talk_s is less than 29.5)",
        ),
        ({"all": [{"any": [one("talk_s", "between", [1, 30])]}]}, "all(any(talk_s is between 1 and 30))"),
        ({"none": [one("media", "is", "email"), one("ani", "is_empty")]}, 'none(media is "email" or ani is empty)'),
        ({"all": [one("queue", "is", "zz")]}, "queue is [zz]"),
        ({"all": [one("queue", "is", "e")]}, 'queue is "Sales"'),
        ({"all": [one("queue", "is", "f")]}, 'queue is "Sales" [f]'),
        ({"all": [one("attribute.Customer type", "is", "a\u200b\n")]}, r'attribute."Customer type" is "a\u200b\u000a"'),
        ({"all": [one("ani", "contains", r"C:\u0041")]}, r'ani contains "C:\u005cu0041"'),
        ({"all": [one("ani", "matches", r"^\d+\.$")]}, r'ani matches "^\d+\.$"'),
    ],
)
def test_a_line_reads_like_a_sentence(stored, line, directory):
    assert written(parse(stored), directory) == line
    assert to_json(read(line, directory)) == stored


def test_for_review_each_condition_is_a_line_and_each_name_has_its_id(directory):
    group = parse({"all": [one("queue", "one_of", ["a", "b"]), one("disposition.CRM", "is", "REF-OK")]})

    assert written_lines(group, directory) == [
        "queue is one of 'Billing EU' [a], 'Refunds' [b]",
        "disposition.CRM is 'REF-OK'",
    ]


@pytest.mark.parametrize(
    ("line", "stored"),
    [
        ("  ", {"all": []}),
        ("ALWAYS", {"all": []}),
        ("queue IS 'billing eu'", {"all": [one("queue", "is", "a")]}),
        ("queue is 'a'", {"all": [one("queue", "is", "a")]}),
        ("queue is 'An earlier name' [a]", {"all": [one("queue", "is", "a")]}),
        ("queue is 'Billing EU' [id-of-another-organization]", {"all": [one("queue", "is", "a")]}),
        (
            "campaign is true or\n  talk_s  is\tat most 3",
            {"any": [one("campaign", "is", True), one("talk_s", "at_most", 3)]},
        ),
    ],
)
def test_people_may_write_it_in_other_ways_too(line, stored, directory):
    assert to_json(read(line, directory)) == stored


@pytest.mark.parametrize(
    ("line", "place", "said"),
    [
        ("queue", 6, "Say how the queue compares: is, is not, is one of"),
        ("queue is", 9, "Write the value in quotes."),
        ("queue is Billing", 10, "Write the value in quotes. There is “Billing”."),
        ('queue is "Billing EU', 10, "This quote is never closed."),
        ('queue is "Biling"', 10, "No queue is called “Biling”."),
        ('queue is "Refunds"', 10, "2 queues are called “Refunds”. Write the id behind the name: Refunds [b]."),
        ('queue is "Refunds" [b', 22, "Close the bracket behind the id"),
        ("quue is 'x'", 1, "There is no fact 'quue'."),
        ("disposition. is 'x'", 13, "Write a name behind the dot"),
        ("talk_s is less than long", 21, "Write a number here"),
        ("talk_s is between 3 and 1", 19, "a list of two numbers, the lower first"),
        ("campaign is yes", 13, "Write true or false here."),
        ("campaign is true and media is 'fax'", 31, "The media type is never 'fax'"),
        ("campaign is true media is 'voice'", 18, "Write and before the next condition."),
        ("campaign is true and campaign is true or campaign is false", 39, "Both and and or stand here"),
        ("any(campaign is true and campaign is false)", 26, "Inside any(...) write or between the conditions."),
        ("any(campaign is true", 21, "Close the bracket of any("),
        ("campaign is true)", 17, "Remove this bracket."),
        ("all(all(all(all(campaign is true))))", 13, "Groups may nest 3 deep"),
        ("ani is less than 3", 5, "Say how the ANI compares: is, is not"),
        (" and ".join(["campaign is true"] * 21), 1, "The rule has 21 conditions"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(line, place, said, directory):
    with pytest.raises(UnreadableConditions) as refused:
        read(line, directory)

    assert said in str(refused.value)
    assert refused.value.place == place


@given(text=st.text(alphabet=st.sampled_from("allnyor()[],\"' \tqueis._019"), max_size=60))
def test_no_text_makes_it_fail_otherwise(text):
    directory = directory_of(LISTED)
    try:
        group = read(text, directory)
    except UnreadableConditions:
        return
    assert read(written(group, directory), directory) == group


def test_a_name_that_two_have_is_no_name(directory):
    with pytest.raises(NoSuchName):
        directory.resolved("queue", "refunds")
