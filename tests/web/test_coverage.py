"""The coverage map: what came on which queue, and whether a rule asks for it there."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    AssignmentFactory,
    DecisionTallyFactory,
    DispositionFactory,
    DivisionFactory,
    MappingRuleFactory,
    QueueFactory,
    ReleaseFactory,
    SweepFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.domain.status import SkipReason
from wrapups.models import Assignment, Disposition, MappingRule, Organization, Queue, Sweep
from wrapups.services.tallying import tally

MAP, CELL = "coverage", "coverage-cell"


@pytest.fixture
def billing(organization: Organization) -> Queue:
    made: Queue = QueueFactory(organization=organization, name="Billing EU")
    return made


@pytest.fixture
def sales(organization: Organization) -> Queue:
    made: Queue = QueueFactory(organization=organization, name="Sales")
    return made


def asks_for(code: str, *, queue: Queue | None = None, source: str = "crm") -> dict[str, object]:
    conditions: list[object] = [{"fact": f"disposition.{source}", "operator": "is", "value": code}]
    if queue:
        conditions.append({"fact": "queue", "operator": "one_of", "value": [queue.genesys_id]})
    return {"all": conditions}


def came(queue: Queue, code: str, times: int = 1, **columns: Any) -> None:
    """Let this have been counted: at first, with no rule that matched."""
    usual = {"organization": queue.organization, "queue_id": queue.genesys_id, "source": "crm", "reason": "no_rule"}
    DecisionTallyFactory(disposition=code, count=times, **(usual | columns))


def shown(client: Client, **asked: Any) -> dict[tuple[str, str], tuple[int, str]]:
    """Return the cells that say something: by queue and disposition, the volume and the word."""
    found = client.get(reverse(MAP), asked).context["map"]
    cells = [cell for line in found.lines for cell in line.cells if cell.standing.value]
    return {(cell.queue.name, cell.disposition.name): (cell.volume, cell.standing.value) for cell in cells}


def cell_of(client: Client, queue: str, code: str) -> Any:
    lines = client.get(reverse(MAP)).context["map"].lines
    return next(
        cell for line in lines for cell in line.cells if (cell.queue.name, cell.disposition.name) == (queue, code)
    )


def test_a_cell_is_mapped_where_a_rule_in_force_asks_for_the_disposition_on_the_queue(
    admin: Client, organization: Organization, billing: Queue, sales: Queue
):
    put_in_force(MappingRuleFactory(organization=organization, conditions=asks_for("A", queue=billing)).release)
    came(billing, "A", 5)
    came(sales, "A", 2)

    assert shown(admin) == {("Billing EU", "A"): (5, "mapped"), ("Sales", "A"): (2, "unmapped")}


def test_a_cell_that_only_the_draft_asks_for_says_so(admin: Client, organization: Organization, billing: Queue):
    MappingRuleFactory(organization=organization, conditions=asks_for("A"))
    came(billing, "A")

    assert shown(admin) == {("Billing EU", "A"): (1, "in the draft")}


def test_what_rules_that_ask_for_other_things_took_is_caught(admin: Client, organization: Organization, billing: Queue):
    rule = MappingRuleFactory(organization=organization, conditions={"all": []})
    put_in_force(rule.release)
    came(billing, "A", 4, rule_identity=rule.identity, reason="")
    came(billing, "B", 4, rule_identity=rule.identity, reason="")
    came(billing, "B", 1)

    assert shown(admin) == {("Billing EU", "A"): (4, "caught"), ("Billing EU", "B"): (5, "unmapped")}


def test_what_a_rule_asks_for_and_never_came_is_unused(
    admin: Client, organization: Organization, billing: Queue, sales: Queue
):
    draft = ReleaseFactory(organization=organization)
    for line, conditions in enumerate((asks_for("A", queue=sales), asks_for("NEVER")), start=1):
        MappingRuleFactory(organization=organization, release=draft, line=line, conditions=conditions)
    put_in_force(draft)
    came(billing, "A", 3)

    cells = shown(admin)

    assert cells[("Sales", "A")] == (0, "unused")
    assert cells[("Billing EU", "NEVER")] == cells[("Sales", "NEVER")] == (0, "unused")
    assert cells[("Billing EU", "A")] == (3, "unmapped")


def test_an_unmapped_cell_is_one_click_from_a_filled_in_rule(admin: Client, billing: Queue):
    came(billing, "ZZ-9")

    address = cell_of(admin, "Billing EU", "ZZ-9").address
    form = admin.get(address).content.decode()

    assert urlsplit(address).path == reverse("rule-add")
    assert parse_qs(urlsplit(address).query) == {
        "source": ["crm"],
        "disposition": ["ZZ-9"],
        "queue": [billing.genesys_id],
    }
    assert "ZZ-9" in form
    assert "Billing EU" in form


def test_an_empty_cell_is_one_click_from_a_filled_in_rule_too(admin: Client, billing: Queue, sales: Queue):
    came(billing, "A")
    came(sales, "B")

    assert urlsplit(cell_of(admin, "Billing EU", "B").address).path == reverse("rule-add")


def test_who_may_not_change_rules_is_led_to_what_is_known_instead(sign_in, billing: Queue, sales: Queue):
    came(billing, "A")
    came(sales, "B")
    supervisor = sign_in(Role.SUPERVISOR)

    assert urlsplit(cell_of(supervisor, "Billing EU", "A").address).path == reverse(CELL)
    assert cell_of(supervisor, "Billing EU", "B").address == ""


def test_the_volumes_are_those_of_a_plain_query_and_of_the_list_behind_each(
    admin: Client, organization: Organization, billing: Queue, sales: Queue
):
    rule: MappingRule = MappingRuleFactory(organization=organization, conditions=asks_for("A"))
    put_in_force(rule.release)
    sayings = (("crm", "A"), ("crm", "B"), ("survey", "5"))
    for place, queue in enumerate([billing, billing, sales] * 3):
        assignment: Assignment = AssignmentFactory(
            organization=organization,
            rule=rule,
            wrapup_code=rule.wrapup_code,
            communication__queue_id=queue.genesys_id,
            communication__ended_at=timezone.now() - timedelta(days=place * 4),
        )
        for source, code in sayings[: place % 3 + 1]:
            conversation_id = assignment.communication.conversation.conversation_id
            DispositionFactory(organization=organization, conversation_id=conversation_id, source=source, code=code)
    SweepFactory(organization=organization, kind=Sweep.Kind.TALLY)
    tally(organization)

    found = admin.get(reverse(MAP)).context["map"]

    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    by_hand: Counter[tuple[str, str, str]] = Counter()
    for row in Assignment.everywhere.filter(ended_at__gte=midnight - timedelta(days=29)):
        said = Disposition.everywhere.filter(conversation_id=row.communication.conversation.conversation_id)
        by_hand.update({(row.communication.queue_id, each.source, each.code) for each in said})
    cells = [cell for line in found.lines for cell in line.cells if cell.volume]
    assert {(*cell.queue.key, *cell.disposition.key): cell.volume for cell in cells} == by_hand
    assert found.volume == sum(by_hand.values())
    for cell in cells:
        story = admin.get(cell.address).context["cell"]
        assert story.volume == cell.volume
        listed = admin.get(reverse("conversation-list") + story.conversations).context["listing"]
        assert listed.total.number == cell.volume


def test_what_was_excluded_before_rules_were_asked_is_not_called_unmatched(admin: Client, billing: Queue):
    came(billing, "A", 3)
    came(billing, "A", 4, reason=SkipReason.CAMPAIGN)

    found = admin.get(reverse(MAP)).context["map"]

    assert (found.volume, found.unmatched) == (7, 3)


def test_only_the_last_thirty_days_count(admin: Client, billing: Queue):
    today = timezone.now().date()
    came(billing, "A", 2, day=today - timedelta(days=29))
    came(billing, "A", 5, day=today - timedelta(days=30))

    assert shown(admin) == {("Billing EU", "A"): (2, "unmapped")}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"queue": "bill"}, {("Billing EU", "A"), ("Billing EU", "5")}),
        ({"division": "Europe"}, {("Billing EU", "A"), ("Billing EU", "5")}),
        ({"source": "survey"}, {("Billing EU", "5")}),
        ({"queue": "nothing"}, set()),
        ({"source": "nobody"}, {("Billing EU", "A"), ("Billing EU", "5"), ("Sales", "A")}),
    ],
)
def test_the_map_is_narrowed_by_its_address(
    asked: dict[str, str], expected: set[Any], admin: Client, organization: Organization, billing: Queue, sales: Queue
):
    europe = DivisionFactory(organization=organization, name="Europe")
    Queue.everywhere.filter(pk=billing.pk).update(division_id=europe.genesys_id)
    came(billing, "A")
    came(billing, "5", source="survey")
    came(sales, "A")
    SweepFactory(organization=organization, kind=Sweep.Kind.TALLY)
    DispositionFactory(organization=organization, source="survey")
    tally(organization)  # which knows the sources by it; today is counted anew
    for queue, code, source in ((billing, "A", "crm"), (billing, "5", "survey"), (sales, "A", "crm")):
        came(queue, code, source=source)

    assert set(shown(admin, **asked)) == expected


def test_a_large_map_is_shown_in_parts_that_cost_a_fixed_number_of_queries(
    admin: Client, organization: Organization, django_assert_max_num_queries
):
    queues = QueueFactory.create_batch(45, organization=organization)
    for place, queue in enumerate(queues):
        for code in range(place, place + 25):
            came(queue, f"code-{code:02}", 100 - place)
    release = ReleaseFactory(organization=organization)
    MappingRuleFactory.create_batch(40, organization=organization, release=release, conditions=asks_for("code-30"))

    with django_assert_max_num_queries(30):
        first = admin.get(reverse(MAP)).context["map"]
    second = admin.get(reverse(MAP), {"rows": 2, "columns": 2}).context["map"]

    assert (len(first.lines), len(first.columns), first.queues, first.dispositions) == (40, 60, 45, 69)
    assert (len(second.lines), len(second.columns)) == (5, 9)
    assert [words for words, _ in first.pages] == ["More queues", "More dispositions"]
    assert [words for words, _ in second.pages] == ["Previous queues", "Previous dispositions"]


@pytest.mark.parametrize("asked", [{"rows": "x"}, {"columns": "0"}, {"rows": "99999999999"}, {"queue": "\0"}])
def test_what_cannot_be_used_narrows_nothing(asked: dict[str, str], admin: Client, billing: Queue):
    came(billing, "A")

    assert shown(admin, **asked) == {("Billing EU", "A"): (1, "unmapped")}


def test_a_cell_names_the_rules_that_ask_and_those_that_decided(
    admin: Client, organization: Organization, billing: Queue
):
    asking = MappingRuleFactory(organization=organization, conditions=asks_for("A", queue=billing), name="Asks")
    other = MappingRuleFactory(
        organization=organization, release=asking.release, conditions=asks_for("B"), name="Asks for another"
    )
    put_in_force(asking.release)
    came(billing, "A", 3, rule_identity=other.identity, reason="")
    came(billing, "A", 1)

    cell = admin.get(reverse(CELL), {"source": "crm", "disposition": "A", "queue": billing.genesys_id}).context["cell"]

    assert [asker.rule.name for asker in cell.askers] == ["Asks"]
    assert [(each.rule and each.rule.name, each.number) for each in cell.deciders] == [
        ("Asks for another", 3),
        (None, 1),
    ]


def test_a_disposition_leads_to_what_is_known_of_it_on_all_queues(admin: Client, billing: Queue, sales: Queue):
    came(billing, "A", 3)
    came(sales, "A", 4)

    [column] = admin.get(reverse(MAP)).context["map"].columns

    assert admin.get(column.address).context["cell"].volume == 7


def test_another_organization_s_queue_is_not_found_and_its_counts_are_not_shown(admin: Client):
    queue = QueueFactory()
    came(queue, "A")

    assert admin.get(reverse(CELL), {"disposition": "A", "queue": queue.genesys_id}).status_code == 404
    assert shown(admin) == {}


def test_a_cell_that_is_none_is_not_found(admin: Client):
    assert admin.get(reverse(CELL), {"disposition": "x" * 200}).status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_everybody_may_see_the_map(role: Role, sign_in: Callable[..., Client], billing: Queue):
    came(billing, "A")

    assert sign_in(role).get(reverse(MAP)).status_code == 200


def test_htmx_gets_the_map_alone(admin: Client, billing: Queue):
    came(billing, "A")

    answer = admin.get(reverse(MAP), headers={"HX-Request": "true"}).content.decode()

    assert 'id="coverage"' in answer
    assert "<html" not in answer
