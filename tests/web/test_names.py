"""Names for ids, and ids for the names that people type."""

import pytest
from django.test import Client

from dashboard.queries.names import Names, NoSuchName, id_named, name_meant, options
from tests.factories import (
    AgentFactory,
    DivisionFactory,
    MappingRuleFactory,
    QueueFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.models import Organization


def test_an_id_is_shown_by_its_name_and_one_nobody_lists_as_it_is(organization: Organization) -> None:
    queue = QueueFactory(organization=organization, name="Billing EU")

    names = Names(organization, {"queue": [queue.genesys_id, "nowhere"]})

    assert names("queue", queue.genesys_id) == "Billing EU"
    assert names("queue", "nowhere") == "nowhere"


def test_names_of_another_organization_stay_there(organization: Organization) -> None:
    foreign = QueueFactory(name="Theirs")

    assert Names(organization, {"queue": [foreign.genesys_id]})("queue", foreign.genesys_id) == foreign.genesys_id
    assert options(organization, "queue", "Their") == []
    with pytest.raises(NoSuchName):
        id_named(organization, "queue", "Theirs")


def test_a_code_that_genesys_filled_in_is_said_in_words(organization: Organization) -> None:
    assert Names(organization, {})("code", "ININ-WRAP-UP-TIMEOUT") == "timed out"


def test_a_name_leads_to_its_id_whatever_its_case(organization: Organization) -> None:
    code = WrapupCodeFactory(organization=organization, name="Refund granted")

    assert id_named(organization, "code", " refund GRANTED ") == code.genesys_id


def test_what_is_gone_from_genesys_cannot_be_chosen(organization: Organization) -> None:
    QueueFactory(organization=organization, name="Old desk", gone=True)

    assert options(organization, "queue", "Old") == []
    with pytest.raises(NoSuchName, match="No queue is called “Old desk”"):
        id_named(organization, "queue", "Old desk")


def test_two_of_one_name_are_told_apart_by_their_division(organization: Organization) -> None:
    north = DivisionFactory(organization=organization, name="North")
    south = DivisionFactory(organization=organization, name="South")
    QueueFactory(organization=organization, name="Desk", division_id=north.genesys_id)
    wanted = QueueFactory(organization=organization, name="Desk", division_id=south.genesys_id)

    offered = options(organization, "queue", "des")

    assert sorted(name for name, _ in offered) == ["Desk · North", "Desk · South"]
    assert id_named(organization, "queue", "Desk · South") == wanted.genesys_id
    with pytest.raises(NoSuchName, match="More than one queue"):
        id_named(organization, "queue", "Desk")


def test_agents_of_one_name_are_told_apart_by_their_address(organization: Organization) -> None:
    for email in ("a@example.org", "b@example.org"):
        AgentFactory(organization=organization, name="Kim Berg", email=email)

    offered = [name for name, _ in options(organization, "agent", "kim")]
    assert offered == ["Kim Berg · a@example.org", "Kim Berg · b@example.org"]


def test_a_queue_s_division_stands_beside_its_name(admin: Client, organization: Organization) -> None:
    north = DivisionFactory(organization=organization, name="North")
    QueueFactory(organization=organization, name="Billing EU", division_id=north.genesys_id)

    assert '<option value="Billing EU" label="North">' in admin.get("/names/queue", {"q": "bill"}).content.decode()


def test_the_names_that_go_on_as_one_types_are_at_most_fifty(admin: Client, organization: Organization) -> None:
    QueueFactory.create_batch(60, organization=organization)

    answer = admin.get("/names/queue", {"q": "queue"})

    assert answer.content.count(b"<option") == 50


def test_rules_are_offered_once_a_name_though_every_release_has_its_copy(
    admin: Client, organization: Organization
) -> None:
    put_in_force(MappingRuleFactory(organization=organization, name="Refund").release)
    MappingRuleFactory(organization=organization, name="Refund")

    assert options(organization, "rule", "ref") == [("Refund", "")]


def test_whatever_the_field_is_called_only_names_with_what_was_typed_are_offered(
    admin: Client, organization: Organization
) -> None:
    for name in ("Billing EU", "Billing UK"):
        QueueFactory(organization=organization, name=name)

    answer = admin.get("/names/queue", {"c-0-name": "uk"}, headers={"HX-Request": "true"}).content.decode()

    assert "Billing UK" in answer
    assert "Billing EU" not in answer


def test_there_are_no_names_of_a_kind_nobody_knows(admin: Client) -> None:
    assert admin.get("/names/passwords").status_code == 404


@pytest.mark.parametrize("typed", ["\0", "%", "_", "'", "· ·", "x" * 5000])
def test_anything_may_be_typed_as_a_name(admin: Client, typed: str) -> None:
    assert admin.get("/names/agent", {"q": typed}).status_code == 200


@pytest.mark.parametrize("typed", ["Billing EU", "billing eu", " BILL", "Billing EU · North"])
def test_a_name_is_meant_by_itself_by_its_beginning_or_as_a_list_tells_it_apart(
    organization: Organization, typed: str
) -> None:
    QueueFactory(organization=organization, name="Billing EU")
    QueueFactory(organization=organization, name="Refunds")

    assert name_meant(organization, "queue", typed) == "Billing EU"


@pytest.mark.parametrize(
    ("typed", "said", "instead"),
    [
        ("sales", "2 queues begin with “sales”. Choose one.", ("Sales DE", "Sales UK")),
        ("Seles UK", "No queue is called “Seles UK”. Did you mean “Sales UK”?", ("Sales UK", "Sales DE")),
        ("Salles", "Did you mean “Sales", None),
        ("Zebra", "No queue is called “Zebra”.", ()),
    ],
)
def test_a_name_that_nothing_or_more_than_one_thing_has_comes_with_names_that_exist(
    organization: Organization, typed: str, said: str, instead: tuple[str, ...] | None
) -> None:
    for name in ("Sales UK", "Sales DE", "Billing EU"):
        QueueFactory(organization=organization, name=name)

    with pytest.raises(NoSuchName) as refused:
        name_meant(organization, "queue", typed)

    assert said in str(refused.value)
    assert instead is None or refused.value.instead == instead
