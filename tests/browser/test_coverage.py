"""Unknown dispositions, the coverage map and a rule's use in a real browser: accessible, narrow, by keyboard."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Opening
from tests.factories import (
    DecisionTallyFactory,
    DispositionFactory,
    DispositionSeenFactory,
    MappingRuleFactory,
    QueueFactory,
    ReleaseFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.models import DispositionSeen, MappingRule, Organization, Queue, Sweep

PAGES = ("inbox", "aside", "map", "cell", "use", "rules")
CODES = ("REF-OK", "REF-NO", "CALLBACK", "ZZ-9", "PAYMENT-ARRANGED-BY-INSTALMENTS", "SOLVED", "DUPLICATE", "SPAM")


@pytest.fixture
def centre(organization: Organization) -> Organization:
    """An organization where some of what is said is asked for, some is caught, some is not known at all."""
    queues = [
        QueueFactory(organization=organization, name=name)
        for name in ("Billing EU", "Billing US", "Technical Support", "Customer Retention and Win-Back", "Sales")
    ]
    draft = ReleaseFactory(organization=organization, number=3)
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    rules = []
    for line, (said, on) in enumerate((("REF-OK", queues[0]), ("REF-NO", None), ("GONE", None)), start=1):
        conditions: list[object] = [{"fact": "disposition.crm", "operator": "is", "value": said}]
        if on:
            conditions.append({"fact": "queue", "operator": "one_of", "value": [on.genesys_id]})
        rules.append(
            MappingRuleFactory(
                organization=organization,
                release=draft,
                line=line,
                name=f"Refund - {said}",
                conditions={"all": conditions},
                wrapup_code=code,
            )
        )
    put_in_force(draft)
    _tallies(organization, queues, rules)
    for place, said in enumerate(CODES[2:]):
        last_at = timezone.now() - timedelta(hours=place * 7)
        DispositionSeenFactory(organization=organization, code=said, count=1200 // (place + 1), last_said_at=last_at)
        DispositionFactory(organization=organization, code=said)
    DispositionSeenFactory(organization=organization, code="TEST", aside=True)
    SweepFactory(organization=organization, kind=Sweep.Kind.TALLY, due_at=timezone.now() + timedelta(minutes=1))
    return organization


def _tallies(organization: Organization, queues: list[Queue], rules: list[MappingRule]) -> None:
    today = timezone.now().date()
    for row, queue in enumerate(queues):
        for column, said in enumerate(CODES):
            known = {"rule_identity": rules[0].identity} if said in ("REF-OK", "REF-NO", "SOLVED") else {}
            if (row + column) % 4:
                DecisionTallyFactory(
                    organization=organization,
                    queue_id=queue.genesys_id,
                    source="crm" if column < 6 else "survey",
                    disposition=said,
                    count=1500 // (row + 1) // (column + 1),
                    reason="" if known else "no_rule",
                    **known,
                )
    for days in range(30):
        for agreement, count in (("same", 6 + days % 5), ("other", days % 4), ("none", 2)):
            if count:
                DecisionTallyFactory(
                    organization=organization,
                    queue_id=queues[0].genesys_id,
                    day=today - timedelta(days=days),
                    rule_identity=rules[0].identity,
                    agreement=agreement,
                    reason="agent_chose" if agreement != "none" else "",
                    count=count,
                )


def address(page: str) -> str:
    queue = Queue.everywhere.get(name="Billing EU").genesys_id
    addresses = {
        "inbox": reverse("disposition-list"),
        "aside": reverse("disposition-list") + "?state=aside",
        "map": reverse("coverage"),
        "cell": f"{reverse('coverage-cell')}?source=crm&disposition=REF-OK&queue={queue}",
        "use": reverse("rule-use", args=[MappingRule.everywhere.get(name="Refund - REF-OK").identity]),
        "rules": reverse("rule-list"),
    }
    return addresses[page]


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, centre: Organization, violations: Callable[..., list[str]]):
    assert violations(address(page)) == []


@pytest.mark.parametrize("page", ["disposition-list", "coverage"])
def test_axe_finds_nothing_wrong_where_nothing_came(page: str, organization, violations: Callable[..., list[str]]):
    assert violations(reverse(page)) == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_disposition_is_set_aside_by_keyboard(script: bool, centre: Organization, visit: Opening):
    page = visit(address("inbox"), java_script_enabled=script)
    seen = DispositionSeen.everywhere.get(code="SPAM")

    page.locator(f"#disposition-{seen.pk} summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Nobody needs it")
    page.keyboard.press("Enter")

    expect(page.locator(".toast-line")).to_contain_text("is set aside")
    expect(page.locator(f"#disposition-{seen.pk}")).to_have_count(0)


def test_an_unmapped_cell_leads_by_keyboard_to_a_rule_that_is_filled_in(centre: Organization, visit: Opening):
    page = visit(address("map"))

    page.get_by_role("link", name="unmapped").first.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#rule-form")).to_be_visible()
    assert "disposition=" in page.url
    assert "queue=" in page.url


def test_the_map_scrolls_within_its_box_and_keeps_its_heads(centre: Organization, visit: Opening):
    page = visit(address("map"), width=NARROW)
    box, corner = page.locator(".coverage-box"), page.locator(".coverage .corner")
    before = corner.bounding_box()

    box.evaluate("box => box.scrollTo(300, 0)")

    assert corner.bounding_box() == before


def test_the_map_is_narrowed_as_one_chooses(centre: Organization, visit: Opening):
    page = visit(address("map"))

    page.get_by_label("Queue", exact=True).fill("billing")
    page.get_by_label("Queue", exact=True).press("Enter")

    expect(page.locator(".coverage tbody tr")).to_have_count(2)
    assert "queue=billing" in page.url
