"""Notes with facts in them: what a template says, and where one is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from wrapups.domain.notes import MAX_LENGTH, BadNotes, as_written, ids_in, parse, render

NAMES = {("queue", "q-eu"): "Billing EU", ("division", "d-1"): "Home"}


def names(kind, key):
    return NAMES.get((kind, key), key)


def written(text, **facts):
    return render(parse(text), {name.replace("__", "."): value for name, value in facts.items()}, names)


def test_facts_stand_in_their_places_with_names_for_ids():
    notes = written("CRM said {disposition.crm} on {queue}.", disposition__crm="REF-OK", queue="q-eu")

    assert notes == "CRM said REF-OK on Billing EU."


def test_what_is_not_known_is_left_empty():
    assert written("Case {attribute.case}: {queue}") == "Case :"


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("{media}", {"media": "email"}, "e-mail"),
        ("{talk_s}", {"talk_s": 92.5}, "92.5 s"),
        ("{campaign}", {"campaign": True}, "yes"),
        ("{disposition}", {"disposition": ["A", "B"]}, "A, B"),
        ("{division}", {"division": ["d-1", "d-2"]}, "Home, d-2"),
        ("{ queue }", {"queue": "q-eu"}, "Billing EU"),
        ("{{queue}} is {queue}", {"queue": "q-eu"}, "{queue} is Billing EU"),
        ("{{{queue}}}", {"queue": "q-eu"}, "{Billing EU}"),
    ],
)
def test_each_kind_of_fact_reads_as_people_say_it(text, facts, expected):
    assert render(parse(text), facts, names) == expected


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("Said {colour}", 6, r"no fact {colour} \(character 6\)"),
        ("{}", 1, "no fact {}"),
        ("{disposition.}", 1, "no fact"),
        ("a { b", 3, "brace at character 3 stands alone"),
        ("a } b", 3, "stands alone; write it twice"),
        ("x" * 1001, 1001, "at most 1000 characters; these have 1001"),
    ],
)
def test_a_template_that_is_wrong_says_where_and_what_to_do(text, position, words):
    with pytest.raises(BadNotes, match=words) as refused:
        parse(text)

    assert refused.value.position == position


def test_notes_that_grow_too_long_are_cut_and_show_it():
    notes = written("{disposition.crm}" * 3, disposition__crm="x" * 500)

    assert (len(notes), notes[-2:]) == (MAX_LENGTH, "x…")


def test_notes_from_before_there_were_templates_are_written_as_they_stand():
    assert render(as_written("Case {4711"), {}, names) == "Case {4711"


def test_a_template_says_whose_names_it_needs():
    wanted = ids_in(parse("{queue} {media} {division}"), {"queue": "q-eu", "division": ["d-1", "d-2"]})

    assert wanted == {"queue": {"q-eu"}, "division": {"d-1", "d-2"}}


@given(before=st.text(st.sampled_from("ab \n"), max_size=9), after=st.text(st.sampled_from("ab {}"), max_size=9))
def test_the_first_thing_that_is_wrong_is_the_place_that_is_told(before, after):
    with pytest.raises(BadNotes) as refused:
        parse(f"{before}{{nothing}}{after}")

    assert refused.value.position == len(before) + 1


@given(text=st.text(max_size=200))
def test_braces_written_twice_come_out_as_they_were_meant(text):
    doubled = text.replace("{", "{{").replace("}", "}}")

    assert render(parse(doubled), {}, names) == text.strip()


@given(facts=strategies.facts(), text=st.sampled_from(["{queue}|{others}", "{disposition.crm} {talk_s}{campaign}"]))
def test_notes_are_never_longer_than_genesys_takes(facts, text):
    assert len(render(parse(text * 20), facts, names)) <= MAX_LENGTH
